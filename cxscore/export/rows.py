"""Judged conversations and labels as rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from cxscore.estimates import Unavailable
from cxscore.label import Label, Survey
from cxscore.transcript import Conversation, Record, Role
from cxscore.verdict import (
    ActionVerdict,
    ClaimVerdict,
    Composite,
    Fact,
    Graded,
    Judged,
    Outcome,
    Verdict,
    state,
)

Row: TypeAlias = dict[str, Any]
"""Column name to value; a missing column is null."""


def conversation_row(judged: Judged, *, with_transcript: bool = False) -> Row:
    """One row of ``conversations``."""
    return (
        _about_conversation(judged.record.conversation)
        | _about_verdict(judged.verdict)
        | _about_sealed(judged.record)
        | _judging(judged)
        | {
            "version": judged.version,
            "state": _state(judged),
            "exclusion": judged.exclusion,
            "error": judged.error,
            "transcript": _spoken(judged.record.conversation) if with_transcript else None,
        }
    )


def _state(judged: Judged) -> str:
    if judged.exclusion is not None:
        return "excluded"
    if judged.verdict is not None:
        return "judged"
    return "waiting" if judged.error is None else "failed"


def _about_conversation(conversation: Conversation) -> Row:
    roles = [t.role for t in conversation.turns]
    agent = conversation.agent
    row: Row = {
        "conversation_id": conversation.id,
        "tags": list(conversation.tags) or None,
        "turns": len(roles),
        "customer_turns": roles.count(Role.CUSTOMER),
        "ai_turns": roles.count(Role.AI_AGENT),
        "human_turns": roles.count(Role.HUMAN_AGENT),
        "handoffs": len(conversation.handoffs),
    }
    for name in (
        "channel", "language", "stream", "assisted", "kind", "topic", "team", "brand", "issue_id",
        "customer_id", "human_agent", "started_at", "ended_at", "updated_at", "tool_log",
    ):  # fmt: skip
        row[name] = getattr(conversation, name)
    for name in ("vendor", "product", "model", "version", "procedure"):
        row[f"agent_{name}"] = None if agent is None else getattr(agent, name)
    return row


def _about_verdict(verdict: Verdict | None) -> Row:
    if verdict is None:
        return {}
    composite, facts, knowledge = verdict.composite, verdict.facts, verdict.knowledge
    return {
        "composite": composite.value if isinstance(composite, Composite) else None,
        "composite_missing": composite.missing if isinstance(composite, Unavailable) else None,
        "capped_by": composite.capped_by if isinstance(composite, Composite) else None,
        "claims": len(verdict.claims),
        "contradicted": sum(c.verdict is ClaimVerdict.CONTRADICTED for c in verdict.claims),
        "false_actions": sum(
            a.verdict in (ActionVerdict.MISSING, ActionVerdict.FAILED) for a in verdict.actions
        ),
        "asked_for_human": _truth(facts.asked_for_human),
        "human_joined": _truth(facts.human_joined),
        "confirmed": _truth(facts.confirmed),
        "last_message_negative": _truth(facts.last_message_negative),
        "knowledge_digest": knowledge and knowledge.digest,
        "knowledge_as_of": knowledge and knowledge.as_of,
        "knowledge_gap_days": knowledge and knowledge.gap_days,
    }


def _truth(fact: Fact | None) -> bool | None:
    return None if fact is None else fact.value


def _about_sealed(record: Record) -> Row:
    claim = record.sealed.vendor_claim
    row: Row = {
        f"vendor_{name}": None if claim is None else getattr(claim, name)
        for name in ("value", "definition", "window", "billed", "graded_by")
    }
    surveys = [_survey(s) for s in record.sealed.surveys]
    return row | {"surveys": json.dumps(surveys) if surveys else None}


def _survey(survey: Survey) -> Row:
    return {
        "kind": survey.kind,
        "value": survey.value,
        "scale": survey.scale,
        "target": survey.target,
        "answered_at": survey.answered_at and survey.answered_at.isoformat(),
    }


def _spoken(conversation: Conversation) -> str | None:
    return "\n".join(f"{t.role}: {t.text}" for t in conversation.turns if t.text) or None


def _judging(judged: Judged) -> Row:
    verdict = judged.verdict
    return {
        "judge": verdict and verdict.judge,
        "rubric": verdict and verdict.rubric,
        "heuristic": judged.heuristic if verdict else None,
        "scored_at": judged.scored_at,
    }


def score_rows(judged: Judged) -> Iterator[Row]:
    """The rows of ``scores`` of one conversation: one a leg and criterion."""
    if judged.verdict is None:
        return
    conversation = judged.record.conversation
    shared = _shared(judged) | {
        name: getattr(conversation, name)
        for name in ("started_at", "channel", "language", "stream")
    }
    for leg, outcomes in judged.verdict.outcomes.items():
        for criterion, outcome in outcomes.items():
            yield shared | {"leg": leg, "criterion": criterion} | _about_outcome(outcome)


def _shared(judged: Judged) -> Row:
    return _judging(judged) | {
        "conversation_id": judged.record.conversation.id,
        "version": judged.version,
    }


def _about_outcome(outcome: Outcome) -> Row:
    if not isinstance(outcome, Graded):
        words = outcome.error if outcome.state == "failed" else outcome.reason
        return {"state": state(outcome), "code": outcome.code, "reason": words}
    row: Row = {
        "state": state(outcome),
        "certainty": outcome.certainty,
        "reason": outcome.reason,
        "causes": list(outcome.causes) or None,
        "windowed": outcome.windowed,
    } | _level(outcome.level)
    for quote in outcome.evidence[:1]:
        row |= {
            "quote": quote.text,
            "quote_turn": quote.turn,
            "quote_start": quote.start,
            "quote_end": quote.end,
        }
    return row


def _level(level: int | str | None) -> Row:
    return {
        "level": None if level is None else str(level),
        "level_number": float(level) if isinstance(level, int) else None,
    }


def claim_rows(judged: Judged) -> Iterator[Row]:
    """The rows of ``claims`` of one conversation."""
    if judged.verdict is None:
        return
    shared = _shared(judged)
    for place, claim in enumerate(judged.verdict.claims):
        passage = claim.passage
        row = shared | {
            "place": place,
            "turn": claim.quote.turn,
            "start": claim.quote.start,
            "end": claim.quote.end,
            "quote": claim.quote.text,
            "article_id": passage and passage.article_id,
            "article_title": passage and passage.title,
            "article_url": passage and passage.url,
            "passage": passage and passage.text,
            "newer_than_conversation": passage and passage.newer_than_conversation,
        }
        for name in ("verdict", "reason", "error", "severity", "proof", "support", "corrected"):
            row[name] = getattr(claim, name)
        yield row


def action_rows(judged: Judged) -> Iterator[Row]:
    """The rows of ``actions`` of one conversation."""
    if judged.verdict is None:
        return
    shared = _shared(judged)
    for place, action in enumerate(judged.verdict.actions):
        yield shared | {
            "place": place,
            "turn": action.quote.turn,
            "quote": action.quote.text,
            "action": action.action,
            "verdict": action.verdict,
            "reason": action.reason,
            "severity": action.severity,
        }


def label_row(label: Label) -> Row:
    """One row of ``labels``."""
    sampling = label.sampling
    row: Row = _level(label.level) | {
        "design": sampling and sampling.design,
        "inclusion_probability": sampling and sampling.inclusion_probability,
        "stratum": sampling and sampling.stratum,
    }
    for name in (
        "conversation_id", "leg", "criterion", "rater", "time", "saw_judge", "split", "comment",
    ):  # fmt: skip
        row[name] = getattr(label, name)
    return row
