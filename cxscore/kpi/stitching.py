"""Two exports of one conversation, the AI platform's and the help desk's, as one again."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Literal

from cxscore.kpi.facts import Contact

BEFORE, AFTER = 5 * 60.0, 60 * 60.0
"""Seconds around the end of the AI's leg in which the person's leg begins."""
QUEUED = 72 * 3_600.0
"""Seconds a handed-over leg may wait for the person's leg that is named by id: a weekend. What
begins later is a return."""
STITCHED = "stitched"
"""Step of the exclusion ladder of the second export: its conversation is counted once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seam:
    """Two conversations of a store that are one."""

    ai: str
    """Id of the AI platform's export; it stays."""
    desk: str
    """Id of the help desk's; its person's leg goes over to the other."""
    by: Literal["id", "time"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stitched:
    """Contacts with every conversation once, and how far that can be relied on."""

    contacts: tuple[Contact, ...]
    seams: tuple[Seam, ...]
    found: int | None
    """Of the seams by id, how many customer and time alone would have found; None: none by id."""
    wrong: int | None
    """Of those, how many with another conversation."""
    refused: int = 0
    """Pairs an id names that are not one conversation: other customers, or another time."""


def stitched(contacts: Sequence[Contact]) -> Stitched:
    """Join a handed-over AI leg with the person's leg another export holds.

    By id where one of the two names the other and nothing speaks against it (`_at_odds`); else by
    customer and time: the person's leg of the same customer that begins from five minutes before to
    an hour after the AI's leg ends, if there is one only, and no other AI leg it could belong to.
    The rule's own error is told where seams by id are there to try it on.
    """
    by_id, refused = _by_id(contacts)
    taken = {s.ai for s in by_id} | {s.desk for s in by_id}
    by_time = _by_time([c for c in contacts if c.id not in taken])
    seams = tuple(sorted((*by_id, *by_time), key=lambda s: s.ai))
    tried = {s.ai: s.desk for s in _by_time(contacts)}
    at_all = [tried.get(s.ai) for s in by_id]
    return Stitched(
        contacts=tuple(_of_one_register(_joined(contacts, seams), seams)),
        seams=seams,
        found=sum(t == s.desk for t, s in zip(at_all, by_id, strict=True)) if by_id else None,
        wrong=sum(t not in {None, s.desk} for t, s in zip(at_all, by_id, strict=True))
        if by_id
        else None,
        refused=refused,
    )


def out_of_sight(contacts: Sequence[Contact]) -> list[Contact]:
    """Mark handovers of vendors of whom no handover shows a person: the person's leg is elsewhere.

    Where at least one shows a person, the export holds such legs, and nobody came to the others.
    """
    handed = [c for c in contacts if c.escalated and c.exclusion is None]
    seen = {c.attributes.get("vendor") for c in handed if c.human}
    blind = {c.id for c in handed if not c.human and c.attributes.get("vendor") not in seen}
    return [replace(c, blind=c.id in blind) for c in contacts]


def _by_id(contacts: Sequence[Contact]) -> tuple[list[Seam], int]:
    """Seams of legs that name each other, the nearest in time first; and how many were refused."""
    held = {c.id: c for c in contacts}
    named: set[tuple[str, str]] = set()
    for one in contacts:
        for other in (held[name] for name in one.links if name in held and name != one.id):
            sides = _sides(one, other)
            if sides is not None and one.exclusion is None and other.exclusion is None:
                named.add((sides[0].id, sides[1].id))
    platform = {c.customer for c in contacts if _is_ai(c) and c.exclusion is None}
    fitting = sorted(
        (_distance(held[a], held[d]), a, d)
        for a, d in named
        if not _at_odds(held[a], held[d], platform)
    )
    seams: list[Seam] = []
    taken: set[str] = set()
    for _, ai_id, desk_id in fitting:
        if not {ai_id, desk_id} & taken:
            taken |= {ai_id, desk_id}
            seams.append(Seam(ai=ai_id, desk=desk_id, by="id"))
    return seams, len(named) - len(seams)


def _sides(one: Contact, other: Contact) -> tuple[Contact, Contact] | None:
    """The AI platform's and the desk's; None: an AI took part in neither.

    Where both show the AI, the one with the vendor's claim is the platform's, else the earlier.
    """
    if not (_is_ai(one) or _is_ai(other)):
        return None
    if _is_ai(one) != _is_ai(other):
        return (one, other) if _is_ai(one) else (other, one)

    def platform(c: Contact) -> tuple[bool, float, str]:
        return c.claimed is None, math.inf if c.started is None else c.started, c.id

    first, second = sorted((one, other), key=platform)
    return first, second


def _distance(ai: Contact, desk: Contact) -> float:
    wait = _wait(ai, desk)
    return math.inf if wait is None else abs(wait)


def _at_odds(ai: Contact, desk: Contact, platform: AbstractSet[str | None]) -> bool:
    """What an id alone does not make one conversation.

    Numbers of two systems meet by chance, and a return names what it returns to. A person's leg
    follows a handover, up to a weekend later; other customers (two systems may number them each in
    its own way) must follow within the hour. Where nobody was handed over only two records of one
    customer that overlap are the same.
    """
    wait = _wait(ai, desk)
    both = bool(ai.customer and desk.customer)
    strangers = both and ai.customer != desk.customer
    if strangers and desk.customer in platform:
        return True  # the platform knows this customer, by the same number
    if _is_ai(desk):
        # Two records of one chat: whichever began first, they overlap.
        return strangers or not both or not _overlap(ai, desk)
    if wait is None:
        return strangers or not both or not ai.escalated
    begins_before = ai.started is not None and (desk.started or 0.0) < ai.started - BEFORE
    if begins_before or (strangers and not ai.escalated):
        return True
    if ai.escalated:
        return wait > (AFTER if strangers else QUEUED)
    return not both or wait > BEFORE


def _overlap(one: Contact, other: Contact) -> bool:
    ends = _end(one), _end(other)
    if None in {one.started, other.started, *ends}:
        return False
    first, last = (ends[0] or 0.0) + BEFORE, (ends[1] or 0.0) + BEFORE
    return (other.started or 0.0) <= first and (one.started or 0.0) <= last


def _is_ai(one: Contact) -> bool:
    return one.stream == "ai" or bool(one.involved)


def _by_time(contacts: Sequence[Contact]) -> list[Seam]:
    legs: defaultdict[str, list[Contact]] = defaultdict(list)
    for one in contacts:
        if one.exclusion is None and one.customer and one.stream == "human":
            legs[one.customer].append(one)
    may: dict[str, str] = {}
    claims: defaultdict[str, int] = defaultdict(int)
    for one in contacts:
        if one.exclusion is not None or not one.customer or not one.escalated:
            continue
        if not _is_ai(one) or one.human:
            continue
        near = [leg.id for leg in legs[one.customer] if _follows(one, leg)]
        for name in near:
            claims[name] += 1
        if len(near) == 1:
            may[one.id] = near[0]
    return [Seam(ai=a, desk=d, by="time") for a, d in sorted(may.items()) if claims[d] == 1]


def _follows(ai: Contact, leg: Contact) -> bool:
    wait = _wait(ai, leg)
    return wait is not None and -BEFORE <= wait <= AFTER


def _wait(ai: Contact, leg: Contact) -> float | None:
    """Seconds from the end of the AI's leg to the beginning of the person's."""
    end = _end(ai)
    return None if end is None or leg.started is None else leg.started - end


def _end(ai: Contact) -> float | None:
    """The last word, also where the customer came back in the thread."""
    return next((t for t in (ai.last_word, ai.ended, ai.started) if t is not None), None)


def _joined(contacts: Sequence[Contact], seams: Sequence[Seam]) -> tuple[Contact, ...]:
    held = {c.id: c for c in contacts}
    whole: Mapping[str, Contact] = {s.ai: _one(held[s.ai], held[s.desk]) for s in seams}
    gone = {s.desk for s in seams}
    return tuple(
        replace(c, exclusion=STITCHED) if c.id in gone else whole.get(c.id, c) for c in contacts
    )


def _one(ai: Contact, desk: Contact) -> Contact:
    """The AI's leg with what the person's leg tells of how it went on."""
    # A ticket nobody has answered yet is no person.
    human = True if ai.human else desk.human
    stream = "hybrid" if human else ai.stream
    return replace(
        ai,
        customer=ai.customer or desk.customer,
        started=desk.started if ai.started is None else ai.started,
        stream=stream,
        human=human,
        escalated=True if human else ai.escalated,
        # A return in the AI's thread stays one, and what came after it is no later end.
        ended=ai.ended if ai.reopened is not None else _later(ai.ended, desk.ended),
        reopened=desk.reopened if ai.reopened is None else ai.reopened,
        last_word=_later(ai.last_word, desk.last_word),
        # The vendor's word stands on either, as the exports have it.
        claimed=desk.claimed if ai.claimed is None else ai.claimed,
        billed=desk.billed if ai.billed is None else ai.billed,
        fee=desk.fee if ai.fee is None else ai.fee,
        self_grade=desk.self_grade if ai.self_grade is None else ai.self_grade,
        person_at=desk.person_at if ai.person_at is None else ai.person_at,
        human_minutes=ai.human_minutes if desk.human_minutes is None else desk.human_minutes,
        to_human=_waited(ai, desk) if ai.to_human is None else ai.to_human,
        csat=ai.csat if desk.csat is None else desk.csat,
        csat_sent=ai.csat_sent or desk.csat_sent,
        # How it ended is the person's leg's to tell.
        resolution=ai.resolution if desk.resolution is None else desk.resolution,
        sentiment_end=ai.sentiment_end if desk.sentiment_end is None else desk.sentiment_end,
        negative_last=ai.negative_last if desk.negative_last is None else desk.negative_last,
        composite=_composite(ai, desk),
        confirmed=ai.confirmed if desk.confirmed is None else desk.confirmed,
        issue=ai.issue or desk.issue,
        attributes={**desk.attributes, **ai.attributes, "stream": stream or ""},
    )


def _later(one: float | None, other: float | None) -> float | None:
    known = [t for t in (one, other) if t is not None]
    return max(known) if known else None


def _waited(ai: Contact, desk: Contact) -> float | None:
    """Seconds from the AI's last word to the person's first."""
    end = _end(ai)
    return None if end is None or desk.person_at is None else max(0.0, desk.person_at - end)


def _of_one_register(contacts: Sequence[Contact], seams: Sequence[Seam]) -> list[Contact]:
    """Desk customers under the AI platform's ids, where seams show whom they are.

    Only where it is one to one, and the desk's id is nobody's on the platform.
    """
    held = {c.id: c for c in contacts}
    pairs = {(held[s.ai].customer, held[s.desk].customer) for s in seams}
    known = [(a, d) for a, d in pairs if a and d and a != d]
    platform = Counter(a for a, _ in known)
    desk = Counter(d for _, d in known)
    taken = {c.customer for c in contacts if _is_ai(c)}
    same = {d: a for a, d in known if platform[a] == desk[d] == 1 and d not in taken}
    return [replace(c, customer=same[c.customer]) if c.customer in same else c for c in contacts]


def _composite(ai: Contact, desk: Contact) -> float | None:
    if desk.composite is None or ai.composite is None:
        return ai.composite if desk.composite is None else desk.composite
    # A critical error of the AI caps the whole, whoever mended it.
    return min(ai.composite, desk.composite) if ai.capped else desk.composite
