"""Every critical error with its kind, its words and where it likely came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from cxscore.verdict import ActionVerdict, ClaimCheck, ClaimVerdict, Judged, Severity


class Cause(StrEnum):
    """Where an error likely came from."""

    TOOL = "tool"
    """An action was said to be done and the log lacks it, or holds its error."""
    KNOWLEDGE_GAP = "knowledge gap"
    """No article says anything about it."""
    STALE = "out-of-date article"
    """A later version of the article says otherwise."""
    GENERATION = "generation"
    """An article says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """One critical error."""

    conversation_id: str
    error: str
    """Id of the error taxonomy."""
    severity: Severity
    cause: Cause
    quote: str
    article: str | None
    corrected: bool


def harm(judged: Iterable[Judged]) -> tuple[Harm, ...]:
    """All critical errors, by conversation; the cause is read off the evidence, not judged."""
    return tuple(error for one in judged for error in _of(one))


def _of(one: Judged) -> Iterator[Harm]:
    if one.verdict is None:
        return
    name = one.record.conversation.id
    for action in one.verdict.actions:
        if action.verdict in {ActionVerdict.MISSING, ActionVerdict.FAILED}:
            yield Harm(
                conversation_id=name,
                error="wrong_action_claimed",
                severity=action.severity or Severity.CRITICAL,
                cause=Cause.TOOL,
                quote=action.quote.text,
                article=None,
                corrected=False,
            )
    for claim in one.verdict.claims:
        if claim.error is not None and claim.severity is Severity.CRITICAL:
            yield Harm(
                conversation_id=name,
                error=claim.error,
                severity=claim.severity,
                cause=_cause(claim),
                quote=claim.quote.text,
                article=None if claim.passage is None else claim.passage.article_id,
                corrected=claim.corrected,
            )


def _cause(claim: ClaimCheck) -> Cause:
    if claim.verdict is ClaimVerdict.NOT_IN_KNOWLEDGE_BASE or claim.passage is None:
        return Cause.KNOWLEDGE_GAP
    return Cause.STALE if claim.passage.newer_than_conversation else Cause.GENERATION
