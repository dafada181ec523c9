"""Three layers: a cheap judge on all, a better one on a sample, people on a sample of that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxscore.calibration.difference import FOLDS, Fit, fitted
from cxscore.calibration.population import NOWHERE, Floats, Place, Population
from cxscore.calibration.strata import Strata


@dataclass(frozen=True, slots=True, kw_only=True)
class Middle:
    """The layer between the cheap judge and people."""

    judge: Floats
    """(N,) the better judge's level; NaN: not asked, or asked in vain."""
    asked: NDArray[np.bool_]
    """(N,) whom it was asked about."""


def middle(
    p: Population, judge: Floats, asked: NDArray[np.bool_], where: Place = NOWHERE
) -> Middle:
    """Check the middle layer of a population.

    Raises:
        LabelError: lengths differ, a level is off the scale or of one nobody asked about, or
            people labelled a conversation the better judge was not asked about.
    """
    if len(judge) != p.size or len(asked) != p.size:
        raise where.error(f"cheap judge has {p.size} values, judge {len(judge)}")
    off = np.flatnonzero((judge < p.low) | (judge > p.high))
    if len(off):
        reason = f"judge says {judge[off[0]]:g}; the scale goes from {p.low:g} to {p.high:g}"
        raise where.error(reason, int(off[0]))
    strange = np.flatnonzero(~np.isnan(judge) & ~asked)
    if len(strange):
        raise where.error("the judge was not asked and has a level", int(strange[0]))
    outside = np.flatnonzero(p.labelled & ~asked)
    if len(outside):
        raise where.error(
            "people labelled a conversation the judge was not asked about; the labelled are drawn"
            " from those it was",
            int(outside[0]),
        )
    return Middle(judge=judge, asked=asked)


def cascade(p: Population, layer: Middle, strata: Strata, *, process: bool = False) -> Fit:
    """Mean human level of all conversations: cheap on all, better on some, people on fewer.

    θ̂ = Σ W [mean_N(aF) + mean_n2(bJ − aF) + mean_n1(H − bJ)], a and b slopes of H on either judge
    within strata, of the labelled outside a conversation's fold, within [0, 1].

    Estimand: as ``stratified_difference``.

    Interval: 95 %, t quantile with Satterthwaite's degrees of freedom. Both samples are random, the
    second within the first: V = Σ W² [(1 − n2/N) s²(H − aF)/n2 + (1 − n1/n2) s²(H − bJ)/n1].

    Fails when: either sample was not random within its strata.

    Source: two-phase regression estimator, Särndal, Swensson & Wretman, Model Assisted Survey
    Sampling, 9.7; CALIBRATION.md 1.2, multi-fidelity cascade.

    Args:
        p: the population; its ``judge`` is the cheap one, NaN where that has no level.
        layer: of ``middle``.
        strata: of ``usable_strata``.
        process: add the sampling of the conversations themselves, var(H)/N.
    """
    cheap, strong = _filled(p.judge), _filled(layer.judge)
    fold = np.zeros(p.size, np.intp)
    for h in range(len(strata.names)):
        mine = np.flatnonzero((strata.index == h) & p.labelled)
        fold[mine] = np.arange(len(mine)) % FOLDS
    a, b = (_slopes(p, x, strata, fold) for x in (cheap, strong))
    value, variance, weight, between = 0.0, 0.0, 0.0, 0.0
    means: list[tuple[float, float]] = []
    for h in range(len(strata.names)):
        inside = strata.index == h
        asked, labelled = inside & layer.asked, inside & p.labelled
        size, n2, n1 = int(inside.sum()), int(asked.sum()), int(labelled.sum())
        share = size / p.size
        a_h, b_h = float(a[fold[labelled]].mean()), float(b[fold[labelled]].mean())
        human = p.human[labelled]
        cheap_off = human - a[fold[labelled]] * cheap[labelled]
        strong_off = human - b[fold[labelled]] * strong[labelled]
        mean = (
            a_h * float(cheap[inside].mean() - cheap[asked].mean())
            + b_h * float(strong[asked].mean())
            + float(strong_off.mean())
        )
        v2 = share**2 * (1 - n2 / size) * float(cheap_off.var(ddof=1)) / n2
        v1 = share**2 * (1 - n1 / n2) * float(strong_off.var(ddof=1)) / n1
        value += share * mean
        variance += v1 + v2
        weight += (v1 + v2) ** 2 / (n1 - 1)
        between += share * float(human.var(ddof=1))
        means.append((share, mean))
    df = variance**2 / weight if weight > 0 else float("inf")
    between += sum(share * (mean - value) ** 2 for share, mean in means)
    extra = between / p.size if process else 0.0
    se = float(np.sqrt(variance + extra))
    return fitted(p, value, se, df, b, sampling_se=float(np.sqrt(extra)))


def _filled(judge: Floats) -> Floats:
    """No level is told the mean: any guess made without people's levels leaves no bias."""
    return np.where(np.isnan(judge), np.nanmean(judge), judge)


def _slopes(p: Population, judge: Floats, strata: Strata, fold: NDArray[np.intp]) -> Floats:
    return np.array([_slope(p, judge, strata, p.labelled & (fold != k)) for k in range(FOLDS)])


def _slope(p: Population, judge: Floats, strata: Strata, used: NDArray[np.bool_]) -> float:
    together, spread = 0.0, 0.0
    for h in range(len(strata.names)):
        mine = used & (strata.index == h)
        if mine.sum() < 2:
            continue
        off = judge[mine] - judge[mine].mean()
        together += float((off * (p.human[mine] - p.human[mine].mean())).sum())
        spread += float((off * off).sum())
    return min(1.0, max(0.0, together / spread)) if spread > 0 else 0.0
