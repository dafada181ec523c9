"""``cxscore show``."""

from __future__ import annotations

from pathlib import Path

import click

from cxscore.cli import options


@click.command(
    "show",
    epilog="\b\nExamples:\n  cxscore show A-1042\n  cxscore show A-1042 --blind\n"
    "  cxscore show A-1042 --json | jq .outcomes",
)
@click.argument("conversation_id", metavar="ID")
@click.option(
    "--blind", is_flag=True, help="Only what a judge saw: no scores, no claim, no survey."
)
@options.store
@options.rubric_made_with
@options.as_json
def command(
    conversation_id: str, blind: bool, store: Path, rubric: str | None, as_json: bool
) -> None:
    """Show a conversation: its transcript, each score with its evidence, what was sealed."""
    from cxscore.desk.show import show

    click.echo(
        show(store, conversation_id, blind=blind, as_json=as_json, rubric=rubric, colour=True)
    )
