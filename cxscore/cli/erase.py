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
@options.store
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.as_json
def command(
    customer: str | None, older_than: datetime | None, store: Path, yes: bool, as_json: bool
) -> None:
    """Erase texts, replies and quotes from the store and its exports; numbers stay.

    A tombstone keeps what was erased from coming back with the next export.
    """
    if customer is not None and not customer.strip():
        raise click.UsageError("--customer is empty: an unset variable?")
    if (customer is None) == (older_than is None):
        raise click.UsageError("give either --customer or --older-than")
    if as_json and not yes:
        raise click.UsageError("--json asks no questions: give --yes as well")
    if not yes:
        click.confirm(f"Erase these texts from {store} for good?", abort=True)
    from cxscore.desk.erase import erase
    from cxscore.store import Ledger

    with Ledger.open(store, create=False) as ledger:
        erased = erase(ledger, customer_id=customer, older_than=older_than)
    if as_json:
        options.print_json(
            {
                "conversations": erased.conversations,
                "rewritten": [str(path) for path in erased.rewritten],
                "missing": [str(path) for path in erased.missing],
                "by_hand": [str(path) for path in erased.by_hand],
            }
        )
        return
    if not erased.conversations:
        click.echo("nothing to erase: no conversation with words left fits")
    else:
        click.echo(f"erased the words of {erased.conversations} conversations")
    for path in erased.rewritten:
        click.echo(f"rewritten: {path}")
    for path in erased.missing:
        click.echo(f"not where it was exported, look for copies yourself: {path}")
    for path in erased.by_hand:
        click.echo(f"holds words of before, write it again or delete it: {path}")
