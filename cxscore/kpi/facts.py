"""The event model: one row a conversation, in columns, with what is not known told apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.int8]
"""1 yes, 0 no, −1 not known."""
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

SERVICE = ("relevance", "tone", "professionalism", "efficiency", "clarity")
CHECKS = (
    "reason_stated",
    "context_summary",
    "identifiers_carried",
    "no_repeat_asked",
    "right_destination",
)
UNKNOWN = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What is known of one conversation; None is not known, never no."""

    id: str
    customer: str | None = None
    issue: str | None = None
    """Key of what it is about, within the customer; given, or linked."""
    started: float | None = None
    """Seconds since 1970."""
    ended: float | None = None
    reopened: float | None = None
    """The customer came back in the same thread."""
    exclusion: str | None = None
    """Step of the exclusion ladder; None: eligible."""
    stream: str | None = None
    """``ai``, ``hybrid`` or ``human``."""
    involved: bool | None = None
    """The AI did more than greet."""
    human: bool | None = None
    """A person took part."""
    answers: int = 0
    """Turns in which the AI answers or acts."""
    sessions: int = 1
    """Parts with 30 idle minutes between them."""
    kind: str | None = None
    """``informational`` or ``action``."""
    claimed: bool | None = None
    """The vendor says resolved; None: no vendor label."""
    billed: bool | None = None
    fee: float | None = None
    self_grade: bool | None = None
    """The vendor's own grade of the words alone."""
    asked_human: bool | None = None
    blind: bool = False
    """Handed over, and whether a person came is out of sight of the exports."""
    links: tuple[str, ...] = ()
    """Ids under which its export names the same conversation elsewhere."""
    last_word: float | None = None
    """Of the whole thread; after ``ended`` where the customer came back in it."""
    person_at: float | None = None
    """The first public word of a person."""
    lost: bool = False
    """Erased, and with its words what it was about: returns to it cannot be told."""
    escalated: bool | None = None
    confirmed: bool | None = None
    negative_last: bool | None = None
    action_needed: bool | None = None
    actions_claimed: int | None = None
    actions_missing: int | None = None
    """Claimed and not in the tool log; None: no log."""
    issues: int = 1
    issues_resolved: int | None = None
    resolution: float | None = None
    sentiment_start: float | None = None
    sentiment_end: float | None = None
    service: Mapping[str, float] = field(default_factory=dict)
    composite: float | None = None
    capped: bool = False
    bad_answers: int | None = None
    """AI answers with a claim that counts as a hallucination; None: nothing could be checked."""
    bad_material: int | None = None
    critical: bool | None = None
    """A critical hallucination or false action."""
    answers_checked: int | None = None
    source_right: bool | None = None
    reasoning_ok: bool | None = None
    csat: float | None = None
    csat_sent: bool = False
    handoff: Mapping[str, bool | None] | None = None
    """Five checks of a handover; None: none, or not looked at."""
    human_minutes: float | None = None
    first_response: float | None = None
    """Seconds to the first answer."""
    to_human: float | None = None
    """Seconds from the handover to the person's first word."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What ``--by`` may split on."""


_FLAGS = (
    "involved", "human", "claimed", "billed", "self_grade", "asked_human", "escalated",
    "confirmed", "negative_last", "action_needed", "critical", "source_right", "reasoning_ok",
)  # fmt: skip
_NUMBERS = (
    "started", "ended", "reopened", "fee", "actions_claimed", "actions_missing",
    "issues_resolved", "resolution", "sentiment_start", "sentiment_end", "composite",
    "bad_answers", "bad_material", "answers_checked", "csat", "human_minutes", "first_response",
    "to_human",
)  # fmt: skip
_COUNTS = ("answers", "sessions", "issues")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Conversations in columns; every array has one entry a conversation."""

    id: NDArray[Any]
    customer: NDArray[np.int64]
    """Code; −1 not known."""
    issue: NDArray[np.int64]
    """Code of (customer, issue); −1 not known."""
    exclusion: NDArray[Any]
    """Step of the ladder; empty: eligible."""
    eligible: Mask
    """Not excluded by the ladder."""
    stream: NDArray[Any]
    kind: NDArray[Any]
    involved: Flags
    human: Flags
    claimed: Flags
    billed: Flags
    self_grade: Flags
    asked_human: Flags
    escalated: Flags
    confirmed: Flags
    negative_last: Flags
    action_needed: Flags
    critical: Flags
    source_right: Flags
    reasoning_ok: Flags
    started: Floats
    ended: Floats
    reopened: Floats
    fee: Floats
    actions_claimed: Floats
    actions_missing: Floats
    issues_resolved: Floats
    resolution: Floats
    sentiment_start: Floats
    sentiment_end: Floats
    composite: Floats
    bad_answers: Floats
    bad_material: Floats
    answers_checked: Floats
    csat: Floats
    human_minutes: Floats
    first_response: Floats
    to_human: Floats
    answers: NDArray[np.int64]
    sessions: NDArray[np.int64]
    issues: NDArray[np.int64]
    capped: Mask
    blind: Mask
    lost: Mask
    """What it was about is no longer known: it is not watched for returns."""
    csat_sent: Mask
    service: Mapping[str, Floats]
    checks: Mapping[str, Flags]
    attributes: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.id)

    def select(self, keep: Mask) -> Facts:
        """Some of the conversations."""
        columns: dict[str, Any] = {}
        for column in fields(self):
            value = getattr(self, column.name)
            if isinstance(value, Mapping):
                columns[column.name] = {k: v[keep] for k, v in value.items()}
            else:
                columns[column.name] = value[keep]
        return Facts(**columns)


def yes(flags: Flags) -> Mask:
    """Known to be so."""
    return np.asarray(flags == 1)


def no(flags: Flags) -> Mask:
    """Known not to be so."""
    return np.asarray(flags == 0)


def known(flags: Flags) -> Mask:
    """Known either way."""
    return np.asarray(flags != UNKNOWN)


def facts_of(contacts: Iterable[Contact]) -> Facts:
    """Rows as columns, by id."""
    rows = sorted(contacts, key=lambda c: c.id)
    columns: dict[str, Any] = {name: _flags([getattr(r, name) for r in rows]) for name in _FLAGS}
    columns |= {name: _floats([getattr(r, name) for r in rows]) for name in _NUMBERS}
    columns |= {name: np.array([getattr(r, name) for r in rows], np.int64) for name in _COUNTS}
    names = sorted({k for r in rows for k in r.attributes})
    return Facts(
        **columns,
        id=_texts([r.id for r in rows]),
        customer=codes([r.customer for r in rows]),
        issue=codes([(r.customer, r.issue) if r.customer and r.issue else None for r in rows]),
        exclusion=_texts([r.exclusion or "" for r in rows]),
        eligible=np.array([not r.exclusion for r in rows], np.bool_),
        # Of fixed width: they are compared over and over.
        stream=np.array([r.stream or "" for r in rows], dtype="U16"),
        kind=np.array([r.kind or "" for r in rows], dtype="U16"),
        capped=np.array([r.capped for r in rows], np.bool_),
        blind=np.array([r.blind for r in rows], np.bool_),
        lost=np.array([r.lost for r in rows], np.bool_),
        csat_sent=np.array([r.csat_sent or r.csat is not None for r in rows], np.bool_),
        service={name: _floats([r.service.get(name) for r in rows]) for name in SERVICE},
        checks={
            name: _flags([None if r.handoff is None else r.handoff.get(name) for r in rows])
            for name in CHECKS
        },
        attributes={name: _texts([r.attributes.get(name, "") for r in rows]) for name in names},
    )


def codes(keys: Sequence[Any]) -> NDArray[np.int64]:
    """Whole numbers for keys, −1 for None."""
    place: dict[Any, int] = {}
    return np.array(
        [UNKNOWN if k is None else place.setdefault(k, len(place)) for k in keys], np.int64
    )


def _flags(values: Sequence[bool | None]) -> Flags:
    return np.array([UNKNOWN if v is None else int(v) for v in values], np.int8)


def _floats(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if v is None else v for v in values], np.float64)


def _texts(values: Sequence[str]) -> NDArray[Any]:
    return np.array(values, dtype=object)
