"""Two exports of one conversation, the AI platform's and the help desk's, as one again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
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
        contacts=_joined(contacts, seams),
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
        for other in (held[name] for name in one.links if name in held):
            ai, desk = (one, other) if _is_ai(one) else (other, one)
            eligible = one.exclusion is None and other.exclusion is None
            if eligible and _is_ai(ai) and not _is_ai(desk):
                named.add((ai.id, desk.id))
    known_to_both = _customers(contacts, ai=True) & _customers(contacts, ai=False)
    fitting = sorted(
        (abs(_wait(held[a], held[d]) or 0.0), a, d)
        for a, d in named
        if not _at_odds(held[a], held[d], one_register=bool(known_to_both))
    )
    seams: list[Seam] = []
    taken: set[str] = set()
    for _, ai_id, desk_id in fitting:
        if not {ai_id, desk_id} & taken:
            taken |= {ai_id, desk_id}
            seams.append(Seam(ai=ai_id, desk=desk_id, by="id"))
    return seams, len(named) - len(seams)


def _customers(contacts: Sequence[Contact], *, ai: bool) -> set[str]:
    return {c.customer for c in contacts if c.customer and _is_ai(c) is ai}


def _at_odds(ai: Contact, desk: Contact, *, one_register: bool) -> bool:
    """What an id alone does not make one conversation.

    Numbers of two systems meet by chance, and a return names what it returns to: the customers
    must be the same (or, where the two systems share no customer at all, the times close), and the
    person's leg begins around the end of the AI's, up to a weekend later where it was handed over.
    """
    wait = _wait(ai, desk)
    near = wait is not None and _near(wait)
    strangers = bool(ai.customer and desk.customer) and ai.customer != desk.customer
    if strangers and (one_register or not near):
        return True
    if wait is None:
        return not ai.escalated
    began = desk.started is None or ai.started is None or desk.started >= ai.started - BEFORE
    return not (near or (bool(ai.escalated) and began and wait <= QUEUED))


def _is_ai(one: Contact) -> bool:
    return one.stream == "ai" or bool(one.involved and not one.human)


def _by_time(contacts: Sequence[Contact]) -> list[Seam]:
    legs: defaultdict[str, list[Contact]] = defaultdict(list)
    for one in contacts:
        if one.exclusion is None and one.customer and one.stream == "human":
            legs[one.customer].append(one)
    may: dict[str, str] = {}
    claims: defaultdict[str, int] = defaultdict(int)
    for one in contacts:
        if one.exclusion is not None or not one.customer or not (one.escalated and _is_ai(one)):
            continue
        near = [leg.id for leg in legs[one.customer] if _follows(one, leg)]
        for name in near:
            claims[name] += 1
        if len(near) == 1:
            may[one.id] = near[0]
    return [Seam(ai=a, desk=d, by="time") for a, d in sorted(may.items()) if claims[d] == 1]


def _follows(ai: Contact, leg: Contact) -> bool:
    wait = _wait(ai, leg)
    return wait is not None and _near(wait)


def _near(wait: float) -> bool:
    return -BEFORE <= wait <= AFTER


def _wait(ai: Contact, leg: Contact) -> float | None:
    """Seconds from the end of the AI's leg to the beginning of the person's."""
    end = ai.ended if ai.ended is not None else ai.started
    return None if end is None or leg.started is None else leg.started - end


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
    stream = "hybrid" if desk.human else ai.stream
    waited = (
        None
        if desk.started is None or ai.ended is None
        else max(0.0, desk.started + (desk.first_response or 0.0) - ai.ended)
    )
    return replace(
        ai,
        customer=ai.customer or desk.customer,
        stream=stream,
        human=desk.human,
        escalated=True,
        ended=desk.ended or ai.ended,
        reopened=desk.reopened,
        human_minutes=desk.human_minutes,
        to_human=waited if ai.to_human is None else ai.to_human,
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


def _composite(ai: Contact, desk: Contact) -> float | None:
    if desk.composite is None or ai.composite is None:
        return ai.composite if desk.composite is None else desk.composite
    # A critical error of the AI caps the whole, whoever mended it.
    return min(ai.composite, desk.composite) if ai.capped else desk.composite
