"""``cxscore calibrate``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from cxscore.cli import options


@click.command(
    "calibrate",
    epilog="\b\nExamples:\n  cxscore labels import reviews.csv\n  cxscore calibrate\n"
    "  cxscore calibrate --out trust.html",
)
@options.store
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the page with its pictures too, as one HTML file.",
)
@options.rubric_made_with
@click.option(
    "--leg",
    type=click.Choice(["journey", "ai", "human"]),
    default="journey",
    show_default=True,
    help="Whose part of a conversation: labels and levels of the same one are compared.",
)
@options.as_json
def command(store: Path, out: Path | None, rubric: str | None, leg: str, as_json: bool) -> None:
    """Can we trust this judge? Its scores against people's labels, one verdict a criterion.

    Labels of the calibrate split count, given by raters who had not seen the judge. Each look is
    counted: a rubric that was changed after a look is not proved by the same labels.
    """
    from cxscore.desk.calibrate import calibrate, write_page
    from cxscore.desk.calibration_told import calibration_json, calibration_text

    found = calibrate(store, rubric=rubric, leg=leg)
    if out is not None:
        write_page(found, out, now=datetime.now(UTC))
    if as_json:
        told = calibration_json(found)
        options.print_json(told if out is None else {**told, "page": str(out)})
        return
    click.echo(calibration_text(found))
    if out is not None:
        click.echo(f"wrote {out}")
