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
    help="Folder for scores.parquet, claims.parquet, conversations.parquet and labels.parquet.",
)
@options.existing_store
@click.option(
    "--with-transcripts", is_flag=True, help="Put transcript texts in; without it none leave."
)
@options.as_json
def command(folder: Path, store: Path, with_transcripts: bool, as_json: bool) -> None:
    """Write a snapshot of a store as Parquet files."""
    from cxscore.desk.export import export

    rows = export(store, folder, with_transcripts=with_transcripts)
    if as_json:
        options.print_json({"folder": str(folder), "rows": rows})
    else:
        for name, count in rows.items():
            click.echo(f"{count:>9,}  {folder / name}")
