"""Which format a file is in, told from its first bytes."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from cxscore.errors import NotTranscriptsError, TranscriptError
from cxscore.readers.json_objects import undecodable
from cxscore.transcript import Json

FORMATS: Mapping[str, str] = {
    "canonical": "cxscore's own: one JSON object a line, or a JSON list of them",
    "csv": "one turn a row: conversation_id, role, text and more",
    "messages": "OpenAI or Hugging Face records with messages of role and content",
    "sharegpt": "records with conversations of from and value",
    "tau_bench": "tau-bench result files",
    "tau2": "tau2-bench result files",
    "tau2_judges": "tau2 conversations with verdicts of LLM judges",
    "intercom": "Intercom conversations, API 2.14 and 2.16, one a line or as a list",
    "zendesk": "Zendesk tickets with comments, users and audits",
    "maia": "MAIA chats in the words as typed",
    "maia:english": "MAIA chats in English, the customer's side by machine translation",
}
"""Every format by name, with what it is."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_LINES_LOOKED_AT = 50


class Layout(StrEnum):
    """How the bytes are laid out."""

    LINES = "lines"
    DOCUMENT = "document"
    TABLE = "table"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What the first bytes tell."""

    layout: Layout
    format: str | None
    """A key of ``FORMATS``; None when no format is known to look so (or for Parquet, whose first
    row tells)."""


def recognise(head: bytes, path: str) -> Recognised:
    """Layout and format of a file.

    Args:
        head: its first bytes, or all of them.
        path: as the user named it, for messages.

    Raises:
        TranscriptError: it is no UTF-8 text, or neither JSON nor a table.
    """
    if head.startswith(b"PAR1"):
        return Recognised(layout=Layout.PARQUET, format=None)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in head[:4]:
        reason, line = undecodable(head) or ("", 1)
        raise TranscriptError(reason, path=path, line=line)
    # Bytes that are no UTF-8 are reported by the record they stand in.
    text = head.decode("utf-8", "replace").removeprefix("\ufeff")
    start = text.lstrip()[:1]
    if start == "{":
        return _lines_or_document(text, path)
    if start == "[":
        return Recognised(layout=Layout.DOCUMENT, format=_document_format(text, path))
    return Recognised(layout=Layout.TABLE, format="csv" if _is_turn_table(text) else None)


def shape(value: Json) -> str | None:
    """The format of one record, told from its keys; None when it looks like none.

    >>> shape({"messages": [{"role": "user", "content": "Hi"}]})
    'messages'
    """
    if not isinstance(value, dict):
        return None
    if "traj" in value and ("reward" in value or "task_id" in value):
        return "tau_bench"
    if "judges" in value and "simulation_id" in value:
        return "tau2_judges"
    if "simulations" in value or ("info" in value and _looks_like_tau2(value["info"])):
        return "tau2"
    if "conversation_parts" in value or (value.get("type") == "conversation" and "source" in value):
        return "intercom"
    if isinstance(value.get("ticket"), dict) and isinstance(value.get("comments"), list):
        return "zendesk"
    if "turns" in value:
        first = _first(value["turns"])
        return "maia" if "floor" in first or "text_src" in first else "canonical"
    if isinstance(value.get("messages"), list):
        return "messages"
    if isinstance(value.get("conversations"), list):
        return "messages" if "role" in _first(value["conversations"]) else "sharegpt"
    return None


def refuse_unknown(path: str, *, line: int | None = None) -> NoReturn:
    """Say which formats are known and how to name or describe one.

    Raises:
        NotTranscriptsError: always.
    """
    raise NotTranscriptsError(
        f"is in no known format; known are {', '.join(FORMATS)}. Name one with --format, or "
        "describe another with a mapping file (--mapping)",
        path=path,
        line=line,
    )


def delimiter(header: str) -> str:
    """The sign that stands between the columns of a table."""
    return max(",;\t|", key=header.count)


def _lines_or_document(text: str, path: str) -> Recognised:
    for line in text.split("\n")[:_LINES_LOOKED_AT]:
        # A line of a printed document is indented or incomplete.
        if line.startswith("{") and (value := _json(line)) is not None:
            return Recognised(layout=Layout.LINES, format=shape(value))
    layout = Layout.LINES if "\n" not in text.strip() else Layout.DOCUMENT
    return Recognised(layout=layout, format=_document_format(text, path))


def _document_format(text: str, path: str) -> str | None:
    from pydantic_core import from_json

    try:
        value = from_json(_SURROGATE.sub("?", text), allow_partial=True)
    except ValueError as error:
        raise TranscriptError(
            f"is not valid JSON: {str(error)[:160]}", path=path, line=_line_in(str(error))
        ) from None
    return shape(_first(value) if isinstance(value, list) else value)


def _line_in(message: str) -> int | None:
    match = re.search(r"at line (\d+)", message)
    return int(match[1]) if match else None


def _json(line: str) -> Json:
    from pydantic_core import from_json

    try:
        return from_json(_SURROGATE.sub("?", line))
    except ValueError:
        return None


def _first(value: Json) -> Mapping[str, Json]:
    first = value[0] if isinstance(value, list) and value else None
    return first if isinstance(first, dict) else {}


def _looks_like_tau2(info: Json) -> bool:
    return isinstance(info, dict) and ("agent_info" in info or "user_info" in info)


def _is_turn_table(text: str) -> bool:
    header = text.lstrip().partition("\n")[0]
    try:
        names = next(csv.reader([header], delimiter=delimiter(header)), [])
    except csv.Error:
        return False
    columns = {name.strip().lower() for name in names}
    return {"role", "text"} <= columns and bool({"conversation_id", "id"} & columns)
