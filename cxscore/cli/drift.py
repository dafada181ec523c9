"""``cxscore drift``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from cxscore.cli import options


@click.command(
    "drift",
    epilog="""\b
Examples:
  cxscore drift anchors.csv --mean anchor_mean
  cxscore drift anchors.csv --mean anchor_mean --criteria 5 --json
\b
One judging of the frozen anchors a row, in order: the first ten or more at the freeze, then one a
night. Exit code 4 at an alarm of the last night.
""",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--mean", required=True, help="Column of the anchors' mean level.")
@click.option(
    "--baseline",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="How many rows, the first, were judged at the freeze.",
)
@click.option(
    "--criteria",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Criteria watched at once: one false alarm a year over all.",
)
@options.as_json
def command(file: Path, mean: str, baseline: int, criteria: int, as_json: bool) -> int:
    """Whether the judge moved, from its levels of the same frozen anchors night after night."""
    from cxscore.desk.drift import drift_file

    nights = drift_file(file, mean=mean, baseline=baseline, criteria=criteria)
    alarm = bool(nights) and nights[-1].alarm
    if as_json:
        options.print_json({"alarm": alarm, "nights": [asdict(n) for n in nights]})
        return 4 if alarm else 0
    for night in nights[-10:]:
        click.echo(
            f"night {night.night:>4}  mean {night.mean:.3f}  z {night.z:+.2f}  shift"
            f" {night.shift:+.3f} ({night.low:+.3f} to {night.high:+.3f})"
            + ("  ALARM" if night.alarm else "")
        )
    first = next((n.night for n in nights if n.alarm), None)
    if alarm:
        click.echo(
            f"the judge moved: alarm since night {first}. Judge the anchors and the last labelled"
            " conversations with the old and the new version, and calibrate anew."
        )
    elif nights:
        click.echo("no alarm")
    else:
        click.echo("no night after the freeze yet")
    return 4 if alarm else 0
