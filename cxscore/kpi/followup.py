"""Who came back after each conversation, and how long each was watched."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cxscore.errors import InputError
from cxscore.kpi.facts import Facts, Floats, Mask

HOUR = 3_600.0
WINDOWS = {"24h": 24 * HOUR, "48h": 48 * HOUR, "72h": 72 * HOUR, "7d": 168 * HOUR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Followup:
    """In seconds after each conversation's end; inf: no return was seen."""

    same: Floats
    """(N,) next contact about the same issue, in the thread or elsewhere."""
    any: Floats
    """(N,) next contact of the same customer about anything."""
    next_same: NDArray[np.int64]
    """(N,) row of the next conversation about the same issue; −1: none, or in the thread."""
    next_minutes: Floats
    """(N,) human minutes of that conversation, at the last one it follows; else 0."""
    linkable: Mask
    """(N,) a return about the same issue would be seen: the customer is known, and what it was
    about. Of the others that none was seen says nothing."""
    named: Mask
    """(N,) the customer is known: a return about anything would be seen."""
    seen: Floats
    """(N,) how long it was watched; NaN: no end is known."""
    first: Mask
    """(N,) the first eligible contact of its issue in all the data; one without a key is an issue
    of its own."""

    def select(self, keep: Mask) -> Followup:
        """Some of the conversations; a next one that is not among them is out of reach."""
        place = np.full(len(keep), -1, np.int64)
        place[keep] = np.arange(np.count_nonzero(keep))
        rows = self.next_same[keep]
        return Followup(
            same=self.same[keep],
            any=self.any[keep],
            next_same=np.where(rows >= 0, place[rows], -1),
            next_minutes=self.next_minutes[keep],
            linkable=self.linkable[keep],
            named=self.named[keep],
            seen=self.seen[keep],
            first=self.first[keep],
        )

    def as_known_at(self, facts: Facts, until: float) -> Followup:
        """What was known at an earlier moment: returns after it had not been seen.

        Two periods are compared as equally long watched, or the later would seem to hold better.

        Args:
            facts: the same conversations.
            until: seconds since 1970.
        """
        end = np.floor(facts.ended)
        unseen = end + self.same > until
        return replace(
            self,
            same=np.where(unseen, np.inf, self.same),
            any=np.where(end + self.any > until, np.inf, self.any),
            next_same=np.where(unseen, -1, self.next_same),
            next_minutes=np.where(unseen, 0.0, self.next_minutes),
            seen=np.minimum(self.seen, until - end),
        )

    def watched(self, window: str) -> Mask:
        """Watched for a whole window; a return at exactly its end counts."""
        return np.asarray(self.seen >= WINDOWS[window])

    def back(self, window: str) -> Mask:
        """The same issue came back within a window."""
        return np.asarray(self.same <= WINDOWS[window])

    def back_with_anything(self, window: str) -> Mask:
        """The customer came back within a window."""
        return np.asarray(self.any <= WINDOWS[window])


def followup(facts: Facts, observed_until: float) -> Followup:
    """Link eligible conversations to the next of their customer.

    Excluded ones are no contact: a merged one is not a repeat of its survivor.

    Args:
        facts: all conversations.
        observed_until: seconds since 1970 of the last moment the data cover.

    Raises:
        InputError: a conversation begins or ends after that moment.
    """
    late = np.flatnonzero(np.floor(np.fmax(facts.started, facts.ended)) > observed_until)
    if len(late):
        raise InputError(
            f"conversation {facts.id[late[0]]!r} goes on after the data are said to end;"
            " give a later observed_until, or leave it out"
        )
    usable = np.flatnonzero(facts.eligible & ~np.isnan(facts.started))
    in_time = usable[np.argsort(facts.started[usable], kind="stable")]
    # Side by side: sorting leaves the interpreter's lock alone.
    with ThreadPoolExecutor(2) as pool:
        by_customer = pool.submit(_grouped, in_time, facts.customer)
        by_issue = _grouped(in_time, facts.issue)
        of_customer = pool.submit(_next, facts, facts.customer, by_customer.result())
        same, next_same = _next(facts, facts.issue, by_issue)
        anything, _ = of_customer.result()
    thread = np.floor(facts.reopened) - np.floor(facts.ended)
    in_thread = np.where(np.isnan(thread), np.inf, np.maximum(thread, 0))
    next_same = np.where(in_thread <= same, -1, next_same)
    named = facts.customer >= 0
    return Followup(
        same=np.minimum(same, in_thread),
        any=np.minimum(anything, in_thread),
        next_same=next_same,
        next_minutes=_minutes_of_next(facts, next_same),
        linkable=named & ~facts.lost,
        named=named,
        seen=observed_until - np.floor(facts.ended),
        first=_first(facts, in_time, by_issue),
    )


def _minutes_of_next(facts: Facts, next_same: NDArray[np.int64]) -> Floats:
    """Each contact's minutes once: at the last conversation before it, where several lead to it."""
    minutes = np.zeros(len(facts))
    rows = np.flatnonzero(next_same >= 0)
    leads = next_same[rows]
    minutes[rows] = facts.human_minutes[leads]
    # Few: contacts that overlap.
    several = rows[np.bincount(leads, minlength=len(facts))[leads] > 1]
    order = several[np.argsort(facts.ended[several], kind="stable")[::-1]]
    _, first = np.unique(next_same[order], return_index=True)
    again = np.ones(len(order), np.bool_)
    again[first] = False
    minutes[order[again]] = 0.0
    return minutes


def _grouped(in_time: NDArray[np.int64], key: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows with a key, by key and within it in time."""
    rows = in_time[key[in_time] >= 0]
    return rows[np.argsort(key[rows], kind="stable")]


def _first(facts: Facts, in_time: NDArray[np.int64], by_issue: NDArray[np.int64]) -> Mask:
    first = np.zeros(len(facts), np.bool_)
    first[in_time] = (facts.issue[in_time] < 0) & (facts.customer[in_time] < 0)
    if len(by_issue):
        issues = facts.issue[by_issue]
        first[by_issue[np.r_[True, issues[1:] != issues[:-1]]]] = True
    return first


def _next(
    facts: Facts, key: NDArray[np.int64], order: NDArray[np.int64]
) -> tuple[Floats, NDArray[np.int64]]:
    """Seconds from each end to the next start of the same key after it, and whose start it is."""
    n = len(facts)
    gap, row = np.full(n, np.inf), np.full(n, -1, np.int64)
    index = order[~np.isnan(facts.ended[order])]
    start, end = np.floor(facts.started[index]), np.floor(facts.ended[index])
    group = key[index]
    # Those whose next one is still looked for: few after the first step, unless contacts overlap.
    here, step = np.arange(len(index)), 1
    while len(here := here[here < len(index) - step]):
        there = here + step
        mine = group[here] == group[there]
        after = mine & (start[there] >= end[here]) & (start[there] > start[here])
        gap[index[here[after]]] = start[there[after]] - end[here[after]]
        row[index[here[after]]] = index[there[after]]
        here = here[mine & ~after]
        step += 1
    return gap, row
