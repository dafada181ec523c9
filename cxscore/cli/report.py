"""``cxscore report``."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cxscore.cli import options

if TYPE_CHECKING:
    from cxscore.desk.report import Transcripts
    from cxscore.kpi.periods import Cadence


@click.command(
    "report",
    epilog="\b\nExamples:\n  cxscore report --out first.html\n"
    "  cxscore report --with-transcripts=first\n"
    "  cxscore report --cadence weekly --changes changes.csv --out monday.html\n"
    "  cxscore report --cadence monthly --at 2026-09-15 --json",
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
@click.option(
    "--cadence",
    type=click.Choice(["weekly", "monthly", "quarterly"]),
    help="The last complete week, month or quarter beside those before it.",
)
@click.option("--at", type=options.CalendarDay(), help="With --cadence: the period with this day.")
@click.option(
    "--changes",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --cadence: CSV of what was shipped: date, kind, what.",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --cadence: YAML of the figures before the AI.",
)
@click.option(
    "--benchmarks",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --cadence: YAML of published figures, each beside its own definition only.",
)
@options.config
@options.rubric_made_with
@options.as_json
def command(
    store: Path,
    out: Path,
    transcripts: Transcripts,
    cadence: Cadence | None,
    at: date | None,
    changes: Path | None,
    baseline: Path | None,
    benchmarks: Path | None,
    config: Path | None,
    rubric: str | None,
    as_json: bool,
) -> None:
    """Write the report of a store as one self-contained HTML file.

    Names, mails, phones, cards, IBANs and IPs are replaced by placeholders in what it quotes.
    """
    from cxscore.desk.report import overview_json, write_report

    now = datetime.now(UTC)
    if cadence is not None:
        from cxscore.desk.cadence import cadence_report
        from cxscore.desk.cadence_file import write_cadence
        from cxscore.desk.cadence_told import cadence_json, cadence_text

        found = cadence_report(
            store,
            cadence,
            now=now,
            at=at,
            changes=changes,
            baseline=baseline,
            benchmarks=benchmarks,
            config=config,
            rubric=rubric,
        )
        path = write_cadence(found, store, out, now=now, transcripts=transcripts, config=config)
        if as_json:
            options.print_json({"report": str(path), **cadence_json(found)})
        else:
            options.print_text(cadence_text(found))
            click.echo(f"wrote {path}")
        return
    if any(o is not None for o in (at, changes, baseline, benchmarks)):
        raise click.UsageError("--at, --changes, --baseline and --benchmarks belong to --cadence")
    path = write_report(store, out, now=now, transcripts=transcripts, rubric=rubric, config=config)
    if as_json:
        options.print_json({"report": str(path), **overview_json(store, now=now, rubric=rubric)})
    else:
        click.echo(f"wrote {path}")
