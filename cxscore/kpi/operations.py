"""How it runs: involvement, automation, escalation and its quality, deflection, surveys, times."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cxscore.estimates import Estimate, Part, Unavailable
from cxscore.kpi.facts import CHECKS, Facts, Floats, Mask, known, no, yes
from cxscore.kpi.figure import Figure, mean, missing, rate
from cxscore.kpi.followup import Followup
from cxscore.kpi.intervals import wilson
from cxscore.kpi.ladder import answered, claimed, involved, kept

TOP_TWO_FROM = 4.0
STREAMS = ("ai", "hybrid", "human")


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfService:
    """Help-centre sessions beside the conversations."""

    sessions: int
    without_contact: int
    """Not followed by a contact of the same visitor within 24 h."""
    unknown_visitors: int = 0
    """Sessions nobody can link: they count as without contact, and stand here."""


def involvement(facts: Facts) -> Figure:
    """Conversations the AI was involved in, of all eligible."""
    return rate(facts, involved(facts), facts.eligible, unknown=~known(facts.involved))


def answer_rate(facts: Facts) -> Figure:
    """Conversations the AI answered, of those it was involved in; asking back is no answer."""
    return rate(facts, answered(facts), involved(facts))


def automation_claimed(facts: Facts) -> Figure:
    """Conversations the vendor claims, of all eligible."""
    if not (facts.eligible & known(facts.claimed)).any():
        return missing("no vendor label was delivered")
    return rate(facts, claimed(facts), facts.eligible)


def automation_true(facts: Facts, after: Followup) -> Figure:
    """Conversations truly resolved so far by the AI alone, of all eligible."""
    good, unknown = kept(facts, after)
    return rate(facts, good, facts.eligible, unknown=unknown)


def escalation(facts: Facts) -> Figure:
    """Conversations handed to a person, of those the AI was involved in."""
    return rate(facts, yes(facts.escalated), involved(facts), unknown=~known(facts.escalated))


def asked_for_human(facts: Facts) -> Figure:
    """Conversations in which the customer asked for a person."""
    return rate(facts, yes(facts.asked_human), involved(facts), unknown=~known(facts.asked_human))


def asked_in_vain(facts: Facts) -> Figure:
    """Customers who asked for a person and got none."""
    base = involved(facts) & yes(facts.asked_human)
    return rate(facts, no(facts.human), base, unknown=~known(facts.human) | facts.blind)


def reached_human(facts: Facts) -> Figure:
    """Handovers after which a person came."""
    base = involved(facts) & yes(facts.escalated)
    return rate(facts, yes(facts.human), base, unknown=~known(facts.human) | facts.blind)


def blind_handoff(facts: Facts) -> Figure:
    """Handovers of which the exports do not show whether a person came."""
    return rate(facts, facts.blind, involved(facts) & yes(facts.escalated))


def handoff_quality(facts: Facts) -> Figure:
    """Mean share of the five checks of a handover that apply and hold."""
    share, _ = _checks(facts)
    base = involved(facts) & yes(facts.escalated)
    return mean(facts, share, base, needs="a handover that was looked at", least=0, most=1)


def clean_handoff(facts: Facts) -> Figure:
    """Handovers with every check that applies, and a person who came."""
    share, _ = _checks(facts)
    base = involved(facts) & yes(facts.escalated)
    return rate(facts, (share >= 1) & yes(facts.human), base, unknown=np.isnan(share) | facts.blind)


def _checks(facts: Facts) -> tuple[Floats, Mask]:
    table = np.stack([facts.checks[name] for name in CHECKS])
    applies = (table >= 0).sum(axis=0)
    held = (table == 1).sum(axis=0)
    return np.where(applies > 0, held / np.maximum(applies, 1), np.nan), applies > 0


def deflection(facts: Facts, sessions: SelfService | None) -> Figure:
    """Demand no person served, self-service without contact included; never a target.

    A session followed by a contact is already a conversation, and counts once.
    """
    if sessions is None:
        return missing("no self-service sessions were given, or this is a group and they are all's")
    unknown = ~known(facts.human)
    served = rate(facts, no(facts.human) & ~facts.blind, facts.eligible, unknown=unknown)
    if served.unknown and isinstance(served.number, Unavailable):
        return replace(served, sized=None)
    k = sessions.without_contact + int(served.k or 0)
    n = sessions.without_contact + served.n
    if not n:
        return missing("no conversation belongs here")
    low, high = wilson(k, n)
    return Figure(
        number=Estimate(
            value=k / n,
            low=low,
            high=high,
            n=n,
            method="Wilson",
            parts=(Part(name="sampling", half_width=(high - low) / 2),),
        ),
        k=k,
        n=n,
        unknown=served.unknown + sessions.unknown_visitors,
        sized=None if served.sized is None else lambda: sessions.without_contact + served.size,
    )


def in_stream(facts: Facts, stream: str | None) -> Mask:
    """Eligible conversations of a stream; None: of all."""
    return facts.eligible if stream is None else facts.eligible & (facts.stream == stream)


def response_rate(facts: Facts, stream: str | None = None) -> Figure:
    """Conversations whose customer answered the survey."""
    return rate(facts, ~np.isnan(facts.csat), in_stream(facts, stream))


def surveyed(facts: Facts) -> Figure:
    """Conversations whose customer was sent a survey."""
    return rate(facts, facts.csat_sent, facts.eligible)


def satisfied(facts: Facts, stream: str | None = None) -> Figure:
    """Answers of 4 and 5, of those who answered."""
    base = in_stream(facts, stream) & ~np.isnan(facts.csat)
    return rate(facts, facts.csat >= TOP_TWO_FROM, base)


def satisfaction_mean(facts: Facts, stream: str | None = None) -> Figure:
    """Mean answer of those who answered."""
    base = in_stream(facts, stream) & ~np.isnan(facts.csat)
    return mean(facts, facts.csat, base, needs="a survey answer", least=1, most=5)


def coverage_against_surveys(facts: Facts) -> Figure:
    """How many times as many conversations are scored as surveys are answered: "5x" as a number."""
    scored = int((facts.eligible & ~np.isnan(facts.sentiment_end)).sum())
    told = int((facts.eligible & ~np.isnan(facts.csat)).sum())
    if not told:
        return missing("no survey was answered")
    share = wilson(told, int(facts.eligible.sum()))
    part = scored / int(facts.eligible.sum())
    value = scored / told
    number = Estimate(
        value=value,
        low=min(value, part / share[1]),
        high=max(value, part / share[0] if share[0] > 0 else float(scored)),
        n=told,
        method="scored over answered, Wilson of the answered",
    )
    return Figure(number=number, n=told)


def handle_time(facts: Facts) -> Figure:
    """Mean minutes of a person where a person took part: context, no target."""
    base = facts.eligible & yes(facts.human)
    return mean(facts, facts.human_minutes, base, needs="the minutes of a person", least=0)


def first_response(facts: Facts) -> Figure:
    """Mean seconds to the first answer."""
    return mean(
        facts, facts.first_response, facts.eligible, needs="the time of a first answer", least=0
    )


def time_to_human(facts: Facts) -> Figure:
    """Mean seconds from the handover to the person's first word."""
    base = facts.eligible & yes(facts.escalated) & yes(facts.human)
    return mean(facts, facts.to_human, base, needs="the time a person came", least=0)


def satisfied_but_wrong(facts: Facts) -> Mask:
    """Customers who are content with an answer that does not hold."""
    wrong = (facts.resolution < 4) | yes(facts.critical) | (facts.actions_missing > 0)
    return involved(facts) & (facts.csat >= TOP_TWO_FROM) & wrong


def silent_failure(facts: Facts, after: Followup) -> Mask:
    """Claimed, not solved, and the customer left without a word of it and did not come back."""
    wrong = (facts.resolution < 4) | yes(facts.critical) | (facts.actions_missing > 0)
    said = yes(facts.confirmed) | yes(facts.asked_human) | yes(facts.negative_last)
    quiet = ~said & np.isnan(facts.csat) & np.isinf(after.same)
    return claimed(facts) & wrong & quiet


def value_of(figure: Figure) -> float | None:
    """The number of a figure; None: there is none."""
    return None if isinstance(figure.number, Unavailable) else figure.number.value
