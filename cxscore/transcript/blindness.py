"""What a judge may not see is taken out here, in two steps.

``seal`` runs once, in the reader: control tokens, survey prompts with their answers and
vendor-state tool calls leave the turns and become sealed events. ``blind`` runs before every
judgement and projects the conversation onto a ``Transcript``: system turns, internal notes,
authors, tags, attributes, agent and customer data stay behind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeAlias

from cxscore.transcript.nouns import (
    Conversation,
    Handoff,
    Role,
    SealedEvent,
    ToolCall,
    Transcript,
    Turn,
    Visibility,
)
from cxscore.transcript.sealed_keys import clean_text, snake, without_sealed_keys
from cxscore.transcript.surveys import is_rating_reply, is_survey_notice, without_survey_prompt

CONTROL_TOKEN = re.compile(r"###[A-Z][A-Z0-9_-]*###")
"""Marks a simulator or bot platform writes into the text; they tell the outcome."""

_VENDOR_TOOL = re.compile(
    r"(?i)csat|(?<![a-z])nps(?![a-z])|self[_-]?(?:grade|eval|assess)"
    r"|(?:send|record|submit|show|request|trigger|customer|satisfaction|feedback|chat)[_-]?survey"
    r"|survey[_-]?(?:answer|result|response|score|reply)"
    r"|resolution[_-]?(?:state|status|check)|mark[_-]?(?:as[_-]?)?(?:re)?solved"
    r"|(?:set|record)[_-]?resolution|rate[_-]?conversation"
)
_NOTE_TOOL = re.compile(
    r"(?:internal|private|staff|agent|team|ticket|case)_(?:note|comment|remark|memo)s?\b"
    r"|(?:add|post|write|create|leave|append|save|update|insert)_(?:\w+_)?(?:note|memo)s?\b"
)
_COMMENT_TOOL = re.compile(
    r"(?:add|post|write|create|leave|append|reply)\w*_(?:comment|reply|message)"
)
_NOTE_TEXT = re.compile(
    r"(?:\w+_)?(?:text|note|notes|body|html_body|comment|content|message|memo|remark|description"
    r"|summary|value|subject|title)"
)
_INTERNAL = frozenset({"internal", "private", "note", "staff", "agents"})


def seal(
    turns: Iterable[Turn], handoffs: Iterable[Handoff] = ()
) -> tuple[tuple[Turn, ...], tuple[Handoff, ...], tuple[SealedEvent, ...]]:
    """Take out of the turns what would tell a judge the answer.

    Args:
        turns: as they stood in the export, in time order.
        handoffs: whose ``before_turn`` counts the turns as given.

    Returns:
        The turns that stay (empty ones dropped), the handoffs with ``before_turn`` moved along, and
        the sealed events, each at the index of the turn it stood in or before.

    Raises:
        TranscriptError: a tool call's data is nested too deep to be searched.
    """
    kept: list[Turn] = []
    events: list[SealedEvent] = []
    moved: list[int] = []
    awaiting_rating = False
    for turn in turns:
        moved.append(len(kept))
        stripped, sealed = _strip(turn, awaiting_rating=awaiting_rating)
        awaiting_rating = _awaits_rating(turn, sealed, awaiting=awaiting_rating)
        events += [
            SealedEvent(kind=k, text=t, at_turn=len(kept), time=turn.time) for k, t in sealed
        ]
        if stripped.text.strip() or stripped.tool_calls:
            kept.append(stripped)
    moved.append(len(kept))
    shifted = tuple(
        replace(h, before_turn=moved[max(0, min(h.before_turn, len(moved) - 1))]) for h in handoffs
    )
    return tuple(kept), shifted, tuple(events)


_Taken: TypeAlias = list[tuple[str, str]]
"""(kind, text) of what leaves a turn."""


def _awaits_rating(turn: Turn, sealed: _Taken, *, awaiting: bool) -> bool:
    if turn.role is Role.CUSTOMER:
        return awaiting and not turn.text.strip()
    if any(kind == "survey" for kind, _ in sealed):
        return True
    # "Have a nice day!" may stand between the prompt and the grade; a new question ends the wait.
    return awaiting and not turn.text.rstrip().endswith("?")


def _strip(turn: Turn, *, awaiting_rating: bool) -> tuple[Turn, _Taken]:
    """The turn without control tokens, surveys and vendor-state calls, and what was taken out."""
    taken: _Taken = [("control_token", token) for token in CONTROL_TOKEN.findall(turn.text)]
    text = CONTROL_TOKEN.sub("", turn.text).strip() if taken else turn.text
    text, survey = _without_survey(turn.role, text, awaiting_rating=awaiting_rating)
    if survey:
        taken.append(("survey", survey))
    if turn.role is Role.TOOL and (clean := clean_text(text)) != text:
        taken.append(("vendor_state", text))
        text = clean
    calls = []
    for call in turn.tool_calls:
        if _VENDOR_TOOL.search(call.name):
            taken.append(("vendor_state", _as_text(call)))
            continue
        bare = _without_note(call)
        if bare is not call:
            taken.append(("note", _as_text(call)))
        calls.append(_clean_call(bare))
    if not taken and all(new is old for new, old in zip(calls, turn.tool_calls, strict=True)):
        # Nearly every turn: a copy of each would cost more than the search.
        return turn, taken
    return replace(turn, text=text, tool_calls=tuple(calls)), taken


def _without_survey(role: Role, text: str, *, awaiting_rating: bool) -> tuple[str, str]:
    if role is Role.TOOL:
        return text, ""
    if role is Role.CUSTOMER:
        return ("", text) if awaiting_rating and is_rating_reply(text) else (text, "")
    if role is Role.SYSTEM:
        return ("", text) if is_survey_notice(text) else (text, "")
    return without_survey_prompt(text)


def _as_text(call: ToolCall) -> str:
    arguments = json.dumps(dict(call.arguments), ensure_ascii=False, default=str)
    return f"{call.name}{arguments}: {call.result or ''}"


def _without_note(call: ToolCall) -> ToolCall:
    """The call without the words of an internal note it writes; that it was made stays."""
    if not _writes_note(call):
        return call
    words = {
        k for k, v in call.arguments.items() if v is not None and _NOTE_TEXT.fullmatch(snake(k))
    }
    if not words:
        return call
    said = [str(call.arguments[k]).strip() for k in words]
    # A tool that answers with the note it has saved would tell it all the same.
    echoed = call.result is not None and any(t and t in call.result for t in said)
    kept = {k: v for k, v in call.arguments.items() if k not in words}
    return replace(call, arguments=kept, result=None if echoed else call.result)


def _writes_note(call: ToolCall) -> bool:
    name = snake(call.name)
    if _NOTE_TOOL.search(name):
        return True
    if not _COMMENT_TOOL.search(name):
        return False
    told = {snake(k): v for k, v in call.arguments.items()}
    return (
        any(told.get(k) is True for k in ("private", "internal", "is_private", "is_internal"))
        or any(told.get(k) is False for k in ("public", "is_public"))
        or any(
            str(told.get(k)).lower() in _INTERNAL
            for k in ("visibility", "type", "kind", "message_type")
        )
    )


def _clean_call(call: ToolCall) -> ToolCall:
    arguments = without_sealed_keys(call.arguments)
    result = None if call.result is None else clean_text(call.result)
    if arguments == call.arguments and result == call.result:
        return call
    return replace(call, arguments=arguments, result=result)


def blind(conversation: Conversation) -> Transcript:
    """Project a conversation onto what a judge may see.

    System turns and the words of internal notes are emptied, not removed, so turn numbers hold in
    both. Tool calls made in an internal turn are log lines and stay: without them an action that
    was done would look like a false one. Calls of system turns leave, and the log then counts as
    missing.
    """
    withheld = any(t.role is Role.SYSTEM and t.tool_calls for t in conversation.turns)
    return Transcript(
        id=conversation.id,
        turns=tuple(_blind_turn(t) for t in conversation.turns),
        channel=conversation.channel,
        language=conversation.language,
        started_at=conversation.started_at,
        handoffs=tuple(replace(h, reason=None) for h in conversation.handoffs),
        tool_log=False if withheld else conversation.tool_log,
    )


def _blind_turn(turn: Turn) -> Turn:
    if turn.role is Role.SYSTEM:
        return Turn(role=turn.role, text="", time=turn.time, visibility=turn.visibility)
    if turn.visibility is Visibility.INTERNAL:
        return replace(turn, text="", author=None, ai_drafted=None, sources=())
    return replace(turn, author=None, ai_drafted=None)
