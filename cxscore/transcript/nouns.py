"""Conversations as the business knows them, and transcripts as a judge may see them.

Three types keep the blindness law of the house visible to the type checker:

* ``Conversation``: everything a reader may tell about a conversation, except what is sealed.
* ``Sealed``: what a judge may never see (the vendor's claim, surveys, answer keys, control tokens).
* ``Transcript``: the projection of a conversation that is handed to a judge, and nothing else.

Everything unknown is ``None``; unknown is never ``False``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from cxscore.label import Survey

Json: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, or lists and string-keyed dicts of them."""


def _nothing() -> Mapping[str, Json]:
    return {}


class Role(StrEnum):
    """Who speaks or acts in a turn."""

    CUSTOMER = "customer"
    AI_AGENT = "ai_agent"
    HUMAN_AGENT = "human_agent"
    SYSTEM = "system"
    TOOL = "tool"


AGENT_ROLES = frozenset({Role.AI_AGENT, Role.HUMAN_AGENT})


class Visibility(StrEnum):
    """Whether the customer could read a turn."""

    PUBLIC = "public"
    INTERNAL = "internal"


class Kind(StrEnum):
    """What the customer needs: to know something, or to have something done."""

    INFORMATIONAL = "informational"
    ACTION = "action"


class Stream(StrEnum):
    """Who served the conversation."""

    AI = "ai"
    HYBRID = "hybrid"
    HUMAN = "human"


class Leg(StrEnum):
    """Which part of a conversation a score is about."""

    JOURNEY = "journey"
    AI = "ai"
    HUMAN = "human"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """One line of the tool log: a call and, where delivered, its result."""

    name: str
    """The tool's name as logged, e.g. ``cancel_order``."""
    arguments: Mapping[str, Json] = field(default_factory=_nothing)
    """Arguments by name."""
    id: str | None = None
    """The log's own id of the call."""
    requester: Role = Role.AI_AGENT
    """Who called: an agent, or the customer (who operates a device of their own)."""
    result: str | None = None
    """The result as text; None when the log does not deliver it."""
    ok: bool | None = None
    """True or False where the log says whether the call succeeded; None when it does not say."""
    time: datetime | None = None
    """When the call was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A knowledge article an agent's turn cites."""

    title: str | None = None
    url: str | None = None
    article_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message of a conversation, with the tool calls made in it."""

    role: Role
    text: str
    """Plain text; empty for a turn that holds tool calls only."""
    time: datetime | None = None
    author: str | None = None
    """A stable key of the author, never shown to a judge."""
    visibility: Visibility = Visibility.PUBLIC
    tool_calls: tuple[ToolCall, ...] = ()
    sources: tuple[Source, ...] = ()
    ai_drafted: bool | None = None
    """True when a person sent text an AI had drafted (stream human, flagged assisted)."""


def _stream(turns: tuple[Turn, ...]) -> Stream | None:
    roles = {t.role for t in turns if t.visibility is Visibility.PUBLIC} & AGENT_ROLES
    if roles == AGENT_ROLES:
        return Stream.HYBRID
    if roles == {Role.AI_AGENT}:
        return Stream.AI
    return Stream.HUMAN if roles else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """A move of the conversation from one party to another."""

    before_turn: int
    """Index of the first turn after the move; ``len(turns)`` when nothing came after."""
    to: Role
    """AI_AGENT or HUMAN_AGENT."""
    time: datetime | None = None
    team: str | None = None
    reason: str | None = None
    summary: str | None = None
    """The note that went along, if the export delivers it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """The AI agent that served, as far as the export names it. Never shown to a judge."""

    vendor: str | None = None
    product: str | None = None
    model: str | None = None
    version: str | None = None
    procedure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """Marks set by the help desk; None means the export does not say."""

    spam: bool | None = None
    test: bool | None = None
    outbound: bool | None = None
    """True when the company opened the conversation."""
    merged_into: str | None = None
    """Id of the conversation that took this one's messages over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A customer-service conversation, without anything sealed."""

    id: str
    turns: tuple[Turn, ...]
    """In time order; indexes into this tuple are the turn numbers of quotes."""
    channel: str | None = None
    language: str | None = None
    """BCP 47 primary tag of the customer's language, e.g. ``en``; None when not known."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    updated_at: datetime | None = None
    customer_id: str | None = None
    issue_id: str | None = None
    kind: Kind | None = None
    topic: str | None = None
    agent: Agent | None = None
    human_agent: str | None = None
    team: str | None = None
    brand: str | None = None
    tags: tuple[str, ...] = ()
    attributes: Mapping[str, Json] = field(default_factory=_nothing)
    """Free attributes of the export, by name."""
    flags: Flags = Flags()
    handoffs: tuple[Handoff, ...] = ()
    tool_log: bool | None = None
    """True when the tool log is delivered (even if it is empty), False when it is known to be
    missing; None when the export does not say."""

    @property
    def stream(self) -> Stream | None:
        """Who served: ai, hybrid or human; None when no agent spoke.

        A person who sends an AI draft is a person: the conversation is human, see ``assisted``.
        """
        return _stream(self.turns)

    @property
    def assisted(self) -> bool | None:
        """True when a person sent an AI draft; None when the export never says."""
        said = [t.ai_drafted for t in self.turns if t.role is Role.HUMAN_AGENT]
        if any(said):
            return True
        return False if said and all(s is False for s in said) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What a judge is handed: public words, tool log and moves between parties. Nothing else."""

    id: str
    turns: tuple[Turn, ...]
    """As in the conversation, same indexes; turns a judge may not read have empty text, so that
    turn numbers in quotes hold everywhere."""
    channel: str | None = None
    language: str | None = None
    started_at: datetime | None = None
    handoffs: tuple[Handoff, ...] = ()
    tool_log: bool | None = None

    @property
    def stream(self) -> Stream | None:
        """As ``Conversation.stream``."""
        return _stream(self.turns)


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorClaim:
    """What the vendor says of its own work in one conversation."""

    value: str
    """The vendor's word, e.g. ``confirmed_resolution``."""
    definition: str | None = None
    """Id of the definition the word stands for, with its date or API version."""
    window: str | None = None
    """The vendor's waiting time, e.g. ``24h``."""
    billed: bool | None = None
    graded_by: str | None = None
    """Who graded: ``vendor_llm``, ``customer_reply``, ``inactivity``, ``human`` …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedEvent:
    """Something that stood in the chat or its log and would tell a judge the answer."""

    kind: str
    """``system``, ``survey``, ``vendor_state``, ``control_token`` or ``note``."""
    text: str
    at_turn: int | None = None
    """Turn index it stood at or before."""
    time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What a judge may never see."""

    vendor_claim: VendorClaim | None = None
    surveys: tuple[Survey, ...] = ()
    costs: Mapping[str, Json] = field(default_factory=_nothing)
    answer_key: Mapping[str, Json] = field(default_factory=_nothing)
    """Objective truth that came with the record: rewards, expected actions, expert labels."""
    events: tuple[SealedEvent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a reader yields: a conversation and what is sealed from judges, with its place."""

    conversation: Conversation
    sealed: Sealed = Sealed()
    path: str | None = None
    line: int | None = None
    """1-based line, or record number for formats without lines."""
