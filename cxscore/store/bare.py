"""What is left of a record and a verdict when every word of a person is gone: the numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from cxscore.kpi.links import SAME
from cxscore.label import Label, Survey
from cxscore.transcript import (
    Conversation,
    Json,
    Sealed,
    SealedEvent,
    ToolCall,
    Turn,
)
from cxscore.verdict import (
    ActionCheck,
    ClaimCheck,
    Fact,
    Facts,
    Graded,
    Issue,
    Outcome,
    Quote,
    Verdict,
)

LONG_NUMBER = 100_000
_GRADE = re.compile(
    r"(?i)\d{1,3}(?:[.,]\d{1,2})?(?:\s*/\s*\d{1,3})?(?: stars?)?|good|bad|true|false"
    r"|yes|no|[👍👎]"
)
_SCALE = re.compile(r"(?i)\d{1,3}(?:\s*[-–—]\s*\d{1,3})?|thumbs?|good[/-]bad|yes[/-]no")
_NAME = re.compile(r"[a-z][a-z0-9_.]{0,39}")


ERASED = "(words erased)"
"""Stands where words were: that somebody spoke is a number too."""


def bare_conversation(
    conversation: Conversation, *, pseudonym: str | None, known: Callable[[str], bool]
) -> Conversation:
    """Who spoke when and which tools ran, without a word of what was said.

    Args:
        conversation: as it was stored.
        pseudonym: stands in for the customer's id, None where that was unknown.
        known: whether an id is that of a conversation of the store: where the record names one,
            that stays; nothing else an export may have written there does.
    """
    named = {
        name: value
        for name, value in conversation.attributes.items()
        if name.casefold() in SAME and isinstance(value, str | int) and known(str(value))
    }
    return replace(
        conversation,
        turns=tuple(_bare_turn(t) for t in conversation.turns),
        customer_id=pseudonym,
        human_agent=None,
        tags=(),
        attributes=named,
        handoffs=tuple(
            replace(h, reason=h.reason and ERASED, summary=h.summary and ERASED)
            for h in conversation.handoffs
        ),
    )


def _bare_turn(turn: Turn) -> Turn:
    calls = tuple(
        ToolCall(name=c.name, requester=c.requester, ok=c.ok, time=c.time) for c in turn.tool_calls
    )
    text = ERASED if turn.text.strip() else ""
    return replace(turn, text=text, author=None, tool_calls=calls, sources=())


def bare_sealed(sealed: Sealed) -> Sealed:
    """Claims, survey values and costs, without comments, answer keys in words and events."""
    return replace(
        sealed,
        surveys=tuple(_bare_survey(s) for s in sealed.surveys),
        costs=_numbers(sealed.costs) or {},
        answer_key=_numbers(sealed.answer_key) or {},
        events=tuple(
            SealedEvent(kind=e.kind, text="", at_turn=e.at_turn, time=e.time) for e in sealed.events
        ),
    )


def _bare_survey(survey: Survey) -> Survey:
    # "good", "5/5" or a thumb is a number in words; anything beside it is the customer's own text.
    keeps = not isinstance(survey.value, str) or _GRADE.fullmatch(survey.value.strip()) is not None
    return replace(
        survey,
        comment=None,
        value=survey.value if keeps else None,
        scale=survey.scale if survey.scale and _SCALE.fullmatch(survey.scale.strip()) else None,
        target=survey.target if survey.target and _NAME.fullmatch(survey.target) else None,
    )


def _numbers(value: Json) -> Json:
    """The value with only small numbers and truth values left; None where nothing is.

    A long number may be a phone or a card.
    """
    if isinstance(value, bool | int | float):
        return value if abs(value) < LONG_NUMBER else None
    if isinstance(value, Mapping):
        # A key in words may be somebody's as well.
        kept = {k: _numbers(v) for k, v in value.items() if _NAME.fullmatch(k)}
        return {k: v for k, v in kept.items() if v is not None}
    if isinstance(value, list | tuple):
        return [v for v in map(_numbers, value) if v is not None]
    return None


def bare_verdict(verdict: Verdict) -> Verdict:
    """Levels, states and places, without quotes and reasons."""
    return replace(
        verdict,
        outcomes={
            leg: {criterion: _bare_outcome(o) for criterion, o in outcomes.items()}
            for leg, outcomes in verdict.outcomes.items()
        },
        claims=tuple(_bare_claim(c) for c in verdict.claims),
        actions=tuple(_bare_action(a) for a in verdict.actions),
        facts=_bare_facts(verdict.facts),
    )


def _bare_quote(quote: Quote) -> Quote:
    return replace(quote, text="")


def _bare_outcome(outcome: Outcome) -> Outcome:
    if isinstance(outcome, Graded):
        return replace(outcome, reason="", evidence=tuple(map(_bare_quote, outcome.evidence)))
    # Codes are ours; the words may cite the transcript.
    if outcome.state == "failed":
        return replace(outcome, error=outcome.code)
    return replace(outcome, reason="")


def _bare_claim(claim: ClaimCheck) -> ClaimCheck:
    passage = None if claim.passage is None else replace(claim.passage, text="")
    return replace(claim, quote=_bare_quote(claim.quote), reason="", passage=passage)


def _bare_action(action: ActionCheck) -> ActionCheck:
    return replace(action, quote=_bare_quote(action.quote), reason="")


def _bare_facts(facts: Facts) -> Facts:
    return replace(
        facts,
        asked_for_human=_bare_fact(facts.asked_for_human),
        human_joined=_bare_fact(facts.human_joined),
        confirmed=_bare_fact(facts.confirmed),
        last_message_negative=_bare_fact(facts.last_message_negative),
        issues=tuple(_bare_issue(i) for i in facts.issues),
    )


def _bare_fact(fact: Fact | None) -> Fact | None:
    return fact and replace(fact, evidence=tuple(map(_bare_quote, fact.evidence)))


def _bare_issue(issue: Issue) -> Issue:
    return replace(issue, request=issue.request and _bare_quote(issue.request), topic=None)


def bare_label(label: Label) -> Label:
    """The level without the rater's words."""
    return replace(label, comment=None)
