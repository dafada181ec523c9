"""JSON out of byte streams: one object a line, or one document, never more than needed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import BinaryIO, TypeAlias

from cxscore.errors import TranscriptError
from cxscore.readers.chat import kind
from cxscore.readers.text import clean
from cxscore.transcript import Json

MAX_LINE_BYTES = 64 * 1024 * 1024
MAX_DOCUMENT_BYTES = 1024 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"

Numbered: TypeAlias = tuple[int, "Json | TranscriptError"]
"""A 1-based line or record number with the value that stood there, or why none could be read."""


_INNER_LINE = re.compile(r" at line \d+ column")


def lines(stream: BinaryIO, path: str) -> Iterator[tuple[int, bytes | TranscriptError]]:
    """The lines of a stream that hold something, with their numbers; a giant one is an error."""
    number = 0
    while raw := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if number == 1:
            raw = raw.removeprefix(_BOM)
        if len(raw) > MAX_LINE_BYTES:
            while raw and not raw.endswith(b"\n"):
                raw = stream.readline(MAX_LINE_BYTES)
            yield (
                number,
                TranscriptError(
                    f"the line is longer than {MAX_LINE_BYTES // 1024 // 1024} MB; "
                    "one conversation a line is expected",
                    path=path,
                    line=number,
                ),
            )
        elif not raw.isspace():
            yield number, raw


def objects_by_line(stream: BinaryIO, path: str) -> Iterator[Numbered]:
    """The JSON value of each line."""
    for number, raw in lines(stream, path):
        if isinstance(raw, TranscriptError):
            yield number, raw
            continue
        try:
            yield number, parsed(raw)
        except ValueError as error:
            yield number, TranscriptError(_line_complaint(raw, error), path=path, line=number)


def objects_of_document(stream: BinaryIO, path: str) -> Iterator[Numbered]:
    """The members of a JSON list, or the one object a file holds, numbered from 1.

    Raises:
        TranscriptError: the file is not JSON, or too large.
    """
    value = document(stream, path)
    if not isinstance(value, list):
        yield 1, value
        return
    for index in range(len(value)):
        # Taken out as they are read, so that what has been read can be freed.
        item, value[index] = value[index], None
        yield index + 1, item


def document(stream: BinaryIO, path: str) -> Json:
    """The JSON value of a whole file.

    Raises:
        TranscriptError: the file is not JSON, or too large.
    """
    data = stream.read(MAX_DOCUMENT_BYTES + 1)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise TranscriptError(
            f"is one JSON value of more than {MAX_DOCUMENT_BYTES // 1024 // 1024} MB; "
            "files with one object a line (JSONL) are read at any size",
            path=path,
        )
    try:
        return parsed(data.removeprefix(_BOM))
    except ValueError as error:
        encoding = undecodable(data)
        reason, line = encoding or (f"is not valid JSON: {_shortened(error)}", None)
        raise TranscriptError(reason, path=path, line=line) from None


def parsed(raw: bytes) -> Json:
    """A JSON value. Lone surrogates, which no text may hold, become U+FFFD.

    Raises:
        ValueError: the bytes are not JSON, or nested too deeply.
    """
    from pydantic_core import from_json

    try:
        return from_json(raw, cache_strings="keys")
    except ValueError as error:
        if "surrogate" not in str(error) and "hex escape" not in str(error):
            raise
    try:
        return _without_surrogates(json.loads(raw))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def undecodable(data: bytes) -> tuple[str, int] | None:
    """Why bytes are not UTF-8 and in which line, or None when they are."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in data[:4]:
        return "is UTF-16 or UTF-32 text; save it as UTF-8", 1
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        start = error.start
        line = data.count(b"\n", 0, start) + 1
        column = start - data.rfind(b"\n", 0, start)
        reason = (
            f"is not UTF-8: byte 0x{data[start]:02x} at byte {column} of the line "
            "(Latin-1 or Windows-1252 perhaps); save it as UTF-8"
        )
        return reason, line
    return None


def _line_complaint(raw: bytes, error: ValueError) -> str:
    encoding = undecodable(raw)
    if encoding is not None:
        return encoding[0]
    # The parser counts lines within what it was given, which is one line.
    return f"broken JSON: {_INNER_LINE.sub(' at column', _shortened(error))}"


def _shortened(error: ValueError) -> str:
    return str(error).split("\n")[0][:160]


def _without_surrogates(value: Json) -> Json:
    if isinstance(value, str):
        return value if value.isascii() else clean(value)
    if isinstance(value, dict):
        return {_without_surrogates(k): _without_surrogates(v) for k, v in value.items()}
    return [_without_surrogates(v) for v in value] if isinstance(value, list) else value


def object_or_complain(value: Json) -> dict[str, Json]:
    """The value, if it is an object.

    Raises:
        ValueError: it is something else.
    """
    if isinstance(value, dict):
        return value
    raise ValueError(f"the record is {kind(value)}, not an object")
