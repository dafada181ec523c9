"""The sampling design chooses the estimator, or refuses with the reason and the next step."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cxscore.calibration.aipw import LEAST_LABELS, aipw
from cxscore.calibration.cascade import Middle, cascade
from cxscore.calibration.difference import Fit, stratified_difference
from cxscore.calibration.population import Population
from cxscore.calibration.rare import FEW, effective_labels, korn_graubard
from cxscore.calibration.strata import LEAST, Merge, Strata, usable_strata
from cxscore.estimates import Estimate, Part, Unavailable
from cxscore.label import Design

RULE_OF_THREE = 3.0
"""0 of n says: at most 3/n, at 95 %."""
ALIKE = 1e-6
"""Chances closer than this part of each other are one chance."""
UNKNOWN_DESIGN = (
    "it is not known how the labelled conversations were picked, and a number made of them could"
    " be off by any amount; say how (random, stratified, or their inclusion probabilities), or draw"
    " a sample that knows: cxscore sample"
)
NO_CASCADE = (
    "three layers need both judges to have levels, and both samples to be random within their"
    " strata; leave the cheap judge out to use chances that differ"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A true mean or the refusal to give one, and what may be said in any case."""

    result: Estimate | Unavailable
    lowest: float
    """Worst case: every conversation without a label at the low end of the scale."""
    highest: float
    population: int
    labels: int
    unjudged: int
    """Conversations without a verdict; they stay in the population."""
    judge_alone: float | None
    """Mean of the judge's levels: no estimate of anything."""
    labels_alone: float
    """Mean of the labels: of this sample only."""
    rho: float | None
    """Correlation of judge and people where both spoke; None where one of them never varies."""
    lambdas: tuple[float, ...] = ()
    se: float | None = None
    """Standard error of the result; None: it has none of its own."""
    df: float | None = None
    """Its degrees of freedom."""
    symmetric: bool = True
    """False: the interval is not value ± t·se, as near 0 and 1."""
    merges: tuple[Merge, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader has to know beside the number."""

    @property
    def labels_saved(self) -> float | None:
        """Share of labels the judge saves at best, ρ²."""
        return None if self.rho is None else self.rho**2


def choose(
    p: Population,
    design: Design | None,
    *,
    process: bool = False,
    layer: Middle | None = None,
) -> Answer:
    """The mean of people's levels, by the estimator the design allows.

    Estimand: mean of H over the N conversations (``process``: over conversations like them).

    Interval: as of the estimator chosen, which ``method`` names.

    Fails when: never with a wrong number on purpose: designs nobody can answer for are refused.

    Args:
        p: the population.
        design: how the labelled were picked; None: not known.
        process: see ``stratified_difference``.
        layer: a better judge asked on some; the population's judge is then the cheap one on all.
    """
    strata = usable_strata(p)
    if p.labelled.all() and not process:
        return _answer(p, _census(p))
    known = not np.isnan(p.pi[p.labelled]).any()
    unequal = known and _unequal(p)
    weighted = known and (unequal or design is Design.TARGETED)
    refusal = _refusal(p, design, strata, known=known, weighted=weighted)
    if refusal is not None:
        return _answer(p, Unavailable(missing=refusal), merges=strata.merges)
    if layer is not None:
        if weighted or p.judge[~np.isnan(p.judge)].size == 0 or np.isnan(layer.judge).all():
            return _answer(p, Unavailable(missing=NO_CASCADE), merges=strata.merges)
        fit = cascade(p, layer, strata, process=process)
        name = f"three layers, {int(layer.asked.sum()):,} asked of {p.size:,}"
        told = _told(p, fit, name, _worth_of_strata(p, strata), process=process)
        merges: tuple[Merge, ...] = strata.merges
    elif weighted:
        fit = aipw(p, process=process)
        told = _told(
            p, fit, "AIPW with the recorded inclusion probabilities", _worth(p), process=process
        )
        merges = ()
    else:
        fit = stratified_difference(p, strata, process=process)
        told = _told(p, fit, _named(p, strata), _worth_of_strata(p, strata), process=process)
        merges = strata.merges
    answer = _answer(p, told.result, fit=fit, merges=merges, notes=told.notes)
    answer = replace(answer, symmetric=told.symmetric)
    return answer if process else replace(answer, result=_possible(answer))


def _possible(answer: Answer) -> Estimate | Unavailable:
    """The interval without what the labels themselves rule out: these conversations are counted."""
    result = answer.result
    if isinstance(result, Unavailable):
        return result
    value = min(answer.highest, max(answer.lowest, result.value))
    low, high = max(answer.lowest, result.low), min(answer.highest, result.high)
    return replace(result, value=value, low=min(value, low), high=max(value, high))


def _refusal(
    p: Population, design: Design | None, strata: Strata, *, known: bool, weighted: bool
) -> str | None:
    n = int(p.labelled.sum())
    if design is Design.CONVENIENCE:
        return (
            "a convenience sample describes itself only; draw one that stands for all:"
            f" cxscore sample -n {max(60, n)}"
        )
    if design is Design.SURVEY_REPLY:
        return (
            "customers who answer a survey are not like those who do not; label some of both:"
            " cxscore sample --design survey"
        )
    if design is Design.TARGETED and not known:
        return (
            "these conversations were picked on purpose and their chances were not recorded;"
            f" draw {max(60, n)} whose chances are: cxscore sample --design risk"
        )
    if design is None and not known:
        return UNKNOWN_DESIGN
    if design is Design.STRATIFIED and not known and not p.named:
        return (
            "a stratified pick without its strata: the chance of a conversation to be picked is not"
            " known; name the strata (--strata), or the chances (--inclusion-probability)"
        )
    if weighted:
        if n < LEAST_LABELS:
            return (
                f"{n} labels picked with unequal chances; {LEAST_LABELS} are the least for an"
                f" interval that covers: cxscore sample --design risk -n {LEAST_LABELS - n} more"
            )
        return None
    if strata.bare:
        named = ", ".join(repr(s) for s in strata.bare if s) or "the whole"
        return (
            f"fewer than {LEAST} labels in {named}: nothing can be told of it;"
            " cxscore sample --by stream draws some in each"
        )
    return None


def _unequal(p: Population) -> bool:
    """Whether chances differ within a cell of the pick: then no label stands for its neighbour."""
    ends: dict[tuple[str, str], tuple[float, float]] = {}
    for cell, has, pi in zip(p.cells, p.labelled.tolist(), p.pi.tolist(), strict=True):
        if has:
            low, high = ends.get(cell, (pi, pi))
            ends[cell] = min(low, pi), max(high, pi)
    return any(high - low > ALIKE * high for low, high in ends.values())


def _census(p: Population) -> Estimate:
    value = float(p.human.mean())
    return Estimate(
        value=value, low=value, high=value, n=p.size, method="mean of all: everybody is labelled"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A result and how it came about."""

    result: Estimate | Unavailable
    notes: tuple[str, ...] = ()
    symmetric: bool = True


def _named(p: Population, strata: Strata) -> str:
    if len(strata.names) == 1:
        return "mean" if p.verdict_strata else "difference estimator"
    return "post-stratified mean" if p.verdict_strata else "stratified difference estimator"


def _told(p: Population, fit: Fit, name: str, worth: float, *, process: bool) -> _Told:
    """The interval of a fit: symmetric, or near the ends one that holds there too.

    ``worth``: the equal labels the rule of three goes by.
    """
    held = p.human[p.labelled]
    rarer = min(float(held.sum()), float(len(held) - held.sum())) if p.binary else FEW
    if fit.se == 0 or rarer == 0:
        return _no_spread(p, fit, name, worth, alike=rarer == 0)
    notes = (f"{fit.n} labels: the interval itself is rough under 30",) if fit.n < 30 else ()
    lam = ", cross-fitted λ" if any(fit.lambdas) else ""
    plain = _estimate(fit, f"{name}{lam}, t interval", process=process)
    if rarer >= FEW or not 0 < fit.value < 1:
        return _Told(result=plain, notes=notes)
    # Near the ends a symmetric interval misses the truth on one side (CALIBRATION.md 1.2).
    low, high = korn_graubard(fit.value, se=fit.se, n=fit.n, df=fit.df, population=p.size)
    rare = replace(
        plain,
        low=low,
        high=high,
        method=plain.method.replace("t interval", "Korn–Graubard interval"),
    )
    return _Told(result=rare, notes=notes, symmetric=False)


def _no_spread(p: Population, fit: Fit, name: str, worth: float, *, alike: bool) -> _Told:
    if not p.binary:
        missing = (
            f"all {fit.n} labels lie at the same distance from the judge: no spread to make an"
            " interval of; label more"
        )
        return _Told(result=Unavailable(missing=missing), symmetric=False)
    value = float(p.human[p.labelled][0]) if alike else fit.value
    half = min(1.0, RULE_OF_THREE / worth)
    what = "all labels are alike" if alike else "the judge was never wrong on a label"
    result = Estimate(
        value=value,
        low=max(0.0, value - half),
        high=min(1.0, value + half),
        n=fit.n,
        method=f"{name}; {what}: rule of three, 3/n of {worth:.0f} labels of one weight",
    )
    return _Told(result=result, symmetric=False)


def _worth_of_strata(p: Population, strata: Strata) -> float:
    """N behind the rule of three with strata: max over strata of W·3/n is 3 over this."""
    shares = []
    for h in range(len(strata.names)):
        inside = strata.index == h
        shares.append(float(inside.mean()) / int((inside & p.labelled).sum()))
    return 1 / max(shares)


def _worth(p: Population) -> float:
    return effective_labels((1 / p.pi[p.labelled]).tolist())


def _estimate(fit: Fit, method: str, *, process: bool) -> Estimate:
    target = "process" if process else "served"
    half = (fit.high - fit.low) / 2
    measured = float(np.sqrt(max(0.0, fit.se**2 - fit.sampling_se**2)))
    share = half / fit.se if fit.se else 0.0
    parts = [Part(name="measurement", half_width=measured * share)]
    if process:
        parts.append(Part(name="sampling", half_width=fit.sampling_se * share))
    return Estimate(
        value=fit.value,
        low=fit.low,
        high=fit.high,
        n=fit.n,
        method=f"{method}; target {target}",
        parts=tuple(parts),
    )


def _answer(
    p: Population,
    result: Estimate | Unavailable,
    *,
    fit: Fit | None = None,
    merges: tuple[Merge, ...] = (),
    notes: tuple[str, ...] = (),
) -> Answer:
    held = p.human[p.labelled]
    rest = p.size - len(held)
    judged = p.judge[~np.isnan(p.judge)]
    told = list(notes)
    if len(judged) and judged.min() == judged.max():
        told.append("the judge says the same of all: it adds nothing to the labels")
    return Answer(
        result=result,
        lowest=float(held.sum() + rest * p.low) / p.size,
        highest=float(held.sum() + rest * p.high) / p.size,
        population=p.size,
        labels=len(held),
        unjudged=p.size - len(judged),
        judge_alone=float(judged.mean()) if len(judged) else None,
        labels_alone=float(held.mean()),
        rho=_correlation(p),
        lambdas=() if fit is None else fit.lambdas,
        se=None if fit is None else fit.se,
        df=None if fit is None else fit.df,
        merges=merges,
        notes=tuple(told),
    )


def _correlation(p: Population) -> float | None:
    """Correlation of judge and people, labels weighted by 1/π where it is known."""
    both = p.labelled & ~np.isnan(p.judge)
    if both.sum() < 3:
        return None
    j, h, pi = p.judge[both], p.human[both], p.pi[both]
    w = np.ones(len(j)) if np.isnan(pi).any() else 1 / pi
    j, h = j - np.average(j, weights=w), h - np.average(h, weights=w)
    spread = float((w * j * j).sum() * (w * h * h).sum())
    return None if spread <= 0 else float((w * j * h).sum()) / float(np.sqrt(spread))
