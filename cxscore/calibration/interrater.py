"""Agreement of any number of raters, missing ratings allowed: α, AC1/AC2, Fleiss, Conger, ICC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cxscore.calibration.population import Floats

Weights = Literal["nominal", "ordinal", "linear", "quadratic"]
Metric = Literal["nominal", "ordinal", "interval", "ratio"]


def weight_matrix(levels: Floats, weights: Weights) -> Floats:
    """(q, q) agreement weights of the levels, 1 on the diagonal.

    ``ordinal`` goes by how many pairs of levels lie between two, as in irrCAC.
    """
    q = len(levels)
    if weights == "nominal" or q == 1:
        return np.eye(q)
    if weights == "ordinal":
        places = np.arange(q)
        apart = np.abs(np.subtract.outer(places, places)).astype(float)
        between = (apart + 1) * apart / 2
        return np.asarray(1 - between / between.max())
    distance = np.abs(np.subtract.outer(levels, levels)) / (levels.max() - levels.min())
    return np.asarray(1 - distance**2 if weights == "quadratic" else 1 - distance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """A chance-corrected agreement."""

    value: float
    observed: float
    """Observed weighted agreement, 0–1."""
    by_chance: float


def _counts(ratings: Floats, levels: Floats) -> Floats:
    """(units, levels) how many raters gave each level."""
    return np.stack([(ratings == level).sum(axis=0) for level in levels], axis=1).astype(float)


def levels_of(ratings: Floats) -> Floats:
    """The levels that occur, ascending."""
    return np.unique(ratings[~np.isnan(ratings)])


def _observed(counts: Floats, w: Floats) -> float:
    rated = counts.sum(axis=1)
    twice = counts[rated >= 2]
    n = rated[rated >= 2]
    agreeing = (twice * (twice @ w - 1)).sum(axis=1) / (n * (n - 1))
    return float(agreeing.mean())


def _shares(counts: Floats) -> Floats:
    """(levels,) mean share of each level over units, as Gwet and Fleiss take it."""
    held = counts[counts.sum(axis=1) > 0]
    return np.asarray((held / held.sum(axis=1, keepdims=True)).mean(axis=0))


def gwet(ratings: Floats, weights: Weights = "nominal") -> Coefficient:
    """Gwet's AC1 (nominal) or AC2.

    Source: Gwet, Handbook of Inter-Rater Reliability, 4th ed., 2014; checked against irrCAC.

    Args:
        ratings: (raters, units), NaN where missing.
        weights: of partial agreement.

    Fails when: nothing was rated twice, or only one level occurs: the value is NaN.

    >>> import numpy as np
    >>> gwet(np.array([[1, 2, 1.0], [1, 2, 1]])).value
    1.0
    """
    levels = levels_of(ratings)
    w, counts = weight_matrix(levels, weights), _counts(ratings, levels)
    share, q = _shares(counts), len(levels)
    chance = float(w.sum() / (q * (q - 1)) * (share * (1 - share)).sum()) if q > 1 else 1.0
    return _coefficient(_observed(counts, w), chance)


def fleiss(ratings: Floats, weights: Weights = "nominal") -> Coefficient:
    """Fleiss' κ of (raters, units); NaN where missing."""
    levels = levels_of(ratings)
    w, counts = weight_matrix(levels, weights), _counts(ratings, levels)
    share = _shares(counts)
    return _coefficient(_observed(counts, w), float(share @ w @ share))


def brennan_prediger(ratings: Floats, weights: Weights = "nominal") -> Coefficient:
    """Brennan–Prediger of (raters, units): chance is every level alike."""
    levels = levels_of(ratings)
    w, counts = weight_matrix(levels, weights), _counts(ratings, levels)
    return _coefficient(_observed(counts, w), float(w.sum()) / len(levels) ** 2)


def conger(ratings: Floats, weights: Weights = "nominal") -> Coefficient:
    """Conger's κ of (raters, units): Cohen's κ for more than two raters."""
    levels = levels_of(ratings)
    w, counts = weight_matrix(levels, weights), _counts(ratings, levels)
    each = np.stack(
        [
            np.array([(row == level).sum() for level in levels]) / (~np.isnan(row)).sum()
            for row in ratings
        ]
    )
    middle = each.mean(axis=0)
    spread = (each.T @ each - len(each) * np.outer(middle, middle)) / (len(each) - 1)
    chance = float((w * (np.outer(middle, middle) - spread / len(each))).sum())
    return _coefficient(_observed(counts, w), chance)


def _coefficient(observed: float, chance: float) -> Coefficient:
    value = (observed - chance) / (1 - chance) if chance < 1 else float("nan")
    return Coefficient(value=value, observed=observed, by_chance=chance)


def krippendorff(ratings: Floats, metric: Metric = "ordinal") -> float:
    """Krippendorff's α.

    Source: Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011.

    Args:
        ratings: (raters, units), NaN where missing.
        metric: distance of levels.

    Fails when: nothing was rated twice, or all ratings are alike: NaN.

    >>> import numpy as np
    >>> round(krippendorff(np.array([[1, 2, 3, 3.0], [1, 2, 3, 4]]), "nominal"), 3)
    0.696
    """
    levels = levels_of(ratings)
    counts = _counts(ratings, levels)
    return alpha_of_counts(counts[counts.sum(axis=1) >= 2], levels, metric)


def alpha_of_counts(counts: Floats, levels: Floats, metric: Metric) -> float:
    """α of (units, levels) counts of ratings, each unit rated twice or more."""
    rated = counts.sum(axis=1)
    together = (counts.T / (rated - 1)) @ counts - np.diag((counts.T / (rated - 1)).sum(axis=1))
    totals = together.sum(axis=0)
    apart = _distance(levels, totals, metric)
    n = float(totals.sum())
    expected = float((np.outer(totals, totals) * apart).sum()) / (n - 1) if n > 1 else 0.0
    return 1 - float((together * apart).sum()) / expected if expected > 0 else float("nan")


def _distance(levels: Floats, totals: Floats, metric: Metric) -> Floats:
    if metric == "nominal":
        return np.asarray(1 - np.eye(len(levels)))
    if metric == "interval":
        return np.asarray(np.subtract.outer(levels, levels) ** 2)
    if metric == "ratio":
        both = np.add.outer(levels, levels)
        return np.asarray((np.subtract.outer(levels, levels) / np.where(both == 0, 1, both)) ** 2)
    rank = np.cumsum(totals) - totals / 2
    return np.asarray(np.subtract.outer(rank, rank) ** 2)


def icc(ratings: Sequence[Sequence[float]] | Floats) -> Mapping[str, float]:
    """The six intraclass correlations of Shrout and Fleiss (1979).

    Args:
        ratings: (units, raters), complete.

    Returns:
        ``ICC1``, ``ICC2``, ``ICC3`` of one rater, and ``ICC1k`` … of the mean of all.

    Raises:
        ValueError: a rating is missing, or there are fewer than two units or raters.
    """
    x = np.asarray(ratings, np.float64)
    if x.ndim != 2 or min(x.shape) < 2 or np.isnan(x).any():
        raise ValueError("ICC takes a whole table of at least two units and two raters")
    n, k = x.shape
    rows = k * float(((x.mean(axis=1) - x.mean()) ** 2).sum()) / (n - 1)
    columns = n * float(((x.mean(axis=0) - x.mean()) ** 2).sum()) / (k - 1)
    within = float(((x - x.mean(axis=1, keepdims=True)) ** 2).sum()) / (n * (k - 1))
    error = (within * n * (k - 1) - columns * (k - 1)) / ((n - 1) * (k - 1))

    def ratio(up: float, down: float) -> float:
        return up / down if down else float("nan")

    return {
        "ICC1": ratio(rows - within, rows + (k - 1) * within),
        "ICC2": ratio(rows - error, rows + (k - 1) * error + k * (columns - error) / n),
        "ICC3": ratio(rows - error, rows + (k - 1) * error),
        "ICC1k": ratio(rows - within, rows),
        "ICC2k": ratio(rows - error, rows + (columns - error) / n),
        "ICC3k": ratio(rows - error, rows),
    }
