"""Intervals of rates, differences, means, returns and slopes, in closed form."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxscore.kpi.facts import Floats, Mask

Z95 = 1.959963984540054
_SPARSE = 4
"""A base smaller than this part of all is picked out first: passing over all costs more."""
ALIKE = 1e-9
"""Relative: what sums of equal numbers leave is no spread."""


def wilson(k: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval of k of n (1927).

    >>> [round(x, 4) for x in wilson(15, 20)]
    [0.5313, 0.8881]
    """
    if n <= 0:
        raise ValueError("no share of nothing")
    p, z2 = k / n, z * z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, min(middle - half, p)), min(1.0, max(middle + half, p))


def newcombe(k1: float, n1: float, k2: float, n2: float, z: float = Z95) -> tuple[float, float]:
    """Interval of k1/n1 − k2/n2, Newcombe's method 10 (1998).

    >>> [round(x, 4) for x in newcombe(6, 7, 40, 50)]
    [-0.3233, 0.2324]
    """
    p1, p2 = k1 / n1, k2 / n2
    (l1, u1), (l2, u2) = wilson(k1, n1, z), wilson(k2, n2, z)
    d = p1 - p2
    return (
        d - math.sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2),
        d + math.sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2),
    )


def clustered(
    numerator: Floats, denominator: Floats | Mask, cluster: NDArray[np.int64]
) -> tuple[float, int]:
    """Standard error of a ratio of sums over conversations, customers drawn whole; and how many.

    Linearised: √(C/(C−1) Σ_c (Σ (y − R x))²) / Σ x. Source: Särndal et al. (1992), 5.7.

    Args:
        numerator: (N,) y.
        denominator: (N,) x.
        cluster: (N,) customers; −1 is a customer of its own.
    """
    total = float(denominator.sum())
    ratio = float(numerator.sum()) / total
    squares, count = 0.0, 0
    known = cluster >= 0
    if not known.all():
        # One who is not known is a customer of its own.
        own, alone = numerator[~known], denominator[~known]
        squares = float(((own - ratio * alone) ** 2).sum())
        count = int(np.count_nonzero((own != 0) | (alone != 0)))
        numerator, denominator, cluster = numerator[known], denominator[known], cluster[known]
    if len(cluster):
        each, part = np.bincount(cluster, denominator), np.bincount(cluster, numerator)
        residual = part - ratio * each
        squares += float(residual @ residual)
        count += int(np.count_nonzero((each != 0) | (part != 0)))
    return _error(squares, count, total), count


def clustered_share(
    counted: Mask, base: Mask, cluster: NDArray[np.int64]
) -> tuple[float, int, float]:
    """Standard error of a share as ``clustered``, its customers, and Kish's number of them.

    Args:
        counted: (N,) of ``base``, those counted.
        base: (N,) looked at; at least one.
        cluster: (N,) customers; −1 is a customer of its own.
    """
    n = int(np.count_nonzero(base))
    if _SPARSE * n < len(base):
        rows = np.flatnonzero(base)
        counted, base, cluster = counted[rows], base[rows], cluster[rows]
    k = int(np.count_nonzero(counted))
    ratio = k / n
    squares, customers, held = 0.0, 0, 0.0
    known = cluster >= 0
    if not known.all():
        # One who is not known is a customer of its own.
        alone = base & ~known
        customers, own = int(np.count_nonzero(alone)), int(np.count_nonzero(alone & counted))
        squares = own * (1 - ratio) ** 2 + (customers - own) * ratio**2
        held = float(customers)
        counted, base, cluster = counted[known], base[known], cluster[known]
    if len(cluster):
        # Two sums over all are faster than picking those looked at.
        each = np.bincount(cluster, base)
        residual = np.bincount(cluster, counted) - ratio * each
        squares += float(residual @ residual)
        customers += int(np.count_nonzero(each))
        held += float(each @ each)
    return _error(squares, customers, n), customers, n**2 / held


def alike(base: Mask, cluster: NDArray[np.int64]) -> float:
    """How many conversations those of ``base`` are worth if each customer's are all alike.

    (Σ m)² / Σ m² over customers (Kish 1965); −1 is a customer of its own.
    """
    rows = cluster[base]
    each = np.bincount(rows[rows >= 0])
    return float(len(rows) ** 2 / ((each**2).sum() + np.count_nonzero(rows < 0)))


def effective_size(
    numerator: Floats | Mask, denominator: Floats | Mask, cluster: NDArray[np.int64]
) -> float:
    """How many independent units a share is worth whose customers stand there several times.

    Its simple variance over the clustered one (Korn & Graubard 1998), with t of as many degrees as
    customers allow (Kish's number where a few hold most); never more than the units, never fewer
    than if every customer's were all alike.

    Args:
        numerator: (N,) counted.
        denominator: (N,) looked at; their sum is not 0.
        cluster: (N,) customers; −1 is a customer of its own.

    >>> one_customer = np.zeros(50, np.int64)
    >>> effective_size(np.arange(50) < 25, np.ones(50), one_customer)
    1.0
    """
    from scipy.stats import t

    y, x = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    y, x, cluster = y[x > 0], x[x > 0], cluster[x > 0]
    total = float(x.sum())
    share = float(y.sum()) / total
    error, degrees, kish = _robust(y - share * x, x, cluster)
    if not degrees or not 0 < share < 1:
        return min(kish, total)
    size = total if not error else share * (1 - share) / error**2
    size *= (Z95 / float(t.ppf(0.975, degrees))) ** 2
    return min(total, max(kish, size))


UNEQUAL = 0.7
"""Kish's number of customers over theirs below which a few hold most of what is looked at."""
MANY = 1_000.0
"""Kish's number of customers from which no few can hold most."""


def _robust(
    residual: Floats, weight: Floats, cluster: NDArray[np.int64]
) -> tuple[float, float, float]:
    """Standard error of a ratio, its degrees of freedom, and Kish's number of customers.

    Where a few customers hold most, what is left of their own residuals says too little: each is
    held against the ratio without it (jackknife, CR3; Bell & McCaffrey 2002).
    """
    alone = cluster < 0
    known, rows = np.unique(cluster[~alone], return_inverse=True)
    sums = np.concatenate([np.bincount(rows, residual[~alone], len(known)), residual[alone]])
    held = np.concatenate([np.bincount(rows, weight[~alone], len(known)), weight[alone]])
    total, customers = float(held.sum()), len(held)
    kish = total**2 / float((held**2).sum())
    error = _error(float(sums @ sums), customers, total)
    if customers > 1 and kish < UNEQUAL * customers:
        without = sums / np.maximum(1 - held / total, 1e-9)
        error = max(error, _error(float(without @ without), customers, total))
    return error, max(0.0, min(customers, kish) - 1), kish


def _by_customer(residual: Floats, cluster: NDArray[np.int64]) -> tuple[float, int, float]:
    """Σ over customers of the square of their residuals' sum; how many there are; Σ n²."""
    squares, count, held = 0.0, 0, 0.0
    known = cluster >= 0
    if not known.all():
        alone = residual[~known]
        squares, count, held = float((alone**2).sum()), len(alone), float(len(alone))
        residual, cluster = residual[known], cluster[known]
    if len(cluster):
        sums, each = np.bincount(cluster, residual), np.bincount(cluster)
        squares += float(sums @ sums)
        count += int(np.count_nonzero(each))
        held += float(each @ each)
    return squares, count, held


def _error(squares: float, count: int, total: float) -> float:
    return math.sqrt(squares * count / (count - 1)) / total if count > 1 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """Share back within a window by Kaplan and Meier (1958)."""

    value: float
    se: float
    """Greenwood."""
    low: float
    high: float
    """95 %, log-log."""
    at_risk: int
    """Still looked at when the last one came back, or for the whole window where none did."""


def kaplan_meier(back: Floats, observed: Floats, window: float) -> Survival:
    """Share of customers back within ``window`` seconds, censored ones counted while seen.

    Args:
        back: (n,) seconds until the return; inf: none seen.
        observed: (n,) seconds seen.
        window: seconds.
    """
    at = np.minimum(back, observed)
    event = (back <= observed) & (back <= window)
    times = np.sort(at)
    falls, deaths = np.unique(at[event], return_counts=True)
    risk = len(times) - np.searchsorted(times, falls, side="left")
    survival = float(np.prod(1 - deaths / risk)) if len(falls) else 1.0
    left = np.where(risk > deaths, risk - deaths, np.inf)
    hazard = float((deaths / (risk * left)).sum())
    se = survival * math.sqrt(hazard)
    low, high = _log_log(survival, hazard)
    left_at = int(risk[-1]) if len(falls) else int((observed >= window).sum())
    return Survival(value=1 - survival, se=se, low=1 - high, high=1 - low, at_risk=max(1, left_at))


def _log_log(survival: float, hazard: float) -> tuple[float, float]:
    if not 0 < survival < 1:
        return survival, survival
    spread = Z95 * math.sqrt(hazard) / math.log(survival)
    a, b = survival ** math.exp(spread), survival ** math.exp(-spread)
    return min(a, b), max(a, b)


def mean_interval(values: Floats, cluster: NDArray[np.int64]) -> tuple[float, float, int]:
    """Mean, the half-width of its 95 % interval (t, customers drawn whole), and the customers.

    The half-width of one customer's values is infinite: how far others differ, none of them tells.
    """
    from scipy.stats import t

    n, mean = len(values), float(values.mean())
    squares, customers, held = _by_customer(values - mean, cluster)
    if customers < 2:
        return mean, math.inf, customers
    error, degrees = _error(squares, customers, n), float(customers - 1)
    kish = n**2 / held
    if kish < min(MANY, UNEQUAL * customers):
        error, degrees, _ = _robust(values - mean, np.ones(n), cluster)
    none = ALIKE * max(1.0, abs(mean))
    if error < none < float(values.std()):
        # Customers' means are alike, their values are not.
        error = float(values.std(ddof=1)) / math.sqrt(n)
    if not degrees:
        return mean, math.inf, customers
    return mean, float(t.ppf(0.975, degrees)) * error, customers


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """Change a step of a rate."""

    value: float
    se: float
    low: float
    high: float


def weighted_slope(
    counts: Sequence[tuple[int, int]],
    at: Sequence[float] | None = None,
    sizes: Sequence[float] | None = None,
) -> Slope:
    """Weighted least squares slope of rates over steps, weights n, binomial variance.

    Args:
        counts: (k, n) of each step in order, three or more.
        at: where each step lies; None: one after the other.
        sizes: independent conversations each is worth; None: n.

    >>> found = weighted_slope([(81, 180), (92, 200), (104, 220), (101, 210), (119, 240)])
    >>> found.low < found.value < found.high
    True
    """
    k, n = np.array(counts, np.float64).T
    x = np.asarray(range(1, len(k) + 1) if at is None else at, np.float64)
    p = k / n
    size = n if sizes is None else np.asarray(sizes, np.float64)
    # None or all would have no error: two of each are added there (Agresti & Caffo 2000).
    sure = (k <= 0) | (k >= n)
    smooth = np.where(sure, (p * size + 1) / (size + 2), p)
    return slope(x, p, n, smooth * (1 - smooth) / np.where(sure, size + 2, size))


def slope(x: Floats, y: Floats, weight: Floats, variance: Floats) -> Slope:
    """Weighted least squares slope, its error from the points' own variances.

    Args:
        x: (m,) where the points lie.
        y: (m,) their values.
        weight: (m,) what each counts.
        variance: (m,) of each value.
    """
    middle = float((weight * x).sum() / weight.sum())
    spread = float((weight * (x - middle) ** 2).sum())
    value = float((weight * (x - middle) * y).sum()) / spread
    se = math.sqrt(float((weight**2 * (x - middle) ** 2 * variance).sum())) / spread
    return Slope(value=value, se=se, low=value - Z95 * se, high=value + Z95 * se)


def standardised(groups: Sequence[tuple[float, float, float, float]]) -> tuple[float, float]:
    """Rate effect and mix effect of a change between two periods (Kitagawa 1955).

    Args:
        groups: (share before, rate before, share after, rate after) of each group.

    >>> groups = [(0.2, 0.7, 0.5, 0.72), (0.2, 0.65, 0.2, 0.66), (0.6, 0.8, 0.3, 0.81)]
    >>> [round(x, 4) for x in standardised(groups)]
    [0.0135, -0.0285]
    """
    rate = mix = 0.0
    for s0, r0, s1, r1 in groups:
        rate += (s0 + s1) / 2 * (r1 - r0)
        mix += (r0 + r1) / 2 * (s1 - s0)
    return rate, mix
