"""``cxscore report``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from cxscore.cli import options


@click.command("report", epilog="\b\nExample:\n  cxscore report --out monday.html")
@options.store
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("report.html"),
    show_default=True,
    help="The HTML file; it needs nothing else to be opened or mailed.",
)
@click.option(
    "--with-transcripts",
    is_flag=True,
    help="Put every transcript in, not only those worth reading first.",
)
@options.rubric_made_with
@options.as_json
def command(
    store: Path, out: Path, with_transcripts: bool, rubric: str | None, as_json: bool
) -> None:
    """Write the report of a store as one self-contained HTML file."""
    from cxscore.desk.report import overview_json, write_report

    now = datetime.now(UTC)
    path = write_report(store, out, now=now, with_transcripts=with_transcripts, rubric=rubric)
    if as_json:
        options.print_json({"report": str(path), **overview_json(store, now=now, rubric=rubric)})
    else:
        click.echo(f"wrote {path}")
