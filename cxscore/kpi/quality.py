"""How good it was: resolution, sentiment, service, the composite, hallucinations, sources."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cxscore.calibration.agreement import kappa_of, kappa_se
from cxscore.estimates import Estimate, Part
from cxscore.kpi.facts import SERVICE, Facts, Floats, Mask, known, yes
from cxscore.kpi.figure import Figure, mean, members, missing, of_counts, rate
from cxscore.kpi.intervals import Z95, mean_interval
from cxscore.kpi.ladder import answered, involved
from cxscore.kpi.rule_of_three import most_with_none

POSITIVE_FROM = 4.0
NEGATIVE_UP_TO = 2.0
CAP = 2.0
"""The composite of a conversation with a critical error is no higher."""
WEIGHTS = {"resolution": 0.5, "service": 0.3, "sentiment": 0.2}


def service_mean(facts: Facts) -> Floats:
    """(N,) mean of the five service scores that apply; NaN: none."""
    total, have = np.zeros(len(facts)), np.zeros(len(facts), np.int8)
    for name in SERVICE:
        score = facts.service[name]
        there = ~np.isnan(score)
        np.add(total, score, out=total, where=there)
        have += there
    found: Floats = np.divide(total, have, out=np.full(len(facts), np.nan), where=have > 0)
    return found


def composite(
    resolution: Floats, service: Floats, sentiment: Floats, critical: Mask
) -> tuple[Floats, Mask]:
    """(N,) composite on 1–5, weights renormalised over what applies; and where the cap lowered it.

    >>> one = np.array([5.0]), np.array([4.8]), np.array([3.0]), np.array([False])
    >>> composite(*one)[0].round(2).tolist()
    [4.54]
    """
    parts = np.stack([resolution, service, sentiment])
    weights = np.array([WEIGHTS[k] for k in ("resolution", "service", "sentiment")])[:, None]
    used = np.where(np.isnan(parts), 0.0, weights)
    total = used.sum(axis=0)
    value = np.where(
        total > 0, np.nansum(parts * weights, axis=0) / np.maximum(total, 1e-12), np.nan
    )
    capped = critical & (value > CAP)
    return np.where(capped, CAP, value), capped


def resolution_quality(facts: Facts) -> Figure:
    """Mean level of resolution, 1–5."""
    return mean(
        facts, facts.resolution, facts.eligible, needs="a judged resolution", least=1, most=5
    )


def sentiment_end(facts: Facts) -> Figure:
    """Mean sentiment at the end, 1–5, of the customer's words."""
    return mean(
        facts, facts.sentiment_end, facts.eligible, needs="a judged sentiment", least=1, most=5
    )


def sentiment_change(facts: Facts) -> Figure:
    """Mean change of sentiment from start to end, in levels."""
    change = facts.sentiment_end - facts.sentiment_start
    return mean(facts, change, facts.eligible, needs="a sentiment at both ends", least=-4, most=4)


def negative_end(facts: Facts) -> Figure:
    """Conversations that end at 2 or under."""
    return _of_level(facts, facts.sentiment_end <= NEGATIVE_UP_TO, facts.sentiment_end)


def worsened(facts: Facts) -> Figure:
    """Conversations whose sentiment fell."""
    change = facts.sentiment_end - facts.sentiment_start
    return _of_level(facts, change < 0, change)


def _of_level(facts: Facts, counted: Mask, level: Floats) -> Figure:
    return rate(facts, counted, facts.eligible, unknown=np.isnan(level))


def service(facts: Facts) -> Figure:
    """Mean of relevance, tone, professionalism, efficiency and clarity, those that apply."""
    return mean(
        facts, service_mean(facts), facts.eligible, needs="a service score", least=1, most=5
    )


def service_part(facts: Facts, part: str) -> Figure:
    """Mean of one of the five."""
    return mean(
        facts, facts.service[part], facts.eligible, needs=f"a score of {part}", least=1, most=5
    )


def experience(facts: Facts) -> Figure:
    """Mean composite: half resolution, three tenths service, two tenths sentiment; capped at 2."""
    return mean(facts, facts.composite, facts.eligible, needs="a composite", least=1, most=5)


def positive(facts: Facts, within: Mask | None = None) -> Figure:
    """Share with a composite of 4 or more."""
    base = facts.eligible if within is None else facts.eligible & within
    unknown = np.isnan(facts.composite)
    return rate(facts, facts.composite >= POSITIVE_FROM, base, unknown=unknown)


def hallucination_response(facts: Facts, *, material: bool) -> Figure:
    """Answers of the AI with a bad claim, of those that could be checked."""
    base = answered(facts)
    bad = facts.bad_material if material else facts.bad_answers
    have = base & ~np.isnan(bad) & ~np.isnan(facts.answers_checked)
    if not have.any():
        return missing("no answer could be checked: no knowledge base of the day was at hand")
    return of_counts(
        facts,
        np.where(have, bad, 0.0),
        np.where(have, facts.answers_checked, 0.0),
        unknown=int((base & ~have).sum()),
        open_units=float(facts.answers[base & ~have].sum()),
    )


def hallucination_conversation(facts: Facts, level: str) -> Figure:
    """Conversations the AI answered with a hallucination: ``any``, ``material`` or ``critical``."""
    base = answered(facts)
    if level == "critical":
        return rate(facts, yes(facts.critical), base, unknown=~known(facts.critical))
    bad = facts.bad_material if level == "material" else facts.bad_answers
    return rate(facts, bad > 0, base, unknown=np.isnan(bad))


def false_actions(facts: Facts) -> Figure:
    """Actions the AI claims and the tool log does not hold, of those it claims."""
    base = facts.eligible & (facts.actions_claimed > 0)
    have = base & ~np.isnan(facts.actions_missing)
    if not have.any():
        return missing("no tool log was delivered, or no action was claimed")
    return of_counts(
        facts,
        np.where(have, facts.actions_missing, 0.0),
        np.where(have, facts.actions_claimed, 0.0),
        unknown=int((base & ~have).sum()),
        open_units=float(facts.actions_claimed[base & ~have].sum()),
    )


def right_source(facts: Facts) -> Figure:
    """Answers from the right article, of conversations that needed one."""
    base = answered(facts) & known(facts.source_right)
    return rate(facts, yes(facts.source_right), base)


def reasoning(facts: Facts) -> Figure:
    """Conversations whose reasoning held, of those the AI answered."""
    return rate(facts, yes(facts.reasoning_ok), answered(facts), unknown=~known(facts.reasoning_ok))


def issues_solved(facts: Facts) -> Figure:
    """Issues the AI solved, of all in conversations it was involved in."""
    from cxscore.kpi.ladder import judged

    base = involved(facts)
    ok, unknown = judged(facts)
    whole = np.where(ok, facts.issues, 0.0)
    counted = np.where(np.isnan(facts.issues_resolved), whole, facts.issues_resolved)
    have = base & ~(unknown & np.isnan(facts.issues_resolved))
    return of_counts(
        facts,
        np.where(have, counted, 0.0),
        np.where(have, facts.issues, 0.0),
        unknown=int((base & ~have).sum()),
        open_units=float(facts.issues[base & ~have].sum()),
    )


def _kappa_half(agrees: Mask, mine: Mask, judge: Mask, customer: NDArray[np.int64]) -> float:
    """Half-width with customers drawn whole, of κ's influence values; 0: nobody came twice."""
    a, b = float(mine.mean()), float(judge.mean())
    observed, chance = float(agrees.mean()), a * b + (1 - a) * (1 - b)
    crossed = np.where(mine, b, 1 - b) + np.where(judge, a, 1 - a)
    influence = ((agrees - observed) * (1 - chance) - (1 - observed) * (crossed - 2 * chance)) / (
        1 - chance
    ) ** 2
    _, half, customers = mean_interval(influence, customer)
    if customers == len(customer):
        return 0.0
    return half if np.isfinite(half) else 2.0


def self_grade_kappa(facts: Facts) -> Figure:
    """Cohen's κ of the vendor's own grades with the judge's, where both spoke.

    Interval: 95 %, normal, asymptotic error (Fleiss, Cohen & Everitt 1969), or wider with customers
    drawn whole; where they never differ, as far down as none of so many differing leaves room for.

    Fails when: one side knows one grade only, or hardly another.
    """
    from cxscore.kpi.ladder import judged

    ok, unknown = judged(facts)
    base = answered(facts) & known(facts.self_grade) & ~unknown
    n = int(np.count_nonzero(base))
    if not n:
        return missing("no conversation has both the vendor's own grade and a judged resolution")
    mine = yes(facts.self_grade)
    cells = [[base & a & b for b in (ok, ~ok)] for a in (mine, ~mine)]
    table = np.array([[np.count_nonzero(c) for c in row] for row in cells], np.float64)
    levels = np.array([0.0, 1.0])
    value = kappa_of(table, levels)
    if np.isnan(value) or min((table.sum(axis=a) > 0).sum() for a in (0, 1)) < 2:
        return missing("one side gave one grade only: κ says nothing")
    half = Z95 * kappa_se(table, levels)
    agrees = cells[0][0] | cells[1][1]
    half = max(half, _kappa_half(agrees[base], mine[base], ok[base], facts.customer[base]))
    if not half:
        chance = float((table.sum(axis=0) * table.sum(axis=1)).sum()) / n**2
        half = most_with_none(n) / (1 - chance)
    number = Estimate(
        value=value,
        low=max(-1.0, value - half),
        high=min(1.0, value + half),
        n=n,
        method="κ, asymptotic",
        parts=(Part(name="sampling", half_width=half),),
    )
    agree = (cells[0][0] | cells[1][1]).astype(np.int64)
    return Figure(
        number=number,
        n=n,
        numerator=members(facts, agree > 0),
        denominator=members(facts, base),
        unknown=int(np.count_nonzero(answered(facts) & known(facts.self_grade))) - n,
        error=half / Z95,
    )
