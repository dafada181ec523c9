"""The default estimator: finite population, strata, cross-fitted pooled λ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from cxscore.calibration.clusters import between_customers, come_back
from cxscore.calibration.population import Floats, Population
from cxscore.calibration.strata import Strata

FOLDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A mean with what it rests on."""

    value: float
    se: float
    """Standard error for the target asked for."""
    df: float
    """Degrees of freedom of the t quantile; inf where everybody is labelled."""
    low: float
    high: float
    n: int
    """Labels."""
    lambdas: tuple[float, ...]
    """λ of each fold: how much the judge is trusted, 0–1."""
    sampling_se: float = 0.0
    """Part of ``se`` that is there because these conversations are themselves a sample."""


def stratified_difference(p: Population, strata: Strata, *, process: bool = False) -> Fit:
    """Mean human level of all conversations, from labels on some and a judge on all.

    Estimand: ``served``: mean of H over these N conversations; ``process``: its expectation over
    conversations like these.

    Interval: 95 %, t quantile with Satterthwaite's degrees of freedom, cut off at the ends of the
    scale. Variance Σ W_h² (1 − n_h/N_h) s²_h / n_h; for 0/1 levels in strata that hold the verdict
    s²_h rests on (y + 1)/(n_h + 2), else it is pooled towards all strata by one observation.

    Fails when: picking within a stratum was not random.

    Source: CALIBRATION.md 0b.1; Särndal, Swensson & Wretman, Model Assisted Survey Sampling, 6.3;
    Angelopoulos et al., PPI++ (2023), λ cross-fitted.

    Args:
        p: the population.
        strata: of ``usable_strata``; every one holds at least two labels.
        process: add the sampling of the conversations themselves, var/N; customers who come back
            are one cluster.
    """
    fold = _folds(p, strata)
    lam = _lambdas(p, strata, fold)
    judge = np.where(np.isnan(p.judge), 0.0, p.judge)
    labelled = p.labelled
    value, variance, weight = 0.0, 0.0, 0.0
    influence = np.zeros(p.size)
    residual = np.where(labelled, p.human - lam[fold] * judge, np.nan)
    pooled = _pooled_variance(residual, strata)
    smooth = p.binary and p.verdict_strata
    for h in range(len(strata.names)):
        inside = strata.index == h
        mine = inside & labelled
        m, size = int(mine.sum()), int(inside.sum())
        share = size / p.size
        e = residual[mine]
        slope = float(lam[fold[mine]].mean())
        value += share * (slope * float(judge[inside].mean()) + e.mean())
        influence[inside] = slope * judge[inside] + e.mean()
        influence[mine] += size / m * (e - e.mean())
        s2 = (
            _smoothed(p.human[mine])
            if smooth
            else (float(((e - e.mean()) ** 2).sum()) + pooled) / m
        )
        v = share**2 * (1 - m / size) * s2 / m
        variance += v
        weight += v**2 / (m - 1)
    df = variance**2 / weight if weight > 0 else float("inf")
    extra = _sampling_variance(p, judge, residual, lam, value) if process else 0.0
    if process and come_back(p.clusters):
        whole = between_customers(influence - value, p.clusters)
        extra = max(extra, whole - variance)
        asked = {c for c, has in zip(p.clusters, labelled.tolist(), strict=True) if has}
        df = min(df, max(1.0, float(len(asked) - 1)))
    se = float(np.sqrt(variance + extra))
    return fitted(p, value, se, df, lam, sampling_se=float(np.sqrt(extra)))


def fitted(
    p: Population, value: float, se: float, df: float, lam: Floats, *, sampling_se: float = 0.0
) -> Fit:
    """The value with its t interval, within the ends of the scale."""
    half = 0.0 if se == 0 else float(student.ppf(0.975, df)) * se
    value = float(np.clip(value, p.low, p.high))
    return Fit(
        value=value,
        se=se,
        df=df,
        low=min(value, max(p.low, value - half)),
        high=max(value, min(p.high, value + half)),
        n=int(p.labelled.sum()),
        lambdas=tuple(float(x) for x in lam),
        sampling_se=sampling_se,
    )


def _folds(p: Population, strata: Strata) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Fold of every labelled conversation: its place among the labelled of its stratum mod 5."""
    fold = np.zeros(p.size, np.intp)
    for h in range(len(strata.names)):
        mine = np.flatnonzero((strata.index == h) & p.labelled)
        fold[mine] = np.arange(len(mine)) % FOLDS
    return fold


def _lambdas(
    p: Population, strata: Strata, fold: np.ndarray[tuple[int], np.dtype[np.intp]]
) -> Floats:
    """λ of each fold, from the labelled outside it, pooled within strata, between 0 and 1."""
    if p.verdict_strata:
        return np.zeros(FOLDS)
    return np.array([_lambda(p, strata, p.labelled & (fold != k)) for k in range(FOLDS)])


def _lambda(
    p: Population, strata: Strata, used: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> float:
    together, spread = 0.0, 0.0
    for h in range(len(strata.names)):
        mine = used & (strata.index == h) & ~np.isnan(p.judge)
        if mine.sum() < 2:
            continue
        j = p.judge[mine] - p.judge[mine].mean()
        together += float((j * (p.human[mine] - p.human[mine].mean())).sum())
        spread += float((j * j).sum())
    return min(1.0, max(0.0, together / spread)) if spread > 0 else 0.0


def _smoothed(human: Floats) -> float:
    m = len(human)
    share = (float(human.sum()) + 1) / (m + 2)
    return share * (1 - share) * m / (m - 1)


def _pooled_variance(residual: Floats, strata: Strata) -> float:
    squares, df = 0.0, 0
    for h in range(len(strata.names)):
        e = residual[(strata.index == h) & ~np.isnan(residual)]
        if len(e) > 1:
            squares += float(((e - e.mean()) ** 2).sum())
            df += len(e) - 1
    return squares / df if df else 0.0


def _sampling_variance(
    p: Population, judge: Floats, residual: Floats, lam: Floats, value: float
) -> float:
    """Variance of the mean over draws of conversations, customers drawn whole."""
    known = ~np.isnan(residual)
    rest = residual[known]
    predicted = float(lam.mean()) * judge + float(rest.mean())
    _, place = np.unique(np.array(p.clusters), return_inverse=True)
    off = np.bincount(place, weights=predicted - value)
    between = float((off**2).sum()) / p.size**2
    return between + float(rest.var(ddof=1)) / p.size
