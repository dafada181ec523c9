"""What is proved in single conversations, each with its words beside the article or the log."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cxscore.grounding.injection import SuspicionKind, suspicions
from cxscore.kpi.counting import Count, Tally, Top
from cxscore.transcript import Conversation, Json, blind
from cxscore.verdict import (
    ActionCheck,
    ActionVerdict,
    ClaimCheck,
    ClaimVerdict,
    Judged,
    LogLine,
    PassageRef,
    Proof,
    Quote,
    Severity,
)

SHOWN = 100
"""Findings kept of each kind; their number is always whole."""
LOG_LINES = 6
"""Lines of the tool log kept beside a finding."""
_LONG = 160

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogExcerpt:
    """One line of the tool log, cut to be read beside a quote."""

    turn: int
    name: str
    arguments: str
    """Compact JSON, cut."""
    result: str | None
    """Cut; None when the log does not deliver it."""
    ok: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """A claim of an agent that an article valid at that time contradicts."""

    conversation_id: str
    quote: Quote
    passage: PassageRef
    reason: str
    error: str | None
    severity: Severity | None
    proof: Proof
    """``suspected``: found by one reading; the words of both sides stand beside each other."""
    corrected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseAction:
    """An action an agent claimed that the delivered log does not hold, or holds as failed."""

    conversation_id: str
    quote: Quote
    action: str
    failed: bool
    """True when the log holds the call with an error; False when it holds no such call."""
    reason: str
    log: tuple[LogExcerpt, ...]
    """The lines the check names; where it names none, the first lines of the whole log."""
    log_calls: int
    """Lines in the whole log of the conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NobodyCame:
    """The customer asked for a person and none spoke afterwards."""

    conversation_id: str
    quote: Quote | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicious:
    """A conversation in which somebody may have spoken to the judge; nothing was rescored."""

    conversation_id: str
    kinds: tuple[SuspicionKind, ...]
    quote: Quote | None
    """The first such words; None when they stand in the tool log only."""
    places: int
    """Places found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Generic[T]):
    """Findings of one kind."""

    total: int
    conversations: Count
    shown: tuple[T, ...]
    """The gravest first, at most ``SHOWN``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """Everything proved, by kind."""

    contradictions: Listed[Contradiction]
    false_actions: Listed[FalseAction]
    nobody_came: Listed[NobodyCame]
    suspicious: Listed[Suspicious]
    """Not proved, only flagged: words that may speak to the judge."""


def contradictions(judged: Judged) -> tuple[Contradiction, ...]:
    """Claims an article of the conversation's time contradicts; others prove nothing."""
    return tuple(
        Contradiction(
            conversation_id=judged.record.conversation.id,
            quote=claim.quote,
            passage=claim.passage,
            reason=claim.reason,
            error=claim.error,
            severity=claim.severity,
            proof=claim.proof,
            corrected=claim.corrected,
        )
        for claim in _contradicted(judged)
        if claim.passage is not None and not _of_another_time(claim.passage)
    )


def against_newer_article(judged: Judged) -> bool:
    """Whether a claim is contradicted by an article that came later, or may have."""
    return any(c.passage and _of_another_time(c.passage) for c in _contradicted(judged))


def _of_another_time(passage: PassageRef) -> bool:
    return passage.newer_than_conversation or passage.of_unknown_date


def _contradicted(judged: Judged) -> Iterable[ClaimCheck]:
    claims = judged.verdict.claims if judged.verdict else ()
    return (c for c in claims if c.verdict is ClaimVerdict.CONTRADICTED)


def false_actions(judged: Judged) -> tuple[FalseAction, ...]:
    """Claimed actions the log does not hold, or holds with an error."""
    checks = judged.verdict.actions if judged.verdict else ()
    false = (ActionVerdict.MISSING, ActionVerdict.FAILED)
    return tuple(_false_action(judged, c) for c in checks if c.verdict in false)


def _false_action(judged: Judged, check: ActionCheck) -> FalseAction:
    conversation = judged.record.conversation
    whole = tuple(
        LogLine(turn=t, call=c)
        for t, turn in enumerate(conversation.turns)
        for c in range(len(turn.tool_calls))
    )
    return FalseAction(
        conversation_id=conversation.id,
        quote=check.quote,
        action=check.action,
        failed=check.verdict is ActionVerdict.FAILED,
        reason=check.reason,
        log=excerpts(conversation, (check.log or whole)[:LOG_LINES]),
        log_calls=len(whole),
    )


def excerpts(conversation: Conversation, lines: Iterable[LogLine]) -> tuple[LogExcerpt, ...]:
    """Lines of the tool log, cut to be read beside a quote; lines that are not there drop out."""
    found = []
    for line in lines:
        if line.turn >= len(conversation.turns):
            continue
        calls = conversation.turns[line.turn].tool_calls
        if line.call >= len(calls):
            continue
        call = calls[line.call]
        found.append(
            LogExcerpt(
                turn=line.turn,
                name=call.name,
                arguments=_cut(_compact(call.arguments)),
                result=None if call.result is None else _cut(call.result),
                ok=call.ok,
            )
        )
    return tuple(found)


def _compact(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


def nobody_came(judged: Judged) -> NobodyCame | None:
    """The customer asked for a person and, as far as the transcript goes, none came."""
    if judged.verdict is None:
        return None
    asked, joined = judged.verdict.facts.asked_for_human, judged.verdict.facts.human_joined
    if asked is None or not asked.value or joined is None or joined.value:
        return None
    quote = asked.evidence[0] if asked.evidence else None
    return NobodyCame(conversation_id=judged.record.conversation.id, quote=quote)


def suspicious(judged: Judged) -> Suspicious | None:
    """Whether words of a conversation may speak to the judge."""
    found = suspicions(blind(judged.record.conversation))
    if not found:
        return None
    return Suspicious(
        conversation_id=judged.record.conversation.id,
        kinds=tuple(dict.fromkeys(s.kind for s in found)),
        quote=next((s.quote for s in found if s.quote is not None), None),
        places=len(found),
    )


_GRAVITY = {Severity.CRITICAL: 0, Severity.MAJOR: 1, Severity.MINOR: 2, Severity.INFO: 3}


class FindingBook:
    """Collects what is proved over many conversations."""

    def __init__(self) -> None:
        self._contradictions: Top[Contradiction] = Top(SHOWN)
        self._actions: Top[FalseAction] = Top(SHOWN)
        self._nobody: Top[NobodyCame] = Top(SHOWN)
        self._suspicious: Top[Suspicious] = Top(SHOWN)
        kinds = ("contradiction", "action", "nobody", "suspicious")
        self._with = {kind: Tally() for kind in kinds}

    def add(self, judged: Judged) -> None:
        """Take one judged conversation in."""
        ref = judged.record.conversation.id
        contradicted, false, nobody, flagged = (
            contradictions(judged),
            false_actions(judged),
            nobody_came(judged),
            suspicious(judged),
        )
        for i, c in enumerate(contradicted):
            # Confirmed before suspected, grave before light, not corrected before corrected.
            grave = _GRAVITY.get(c.severity, 4) if c.severity else 4
            self._contradictions.add((c.proof is Proof.SUSPECTED, c.corrected, grave, ref, i), c)
        for i, a in enumerate(false):
            self._actions.add((ref, a.quote.turn, i), a)
        if nobody is not None:
            self._nobody.add(ref, nobody)
        if flagged is not None:
            self._suspicious.add((-flagged.places, ref), flagged)
        found_here = (contradicted, false, nobody, flagged)
        for kind, found in zip(self._with, found_here, strict=True):
            if found:
                self._with[kind].add(ref)

    def proved(self) -> Proved:
        """What was collected."""
        return Proved(
            contradictions=_listed(self._contradictions, self._with["contradiction"]),
            false_actions=_listed(self._actions, self._with["action"]),
            nobody_came=_listed(self._nobody, self._with["nobody"]),
            suspicious=_listed(self._suspicious, self._with["suspicious"]),
        )


def _listed(top: Top[T], conversations: Tally) -> Listed[T]:
    return Listed(total=top.total, conversations=conversations.count(), shown=top.values())
