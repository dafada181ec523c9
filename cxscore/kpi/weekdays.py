"""Handovers of single days against the same weekday before: spikes a week's rate hides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from cxscore.kpi.intervals import newcombe

LEAST_WEEKS = 3
"""Weeks of the same weekday under which there is nothing to hold a day against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day's handovers."""

    day: date
    handed: int
    """Customers."""
    involved: int
    ids: tuple[str, ...] = ()
    """Those handed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """A day with more handovers than its weekday had."""

    day: Day
    before: tuple[int, int]
    """Handed over and involved on the same weekday before."""


def spikes(days: Sequence[Day], first: date, *, z: float) -> tuple[Spike, ...]:
    """Days from ``first`` whose rate of handovers is above that of the same weekday before.

    Interval: Newcombe's of the difference at the normal quantile ``z``, which carries the page's
    error budget. The weeks before are widened where they differ among themselves by more than
    chance does.

    Args:
        days: every day of the weeks before and of the period.
        first: first day of the period.
        z: normal quantile of one of the page's tests.
    """
    found = []
    for one in days:
        if one.day < first:
            continue
        before = (d for d in days if d.day < first and d.day.weekday() == one.day.weekday())
        used = [d for d in before if d.involved]
        if len(used) < LEAST_WEEKS or not one.involved:
            continue
        k, n = sum(d.handed for d in used), sum(d.involved for d in used)
        wide = z * _spread(used, k, n) ** 0.5
        low, _ = newcombe(one.handed, one.involved, k, n, wide)
        if low > 0:
            found.append(Spike(day=one, before=(k, n)))
    return tuple(found)


def _spread(days: Sequence[Day], k: int, n: int) -> float:
    """Pearson's χ² over its degrees of freedom among the days before, at least 1."""
    share = (k + 1) / (n + 2)
    expected = np.array([d.involved for d in days]) * share
    handed = np.array([d.handed for d in days])
    chi = float(((handed - expected) ** 2 / (expected * (1 - share))).sum())
    return max(1.0, chi / (len(days) - 1))
