"""OpenAI and Hugging Face ``messages`` records and ShareGPT ``conversations``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from cxscore.readers import chat, times
from cxscore.readers.assembly import assemble
from cxscore.transcript import Agent, Conversation, Json, Record, Role, Sealed, Turn

_IDS = ("id", "conversation_id", "prompt_id", "uuid")
_READ = frozenset({*_IDS, "messages", "conversations", "tools", "functions", "model", "language"})


def record(value: Mapping[str, Json], *, path: str | None, line: int | None) -> Record:
    """One record; keys that are not read become attributes.

    A record without an id is named after its file and line.

    Raises:
        ValueError: the messages are no list, or one has no known role.
    """
    messages = value.get("messages", value.get("conversations"))
    if not isinstance(messages, list):
        raise ValueError("messages (or conversations) is missing; it is a list of messages")
    turns = chat.turns(messages)
    model = value.get("model")
    conversation = Conversation(
        id=_id(value, path, line),
        turns=turns,
        channel=_text(value.get("channel")),
        language=_text(value.get("language")),
        started_at=times.parse(value.get("created_at")),
        agent=Agent(model=model) if isinstance(model, str) else None,
        attributes={k: v for k, v in value.items() if k not in _READ},
        tool_log=_tool_log(value, turns),
    )
    return assemble(conversation, Sealed(), path=path, line=line)


def _id(value: Mapping[str, Json], path: str | None, line: int | None) -> str:
    for key in _IDS:
        if isinstance(value.get(key), str | int) and str(value[key]).strip():
            return str(value[key])
    return f"{PurePath(path or 'messages').name.partition('.')[0]}:{line}"


def _tool_log(value: Mapping[str, Json], turns: tuple[Turn, ...]) -> bool | None:
    """True when tools were at hand or used; a record that names none does not say."""
    at_hand = bool(value.get("tools") or value.get("functions"))
    used = any(t.tool_calls or t.role is Role.TOOL for t in turns)
    return True if at_hand or used else None


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
