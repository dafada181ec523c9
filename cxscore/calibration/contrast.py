"""Differences between groups or weeks: what changed, never what caused it."""

from __future__ import annotations

import math

from cxscore.calibration.choose import Answer
from cxscore.estimates import Estimate, Unavailable


def difference(a: Answer, b: Answer) -> Estimate | Unavailable:
    """Mean of B minus mean of A, two groups of different conversations.

    Estimand: E[H | B] − E[H | A] in the processes both were drawn from; pass answers made with
    ``process=True``, or the conversations' own sampling is left out.

    Interval: 95 %, t with Welch's degrees of freedom; the variances of both add up.

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
    variance = a.se**2 + b.se**2
    value = b.result.value - a.result.value
    if variance <= 0:
        return Unavailable(missing="neither group has any spread: no interval can be made")
    down = a.se**4 / a.df + b.se**4 / b.df
    half = float(t.ppf(0.975, variance**2 / down)) * math.sqrt(variance)
    return Estimate(
        value=value,
        low=value - half,
        high=value + half,
        n=a.result.n + b.result.n,
        method="difference of two groups, Welch's t; a change, not an effect",
    )
