"""Tables with one turn a row, grouped by conversation."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import BinaryIO, TypeVar

from cxscore.errors import TranscriptError
from cxscore.label import Survey
from cxscore.readers import times
from cxscore.readers.assembly import assemble
from cxscore.readers.csv_file import lift_cell_limit
from cxscore.readers.detection import delimiter
from cxscore.readers.json_objects import undecodable
from cxscore.transcript import (
    Agent,
    Conversation,
    Kind,
    Record,
    Role,
    Sealed,
    Turn,
    VendorClaim,
    Visibility,
)

T = TypeVar("T")

ROLES: Mapping[str, Role] = {
    **{role.value: role for role in Role},
    "user": Role.CUSTOMER,
    "visitor": Role.CUSTOMER,
    "end_user": Role.CUSTOMER,
    "bot": Role.AI_AGENT,
    "assistant": Role.AI_AGENT,
}
_VISIBILITIES = {v.value: v for v in Visibility}
_OF_TURN = frozenset({"conversation_id", "id", "role", "text", "time", "author", "visibility"})
_TEXTS = (
    *("channel", "language", "customer_id", "issue_id", "topic", "human_agent", "team", "brand"),
)
_TIMES = ("started_at", "ended_at", "updated_at")
_AGENT = ("vendor", "product", "model", "version", "procedure")
_SURVEYS = ("csat", "nps", "ces")
_READ = frozenset(
    {
        *_OF_TURN,
        *_TEXTS,
        *_TIMES,
        *_SURVEYS,
        *(f"agent_{part}" for part in _AGENT),
        *("ai_drafted", "kind", "tags", "vendor_claim"),
    }
)
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line and its cells by lower-case column, empty ones left out."""

    line: int
    cells: Mapping[str, str]
    problem: str | None = None
    id: str = field(default="")


def records(stream: BinaryIO, *, path: str) -> Iterator[Record | TranscriptError]:
    """The conversations of a CSV file, as soon as each is complete.

    Rows of one conversation stand together; an id that comes back later is an error.

    Raises:
        TranscriptError: a column is missing, or the table is broken.
    """
    return grouped(_rows(stream, path), path=path)


def grouped(rows: Iterable[Row], *, path: str) -> Iterator[Record | TranscriptError]:
    """Rows to conversations; only one conversation is held at a time."""
    seen: set[int] = set()
    for identity, group in groupby(rows, key=lambda row: row.id):
        together = list(group)
        line = together[0].line
        if not identity:
            for row in together:
                reason = row.problem or "the row has no conversation_id"
                yield TranscriptError(reason, path=path, line=row.line)
        elif (mark := hash(identity)) in seen:
            yield TranscriptError(
                f"conversation {identity[:80]!r} comes back after other conversations; "
                "sort the file by conversation_id",
                path=path,
                line=line,
            )
        else:
            seen.add(mark)
            yield _record(identity, together, path)


def _record(identity: str, rows: list[Row], path: str) -> Record | TranscriptError:
    try:
        turns = [_turn(row, path) for row in rows]
        if all(t.time is not None for t in turns):
            # Exports are often newest first; the sort keeps the order of equal times.
            turns.sort(key=lambda t: t.time.timestamp() if t.time else 0.0)
        cells = _of_conversation(rows)
        conversation = _conversation(identity, cells, tuple(turns))
        return assemble(conversation, _sealed(cells), path=path, line=rows[0].line)
    except TranscriptError as error:
        return error
    except ValueError as error:
        return TranscriptError(str(error), path=path, line=rows[0].line)


def _of_conversation(rows: list[Row]) -> Mapping[str, str]:
    """What the rows say of the whole conversation: in each column the first cell given."""
    cells: dict[str, str] = {}
    for row in rows:
        for name, cell in row.cells.items():
            if name not in _OF_TURN:
                cells.setdefault(name, cell)
    return cells


def _turn(row: Row, path: str) -> Turn:
    cells = row.cells
    try:
        if row.problem:
            raise ValueError(row.problem)
        return Turn(
            role=_chosen("role", cells.get("role"), ROLES),
            text=cells.get("text", ""),
            time=times.parse(cells.get("time")),
            author=cells.get("author"),
            visibility=_chosen("visibility", cells.get("visibility", "public"), _VISIBILITIES),
            ai_drafted=_truth("ai_drafted", cells.get("ai_drafted")),
        )
    except ValueError as error:
        raise TranscriptError(str(error), path=path, line=row.line) from None


def _conversation(identity: str, cells: Mapping[str, str], turns: tuple[Turn, ...]) -> Conversation:
    agent = {part: cells.get(f"agent_{part}") for part in _AGENT}
    kinds = {kind.value: kind for kind in Kind}
    return Conversation(
        id=identity,
        turns=turns,
        channel=cells.get("channel"),
        language=cells.get("language"),
        customer_id=cells.get("customer_id"),
        issue_id=cells.get("issue_id"),
        topic=cells.get("topic"),
        human_agent=cells.get("human_agent"),
        team=cells.get("team"),
        brand=cells.get("brand"),
        started_at=times.parse(cells.get("started_at")),
        ended_at=times.parse(cells.get("ended_at")),
        updated_at=times.parse(cells.get("updated_at")),
        kind=_chosen("kind", cells["kind"], kinds) if "kind" in cells else None,
        agent=Agent(**agent) if any(agent.values()) else None,
        tags=tuple(t.strip() for t in cells.get("tags", "").split(";") if t.strip()),
        attributes={name: cell for name, cell in cells.items() if name not in _READ},
    )


def _sealed(cells: Mapping[str, str]) -> Sealed:
    claim = cells.get("vendor_claim")
    return Sealed(
        vendor_claim=VendorClaim(value=claim) if claim else None,
        surveys=tuple(Survey(kind=k, value=_number(v)) for k in _SURVEYS if (v := cells.get(k))),
    )


def _number(cell: str) -> float | str:
    try:
        return float(cell)
    except ValueError:
        return cell


def _chosen(name: str, cell: str | None, allowed: Mapping[str, T]) -> T:
    if cell is None:
        raise ValueError(f"{name} is missing; allowed are {', '.join(allowed)}")
    value = allowed.get(cell.strip().lower())
    if value is None:
        raise ValueError(f"{name} is {cell[:40]!r}; allowed are {', '.join(allowed)}")
    return value


def _truth(name: str, cell: str | None) -> bool | None:
    return None if cell is None else _chosen(name, cell, _TRUTHS)


def _rows(stream: BinaryIO, path: str) -> Iterator[Row]:
    # The library's own limit is below one long e-mail; it is one number for the whole process.
    lift_cell_limit()
    lines = _decoded(stream, path)
    header = next(lines, "")
    reader = csv.reader(_chained(header, lines), delimiter=delimiter(header), strict=False)
    try:
        names = [name.strip().lower() for name in next(reader)]
        _require(names, path)
        start = reader.line_num + 1
        for cells in reader:
            if any(cells):
                yield _row(names, cells, start)
            start = reader.line_num + 1
    except csv.Error as error:
        raise TranscriptError(
            f"the table is broken from here on: {error} (a quote that is never closed?)",
            path=path,
            line=reader.line_num,
        ) from None


def _row(names: list[str], cells: list[str], line: int) -> Row:
    row = {n: c for n, c in zip(names, cells, strict=False) if n and c}
    identity = (row.get("conversation_id") or row.get("id") or "").strip()
    if len(cells) > len(names):
        problem = (
            f"the row has {len(cells)} cells, the header {len(names)}; quote cells with commas"
        )
        return Row(line=line, cells=row, problem=problem, id=identity)
    return Row(line=line, cells=row, id=identity)


def _require(names: list[str], path: str) -> None:
    missing = [n for n in ("role", "text") if n not in names]
    if not {"conversation_id", "id"} & set(names):
        missing.insert(0, "conversation_id")
    if missing:
        raise TranscriptError(
            f"the header has no column {', '.join(missing)}; needed are "
            "conversation_id, role and text",
            path=path,
            line=1,
        )


def _decoded(stream: BinaryIO, path: str) -> Iterator[str]:
    for number, raw in enumerate(stream, start=1):
        try:
            yield (raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw).decode("utf-8")
        except UnicodeDecodeError:
            reason, _ = undecodable(raw) or ("is not UTF-8", number)
            raise TranscriptError(reason, path=path, line=number) from None


def _chained(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest
