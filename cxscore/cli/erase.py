"""``cxscore erase``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from cxscore.cli import options


@click.command(
    "erase",
    epilog="\b\nExamples:\n  cxscore erase --customer C-881\n"
    "  cxscore erase --older-than 2026-01-01 --yes",
)
@click.option("--customer", help="Id of the customer whose texts go, as the exports name it.")
@click.option("--older-than", type=options.Day(), help="Texts of conversations before this day go.")
@options.existing_store
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.as_json
def command(
    customer: str | None, older_than: datetime | None, store: Path, yes: bool, as_json: bool
) -> None:
    """Erase texts, replies and quotes from the store and its exports; numbers stay.

    A tombstone keeps what was erased from coming back with the next export.
    """
    if (customer is None) == (older_than is None):
        raise click.UsageError("give either --customer or --older-than")
    if as_json and not yes:
        raise click.UsageError("--json asks no questions: give --yes as well")
    if not yes:
        click.confirm(f"Erase these texts from {store} for good?", abort=True)
    from cxscore.desk.erase import erase

    erased = erase(store, customer_id=customer, older_than=older_than)
    if as_json:
        options.print_json({"erased": erased.conversations, "exports": list(erased.exports)})
    else:
        click.echo(
            f"erased the texts of {erased.conversations} conversations"
            f" and from {len(erased.exports)} exported files"
        )
