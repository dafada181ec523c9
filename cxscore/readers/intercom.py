"""Intercom conversations of API 2.14 and 2.16, with what Fin claims of itself sealed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from cxscore.label import Survey
from cxscore.readers import times
from cxscore.readers.assembly import assemble, given
from cxscore.readers.text import plain
from cxscore.transcript import (
    Agent,
    Conversation,
    Flags,
    Handoff,
    Json,
    Record,
    Role,
    Sealed,
    SealedEvent,
    Source,
    Turn,
    VendorClaim,
    Visibility,
)

OUTCOMES_FROM = datetime(2026, 3, 12, tzinfo=UTC)
"""From this day a handover by procedure is a billable outcome too: no trend crosses it."""
_CUSTOMERS = frozenset({"user", "lead", "contact"})
_PREVIEWS = frozenset({"workflow_preview", "fin_preview"})
_NOTES = frozenset({"note", "note_and_reopen"})
_SPOKEN = frozenset({"comment", "quick_reply", "open", "close", "assignment"})
_CX = {"CX Score rating": "cx_score_rating", "CX Score explanation": "cx_score_explanation"}


def record(value: Mapping[str, Json], *, path: str | None, line: int | None) -> Record:
    """One conversation with its parts.

    Raises:
        ValueError: the parts are no list, or a time is none.
        TranscriptError: the id is empty.
    """
    ai = _object(value.get("ai_agent"))
    began = times.parse(value.get("created_at"))
    thread = _Thread(ai, joined=value.get("ai_agent_participated"))
    thread.first(_object(value.get("source")), began)
    for part in _parts(value):
        thread.add(part)
    custom = _object(value.get("custom_attributes"))
    conversation = Conversation(
        id=str(value.get("id") or ""),
        turns=tuple(thread.turns),
        channel=_channel(value),
        started_at=began,
        ended_at=thread.last,
        updated_at=times.parse(value.get("updated_at")),
        customer_id=_contact(value),
        agent=Agent(vendor="Intercom", product="Fin") if thread.ai_spoke else None,
        team=_text(value.get("team_assignee_id")),
        tags=_tags(value.get("tags")),
        flags=Flags(test=ai.get("source_type") in _PREVIEWS or None),
        handoffs=tuple(thread.handoffs),
        tool_log=False,
    )
    sealed = Sealed(
        vendor_claim=_claim(ai, began),
        surveys=tuple(_surveys(value, ai)),
        answer_key=given({name: custom.get(key) for key, name in _CX.items()}),
        events=tuple(thread.events),
    )
    return assemble(conversation, sealed, path=path, line=line)


class _Thread:
    """Turns, moves and events in the order of the parts."""

    def __init__(self, ai: Mapping[str, Json], *, joined: Json) -> None:
        self.turns: list[Turn] = []
        self.handoffs: list[Handoff] = []
        self.events: list[SealedEvent] = []
        self.last: datetime | None = None
        self.ai_spoke = False
        self._joined = joined
        self._sources = _sources(ai)

    def first(self, source: Mapping[str, Json], time: datetime | None) -> None:
        """The message that opened it."""
        body = _text(source.get("body"))
        if body:
            self._say(_object(source.get("author")), body, time, Visibility.PUBLIC)

    def add(self, part: Mapping[str, Json]) -> None:
        """One conversation part."""
        kind, time = _text(part.get("part_type")) or "", times.parse(part.get("created_at"))
        body = _text(part.get("body"))
        if kind in _NOTES:
            if body:
                self._say(_object(part.get("author")), body, time, Visibility.INTERNAL)
            return
        self._moved(part, time)
        if body and kind in _SPOKEN:
            self._say(_object(part.get("author")), body, time, Visibility.PUBLIC)
        elif kind and kind != "comment":
            self.events.append(
                SealedEvent(kind="system", text=kind, at_turn=len(self.turns), time=time)
            )

    def _moved(self, part: Mapping[str, Json], time: datetime | None) -> None:
        to = _object(part.get("assigned_to"))
        if to.get("type") in {"admin", "team"} and self.ai_spoke and not self._human_spoke():
            self.handoffs.append(
                Handoff(
                    before_turn=len(self.turns),
                    to=Role.HUMAN_AGENT,
                    time=time,
                    team=_text(to.get("id")) if to.get("type") == "team" else None,
                )
            )

    def _human_spoke(self) -> bool:
        return any(t.role is Role.HUMAN_AGENT for t in self.turns)

    def _say(
        self, author: Mapping[str, Json], body: str, time: datetime | None, seen: Visibility
    ) -> None:
        answer = author.get("is_ai_answer") is True
        role = _role(author)
        by_ai = answer or author.get("from_ai_agent") is True
        if role is Role.AI_AGENT and self._joined is False and not by_ai:
            role = Role.SYSTEM  # a workflow's line, where Intercom says that no AI agent took part
        ai = role is Role.AI_AGENT and seen is Visibility.PUBLIC
        self.ai_spoke = self.ai_spoke or (ai and (self._joined is True or by_ai))
        self.turns.append(
            Turn(
                role=role,
                text=plain(body),
                time=time,
                author=_text(author.get("id")),
                visibility=seen,
                # Sources stand at the conversation, with no turn named: the first answer has them.
                sources=self._sources if ai and answer else (),
                ai_drafted=answer if role is Role.HUMAN_AGENT else None,
            )
        )
        if ai and answer:
            self._sources = ()
        self.last = time or self.last


def _role(author: Mapping[str, Json]) -> Role:
    kind = author.get("type")
    if kind in _CUSTOMERS:
        return Role.CUSTOMER
    if kind == "bot" or author.get("from_ai_agent") is True:
        return Role.AI_AGENT
    return Role.HUMAN_AGENT if kind in {"admin", "team"} else Role.SYSTEM


def _claim(ai: Mapping[str, Json], began: datetime | None) -> VendorClaim | None:
    state = _text(ai.get("resolution_state"))
    if state is None:
        return None
    late = began is not None and began >= OUTCOMES_FROM
    graded = {"confirmed_resolution": "customer_reply", "procedure_handoff": "procedure"}
    return VendorClaim(
        value=state,
        definition="fin-outcome/2026-03-12" if late else "fin-resolution",
        window="24h" if state == "assumed_resolution" else None,
        billed=None,
        graded_by=graded.get(state, "inactivity" if state == "assumed_resolution" else None),
    )


def _surveys(value: Mapping[str, Json], ai: Mapping[str, Json]) -> Iterator[Survey]:
    rating = _object(value.get("conversation_rating"))
    if rating:
        yield Survey(
            kind="csat",
            value=_number(rating.get("rating")),
            scale="1-5",
            target="conversation",
            comment=_text(rating.get("remark")),
            asked_at=times.parse(rating.get("created_at")),
            answered_at=times.parse(rating.get("updated_at"))
            if rating.get("rating") is not None
            else None,
        )
    if ai.get("rating") is not None:
        yield Survey(
            kind="csat",
            value=_number(ai.get("rating")),
            scale="1-5",
            target="ai",
            comment=_text(ai.get("rating_remark")),
            asked_at=times.parse(ai.get("created_at")),
            answered_at=times.parse(ai.get("updated_at")),
        )


def _sources(ai: Mapping[str, Json]) -> tuple[Source, ...]:
    held = ai.get("content_sources")
    listed = held.get("content_sources") if isinstance(held, dict) else held
    return tuple(
        Source(title=_text(one.get("title")), url=_text(one.get("url")))
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict)
    )


def _parts(value: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    held = value.get("conversation_parts")
    listed = held.get("conversation_parts") if isinstance(held, dict) else held
    if listed is None:
        return []
    if not isinstance(listed, list):
        raise ValueError("conversation_parts holds no list of parts")
    return times.in_order([part for part in listed if isinstance(part, dict)])


def _channel(value: Mapping[str, Json]) -> str | None:
    channel = _object(value.get("channel"))
    source = _object(value.get("source"))
    name = _text(channel.get("initial")) or _text(source.get("type"))
    return "chat" if name in {"conversation", "messenger"} else name


def _contact(value: Mapping[str, Json]) -> str | None:
    contacts = _object(value.get("contacts")).get("contacts")
    if isinstance(contacts, list) and contacts and isinstance(contacts[0], dict):
        return _text(contacts[0].get("id"))
    author = _object(_object(value.get("source")).get("author"))
    return _text(author.get("id")) if author.get("type") in _CUSTOMERS else None


def _tags(value: Json) -> tuple[str, ...]:
    listed = _object(value).get("tags")
    if not isinstance(listed, list):
        return ()
    return tuple(name for t in listed if (name := _text(_object(t).get("name"))))


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _text(value: Json) -> str | None:
    return None if value is None or isinstance(value, dict | list) or value == "" else str(value)


def _number(value: Json) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
