"""What the tau benchmarks share: wrapped replies and control text inside the messages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from cxscore.readers import chat
from cxscore.transcript import Json, Role, SealedEvent, ToolCall, Turn

_API_OUTPUT = "API output:"
_ERROR = ("Error:", "Error executing")


def turns(messages: Iterable[Json]) -> tuple[tuple[Turn, ...], tuple[SealedEvent, ...]]:
    """Messages of a tau benchmark to turns, and what stood in them that no customer saw.

    Unwraps replies written as ``{"content": …}``, reads ReAct calls (JSON after ``Action:``) with
    their ``API output:`` answers, attaches results to calls, and seals the policy prompt.

    Raises:
        ValueError: a message has no usable role or content.
    """
    thread = chat.Thread()
    events: list[SealedEvent] = []
    calling = False
    for index, message in enumerate(messages):
        if not isinstance(message, dict):
            raise ValueError(f"message {index} is {chat.kind(message)}, not an object")
        role = chat.role_of(message, index)
        text = chat.content(message.get("content"))
        if role is Role.SYSTEM:
            events.append(SealedEvent(kind="system", text=text, at_turn=len(thread.turns)))
        elif calling and role is Role.CUSTOMER and text.startswith(_API_OUTPUT):
            result = text.removeprefix(_API_OUTPUT).strip()
            thread.answer(result, call_id=None, ok=succeeded(result), name=None)
            calling = False
        elif role is Role.TOOL:
            told = message if isinstance(message.get("error"), bool) else _with_error(message, text)
            chat.add(thread, told, role)
        elif role is Role.AI_AGENT and not message.get("tool_calls"):
            turn, thought = _reply(unwrapped(text))
            calling = bool(turn.tool_calls)
            if thought:
                events.append(SealedEvent(kind="note", text=thought, at_turn=len(thread.turns)))
            thread.say(turn)
        else:
            chat.add(thread, {**message, "content": unwrapped(text)}, role)
    return tuple(thread.turns), tuple(events)


def succeeded(result: str) -> bool:
    """Whether a tool of the benchmarks did its work: failures start with ``Error``."""
    return not result.startswith(_ERROR)


def unwrapped(text: str) -> str:
    """The reply inside ``{"content": "…"}``, or the text as it is.

    >>> unwrapped('{"content": "Done."}'), unwrapped("{7}")
    ('Done.', '{7}')
    """
    if not text.lstrip().startswith("{"):
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(value, dict) and isinstance(value.get("content"), str):
        return str(value["content"])
    return text


def _with_error(message: Mapping[str, Json], text: str) -> Mapping[str, Json]:
    return {**message, "error": not succeeded(text)}


def _reply(text: str) -> tuple[Turn, str]:
    """A reply as a turn, and the thought written before its action."""
    before, found, after = text.rpartition("Action:")
    in_steps = text.lstrip().startswith(("Thought:", "Action:"))
    if not found or not (in_steps or after.lstrip().startswith("{")):
        return Turn(role=Role.AI_AGENT, text=text), ""
    thought = before.strip().removeprefix("Thought:").strip()
    action = _action(after)
    if action is None:
        # The benchmark hands an action that is no JSON to the customer as it stands.
        return Turn(role=Role.AI_AGENT, text=after.strip()), thought
    name, arguments = action
    if name == "respond":
        return Turn(role=Role.AI_AGENT, text=chat.content(arguments.get("content"))), thought
    call = ToolCall(name=name, arguments=arguments)
    return Turn(role=Role.AI_AGENT, text="", tool_calls=(call,)), thought


def _action(text: str) -> tuple[str, Mapping[str, Json]] | None:
    start = text.find("{")
    if start < 0:
        return None
    try:
        value, _ = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return None
    return value["name"], chat.arguments(value.get("arguments", value.get("kwargs")))
