"""Whether a judge moved, from the nightly means of its frozen anchors."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cxscore.calibration.drift import Night, judge_drift
from cxscore.desk.columns import read_table
from cxscore.errors import LabelError


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
