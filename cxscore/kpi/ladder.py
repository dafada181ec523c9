"""The ladder of resolution definitions: what "resolved" may mean, each with its own members."""

from __future__ import annotations

import numpy as np

from cxscore.kpi.facts import Facts, Mask, known, no, yes
from cxscore.kpi.figure import Figure, missing, of_counts, rate
from cxscore.kpi.followup import Followup

RESOLVED_FROM = 4.0
"""Level of resolution from which a conversation counts as solved."""
RELEVANT_FROM = 4.0


def involved(facts: Facts) -> Mask:
    """Eligible, and the AI did more than greet."""
    return facts.eligible & yes(facts.involved)


def answered(facts: Facts) -> Mask:
    """Involved, and the AI gave an answer."""
    return involved(facts) & (facts.answers > 0)


def claimed(facts: Facts) -> Mask:
    """Involved, and the vendor says resolved."""
    return involved(facts) & yes(facts.claimed)


def alone(facts: Facts) -> Mask:
    """No person took part; a handover out of sight is taken as one that reached a person."""
    return no(facts.human) & ~facts.blind


def left_alone(facts: Facts) -> Mask:
    """Answered, no person asked for or fetched, no negative last message."""
    return (
        answered(facts)
        & ~yes(facts.asked_human)
        & ~yes(facts.escalated)
        & ~yes(facts.negative_last)
    )


def solved(facts: Facts, *, level: float = RESOLVED_FROM) -> tuple[Mask, Mask]:
    """Judged solved by whoever served, and where that is not known.

    The level reaches ``level``, no action was claimed that the log does not hold, and there is no
    critical hallucination.
    """
    wrong = (facts.actions_missing > 0) | yes(facts.critical)
    good = (facts.resolution >= level) & ~wrong
    return good, np.isnan(facts.resolution) & ~wrong


def judged(facts: Facts, *, level: float = RESOLVED_FROM) -> tuple[Mask, Mask]:
    """D10: the AI alone solved it, with no action claimed that the log lacks; and unknown."""
    alone = answered(facts) & ~yes(facts.human) & ~yes(facts.escalated)
    good, unclear = solved(facts, level=level)
    # Nothing claimed and nothing done may be right: a refusal the policy asks for.
    no_log = yes(facts.action_needed) & np.isnan(facts.actions_missing)
    # A level below the threshold settles it, whatever the log would say.
    return alone & good & ~no_log, alone & (unclear | (good & no_log))


def d10(facts: Facts) -> Figure:
    """D10 judged: solved by the AI alone, claimed actions in the log, nothing critical."""
    ok, unknown = judged(facts)
    return rate(facts, ok, involved(facts), unknown=unknown)


def v0(facts: Facts) -> Figure:
    """V0 vendor raw: the vendor says so, over all its AI touched, spam and merged included."""
    touched = yes(facts.involved)
    return _vendor(facts, touched & yes(facts.claimed), touched)


def v1(facts: Facts) -> Figure:
    """V1 vendor, eligible: the same after the exclusion ladder."""
    return _vendor(facts, claimed(facts), involved(facts))


def _vendor(facts: Facts, counted: Mask, base: Mask, *, unknown: Mask | None = None) -> Figure:
    if not (base & known(facts.claimed)).any():
        return missing("no vendor label was delivered")
    # A conversation without a label is one the vendor does not claim.
    return rate(facts, counted, base, unknown=unknown)


def d1(facts: Facts) -> Figure:
    """D1 containment: no person took part."""
    base = involved(facts)
    return rate(facts, base & alone(facts), base, unknown=~known(facts.human))


def d2(facts: Facts) -> Figure:
    """D2 answered and left or confirmed, no request for more."""
    base = involved(facts)
    unknown = answered(facts) & ~known(facts.negative_last) & ~known(facts.asked_human)
    return rate(facts, left_alone(facts), base, unknown=unknown)


def d3(facts: Facts) -> Figure:
    """D3 customer confirmed in words."""
    base = involved(facts)
    return rate(facts, base & yes(facts.confirmed), base, unknown=~known(facts.confirmed))


def d4(facts: Facts, after: Followup) -> Figure:
    """D4 72 h of silence and the vendor's own check of the words; of those watched for 72 h."""
    base = involved(facts) & after.watched("72h")
    if not (base & known(facts.self_grade)).any():
        return missing("the vendor's own check of its transcripts was not delivered")
    return rate(facts, base & alone(facts) & yes(facts.self_grade), base)


def d5(facts: Facts) -> Figure:
    """D5 relevant, accurate and safe: D10, no hallucination at all, relevance 4 or more."""
    ok, unknown = judged(facts)
    relevant = facts.service["relevance"]
    clean = facts.bad_answers == 0
    unclear = ok & ((np.isnan(relevant) & clean) | (np.isnan(facts.bad_answers)))
    return rate(
        facts, ok & clean & (relevant >= RELEVANT_FROM), involved(facts), unknown=unknown | unclear
    )


def d6(facts: Facts) -> Figure:
    """D6 engaged sessions, 30 idle minutes: a session the customer left counts as resolved."""
    base = involved(facts)
    sessions = np.where(base, facts.sessions, 0).astype(np.float64)
    good = np.where(base, facts.sessions - 1 + left_alone(facts), 0).astype(np.float64)
    return of_counts(facts, good, sessions, each=True)


def d7(facts: Facts, after: Followup) -> Figure:
    """D7 contained, and the customer did not call back about anything in 24 h."""
    base = involved(facts) & after.watched("24h")
    stays = base & alone(facts) & ~after.back_with_anything("24h")
    return rate(facts, stays, base, unknown=~known(facts.human) | ~after.named)


def d8(facts: Facts, after: Followup) -> Figure:
    """D8 no person and no follow-up for 72 h."""
    base = involved(facts) & after.watched("72h")
    stays = left_alone(facts) & alone(facts) & ~after.back_with_anything("72h")
    silent = answered(facts) & ~known(facts.negative_last) & ~known(facts.asked_human)
    return rate(facts, stays, base, unknown=(stays & silent) | ~after.named)


def d9(facts: Facts, after: Followup) -> Figure:
    """D9 claimed and durable so far: claimed, no person, the issue has not come back."""
    lasts = claimed(facts) & ~yes(facts.human) & ~facts.blind & np.isinf(after.same)
    return _vendor(facts, lasts, involved(facts), unknown=~after.linkable)


def d11_provisional(facts: Facts, after: Followup) -> Figure:
    """D11 true so far: D10, and the issue has not come back in 7 days, or in those seen yet."""
    good, unknown = kept(facts, after)
    return rate(facts, good, involved(facts), unknown=unknown)


def d11(facts: Facts, after: Followup, window: str = "7d") -> Figure:
    """D11 true: D10 and not back about the issue in 7 days, of those watched for 7 days."""
    good, unknown = kept(facts, after, window)
    return rate(facts, good, involved(facts) & after.watched(window), unknown=unknown)


def kept(
    facts: Facts, after: Followup, window: str = "7d", *, level: float = RESOLVED_FROM
) -> tuple[Mask, Mask]:
    """Judged solved by the AI alone and not back about it; and where one of both is not known.

    Who cannot be followed is not known, solved or not: were only the solved ones left out, what
    fails would weigh too much.
    """
    ok, unknown = judged(facts, level=level)
    stays = ~after.back(window)
    good = ok & stays
    return good & after.linkable, (unknown & stays) | ~after.linkable


def true_so_far(facts: Facts, after: Followup) -> Mask:
    """Members of D11 so far."""
    good, unknown = kept(facts, after)
    return good & ~unknown
