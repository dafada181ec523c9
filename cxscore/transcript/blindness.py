"""What a judge may not see is taken out here, in two steps.

``seal`` runs once, in the reader: control tokens, survey prompts with their answers and
vendor-state tool calls leave the turns and become sealed events. ``blind`` runs before every
judgement and projects the conversation onto a ``Transcript``: system turns, internal notes,
authors, tags, attributes, agent and customer data stay behind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from cxscore.transcript.nouns import (
    Conversation,
    Handoff,
    Json,
    Role,
    SealedEvent,
    ToolCall,
    Transcript,
    Turn,
    Visibility,
)

CONTROL_TOKEN = re.compile(r"###[A-Z][A-Z_-]*###")
"""Marks a simulator or bot platform writes into the text; they tell the outcome."""

_SURVEY_PROMPT = re.compile(
    r"""(?ix)
    \b(?:rate|rating|score|grade)\b .{0,60}
        \b(?:experience|conversation|chat|support|service|agent|assistant|help|answer|reply|us|me)\b
    | \bhow\ (?:satisfied|happy)\ (?:are|were)\ you\b
    | \bhow\ (?:did\ we\ do|was\ (?:your|the)\ (?:experience|chat|support|conversation|service))\b
    | \bhow\ would\ you\ rate\b
    | \b(?:on|from)\ a\ scale\ (?:of|from)\b
    | \bhow\ likely\ (?:are\ you|is\ it)\ .{0,40}\brecommend\b
    | \b(?:csat|nps|satisfaction\ survey)\b
    | \bwie\ (?:zufrieden|bewerten)\b | \bbewerten\ sie\b .{0,60}
    | \bcomo\ (?:avalia|classifica|você\ avalia)\b | \bavalie\b .{0,60}
    | \bcómo\ (?:calificaría|valoraría)\b | \bcalifique\b .{0,60}
    | \bcomment\ (?:évaluez|évalueriez|noteriez)\b | \bnotez\b .{0,60}\b(?:service|conversation)\b
    """
)
_RATING_REPLY = re.compile(
    r"""(?ix)^\s*(?:
        (?:10|[0-9])(?:\s*(?:/|out\ of|of|von|sur|de)\s*(?:5|10))?\s*(?:stars?|sterne|points?)?
      | [★⭐☆]{1,5} | [👍👎😀🙂😐🙁😡😊😞😠]️?
      | (?:very\ )?(?:good|bad|satisfied|dissatisfied|unsatisfied|happy|unhappy)
      | excellent | poor | great | terrible | amazing | awful | neutral | ok | okay
    )\s*[.!]*\s*$"""
)
_VENDOR_TOOL = re.compile(
    r"(?i)csat|survey|self[_-]?(?:grade|eval|assess)|resolution[_-]?(?:state|status|check)"
    r"|mark[_-]?(?:as[_-]?)?(?:re)?solved|(?:set|record)[_-]?resolution|rate[_-]conversation"
)
_SEALED_KEY = re.compile(
    r"(?i)^(?:.*_)?(?:csat|nps|ces|satisfaction|satisfaction_rating|survey|rating_by_customer"
    r"|resolution_state|resolution_status|resolution_verified|ai_resolution|ai_resolved"
    r"|automated_resolution|vendor_claim|vendor_verdict|self_grade|billed_outcome|billed"
    r"|answer_key|expected_actions|gold|gold_actions|reward|reward_info|evaluation_criteria"
    r"|qa_score|human_label|cx_score)(?:_score|_rating|_value)?$"
)


def is_survey_prompt(text: str) -> bool:
    """Whether a message asks the customer to grade the service.

    >>> is_survey_prompt("How would you rate this chat, 1 to 5?")
    True
    >>> is_survey_prompt("Your refund is on its way.")
    False
    """
    return len(text) <= 400 and _SURVEY_PROMPT.search(text) is not None


def is_rating_reply(text: str) -> bool:
    """Whether a message is nothing but a grade.

    >>> is_rating_reply("5/5"), is_rating_reply("5 days is too long")
    (True, False)
    """
    return _RATING_REPLY.match(text) is not None


def without_sealed_keys(value: Json) -> Json:
    """A JSON value without the keys that carry claims, surveys or answer keys, at any depth.

    >>> without_sealed_keys({"order": 7, "csat_score": 5})
    {'order': 7}
    """
    if isinstance(value, Mapping):
        return {k: without_sealed_keys(v) for k, v in value.items() if not _SEALED_KEY.match(k)}
    if isinstance(value, list):
        return [without_sealed_keys(v) for v in value]
    return value


def seal(
    turns: Iterable[Turn], handoffs: Iterable[Handoff] = ()
) -> tuple[tuple[Turn, ...], tuple[Handoff, ...], tuple[SealedEvent, ...]]:
    """Take out of the turns what would tell a judge the answer.

    Args:
        turns: as they stood in the export, in time order.
        handoffs: whose ``before_turn`` counts the turns as given.

    Returns:
        The turns that stay (empty ones dropped), the handoffs with ``before_turn`` moved along, and
        the sealed events, each at the index of the turn it stood before.
    """
    kept: list[Turn] = []
    events: list[SealedEvent] = []
    moved: list[int] = []
    awaiting_rating = False
    for turn in turns:
        moved.append(len(kept))
        stripped, sealed = _strip(turn)
        if _is_survey(turn, awaiting_rating=awaiting_rating):
            awaiting_rating = turn.role is not Role.CUSTOMER
            sealed, stripped = [("survey", turn.text)], None
        elif turn.text.strip():
            awaiting_rating = False
        events += [
            SealedEvent(kind=k, text=t, at_turn=len(kept), time=turn.time) for k, t in sealed
        ]
        if stripped is not None:
            kept.append(stripped)
    moved.append(len(kept))
    shifted = tuple(
        replace(h, before_turn=moved[min(h.before_turn, len(moved) - 1)]) for h in handoffs
    )
    return tuple(kept), shifted, tuple(events)


def _is_survey(turn: Turn, *, awaiting_rating: bool) -> bool:
    if turn.tool_calls:
        return False
    if turn.role is Role.CUSTOMER:
        return awaiting_rating and is_rating_reply(turn.text)
    return turn.role is not Role.TOOL and is_survey_prompt(turn.text)


def _strip(turn: Turn) -> tuple[Turn | None, list[tuple[str, str]]]:
    """The turn without control tokens and vendor-state calls, or None when nothing is left."""
    sealed = [("control_token", token) for token in CONTROL_TOKEN.findall(turn.text)]
    text = CONTROL_TOKEN.sub("", turn.text).strip() if sealed else turn.text
    calls = []
    for call in turn.tool_calls:
        if _VENDOR_TOOL.search(call.name):
            sealed.append(("vendor_state", f"{call.name}: {call.result or ''}"))
        else:
            calls.append(_without_sealed_keys(call))
    if not text.strip() and not calls:
        return None, sealed
    return replace(turn, text=text, tool_calls=tuple(calls)), sealed


def _without_sealed_keys(call: ToolCall) -> ToolCall:
    return replace(
        call,
        arguments=without_sealed_keys(call.arguments),
        result=None if call.result is None else _result_without_sealed_keys(call.result),
    )


def _result_without_sealed_keys(result: str) -> str:
    if not result.lstrip().startswith(("{", "[")):
        return result
    try:
        value = json.loads(result)
    except (ValueError, RecursionError):
        return result
    clean = without_sealed_keys(value)
    # Untouched results keep their bytes: quotes are located in them.
    return result if clean == value else json.dumps(clean, ensure_ascii=False)


def blind(conversation: Conversation) -> Transcript:
    """Project a conversation onto what a judge may see.

    System turns and internal notes are emptied, not removed, so turn numbers hold in both.
    """
    return Transcript(
        id=conversation.id,
        turns=tuple(_blind_turn(t) for t in conversation.turns),
        channel=conversation.channel,
        language=conversation.language,
        started_at=conversation.started_at,
        handoffs=tuple(replace(h, reason=None) for h in conversation.handoffs),
        tool_log=conversation.tool_log,
    )


def _blind_turn(turn: Turn) -> Turn:
    if turn.role is Role.SYSTEM or turn.visibility is Visibility.INTERNAL:
        return Turn(role=turn.role, text="", time=turn.time, visibility=turn.visibility)
    return replace(turn, author=None, ai_drafted=None)
