"""How well a judge gives the levels people give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cxscore.calibration.interrater import Weights, weight_matrix
from cxscore.calibration.population import Floats
from cxscore.calibration.ranks import kendall_of, lin_of, spearman_of
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
    sd_ratio: Estimate | Unavailable
    """sd(J)/sd(H): under 1 the judge uses less of the scale."""
    kappa: Estimate | Unavailable
    """Cohen, unweighted."""
    kappa_linear: Estimate | Unavailable
    kappa_quadratic: Estimate | Unavailable
    spearman: Estimate | Unavailable
    kendall: Estimate | Unavailable
    """τ-b."""
    lin: Estimate | Unavailable
    """Lin's concordance."""
    limits: tuple[float, float]
    """Bland–Altman: mean J − H ± 1.96 sd."""
    proportional: Estimate | Unavailable
    """Bland–Altman: change of J − H by one level more of (J + H)/2."""
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
        sd_ratio=_drawn(_sd_ratio, "ratio of sd", table, tables, scale, of, len(j)),
        kappa=_kappa(table, tables, scale, "nominal", h, of),
        kappa_linear=_kappa(table, tables, scale, "linear", h, of),
        kappa_quadratic=_kappa(table, tables, scale, "quadratic", h, of),
        spearman=_drawn(spearman_of, "Spearman's ρ", table, tables, scale, of, len(j)),
        kendall=_drawn(kendall_of, "Kendall's τ-b", table, tables, scale, of, len(j)),
        lin=_drawn(lin_of, "Lin's concordance", table, tables, scale, of, len(j)),
        limits=(bias - 1.96 * sd, bias + 1.96 * sd),
        proportional=_drawn(_proportional, "slope of J − H", table, tables, scale, of, len(j)),
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
    if np.isnan(value) or min((table.sum(axis=a) > 0).sum() for a in (0, 1)) < 2:
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


def _drawn(
    statistic: Callable[[Floats, Floats], Floats],
    name: str,
    table: Floats,
    tables: Floats,
    levels: Floats,
    of: str,
    n: int,
) -> Estimate | Unavailable:
    """A statistic of a table with its interval over the redrawn ones."""
    value = float(statistic(table, levels))
    if np.isnan(value):
        return Unavailable(missing="people or judge gave one level only: nothing goes together")
    draws = statistic(tables, levels)
    return _interval(value, draws[~np.isnan(draws)], n, f"{name}, {of}")


def _sd_ratio(tables: Floats, levels: Floats) -> Floats:
    shares = tables / tables.sum(axis=(-2, -1), keepdims=True)

    def variance(axis: int) -> Floats:
        share = shares.sum(axis=axis)
        return np.asarray(share @ levels**2 - (share @ levels) ** 2)

    people, judge = np.maximum(variance(-1), 0), np.maximum(variance(-2), 0)
    good = people > 1e-12
    return np.where(good, np.sqrt(judge / np.where(good, people, 1.0)), np.nan)


def _proportional(tables: Floats, levels: Floats) -> Floats:
    """Slope of J − H on (J + H)/2: 0 where the judge errs alike at both ends of the scale."""
    shares = tables / tables.sum(axis=(-2, -1), keepdims=True)
    away = np.subtract.outer(levels, levels).T
    middle = np.add.outer(levels, levels) / 2

    def mean(x: Floats) -> Floats:
        return np.asarray((shares * x).sum(axis=(-2, -1)))

    spread = mean(middle**2) - mean(middle) ** 2
    good = spread > 1e-12
    together = mean(middle * away) - mean(middle) * mean(away)
    return np.where(good, together / np.where(good, spread, 1.0), np.nan)
