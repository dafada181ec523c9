"""Digests: what was shown, and which version of a conversation it was."""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass
from datetime import datetime

from cxscore.transcript.nouns import Conversation, Json, Transcript


def visible_digest(transcript: Transcript) -> str:
    """SHA-256 (hex) of exactly what a judge is shown, the conversation's own id left out.

    Two conversations with the same words are different units: the caller adds the id.
    """
    return _digest(transcript, skip=frozenset({"id"}))


def content_digest(conversation: Conversation) -> str:
    """SHA-256 (hex) of everything known about a conversation but its ``updated_at`` stamp."""
    return _digest(conversation, skip=frozenset({"updated_at"}))


def _digest(noun: object, skip: frozenset[str]) -> str:
    sha = hashlib.sha256()
    for field in fields(noun):  # type: ignore[arg-type]
        if field.name not in skip:
            sha.update(
                f"{field.name}={_canonical(getattr(noun, field.name))!r};".encode(
                    "utf-8", "surrogatepass"
                )
            )
    return sha.hexdigest()


def _canonical(value: Json) -> Json:
    """Nested tuples with sorted keys and ISO times, equal exactly where the JSON forms are."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return tuple(sorted((str(k), _canonical(v)) for k, v in value.items()))
    if isinstance(value, list | tuple):
        return tuple(_canonical(v) for v in value)
    if is_dataclass(value):
        # Defaults are left out: a field added later must not change old digests.
        pairs = []
        for f in fields(value):
            member = getattr(value, f.name)
            if member is not None and member != () and member != {}:
                pairs.append((f.name, _canonical(member)))
        return tuple(pairs)
    raise TypeError(f"no canonical form for {type(value).__name__}")
