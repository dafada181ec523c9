"""``cxscore export``."""

from __future__ import annotations

from pathlib import Path

import click

from cxscore.cli import options


@click.command("export", epilog="\b\nExample:\n  cxscore export --parquet snapshot/")
@click.option(
    "--parquet",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for the tables, a file each: scores, claims, actions, conversations, labels.",
)
@options.store
@click.option(
    "--with-transcripts", is_flag=True, help="Put transcript texts in; without it none leave."
)
@options.config
@options.as_json
def command(
    folder: Path, store: Path, with_transcripts: bool, config: Path | None, as_json: bool
) -> None:
    """Write a snapshot of a store as Parquet files.

    Scores and claims carry quotes: the files hold words of customers even without transcripts.
    Names, mails, phones, cards, IBANs and IPs in them are replaced by placeholders.
    """
    from cxscore.desk.export import export_parquet
    from cxscore.store import Ledger

    with Ledger.open(store, create=False) as ledger:
        files = export_parquet(ledger, folder, with_transcripts=with_transcripts, config=config)
    if as_json:
        options.print_json({"files": [str(file) for file in files]})
    else:
        for file in files:
            click.echo(file)
