"""Lists of role-and-content messages, the shape chat models are driven and trained with."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from cxscore.readers import times
from cxscore.transcript import Json, Role, ToolCall, Turn

ROLES: Mapping[str, Role] = {
    "user": Role.CUSTOMER,
    "human": Role.CUSTOMER,
    "customer": Role.CUSTOMER,
    "assistant": Role.AI_AGENT,
    "gpt": Role.AI_AGENT,
    "model": Role.AI_AGENT,
    "chatgpt": Role.AI_AGENT,
    "bot": Role.AI_AGENT,
    "ai_agent": Role.AI_AGENT,
    "function_call": Role.AI_AGENT,
    "human_agent": Role.HUMAN_AGENT,
    "system": Role.SYSTEM,
    "developer": Role.SYSTEM,
    "tool": Role.TOOL,
    "function": Role.TOOL,
    "function_response": Role.TOOL,
    "observation": Role.TOOL,
}
"""How message roles of the known exporters are read."""


@dataclass(slots=True)
class Thread:
    """Turns in the making: results of tools find the call they answer."""

    turns: list[Turn] = field(default_factory=list)
    _open: list[tuple[int, int]] = field(default_factory=list)
    """(turn, call) of calls that have no result yet, oldest first."""

    def say(self, turn: Turn) -> None:
        """Add a turn with the calls made in it."""
        self._open += [
            (len(self.turns), i) for i, call in enumerate(turn.tool_calls) if call.result is None
        ]
        self.turns.append(turn)

    def answer(
        self, result: str, *, call_id: str | None, ok: bool | None, name: str | None
    ) -> bool:
        """Attach a tool's result to its call; False when no open call fits."""
        for position, (turn, call) in enumerate(self._open):
            asked = self.turns[turn].tool_calls[call]
            if _fits(asked, call_id, name):
                calls = list(self.turns[turn].tool_calls)
                calls[call] = replace(asked, result=result, ok=ok)
                self.turns[turn] = replace(self.turns[turn], tool_calls=tuple(calls))
                del self._open[position]
                return True
        return False


def _fits(call: ToolCall, call_id: str | None, name: str | None) -> bool:
    if call_id is not None and call.id is not None:
        return call.id == call_id
    return name is None or call.name == name


def turns(messages: Iterable[Json]) -> tuple[Turn, ...]:
    """Messages to turns; results are attached to their calls.

    Raises:
        ValueError: a message has no role, an unknown role or content of an unknown kind.
    """
    thread = Thread()
    for index, message in enumerate(messages):
        if not isinstance(message, dict):
            raise ValueError(f"message {index} is {kind(message)}, not an object")
        add(thread, message, role_of(message, index))
    return tuple(thread.turns)


def role_of(message: Mapping[str, Json], index: int) -> Role:
    """The role of a message.

    Raises:
        ValueError: it has none, or one that no exporter is known to write.
    """
    said = message.get("role", message.get("from"))
    if said is None:
        raise ValueError(f"message {index} has no role; it needs role (or from)")
    role = ROLES.get(said.lower()) if isinstance(said, str) else None
    if role is None:
        raise ValueError(
            f"message {index} has role {str(said)[:40]!r}; known are {', '.join(sorted(ROLES))}"
        )
    return role


def add(thread: Thread, message: Mapping[str, Json], role: Role) -> None:
    """Add one message: as a turn, or as the result of an earlier call."""
    text = content(message.get("content", message.get("value")))
    if role is Role.TOOL and _answered(thread, message, text):
        return
    # A customer may call tools too: a device of their own.
    calls = tuple(tool_calls(message, requester=role))
    thread.say(
        Turn(
            role=role,
            text=text,
            time=time_of(message),
            author=message.get("name") if isinstance(message.get("name"), str) else None,
            tool_calls=calls,
        )
    )


def _answered(thread: Thread, message: Mapping[str, Json], text: str) -> bool:
    call_id = message.get("tool_call_id", message.get("id"))
    name = message.get("name")
    error = message.get("error")
    return thread.answer(
        text,
        call_id=str(call_id) if call_id is not None else None,
        ok=not error if isinstance(error, bool) else None,
        name=name if isinstance(name, str) else None,
    )


def tool_calls(message: Mapping[str, Json], requester: Role) -> Iterable[ToolCall]:
    """The calls of one message, in OpenAI's nested, the flat and the legacy form."""
    legacy = message.get("function_call")
    calls = message.get("tool_calls") or ([legacy] if isinstance(legacy, dict) else [])
    if not isinstance(calls, list):
        raise ValueError(f"tool_calls is {kind(calls)}, not a list")
    for call in calls:
        inner = call.get("function", call) if isinstance(call, dict) else None
        if not isinstance(inner, dict) or not isinstance(inner.get("name"), str):
            raise ValueError("a tool call has no name")
        call_id = call.get("id")
        yield ToolCall(
            name=inner["name"],
            arguments=arguments(inner.get("arguments")),
            id=str(call_id) if call_id is not None else None,
            requester=requester,
        )


def arguments(value: Json) -> Mapping[str, Json]:
    """Arguments by name, from an object or its JSON text; other text under ``text``."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {"text": value} if value.strip() else {}
    if isinstance(value, dict):
        return value
    return {} if value is None else {"value": value}


def content(value: Json) -> str:
    """The words of a message: text, a list of parts, or nothing.

    Raises:
        ValueError: content of another kind.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(filter(None, map(_part, value)))
    raise ValueError(f"content is {kind(value)}; text, a list of parts or null is read")


def _part(part: Json) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, dict):
        text = part.get("text", part.get("refusal"))
        # A picture or a sound was there; a judge must know that something stood here.
        return text if isinstance(text, str) else f"[{str(part.get('type', 'attachment'))[:40]}]"
    raise ValueError(f"a part of content is {kind(part)}, not text or an object")


def time_of(message: Mapping[str, Json]) -> datetime | None:
    """When a message was sent, if it says."""
    for key in ("time", "timestamp", "created_at"):
        if message.get(key) is not None:
            return times.parse(message[key])
    return None


def kind(value: Json) -> str:
    """What a JSON value is, in words."""
    names = {dict: "an object", list: "a list", str: "text", bool: "a truth value"}
    return "null" if value is None else names.get(type(value), "a number")
