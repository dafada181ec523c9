"""A rate corrected by sensitivity and specificity measured elsewhere: the named fallback."""

from __future__ import annotations

import math

from cxscore.calibration.planning import Z95
from cxscore.estimates import Estimate, Unavailable

LEAST_YOUDEN = 0.1
"""Sensitivity + specificity − 1 under which the judge tells nothing."""


def rogan_gladen(
    *,
    judged_yes: float,
    judged: int,
    sensitivity: float,
    positives: int,
    specificity: float,
    negatives: int,
) -> Estimate | Unavailable:
    """The true rate behind a judge's rate.

    Estimand: share of conversations people would call yes, 0–1.

    Interval: 95 %, plus-four shares and a shift by their variance, as Lee et al., How to Correctly
    Report LLM-as-a-Judge Evaluations (2025); cut off at 0 and 1.

    Fails when: sensitivity or specificity differ between where they were measured and here: it did
    not survive a change of the handler mix (CALIBRATION.md 0.4). Use labels of the same
    conversations wherever there are some.

    Args:
        judged_yes: share the judge calls yes, 0–1.
        judged: conversations it judged.
        sensitivity: share of people's yes the judge calls yes, 0–1.
        positives: labels it rests on.
        specificity: share of people's no the judge calls no, 0–1.
        negatives: labels it rests on.

    Raises:
        ValueError: a share outside 0–1, or a negative count.

    >>> found = rogan_gladen(judged_yes=0.4, judged=1000, sensitivity=0.9, positives=200,
    ...     specificity=0.7, negatives=200)
    >>> round(found.value, 5), round(found.low, 5), round(found.high, 5)
    (0.16667, 0.05635, 0.26273)
    """
    shares = (judged_yes, sensitivity, specificity)
    if any(not 0 <= s <= 1 for s in shares):
        raise ValueError("shares lie between 0 and 1")
    if judged < 0 or positives < 0 or negatives < 0:
        raise ValueError("counts are not negative")
    youden = sensitivity + specificity - 1
    if youden < LEAST_YOUDEN or not (judged and positives and negatives):
        return Unavailable(
            missing=f"sensitivity + specificity − 1 is {youden:.2f}: this judge hardly tells yes"
            " from no, and no rate follows from it; label some conversations of this population"
        )
    value = min(1.0, max(0.0, (judged_yes + specificity - 1) / youden))
    z2 = Z95**2
    n = judged + z2
    p = (judged * judged_yes + z2 / 2) / n
    q0, m0 = (negatives * specificity + 1) / (negatives + 2), negatives + 2
    q1, m1 = (positives * sensitivity + 1) / (positives + 2), positives + 2
    theta = (p + q0 - 1) / (q0 + q1 - 1)
    v0, v1 = q0 * (1 - q0) / m0, q1 * (1 - q1) / m1
    shift = 2 * z2 * (-(1 - theta) * v0 + theta * v1)
    se = math.sqrt(p * (1 - p) / n + (1 - theta) ** 2 * v0 + theta**2 * v1) / (q0 + q1 - 1)
    return Estimate(
        value=value,
        low=min(value, max(0.0, theta + shift - Z95 * se)),
        high=max(value, min(1.0, theta + shift + Z95 * se)),
        n=positives + negatives,
        method="Rogan–Gladen with the interval of Lee et al.; rests on sensitivity and specificity"
        " being the same here",
    )
