"""What a judge returns: outcomes with evidence, checked claims, facts, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, TypeAlias

from cxscore.estimates import Unavailable
from cxscore.transcript import Exclusion, Kind, Leg, Record

Level: TypeAlias = int | str
"""One level of a criterion's scale: 1–5, ``yes``/``no`` or a named choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words of the transcript, located by code: ``turns[turn].text[start:end] == text``."""

    turn: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line of the tool log: ``turns[turn].tool_calls[call]``."""

    turn: int
    call: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageRef:
    """A passage of the knowledge base, as it stood in the snapshot used."""

    article_id: str
    title: str
    text: str
    """The words shown beside the quote; at most a few hundred characters."""
    url: str | None = None
    heading: str | None = None
    newer_than_conversation: bool = False
    """True when only a later version of the article was at hand."""
    of_unknown_date: bool = False
    """True when the conversation has no date: whether the article held then cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """A level with its evidence."""

    level: Level | None
    """A level of the criterion's scale; None is N/A, a value with a reason."""
    reason: str
    """One short sentence."""
    evidence: tuple[Quote, ...] = ()
    """At least one quote for every level below the top; N/A needs none."""
    log: tuple[LogLine, ...] = ()
    """Lines of the tool log the level rests on."""
    causes: tuple[str, ...] = ()
    """Ids of the rubric's reasons taxonomy."""
    certainty: float | None = None
    """The judge's own probability that the level is right; None when it gives none."""
    windowed: bool = False
    """True when the judge saw the conversation with turns left out."""
    expected: float | None = None
    """Mean of the levels, each weighted by the probability the model gave it; None when it gave no
    probabilities, or less than .8 of them to levels of the scale."""
    state: Literal["graded"] = "graded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstained:
    """The judge says it cannot tell, and why. Not a failure."""

    reason: str
    code: str
    """Stable id to count by, e.g. ``no_direct_evidence``, ``language``, ``no_rule``."""
    state: Literal["abstained"] = "abstained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No outcome because something broke."""

    error: str
    """The error's message."""
    code: str
    """Stable id to count by: ``provider``, ``refused``, ``truncated``, ``reply``, ``evidence`` …"""
    state: Literal["failed"] = "failed"


Outcome: TypeAlias = Graded | Abstained | Failed

State: TypeAlias = Literal["graded", "na", "abstained", "failed"]


def state(outcome: Outcome) -> State:
    """The state tables count by: N/A stands apart from a level.

    >>> state(Graded(level=None, reason="no request made"))
    'na'
    """
    if isinstance(outcome, Graded) and outcome.level is None:
        return "na"
    return outcome.state


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """What one seat of a jury, or one step of a cascade, said of one criterion."""

    seat: str
    """The seat's or step's name; a seat of a jury within a cascade is ``jury/seat``."""
    state: State
    level: Level | None = None
    """None unless the state is ``graded``."""
    code: str | None = None
    """Of an abstention or a failure."""
    judge: str = ""
    """Fingerprint of the judge that really sat there: a fallback's where one stood in."""


def vote(seat: str, judge: str, outcome: Outcome) -> Vote:
    """The vote an outcome amounts to.

    >>> vote("a", "j", Abstained(reason="cannot tell", code="no_direct_evidence")).code
    'no_direct_evidence'
    """
    return Vote(
        seat=seat,
        state=state(outcome),
        level=outcome.level if isinstance(outcome, Graded) else None,
        code=None if isinstance(outcome, Graded) else outcome.code,
        judge=judge,
    )


class ClaimVerdict(StrEnum):
    """What became of one factual claim of an agent."""

    SUPPORTED_BY_ARTICLE = "supported_by_article"
    SUPPORTED_BY_CONVERSATION = "supported_by_conversation"
    """By a tool result or the customer's own words."""
    CONTRADICTED = "contradicted"
    NOT_IN_KNOWLEDGE_BASE = "not_in_knowledge_base"
    """A general statement no article covers."""
    UNVERIFIABLE = "unverifiable"
    """About the customer's own data, and no log was delivered."""


class Severity(StrEnum):
    """How much an error weighs."""

    INFO = "info"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class Proof(StrEnum):
    """What a critical error rests on; only a proved one caps the composite."""

    SUSPECTED = "suspected"
    TOOL_LOG = "tool_log"
    VERIFIED = "verified"
    """A second, claim-specific ask confirmed it."""
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimCheck:
    """One factual claim of an agent, and what the knowledge base and the log say of it."""

    quote: Quote
    verdict: ClaimVerdict
    reason: str
    passage: PassageRef | None = None
    """The best passage found; None when nothing was found."""
    log: tuple[LogLine, ...] = ()
    error: str | None = None
    """Id of the error taxonomy, e.g. ``wrong_number``; None when the claim stands."""
    severity: Severity | None = None
    proof: Proof = Proof.SUSPECTED
    support: float | None = None
    """Share of the claim's content words the best passage holds, 0–1; None when not measured."""
    corrected: bool = False
    """True when the agent corrected it later in the same conversation."""


class ActionVerdict(StrEnum):
    """What the tool log says of an action an agent claimed to have done."""

    LOGGED = "logged"
    MISSING = "missing"
    """No write, and no call of unknown effect, could explain the words: a false action."""
    FAILED = "failed"
    """The call stands in the log with an error as its result."""
    UNKNOWN = "unknown"
    """A call of unknown effect could explain the words."""
    NO_LOG = "no_log"
    """No tool log was delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCheck:
    """One action an agent said it had done, held against the tool log."""

    quote: Quote
    action: str
    """The verb as understood, e.g. ``refund``."""
    verdict: ActionVerdict
    reason: str
    log: tuple[LogLine, ...] = ()
    severity: Severity | None = None
    """CRITICAL for MISSING and FAILED, else None."""


class Act(StrEnum):
    """What an agent's turn does."""

    GREETING = "greeting"
    QUESTION = "question"
    ANSWER = "answer"
    ACTION = "action"
    HANDOFF = "handoff"
    ACK = "ack"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A yes/no fact with the words that show it."""

    value: bool
    evidence: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One thing the customer wanted."""

    request: Quote | None
    kind: Kind | None = None
    topic: str | None = None
    resolved: bool | None = None


def _no_acts() -> Mapping[int, Act]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What KPIs need to know about a conversation; None is unknown."""

    acts: Mapping[int, Act] = field(default_factory=_no_acts)
    """Turn index of an agent's turn to what it does."""
    asked_for_human: Fact | None = None
    human_joined: Fact | None = None
    """After the customer asked or the AI handed over; None when neither happened."""
    confirmed: Fact | None = None
    """The customer said in words that it is solved."""
    last_message_negative: Fact | None = None
    kind: Kind | None = None
    issues: tuple[Issue, ...] = ()
    sentiment_path: tuple[tuple[int, float], ...] = ()
    """(turn index, −1 … 1) of customer turns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite:
    """The experience composite of one leg."""

    value: float
    """On 1–5; on 0–100 when the rubric aggregates by ``zendesk_iqs``."""
    weights: Mapping[str, float]
    """Weight each part really had after N/A parts dropped out; sums to 1."""
    capped_by: str | None = None
    """Error id of the proved critical error that capped it; under ``zendesk_iqs`` the critical
    criterion that failed."""
    uncapped: float | None = None
    """The value before the cap; None when it was not capped."""
    state: Literal["composite"] = "composite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """Which knowledge a verdict rests on."""

    digest: str
    as_of: datetime | None
    gap_days: float | None
    """Conversation start minus snapshot date, in days; negative: the snapshot is newer."""


def _no_votes() -> Mapping[Leg, Mapping[str, tuple[Vote, ...]]]:
    return {}


def _no_steps() -> Mapping[Leg, Mapping[str, str]]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Everything a judge found in one conversation."""

    conversation_id: str
    judge: str
    """Fingerprint of the judge that was asked."""
    rubric: str
    """``id@digest`` of the rubric."""
    outcomes: Mapping[Leg, Mapping[str, Outcome]]
    """Leg to criterion id to outcome."""
    claims: tuple[ClaimCheck, ...] = ()
    actions: tuple[ActionCheck, ...] = ()
    facts: Facts = Facts()
    composite: Composite | Unavailable | None = None
    """Of the journey; None when the rubric defines none."""
    knowledge: Knowledge | None = None
    """None when no knowledge base was at hand."""
    answered_by: tuple[str, ...] = ()
    """Ids of the models that really answered; empty for a judge without a model."""
    seen: tuple[str, ...] = ()
    """What shaped the reading and a reader should know, e.g. ``windowed: 14 turns omitted``."""
    votes: Mapping[Leg, Mapping[str, tuple[Vote, ...]]] = field(default_factory=_no_votes)
    """Leg to criterion id to what each seat or step said; empty for a single judge."""
    given_by: Mapping[Leg, Mapping[str, str]] = field(default_factory=_no_steps)
    """Leg to criterion id to the step of a cascade that gave the outcome; else empty."""

    @property
    def journey(self) -> Mapping[str, Outcome]:
        """Criterion id to outcome over the whole conversation."""
        return self.outcomes.get(Leg.JOURNEY, {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A record beside what a judge made of it: what pages and tables are drawn from."""

    record: Record
    version: int = 1
    """1 for the first content seen under this id, one more for every change of content."""
    exclusion: Exclusion | None = None
    """Why it was not judged; None: it was eligible."""
    verdict: Verdict | None = None
    """None when it is excluded, not yet judged, or the judgement failed as a whole."""
    error: str | None = None
    """Why the judgement failed as a whole."""
    heuristic: bool = False
    """True when the judge was one of fixed rules."""
    scored_at: datetime | None = None
