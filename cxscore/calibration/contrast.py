"""Differences between groups or weeks: what changed, never what caused it."""

from __future__ import annotations

import math

from cxscore.calibration.choose import Answer
from cxscore.estimates import Estimate, Unavailable


def difference(a: Answer, b: Answer) -> Estimate | Unavailable:
    """Mean of B minus mean of A, two groups of different conversations.

    Estimand: E[H | B] − E[H | A] in the processes both were drawn from; pass answers made with
    ``process=True``, or the conversations' own sampling is left out.

    Interval: 95 %, t with Welch's degrees of freedom, the variances of both added up; near 0 and 1,
    where theirs are not symmetric, recovered from their limits.

    Fails when: conversations stand in both groups, or either has no estimate. A difference before
    and after is a change: whether anything caused it no label tells.

    Args:
        a: of the first group.
        b: of the second group.
    """
    from scipy.stats import t

    for one in (a, b):
        if isinstance(one.result, Unavailable):
            return Unavailable(missing=f"one of the groups has no number: {one.result.missing}")
    if a.se is None or b.se is None or a.df is None or b.df is None:
        return Unavailable(missing="one of the groups has no standard error to add")
    if not isinstance(a.result, Estimate) or not isinstance(b.result, Estimate):
        return Unavailable(missing="one of the groups has no number")
    value = b.result.value - a.result.value
    n = a.result.n + b.result.n
    variance = a.se**2 + b.se**2
    if not (a.symmetric and b.symmetric):
        return _recovered(a.result, b.result, value, n)
    if variance <= 0:
        return Unavailable(missing="neither group has any spread: no interval can be made")
    down = a.se**4 / a.df + b.se**4 / b.df
    half = float(t.ppf(0.975, variance**2 / down)) * math.sqrt(variance)
    return Estimate(
        value=value,
        low=value - half,
        high=value + half,
        n=n,
        method="difference of two groups, Welch's t; a change, not an effect",
    )


def _recovered(a: Estimate, b: Estimate, value: float, n: int) -> Estimate:
    """Of intervals that are not symmetric: each side from the sides that push it.

    Source: Zou & Donner, Construction of confidence limits about effect measures, Statistics in
    Medicine 27 (2008); Newcombe (1998).
    """
    down = math.hypot(b.value - b.low, a.high - a.value)
    up = math.hypot(b.high - b.value, a.value - a.low)
    return Estimate(
        value=value,
        low=value - down,
        high=value + up,
        n=n,
        method="difference of two groups, limits recovered from both intervals; a change, not an"
        " effect",
    )
