"""Rates of rare events: intervals that hold near 0 and 1, and what so few labels can show."""

from __future__ import annotations

import math

from scipy.stats import beta
from scipy.stats import t as student

from cxscore.estimates import Estimate

FEW = 10
"""Labels of the rarer kind under which a symmetric interval no longer covers."""


def korn_graubard(
    value: float, *, se: float, n: int, df: float, population: int | None = None
) -> tuple[float, float]:
    """Interval of a rate by the size of the simple sample its labels are worth.

    Estimand: a share, 0–1, estimated as ``value``.

    Interval: 95 %, Clopper–Pearson with x = n*·value and n* = value (1 − value)/se², times the
    squared ratio of t quantiles with n − 1 and ``df`` degrees of freedom.

    Fails when: ``se`` is 0 or ``value`` is 0 or 1: nothing tells what the sample is worth.

    Source: Korn & Graubard, Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data, Survey Methodology 24 (1998).

    Args:
        value: the estimate, above 0 and below 1.
        se: its standard error, above 0.
        n: labels.
        df: degrees of freedom of ``se``.
        population: conversations it is a share of; n* is no more than they are.

    Raises:
        ValueError: a number out of its range.

    >>> [round(x, 3) for x in korn_graubard(0.02, se=0.0099, n=200, df=199)]
    [0.005, 0.05]
    """
    if not 0 < value < 1 or se <= 0 or n < 2 or df <= 0:
        raise ValueError("value lies between 0 and 1, se and df above 0, n is 2 or more")
    ratio = float(student.ppf(0.975, n - 1) / student.ppf(0.975, df))
    worth = value * (1 - value) / se**2 * ratio**2
    if population is not None:
        worth = min(worth, float(population))
    x = worth * value
    low = float(beta.ppf(0.025, x, worth - x + 1))
    high = float(beta.ppf(0.975, x + 1, worth - x))
    return min(low, value), max(high, value)


def effective_labels(weights: list[float]) -> float:
    """The equal labels that unequal ones are worth, (Σw)²/Σw² (Kish).

    >>> effective_labels([1.0, 1.0, 1.0]), round(effective_labels([4.0, 1.0, 1.0]), 1)
    (3.0, 2.0)
    """
    return math.fsum(weights) ** 2 / math.fsum(w * w for w in weights)


def detection_limit(labels: int, *, confidence: float = 0.95) -> float:
    """The highest rate under which ``labels`` random checks may well find nothing.

    Estimand: none; a property of the sample. Above it something is found with ``confidence``.

    Args:
        labels: conversations checked by people.
        confidence: 0–1.

    Raises:
        ValueError: no labels, or a confidence out of range.

    >>> round(detection_limit(300), 4)
    0.0099
    """
    if labels < 1 or not 0 < confidence < 1:
        raise ValueError("at least 1 label, and a confidence between 0 and 1")
    return float(1 - (1 - confidence) ** (1 / labels))


def checks_needed(rate: float, *, confidence: float = 0.95) -> int:
    """Clean random checks that show a rate is at most ``rate``.

    Args:
        rate: claimed, 0–1, ends left out.
        confidence: 0–1.

    Raises:
        ValueError: a number out of its range.

    >>> checks_needed(0.01), checks_needed(0.0001)
    (299, 29956)
    """
    if not 0 < rate < 1 or not 0 < confidence < 1:
        raise ValueError("rate and confidence lie between 0 and 1")
    return math.ceil(math.log(1 - confidence) / math.log1p(-rate))


def shown(claimed: float, found: Estimate) -> bool:
    """Whether the interval shows a rate to be at most what is claimed of it.

    >>> shown(0.001, Estimate(value=0, low=0, high=0.01, n=300, method=""))
    False
    """
    return found.high <= claimed
