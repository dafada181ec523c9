"""Zendesk tickets with comments, users and audits; what its AI agent claims is sealed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from cxscore.label import Survey
from cxscore.readers import times
from cxscore.readers.assembly import assemble
from cxscore.readers.text import plain
from cxscore.transcript import (
    Agent,
    Conversation,
    Handoff,
    Json,
    Record,
    Role,
    Sealed,
    SealedEvent,
    Turn,
    VendorClaim,
    Visibility,
)

TIERS_FROM = datetime(2026, 5, 18, tzinfo=UTC)
"""From this day automated resolutions come in tiers, contained ones are not charged."""
_BILLED = {"verified": True, "contained": False, "assisted_escalation": False}
_CHANNELS = {"native_messaging": "chat", "messaging": "chat", "web": "email"}


def record(value: Mapping[str, Json], *, path: str | None, line: int | None) -> Record:
    """One ticket: ``{ticket, comments, users, audits, bot_author_ids}``.

    Bots are no role of Zendesk's: an author is one where ``bot_author_ids`` names it, or where no
    user of the record has its id.

    Raises:
        ValueError: a time is none.
        TranscriptError: the id is empty.
    """
    ticket = _object(value.get("ticket"))
    roles = {
        _text(u.get("id")): _text(u.get("role"))
        for u in _list(value.get("users"))
        if _text(u.get("id"))
    }
    held = value.get("bot_author_ids")
    bots = {_text(b) for b in held} if isinstance(held, list) else set()
    requester = _text(ticket.get("requester_id"))
    turns = tuple(
        _turn(c, roles, bots, requester) for c in times.in_order(_list(value.get("comments")))
    )
    handoffs, events = _moves(times.in_order(_list(value.get("audits"))), turns)
    began = times.parse(ticket.get("created_at"))
    ai = any(t.role is Role.AI_AGENT for t in turns)
    channel = _text(_object(ticket.get("via")).get("channel"))
    tags = ticket.get("tags")
    conversation = Conversation(
        id=_text(ticket.get("id")) or "",
        turns=turns,
        channel=_CHANNELS.get(channel or "", channel),
        started_at=began,
        ended_at=next((t.time for t in reversed(turns) if t.time is not None), None),
        updated_at=times.parse(ticket.get("updated_at")),
        customer_id=requester,
        agent=Agent(vendor="Zendesk", product="AI agents") if ai else None,
        team=_text(ticket.get("group_id")),
        brand=_text(ticket.get("brand_id")),
        tags=tuple(str(t) for t in tags) if isinstance(tags, list) else (),
        # Names the same conversation in another system: what two exports are stitched by.
        attributes={"external_id": link} if (link := _text(ticket.get("external_id"))) else {},
        handoffs=handoffs,
        tool_log=False,
    )
    sealed = Sealed(
        vendor_claim=_claim(ticket, began), surveys=tuple(_surveys(ticket)), events=events
    )
    return assemble(conversation, sealed, path=path, line=line)


def _turn(
    comment: Mapping[str, Json],
    roles: Mapping[str | None, str | None],
    bots: set[str | None],
    requester: str | None,
) -> Turn:
    author = _text(comment.get("author_id"))
    role = roles.get(author)
    body = _text(comment.get("plain_body")) or plain(
        _text(comment.get("html_body")) or _text(comment.get("body")) or ""
    )
    public = comment.get("public") is not False
    if author in bots or (author not in roles and author != requester):
        who = Role.AI_AGENT
    elif author == requester or role == "end-user":
        who = Role.CUSTOMER
    else:
        who = Role.HUMAN_AGENT
    return Turn(
        role=who,
        text=body,
        time=times.parse(comment.get("created_at")),
        author=author,
        visibility=Visibility.PUBLIC if public else Visibility.INTERNAL,
    )


def _moves(
    audits: list[Mapping[str, Json]], turns: tuple[Turn, ...]
) -> tuple[tuple[Handoff, ...], tuple[SealedEvent, ...]]:
    """Assignments to a group or person after an AI spoke, and tickets opened again."""
    handoffs: list[Handoff] = []
    events: list[SealedEvent] = []
    for audit in audits:
        time = times.parse(audit.get("created_at"))
        at = _place(turns, time)
        for event in _list(audit.get("events")):
            field = _text(event.get("field_name"))
            after_ai = any(t.role is Role.AI_AGENT for t in turns[:at])
            people = any(t.role is Role.HUMAN_AGENT for t in turns[:at])
            if field in {"assignee_id", "group_id"} and event.get("value") and after_ai:
                if not people and not handoffs:
                    team = _text(event.get("value")) if field == "group_id" else None
                    handoffs.append(
                        Handoff(before_turn=at, to=Role.HUMAN_AGENT, time=time, team=team)
                    )
            elif field == "status":
                before, now = _text(event.get("previous_value")), _text(event.get("value"))
                events.append(
                    SealedEvent(kind="system", text=f"{before} to {now}", at_turn=at, time=time)
                )
    return tuple(handoffs), tuple(events)


def _place(turns: tuple[Turn, ...], time: datetime | None) -> int:
    """Index of the first turn after a time."""
    for index, turn in enumerate(turns):
        if time is not None and turn.time is not None and turn.time > time:
            return index
    return len(turns)


def _claim(ticket: Mapping[str, Json], began: datetime | None) -> VendorClaim | None:
    """The tier where the export was joined with it: ``ticket.automated_resolution``."""
    held = ticket.get("automated_resolution")
    tier = _text(held.get("tier")) if isinstance(held, dict) else _text(held)
    if tier is None:
        return None
    late = began is not None and began >= TIERS_FROM
    return VendorClaim(
        value=tier,
        definition="zendesk-automated-resolution/2026-05-18"
        if late
        else "zendesk-automated-resolution",
        window="72h",
        billed=_BILLED.get(tier) if late else None,
        graded_by="vendor_llm",
    )


def _surveys(ticket: Mapping[str, Json]) -> Iterator[Survey]:
    rating = _object(ticket.get("satisfaction_rating"))
    score = _text(rating.get("score"))
    if score in {"good", "bad", "offered"}:
        yield Survey(
            kind="csat",
            value=None if score == "offered" else score,
            scale="good/bad",
            target="conversation",
            comment=_text(rating.get("comment")),
        )


def _list(value: Json) -> list[Mapping[str, Json]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _text(value: Json) -> str | None:
    return None if value is None or isinstance(value, dict | list) or value == "" else str(value)
