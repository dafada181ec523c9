"""The sampling design chooses the estimator, or refuses with the reason and the next step."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cxscore.calibration.aipw import LEAST_LABELS, aipw
from cxscore.calibration.difference import Fit, stratified_difference
from cxscore.calibration.population import Population
from cxscore.calibration.strata import LEAST, Merge, Strata, usable_strata
from cxscore.estimates import Estimate, Part, Unavailable
from cxscore.label import Design

RULE_OF_THREE = 3.0
"""0 of n says: at most 3/n, at 95 %."""
UNKNOWN_DESIGN = (
    "it is not known how the labelled conversations were picked, and a number made of them could"
    " be off by any amount; say how (random, stratified, or their inclusion probabilities), or draw"
    " a sample that knows: cxscore sample"
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
    merges: tuple[Merge, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader has to know beside the number."""

    @property
    def labels_saved(self) -> float | None:
        """Share of labels the judge saves at best, ρ²."""
        return None if self.rho is None else self.rho**2


def choose(p: Population, design: Design | None, *, process: bool = False) -> Answer:
    """The mean of people's levels, by the estimator the design allows.

    Estimand: mean of H over the N conversations (``process``: over conversations like them).

    Interval: as of the estimator chosen, which ``method`` names.

    Fails when: never with a wrong number on purpose: designs nobody can answer for are refused.

    Args:
        p: the population.
        design: how the labelled were picked; None: not known.
        process: see ``stratified_difference``.
    """
    strata = usable_strata(p)
    if p.labelled.all() and not process:
        return _answer(p, _census(p))
    result: Estimate | Unavailable
    fit: Fit | None = None
    notes: tuple[str, ...] = ()
    known = not np.isnan(p.pi[p.labelled]).any()
    refusal = _refusal(p, design, strata, known=known)
    if refusal is not None:
        result = Unavailable(missing=refusal)
    elif _weighted(p, design, strata, known=known):
        fit = aipw(p, process=process)
        result = _estimate(fit, "AIPW with the recorded inclusion probabilities", process=process)
        strata = Strata(names=(), index=strata.index, merges=(), bare=())
    else:
        fit = stratified_difference(p, strata, process=process)
        result, notes = _of_strata(p, strata, fit, process=process)
    answer = _answer(p, result, fit=fit, merges=strata.merges, notes=notes)
    return answer if process else replace(answer, result=_possible(answer))


def _possible(answer: Answer) -> Estimate | Unavailable:
    """The interval without what the labels themselves rule out: these conversations are counted."""
    result = answer.result
    if isinstance(result, Unavailable):
        return result
    value = min(answer.highest, max(answer.lowest, result.value))
    low, high = max(answer.lowest, result.low), min(answer.highest, result.high)
    return replace(result, value=value, low=min(value, low), high=max(value, high))


def _refusal(p: Population, design: Design | None, strata: Strata, *, known: bool) -> str | None:
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
    if _weighted(p, design, strata, known=known):
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


def _weighted(p: Population, design: Design | None, strata: Strata, *, known: bool) -> bool:
    """Whether labels count by their recorded chances: picked on purpose, unequal within strata."""
    if design in {Design.RANDOM, Design.STRATIFIED} or not known:
        return False
    for h in range(len(strata.names)):
        mine = p.pi[p.labelled & (strata.index == h)]
        if len(mine) and float(mine.max() - mine.min()) > 1e-9:
            return True
    return design is Design.TARGETED


def _census(p: Population) -> Estimate:
    value = float(p.human.mean())
    return Estimate(
        value=value, low=value, high=value, n=p.size, method="mean of all: everybody is labelled"
    )


def _of_strata(
    p: Population, strata: Strata, fit: Fit, *, process: bool
) -> tuple[Estimate | Unavailable, tuple[str, ...]]:
    name = "post-stratified mean" if p.verdict_strata else "stratified difference estimator"
    if len(strata.names) == 1:
        name = "mean" if p.verdict_strata else "difference estimator"
    notes = []
    same = len(set(p.human[p.labelled].tolist())) == 1
    if fit.se == 0 or (same and p.binary):
        widened = _three(p, strata)
        if p.binary:
            value = float(p.human[p.labelled][0]) if same else fit.value
            low, high = max(0.0, value - widened), min(1.0, value + widened)
            what = "all labels are alike" if same else "the judge was never wrong on a label"
            return (
                Estimate(
                    value=value,
                    low=low,
                    high=high,
                    n=fit.n,
                    method=f"{name}; {what}: rule of three, max over strata of W·3/n",
                ),
                (),
            )
        return (
            Unavailable(
                missing=f"all {fit.n} labels lie at the same distance from the judge: no spread to"
                " make an interval of; label more"
            ),
            (),
        )
    if fit.n < 30:
        notes.append(f"{fit.n} labels: the interval itself is rough under 30")
    return _estimate(fit, f"{name}, cross-fitted λ, t interval", process=process), tuple(notes)


def _three(p: Population, strata: Strata) -> float:
    bounds = []
    for h in range(len(strata.names)):
        inside = strata.index == h
        m = int((inside & p.labelled).sum())
        bounds.append(float(inside.mean()) * min(1.0, RULE_OF_THREE / m))
    return max(bounds)


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
