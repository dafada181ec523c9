"""Whether it lasts: returns after claimed resolutions, repeat contact, first-contact resolution."""

from __future__ import annotations

import math

import numpy as np

from cxscore.estimates import Estimate, Members, Part, Unavailable
from cxscore.kpi.facts import Facts
from cxscore.kpi.figure import MOST_UNKNOWN, Figure, members, missing, rate
from cxscore.kpi.followup import WINDOWS, Followup
from cxscore.kpi.intervals import Z95, alike, kaplan_meier
from cxscore.kpi.ladder import claimed, solved
from cxscore.kpi.rule_of_three import most_with_none


def reopen(facts: Facts, after: Followup, window: str) -> Figure:
    """Claimed-resolved whose issue came back within a window, of those watched for all of it."""
    base = claimed(facts)
    if not base.any():
        return missing("the vendor claims no resolution")
    watched = base & after.watched(window)
    return rate(facts, after.back(window), watched, unknown=~after.linkable)


def reopen_naive(facts: Facts, after: Followup, window: str) -> Figure:
    """The same over all claimed, watched or not: too low, printed to show by how much."""
    return rate(facts, after.back(window), claimed(facts))


def reopen_survival(facts: Facts, after: Followup, window: str) -> Figure:
    """The same by Kaplan and Meier: conversations count as long as they were watched.

    Interval: 95 %, log-log with Greenwood's variance; where none or all came back, what none of
    those watched for the whole window leaves room for.

    Fails when: nobody was watched for the whole window: there is then no number.
    """
    claims = claimed(facts) & ~np.isnan(after.seen)
    if not claims.any():
        return missing("the vendor claims no resolution")
    base = claims & after.linkable
    unknown = int((claims & ~base).sum())
    if unknown > MOST_UNKNOWN * int(claims.sum()):
        return Figure(
            number=Unavailable(
                missing=f"of {unknown:,} of {claims.sum():,} no return would be seen"
            ),
            unknown=unknown,
        )
    found = kaplan_meier(after.same[base], after.seen[base], WINDOWS[window])
    back = base & after.back(window)
    n = int(base.sum())
    if not (base & after.watched(window)).any():
        longest = float(after.seen[base].max()) / 3_600
        return Figure(
            number=Unavailable(
                missing=f"no claimed resolution was watched for {window}; the longest for"
                f" {longest:,.1f} hours"
            ),
            n=n,
            denominator=members(facts, base),
        )
    low, high = min(found.low, found.value), max(found.high, found.value)
    if not 0 < found.value < 1:
        # Greenwood knows no width here: what none of those still looked at leaves room for.
        room = most_with_none(found.at_risk)
        low, high = (0.0, room) if found.value == 0 else (1 - room, 1.0)
    ids = facts.id
    return Figure(
        number=Estimate(
            value=found.value,
            low=low,
            high=high,
            n=n,
            method="Kaplan–Meier, log-log interval",
            parts=(Part(name="sampling", half_width=(high - low) / 2),),
        ),
        n=n,
        numerator=Members(lambda: list(ids[back])),
        denominator=Members(lambda: list(ids[base])),
        unknown=unknown,
        # For differences: all of a customer's may be alike.
        error=(high - low) / (2 * Z95) * math.sqrt(n / alike(base, facts.customer)),
    )


def repeat_contact(facts: Facts, after: Followup, *, same_issue: bool) -> Figure:
    """Conversations followed by another contact in 7 days, of those watched for 7 days.

    The pair of same issue and any issue bounds what linking by issue gets wrong.
    """
    back = after.back("7d") if same_issue else after.back_with_anything("7d")
    if not (facts.eligible & (facts.customer >= 0)).any():
        return missing("no conversation has a customer id")
    # A return in the same thread is no new contact, but it is one of the customer.
    unsure = ~after.linkable if same_issue else ~after.named
    return rate(facts, back, facts.eligible & after.watched("7d"), unknown=unsure)


def first_contact(facts: Facts, after: Followup, *, transfer: bool) -> Figure:
    """Issues whose first contact solved it and that did not come back in 7 days.

    Unit: the issue; of those whose first contact was watched for 7 days. Without ``transfer`` a
    conversation both an AI and a person served does not count.
    """
    # Of all the data: what goes on from an earlier period has had its first contact there.
    first = after.first
    if not first.any():
        return missing("no conversation has an issue key: returns cannot be linked")
    good, unknown = solved(facts)
    ok = good & ~after.back("7d")
    stays = unknown & ~after.back("7d")
    if not transfer:
        ok &= facts.stream != "hybrid"
        stays &= facts.stream != "hybrid"
    return rate(facts, ok, first & after.watched("7d"), unknown=stays | ~after.linkable)
