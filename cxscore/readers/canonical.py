"""cxscore's own format: one JSON object a line, its keys the fields of a conversation.

Sealed members stand beside them; a key nobody knows becomes an attribute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from cxscore import wire
from cxscore.errors import TranscriptError
from cxscore.readers.assembly import assemble
from cxscore.transcript import Conversation, Json, Record, Sealed

if TYPE_CHECKING:
    from pydantic import ValidationError

T = TypeVar("T", Conversation, Sealed)

_FIELDS = frozenset(f.name for f in fields(Conversation))
_SEALED = {
    "vendor_claim": "vendor_claim",
    "surveys": "surveys",
    "costs": "costs",
    "answer_key": "answer_key",
    "sealed_events": "events",
}
_NUMBERS_AS_TEXT = ("id", "customer_id", "issue_id")
_FREE = frozenset({"attributes", "arguments", "costs", "answer_key"})
"""Members whose content is the user's own: a null in there is kept."""


def record(value: Mapping[str, Json], *, path: str | None, line: int | None) -> Record:
    """The record one canonical object holds.

    Raises:
        TranscriptError: a member is missing or does not fit.
    """
    known: dict[str, Json] = {}
    sealed: dict[str, Json] = {}
    unknown: dict[str, Json] = {}
    for key, member in value.items():
        if key in _FIELDS:
            known[key] = member
        elif key in _SEALED:
            sealed[_SEALED[key]] = member
        else:
            unknown[key] = member
    for key in _NUMBERS_AS_TEXT:
        if type(known.get(key)) is int:
            known[key] = str(known[key])
    if unknown:
        known["attributes"] = _with_attributes(known.get("attributes"), unknown)
    conversation = _built(Conversation, known, path, line)
    apart = _built(Sealed, sealed, path, line) if sealed else Sealed()
    return assemble(conversation, apart, path=path, line=line)


def line(record: Record) -> bytes:
    """One record as a line of the canonical format, without the line break.

    Reading it gives the same conversation and the same sealed members.
    """
    conversation = wire.dump(record.conversation)
    sealed = wire.dump(record.sealed)
    if sealed == b"{}":
        return conversation
    beside = (
        sealed.replace(b'"events":', b'"sealed_events":', 1) if record.sealed.events else sealed
    )
    return conversation[:-1] + b"," + beside[1:]


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one line."""
    conversation = wire.schema(Conversation)
    sealed = wire.schema(Sealed)
    beside = {key: sealed["properties"][name] for key, name in _SEALED.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **conversation,
        "title": "cxscore conversation, one line of canonical JSONL",
        "description": (
            "Keys beyond these become attributes. null means not given. vendor_claim, surveys, "
            "costs, answer_key and sealed_events are never shown to a judge."
        ),
        "properties": {**conversation["properties"], **beside},
        "additionalProperties": True,
        "$defs": {**sealed.get("$defs", {}), **conversation.get("$defs", {})},
    }


def _with_attributes(attributes: Json, unknown: dict[str, Json]) -> Json:
    if attributes is None:
        return unknown
    return {**unknown, **attributes} if isinstance(attributes, dict) else attributes


def _built(noun: type[T], value: dict[str, Json], path: str | None, line: int | None) -> T:
    from pydantic import ValidationError

    try:
        return wire.build(noun, value)
    except ValidationError:
        pass
    # Exporters write null for what they do not know; the common case has none and pays nothing.
    try:
        return wire.build(noun, _without_nulls(value))
    except ValidationError as error:
        raise TranscriptError(_sentence(error), path=path, line=line) from None


def _without_nulls(value: Json) -> Json:
    if isinstance(value, dict):
        return {
            k: v if k in _FREE else _without_nulls(v) for k, v in value.items() if v is not None
        }
    return [_without_nulls(v) for v in value] if isinstance(value, list) else value


def _sentence(error: ValidationError) -> str:
    """What is wrong first, in one sentence, and how much more is."""
    problems = error.errors(include_url=False, include_context=True)
    first = problems[0]
    where = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in first["loc"]).lstrip(".")
    if first["type"] == "missing":
        said = f"{where} is missing"
    elif first["type"] == "enum":
        found = str(first["input"])[:40]
        said = f"{where} is {found!r}; allowed are {first['ctx']['expected']}"
    else:
        found = repr(first["input"])[:60]
        said = f"{where} is {found}: {first['msg'][:1].lower()}{first['msg'][1:]}"
    return said if len(problems) == 1 else f"{said} (and {len(problems) - 1} more problems)"
