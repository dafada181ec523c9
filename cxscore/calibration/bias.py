"""Towards whom a judge is lenient: judge minus people, by group."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cxscore.calibration.alternative_annotator import rejected
from cxscore.calibration.population import Floats
from cxscore.estimates import Estimate, Unavailable

LEAST = 23
"""Labels of a group under which not even half a level is found (CALIBRATION.md 1.3)."""
Z80 = 0.8416212335729143


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupBias:
    """One group's mean of judge minus people."""

    factor: str
    """``stream``, ``channel``, ``language`` …"""
    group: str
    n: int
    bias: Estimate | Unavailable
    """In levels; above 0 the judge is lenient to it."""
    differs: bool
    """Whether it differs from all others together, at a false discovery rate of 5 % over all."""
    detectable: float | None
    """Levels found in 8 of 10 samples of this size; None: under two labels."""


def bias_by_group(
    difference: Sequence[float] | Floats,
    groups: Mapping[str, Sequence[str]],
    *,
    weight: Sequence[float] | Floats | None = None,
) -> tuple[GroupBias, ...]:
    """Mean judge minus people of every group, and which groups stand out.

    Estimand: E[J − H] in the group, weighted by 1/π where chances are known.

    Interval: 95 %, t, with the weighted means' own standard error.

    Fails when: the judge uses less of the scale than people (``sd_ratio`` under 1) and groups
    differ in quality: part of a difference is then compression. Groups under ``LEAST`` labels have
    no interval, and where the others are fewer than that no group is told to differ.

    Args:
        difference: (n,) J − H in levels.
        groups: factor to (n,) group names; an empty name is left out.
        weight: (n,) 1/π.
    """
    d = np.asarray(difference, np.float64)
    w = np.ones(len(d)) if weight is None else np.asarray(weight, np.float64)
    rows: list[tuple[str, str, Floats, Floats, float]] = []
    for factor, names in groups.items():
        held = np.array(names)
        for name in sorted(set(names) - {""}):
            inside = held == name
            rest = ~inside & (held != "")
            rows.append((factor, name, d[inside], w[inside], _p_value(d, w, inside, rest)))
    testable = [i for i, row in enumerate(rows) if len(row[2]) >= LEAST and not math.isnan(row[4])]
    fallen = dict(zip(testable, rejected([rows[i][4] for i in testable]), strict=True))
    return tuple(
        GroupBias(
            factor=factor,
            group=name,
            n=len(mine),
            bias=_mean(mine, weights),
            differs=fallen.get(i, False),
            detectable=_detectable(mine),
        )
        for i, (factor, name, mine, weights, _) in enumerate(rows)
    )


def _moments(d: Floats, w: Floats) -> tuple[float, float]:
    """Weighted mean and its standard error (linearised, HC3-like by n/(n − 1))."""
    mean = float(np.average(d, weights=w))
    n = len(d)
    share = w / w.sum()
    variance = float((share**2 * (d - mean) ** 2).sum()) * n / (n - 1)
    return mean, math.sqrt(variance)


def _mean(d: Floats, w: Floats) -> Estimate | Unavailable:
    from scipy.stats import t

    if len(d) < LEAST:
        return Unavailable(missing=f"insufficient labels: {len(d)}, at least {LEAST} are needed")
    mean, se = _moments(d, w)
    half = float(t.ppf(0.975, len(d) - 1)) * se
    return Estimate(
        value=mean,
        low=mean - half,
        high=mean + half,
        n=len(d),
        method="mean of judge minus people, t interval",
    )


def _p_value(
    d: Floats,
    w: Floats,
    inside: np.ndarray[tuple[int], np.dtype[np.bool_]],
    rest: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> float:
    """Two-sided p of the difference between a group and the others (Welch's t)."""
    from scipy.stats import t

    n, m = int(inside.sum()), int(rest.sum())
    if min(n, m) < LEAST:
        return float("nan")
    one, se_one = _moments(d[inside], w[inside])
    two, se_two = _moments(d[rest], w[rest])
    se = math.hypot(se_one, se_two)
    if se <= 0:
        return float("nan")
    df = se**4 / (se_one**4 / (n - 1) + se_two**4 / (m - 1))
    return float(2 * t.sf(abs(one - two) / se, df))


def _detectable(d: Floats) -> float | None:
    if len(d) < 2:
        return None
    return (1.959964 + Z80) * float(d.std(ddof=1)) / math.sqrt(len(d))
