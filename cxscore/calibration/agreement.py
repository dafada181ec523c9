"""How well a judge gives the levels people give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cxscore.calibration.interrater import Weights, weight_matrix
from cxscore.calibration.population import Floats
from cxscore.errors import LabelError
from cxscore.estimates import Estimate, Unavailable

DRAWS = 2_000
LEAST_EXPECTED = 8.0
"""Conversations of the rarer kind under which κ's interval does not cover (CALIBRATION.md 1.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A judge against people over the same conversations, weighted by 1/π where it is known."""

    n: int
    exact: Estimate | Unavailable
    """Share of the same level, 0–1."""
    within_one: float
    """Share at most one level apart, 0–1."""
    mean_error: float
    """Mean |J − H| in levels."""
    bias: Estimate | Unavailable
    """Mean J − H in levels: above 0 the judge is lenient."""
    sd_ratio: float | None
    """sd(J)/sd(H): under 1 the judge uses less of the scale; None: people never vary."""
    kappa: Estimate | Unavailable
    """Cohen, unweighted."""
    kappa_linear: Estimate | Unavailable
    kappa_quadratic: Estimate | Unavailable
    spearman: float | None
    kendall: float | None
    lin: float | None
    """Lin's concordance."""
    limits: tuple[float, float]
    """Bland–Altman: mean J − H ± 1.96 sd."""
    prevalence: tuple[tuple[float, int], ...]
    """People's levels and how often each: κ says nothing without it."""
    in_sample: bool
    """True: chances to be labelled are not known; everything here is of this sample only."""


def confusion(judge: Floats, human: Floats, levels: Floats, weight: Floats | None = None) -> Floats:
    """(q, q) weighted counts, people's level in rows, the judge's in columns.

    Raises:
        LabelError: a level is not among ``levels``.
    """
    table = np.zeros((len(levels), len(levels)))
    for name, column in (("judge", judge), ("human", human)):
        off = column[~np.isin(column, levels)]
        if len(off):
            known = ", ".join(f"{v:g}" for v in levels)
            raise LabelError(f"{name} says {off[0]:g}, which is no level; allowed: {known}")
    at_h, at_j = np.searchsorted(levels, human), np.searchsorted(levels, judge)
    np.add.at(table, (at_h, at_j), 1.0 if weight is None else weight)
    return table


def kappa_of(table: Floats, levels: Floats, weights: Weights = "nominal") -> float:
    """Cohen's κ of a confusion table; NaN where both sides know one level only.

    Source: Cohen (1960, 1968); equal to scikit-learn's ``cohen_kappa_score``.

    >>> import numpy as np
    >>> round(kappa_of(np.array([[20, 5], [10, 15.0]]), np.array([0, 1.0])), 3)
    0.4
    """
    p = table / table.sum()
    w = weight_matrix(levels, weights)
    chance = float((w * np.outer(p.sum(axis=1), p.sum(axis=0))).sum())
    return (float((w * p).sum()) - chance) / (1 - chance) if chance < 1 - 1e-12 else float("nan")


def kappa_se(table: Floats, levels: Floats, weights: Weights = "nominal") -> float:
    """Asymptotic standard error of κ (Fleiss, Cohen & Everitt 1969), for unweighted counts."""
    n = table.sum()
    p, w = table / n, weight_matrix(levels, weights)
    row, column = p.sum(axis=1), p.sum(axis=0)
    observed, chance = float((w * p).sum()), float((w * np.outer(row, column)).sum())
    mean = np.add.outer(w @ column, row @ w)
    inner = float((p * (w * (1 - chance) - mean * (1 - observed)) ** 2).sum())
    variance = inner - (observed * chance - 2 * chance + observed) ** 2
    return float(np.sqrt(max(0.0, variance) / n) / (1 - chance) ** 2)


def agreement(
    judge: Sequence[float] | Floats,
    human: Sequence[float] | Floats,
    levels: Sequence[float],
    rng: np.random.Generator,
    *,
    weight: Sequence[float] | Floats | None = None,
    strata: Sequence[str] | None = None,
) -> Agreement:
    """Everything said of one criterion's agreement.

    Estimand: the statistic over the population the conversations were drawn from (weights 1/π), or
    over this sample where the chances are not known; ``in_sample`` says which.

    Interval: 95 %, percentile bootstrap over conversations, within strata, ``DRAWS`` draws.

    Fails when: fewer than ``LEAST_EXPECTED`` conversations of the rarer kind: κ has no interval
    then, and is refused.

    Args:
        judge: (n,) levels.
        human: (n,) levels, adjudicated.
        levels: of the scale, ascending.
        rng: the source of chance.
        weight: (n,) 1/π; None: not known.
        strata: (n,) strata the conversations were drawn in.

    Raises:
        LabelError: lengths differ, a level is off the scale, or there is nothing.
    """
    j, h = np.asarray(judge, np.float64), np.asarray(human, np.float64)
    if len(j) != len(h):
        raise LabelError(f"judge has {len(j)} values, human {len(h)}")
    if not len(j):
        raise LabelError("no conversation has both a label and a verdict")
    scale = np.asarray(levels, np.float64)
    w = np.ones(len(j)) if weight is None else np.asarray(weight, np.float64)
    table = confusion(j, h, scale, w)
    tables = _redrawn(j, h, scale, w, strata, rng)
    apart = np.abs(np.subtract.outer(scale, scale))
    away = np.subtract.outer(scale, scale).T  # J − H: people in rows
    p = table / table.sum()
    shares = tables / tables.sum(axis=(1, 2), keepdims=True)
    bias = float((p * away).sum())
    sd = float(np.sqrt(max(0.0, (p * away**2).sum() - bias**2)))
    of = "this sample" if weight is None else "the population, weights 1/π"
    return Agreement(
        n=len(j),
        exact=_interval(
            float(np.trace(p)), np.trace(shares, axis1=1, axis2=2), len(j), f"share, {of}"
        ),
        within_one=float(p[apart <= 1].sum()),
        mean_error=float((p * apart).sum()),
        bias=_interval(bias, (shares * away).sum(axis=(1, 2)), len(j), f"mean difference, {of}"),
        sd_ratio=_sd_ratio(p, scale),
        kappa=_kappa(table, tables, scale, "nominal", h, of),
        kappa_linear=_kappa(table, tables, scale, "linear", h, of),
        kappa_quadratic=_kappa(table, tables, scale, "quadratic", h, of),
        spearman=_rank(j, h, "spearman"),
        kendall=_rank(j, h, "kendall"),
        lin=lin(j, h, w),
        limits=(bias - 1.96 * sd, bias + 1.96 * sd),
        prevalence=tuple((float(v), int((h == v).sum())) for v in scale),
        in_sample=weight is None,
    )


def _redrawn(
    j: Floats,
    h: Floats,
    levels: Floats,
    w: Floats,
    strata: Sequence[str] | None,
    rng: np.random.Generator,
) -> Floats:
    """(DRAWS, q, q) confusion tables of redrawn conversations, each stratum by itself.

    Conversations of one stratum, cell and weight are alike: a multinomial draws their counts.
    """
    q = len(levels)
    cell = np.searchsorted(levels, h) * q + np.searchsorted(levels, j)
    names = np.zeros(len(j), np.intp)
    if strata is not None:
        names = np.unique(np.array(strata), return_inverse=True)[1]
    found = np.zeros((DRAWS, q * q))
    for stratum in np.unique(names):
        mine = np.flatnonzero(names == stratum)
        kinds, count = np.unique(np.stack([cell[mine], w[mine]], 1), axis=0, return_counts=True)
        drawn = rng.multinomial(len(mine), count / len(mine), DRAWS) * kinds[:, 1]
        for k in range(len(kinds)):
            found[:, int(kinds[k, 0])] += drawn[:, k]
    return found.reshape(DRAWS, q, q)


def _interval(value: float, draws: Floats, n: int, method: str) -> Estimate | Unavailable:
    if n < 10:
        return Unavailable(missing=f"{n} conversations have a label and a verdict; 10 are needed")
    low, high = np.quantile(draws, [0.025, 0.975])
    return Estimate(
        value=value,
        low=min(value, float(low)),
        high=max(value, float(high)),
        n=n,
        method=f"{method}; bootstrap over conversations",
    )


def _kappa(
    table: Floats, tables: Floats, levels: Floats, weights: Weights, human: Floats, of: str
) -> Estimate | Unavailable:
    value = kappa_of(table, levels, weights)
    if np.isnan(value) or len(np.unique(human)) < 2:
        return Unavailable(missing="people or judge gave one level only: κ says nothing")
    most = max(int((human == v).sum()) for v in levels)
    if len(human) - most < LEAST_EXPECTED:
        return Unavailable(
            missing=f"κ is {value:.2f} in this sample, but only {len(human) - most} conversations"
            f" differ from the commonest level; {LEAST_EXPECTED:g} are the least for an interval"
        )
    w = weight_matrix(levels, weights)
    shares = tables / tables.sum(axis=(1, 2), keepdims=True)
    observed = (shares * w).sum(axis=(1, 2))
    chance = np.einsum("dh,dj,hj->d", shares.sum(axis=2), shares.sum(axis=1), w)
    good = chance < 1 - 1e-12
    draws = (observed[good] - chance[good]) / (1 - chance[good])
    name = {"nominal": "κ", "linear": "κ, linear weights"}.get(weights, "κ, quadratic weights")
    return _interval(value, draws, len(human), f"{name}, {of}")


def _sd_ratio(p: Floats, levels: Floats) -> float | None:
    def sd(share: Floats) -> float:
        mean = float(share @ levels)
        return float(np.sqrt(max(0.0, float((share * (levels - mean) ** 2).sum()))))

    of_people = sd(p.sum(axis=1))
    return sd(p.sum(axis=0)) / of_people if of_people > 0 else None


def _rank(j: Floats, h: Floats, kind: str) -> float | None:
    if len(np.unique(j)) < 2 or len(np.unique(h)) < 2:
        return None
    from scipy.stats import kendalltau, spearmanr

    found = spearmanr(j, h) if kind == "spearman" else kendalltau(j, h)
    return float(found.statistic)


def lin(j: Floats, h: Floats, weight: Floats | None = None) -> float | None:
    """Lin's concordance correlation (1989), −1 … 1; None where both are one same constant."""
    mj, mh = np.average(j, weights=weight), np.average(h, weights=weight)
    together = np.average((j - mj) * (h - mh), weights=weight)
    spread = np.average((j - mj) ** 2 + (h - mh) ** 2, weights=weight) + (mj - mh) ** 2
    return float(2 * together / spread) if spread > 0 else None


def ceiling(pairs: Sequence[tuple[float, float]], levels: Sequence[float]) -> float | None:
    """Quadratic κ of people with people on the same conversations; None where it says nothing.

    Args:
        pairs: two raters' levels of each conversation; none of them had seen the judge.
        levels: of the scale, ascending.
    """
    if len(pairs) < 10:
        return None
    scale = np.asarray(levels, np.float64)
    one, two = np.array(pairs, np.float64).T
    # Who is first of a pair is nobody's choice.
    table = confusion(one, two, scale) + confusion(two, one, scale)
    found = kappa_of(table, scale, "quadratic")
    return None if np.isnan(found) else found
