"""Whether a judge moved, from the nightly means of its frozen anchors."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from cxscore.calibration.drift import LEAST_BASELINE, Night, judge_drift
from cxscore.desk.columns import read_table
from cxscore.desk.whole_files import whole_file
from cxscore.errors import InputError, LabelError
from cxscore.store import AnchorMean, Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One criterion of one judge."""

    judge: str
    criterion: str
    freeze: tuple[float, ...]
    """Means of the judgings at the freeze, or those there are so far."""
    since: str
    """ISO time of the first judging."""
    nights: tuple[Night, ...]
    why_not: str | None = None
    """Why there is nothing to watch by; None: there is."""

    @property
    def alarm(self) -> bool:
        """Whether the last night sounds it."""
        return bool(self.nights) and self.nights[-1].alarm

    @property
    def first_alarm(self) -> int | None:
        """The first night of an alarm; None: there was none."""
        return next((n.night for n in self.nights if n.alarm), None)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "judge": self.judge,
            "criterion": self.criterion,
            "since": self.since,
            "freeze": list(self.freeze),
            "alarm": self.alarm,
            "nights": [asdict(n) for n in self.nights],
            "unavailable": self.why_not,
        }


def drift_store(store: Path, *, baseline: int = LEAST_BASELINE) -> tuple[Watched, ...]:
    """Watch every criterion of every judge the anchors were judged by; the newest judge last.

    A judge is its model, prompt, rubric and version: with any of them it begins anew.

    Raises:
        StoreError: there is no store, or it cannot be read.
        InputError: the anchors were never judged.
    """
    with Ledger.open(store, create=False) as ledger:
        held = ledger.anchor_means()
    if not held:
        raise InputError(
            f"the anchors were never judged; cxscore anchors --judge … --times {baseline} freezes"
            " them",
            path=str(store),
        )
    series: defaultdict[tuple[str, str], list[AnchorMean]] = defaultdict(list)
    for one in held:
        series[f"{one.judge} {one.rubric}", one.criterion].append(one)
    many = {judge: sum(j == judge for j, _ in series) for judge, _ in series}
    return tuple(
        _watched(judge, criterion, rows, baseline, many[judge])
        for (judge, criterion), rows in series.items()
    )


def _watched(
    judge: str, criterion: str, rows: list[AnchorMean], baseline: int, criteria: int
) -> Watched:
    means = [row.mean for row in rows]
    nights: tuple[Night, ...] = ()
    why_not = None
    try:
        nights = judge_drift(means[:baseline], means[baseline:], criteria=criteria)
    except LabelError as error:
        why_not = error.reason
    return Watched(
        judge=judge,
        criterion=criterion,
        freeze=tuple(means[:baseline]),
        since=rows[0].at,
        nights=nights,
        why_not=why_not,
    )


def write_page(found: tuple[Watched, ...], out: Path, *, now: datetime) -> Path:
    """Write "Did the judge move?" as one self-contained HTML file.

    Raises:
        ConfigError: it cannot be written.
    """
    from cxscore.report.drift_page import render

    with whole_file(out) as file:
        file.write(render(found, now=now))
    return out


def drift_file(path: Path, *, mean: str, baseline: int, criteria: int) -> tuple[Night, ...]:
    """Watch a column of the anchors' means.

    Args:
        path: .csv, .tsv, .jsonl or .xlsx, one judging of the anchors a row, in order.
        mean: its column.
        baseline: how many rows, the first, were judged at the freeze.
        criteria: watched at once.

    Raises:
        LabelError: the file or a row of it cannot be used, or the freeze is too short.
        ConfigError: the column is not there.
    """
    table = read_table(path, [mean])
    means = table.numbers(mean)
    empty = np.flatnonzero(np.isnan(means))
    if len(empty):
        raise table.place.error(f"{mean} is empty; leave such nights out", int(empty[0]))
    try:
        return judge_drift(means[:baseline], means[baseline:], criteria=criteria)
    except LabelError as error:
        raise LabelError(error.reason, path=str(path)) from None
