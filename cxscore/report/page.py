"""What the page of one conversation shows, on paper and in the terminal alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cxscore.kpi.findings import LogExcerpt, excerpts
from cxscore.report import words
from cxscore.report.lines import (
    ActionLine,
    ClaimLine,
    FactLine,
    OutcomeLine,
    action_line,
    claim_line,
    composite_line,
    composite_parts,
    fact_lines,
    knowledge_line,
    outcome_lines,
    sealed_lines,
)
from cxscore.report.marking import marks_by_turn, used_lines
from cxscore.report.marks import Mark, Piece, pieces
from cxscore.rubric import Rubric
from cxscore.transcript import Handoff, Role, Source, Turn, Visibility
from cxscore.verdict import Judged, LogLine


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLine:
    """One line of the tool log."""

    excerpt: LogExcerpt
    requester: Role
    used: bool
    """True when a check or a grade rests on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnLine:
    """One turn as shown."""

    number: int
    role: Role
    who: str
    time: datetime | None
    text: tuple[Piece, ...]
    calls: tuple[CallLine, ...]
    sources: tuple[Source, ...]
    internal: bool
    unseen: bool
    """True when the judge was not shown it: system turns and internal notes."""
    ai_drafted: bool
    handoffs: tuple[Handoff, ...]
    """Moves that happened just before this turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationPage:
    """Everything shown of one conversation, in the order it is shown."""

    id: str
    head: tuple[tuple[str, str], ...]
    """Name and value: date, channel, language, who served …"""
    turns: tuple[TurnLine, ...]
    handoffs_after: tuple[Handoff, ...]
    """Moves after the last turn."""
    heuristic: bool
    excluded: str | None
    error: str | None
    outcomes: tuple[OutcomeLine, ...]
    claims: tuple[ClaimLine, ...]
    actions: tuple[ActionLine, ...]
    facts: tuple[FactLine, ...]
    composite: str | None
    composite_parts: tuple[tuple[str, float], ...]
    """Name and weight of each part that counted."""
    knowledge: str | None
    judge: str | None
    seen: tuple[str, ...]
    sealed: tuple[tuple[str, str], ...]
    """Name and value of what the judge did not see."""


def page(judged: Judged, rubric: Rubric | None) -> ConversationPage:
    """Arrange one conversation.

    Args:
        judged: with or without a verdict.
        rubric: gives names and scales; None when it is not at hand, criteria then go by their ids.
    """
    conversation, verdict = judged.record.conversation, judged.verdict
    marks = marks_by_turn(verdict, rubric) if verdict else {}
    used = used_lines(verdict) if verdict else frozenset()
    return ConversationPage(
        id=conversation.id,
        head=_head(judged),
        turns=tuple(
            _turn(judged, n, turn, marks.get(n, []), used)
            for n, turn in enumerate(conversation.turns)
        ),
        handoffs_after=tuple(
            h for h in conversation.handoffs if h.before_turn >= len(conversation.turns)
        ),
        heuristic=judged.heuristic,
        excluded=words.EXCLUSION.get(judged.exclusion, judged.exclusion)
        if judged.exclusion
        else None,
        error=judged.error,
        outcomes=outcome_lines(judged.record.conversation, verdict, rubric) if verdict else (),
        claims=tuple(claim_line(judged.record.conversation, c, rubric) for c in verdict.claims)
        if verdict
        else (),
        actions=tuple(action_line(judged.record.conversation, a) for a in verdict.actions)
        if verdict
        else (),
        facts=fact_lines(verdict.facts) if verdict else (),
        composite=composite_line(verdict) if verdict else None,
        composite_parts=composite_parts(verdict, rubric) if verdict else (),
        knowledge=knowledge_line(verdict.knowledge) if verdict else None,
        judge=f"{verdict.judge} · rubric {verdict.rubric}" if verdict else None,
        seen=verdict.seen if verdict else (),
        sealed=sealed_lines(judged.record.sealed),
    )


def _head(judged: Judged) -> tuple[tuple[str, str], ...]:
    c = judged.record.conversation
    agent = " ".join(p for p in (c.agent.vendor, c.agent.product) if p) if c.agent else ""
    rows = [
        ("Began", words.moment(c.started_at)),
        ("Served by", words.STREAM[c.stream] + (", AI drafts used" if c.assisted else "")),
        ("Channel", c.channel or "not known"),
        ("Language", c.language or "not known"),
        ("Customer", c.customer_id or ""),
        ("Topic", c.topic or ""),
        ("AI agent", agent),
        ("Version", f"{judged.version}, changed since first read" if judged.version > 1 else ""),
    ]
    return tuple((name, words.one_line(value)) for name, value in rows if value)


def _turn(
    judged: Judged, number: int, turn: Turn, marks: Sequence[Mark], used: frozenset[tuple[int, int]]
) -> TurnLine:
    conversation = judged.record.conversation
    lines = [LogLine(turn=number, call=i) for i in range(len(turn.tool_calls))]
    calls = tuple(
        CallLine(excerpt=excerpt, requester=call.requester, used=(number, i) in used)
        for i, (call, excerpt) in enumerate(
            zip(turn.tool_calls, excerpts(conversation, lines), strict=True)
        )
    )
    return TurnLine(
        number=number,
        role=turn.role,
        who=words.ROLE[turn.role],
        time=turn.time,
        text=pieces(turn.text, marks),
        calls=calls,
        sources=turn.sources,
        internal=turn.visibility is Visibility.INTERNAL,
        unseen=turn.role is Role.SYSTEM or turn.visibility is Visibility.INTERNAL,
        ai_drafted=turn.ai_drafted is True,
        handoffs=tuple(h for h in conversation.handoffs if h.before_turn == number),
    )
