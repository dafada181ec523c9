"""``cxscore report``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cxscore.cli import options

if TYPE_CHECKING:
    from cxscore.desk.report import Transcripts


@click.command(
    "report",
    epilog="\b\nExamples:\n  cxscore report --out monday.html\n"
    "  cxscore report --with-transcripts=first",
)
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
    "transcripts",
    is_flag=False,
    flag_value="all",
    default="none",
    type=click.Choice(["none", "first", "all"]),
    help="Put transcripts in: all, or with =first those to read first. Without it none leave.",
)
@options.config
@options.rubric_made_with
@options.as_json
def command(
    store: Path,
    out: Path,
    transcripts: Transcripts,
    config: Path | None,
    rubric: str | None,
    as_json: bool,
) -> None:
    """Write the report of a store as one self-contained HTML file.

    Names, mails, phones, cards, IBANs and IPs are replaced by placeholders in what it quotes.
    """
    from cxscore.desk.report import overview_json, write_report

    now = datetime.now(UTC)
    path = write_report(store, out, now=now, transcripts=transcripts, rubric=rubric, config=config)
    if as_json:
        options.print_json({"report": str(path), **overview_json(store, now=now, rubric=rubric)})
    else:
        click.echo(f"wrote {path}")
