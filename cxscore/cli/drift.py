"""``cxscore drift``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cxscore.cli import options
from cxscore.cli.main import EXIT_GATE

if TYPE_CHECKING:
    from cxscore.calibration.drift import Night


@click.command(
    "drift",
    epilog="""\b
Examples:
  cxscore drift --out drift.html
  cxscore drift anchors.csv --mean anchor_mean --criteria 5 --json
\b
Without FILE: what cxscore anchors kept in the store. With FILE: one judging of the frozen anchors a
row, in order: the first ten or more at the freeze, then one a night. Exit code 4 at an alarm of the
last night.
""",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--mean", help="Column of the anchors' mean level.")
@click.option(
    "--baseline",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="How many judgings, the first, belong to the freeze.",
)
@click.option(
    "--criteria",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="With FILE: criteria watched at once; one false alarm a year over all.",
)
@options.store
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write a page with pictures."
)
@options.as_json
def command(
    file: Path | None,
    mean: str | None,
    baseline: int,
    criteria: int,
    store: Path,
    out: Path | None,
    as_json: bool,
) -> int:
    """Whether the judge moved, from its levels of the same frozen anchors night after night."""
    if file is None:
        if mean is not None:
            raise click.UsageError("--mean names a column of a FILE")
        return _of_store(store, baseline, out, as_json=as_json)
    if mean is None:
        raise click.UsageError("a FILE needs --mean, the column of the anchors' mean level")
    if out is not None:
        raise click.UsageError("--out draws what is in the store; leave FILE out")
    from cxscore.desk.drift import drift_file

    nights = drift_file(file, mean=mean, baseline=baseline, criteria=criteria)
    alarm = bool(nights) and nights[-1].alarm
    if as_json:
        options.print_json({"alarm": alarm, "nights": [asdict(n) for n in nights]})
    else:
        _print(nights)
    return EXIT_GATE if alarm else 0


def _of_store(store: Path, baseline: int, out: Path | None, *, as_json: bool) -> int:
    from cxscore.desk.drift import drift_store, write_page

    found = drift_store(store, baseline=baseline)
    newest = found[-1].judge
    alarm = any(one.alarm for one in found if one.judge == newest)
    if out is not None:
        write_page(found, out, now=datetime.now(UTC))
    if as_json:
        told = [one.to_json() for one in found]
        page = None if out is None else str(out)
        options.print_json({"alarm": alarm, "watched": told, "page": page})
        return EXIT_GATE if alarm else 0
    for one in found:
        click.echo(f"{one.criterion}, {one.judge}")
        if one.why_not is not None:
            click.echo(f"not watched: {one.why_not}")
        else:
            _print(one.nights)
    if out is not None:
        click.echo(f"wrote {out}")
    return EXIT_GATE if alarm else 0


def _print(nights: Sequence[Night]) -> None:
    for night in nights[-10:]:
        click.echo(
            f"night {night.night:>4}  mean {night.mean:.3f}  z {night.z:+.2f}  shift"
            f" {night.shift:+.3f} ({night.low:+.3f} to {night.high:+.3f})"
            + ("  ALARM" if night.alarm else "")
        )
    first = next((n.night for n in nights if n.alarm), None)
    if nights and nights[-1].alarm:
        click.echo(
            f"the judge moved: alarm since night {first}. Judge the anchors and the last labelled"
            " conversations with the old and the new version, and calibrate anew."
        )
    elif nights:
        click.echo("no alarm")
    else:
        click.echo("no night after the freeze yet")
