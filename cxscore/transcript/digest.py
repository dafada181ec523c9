"""Digests: what was shown, and which version of a conversation it was."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sized
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cxscore.transcript.nouns import Conversation, Json, Transcript


def visible_digest(transcript: Transcript) -> str:
    """SHA-256 (hex) of exactly what a judge is shown, the conversation's own id left out.

    Two conversations with the same words are different units: the caller adds the id.
    """
    return _digest(transcript, skip=frozenset({"id"}))


def content_digest(conversation: Conversation) -> str:
    """SHA-256 (hex) of everything known about a conversation but its ``updated_at`` stamp."""
    return _digest(conversation, skip=frozenset({"updated_at"}))


def _digest(noun: Transcript | Conversation, skip: frozenset[str]) -> str:
    pairs = [(name, value) for name, value in _members(noun) if name not in skip]
    return hashlib.sha256(repr(pairs).encode("utf-8", "surrogatepass")).hexdigest()


def _members(noun: Any) -> list[tuple[str, Json]]:
    """Names and canonical values; empty members are left out.

    A field added later, which old records do not have, then changes no old digest.
    """
    members = []
    kind: Any = type(noun)
    for name in _names(kind):
        value = getattr(noun, name)
        if type(value) is str:  # most members are; every turn passes here twice a run
            members.append((name, value))
        elif not _is_empty(value):
            members.append((name, _canonical(value)))
    return members


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


def _is_empty(value: object) -> bool:
    # The abstract Sized is slow to ask, and most members are words, tuples or None.
    if value is None or isinstance(value, str):
        return value is None
    if isinstance(value, tuple):
        return not value
    return isinstance(value, Sized) and not value


def _canonical(value: Json) -> Json:
    """Nested tuples, equal exactly where the JSON forms are: a digest survives the store."""
    if value is None or type(value) is str or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None  # JSON has no NaN and no infinity
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return _instant(value)
    if is_dataclass(value):
        return tuple(_members(value))
    if isinstance(value, Mapping):
        return ("{}", *sorted((str(k), _canonical(v)) for k, v in value.items()))
    if isinstance(value, list | tuple):
        return ("[]", *(_canonical(v) for v in value))
    raise TypeError(f"no canonical form for {type(value).__name__}")


def _instant(time: datetime) -> str:
    """One moment has one form: the next export may name another zone."""
    try:
        return (time if time.tzinfo is None else time.astimezone(UTC)).isoformat()
    except OverflowError:
        return time.isoformat()
