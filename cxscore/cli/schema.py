"""``cxscore schema``."""

from __future__ import annotations

import click

from cxscore.cli import options


@click.command(
    "schema",
    epilog="\b\nExample:\n  cxscore schema conversation > conversation.schema.json",
)
@click.argument("noun", type=click.Choice(["conversation"]), default="conversation")
@click.option("--json", "as_json", is_flag=True, help="Accepted for symmetry; it is always JSON.")
def command(noun: str, as_json: bool) -> None:
    """Print the JSON Schema of one line of canonical JSONL."""
    from cxscore.readers import canonical_schema

    options.print_json(canonical_schema())
