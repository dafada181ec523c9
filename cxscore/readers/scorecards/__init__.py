"""Scorecards of other systems, turned into rubric files.

Understood: Zendesk QA (exported reviews or categories, JSON; categories as CSV), Intercom
(conversations with ``scorecards``, JSON or JSONL), Amazon Connect evaluation forms (JSON), and
spreadsheets (CSV, XLSX).
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from cxscore.errors import RubricError
from cxscore.readers.scorecards.draft import Draft, rubric_yaml

__all__ = ["to_yaml"]

MAX_BYTES = 64_000_000
"""An export of reviews larger than this should be cut to some reviews first."""

_FORMS = (
    "an Amazon Connect evaluation form, Zendesk QA reviews or categories, or Intercom "
    "conversations with scorecards"
)


def to_yaml(path: str | Path, *, title: str | None = None) -> str:
    """A rubric file (YAML) made of a scorecard.

    What could not be mapped stands as comments at the top; texts the source does not hold are
    marked for a person to write. The result loads; ``lint`` shows what is still to be written.

    Args:
        path: the exported scorecard.
        title: the rubric's title, of which its id is made; default: the scorecard's own.

    Raises:
        RubricError: the file cannot be read, or is none of the forms understood.
    """
    path = Path(path)
    draft = _draft(path)
    if not draft.criteria:
        raise RubricError(
            "; ".join(["holds no question with levels", *draft.unmapped[:3]]), path=str(path)
        )
    if title is not None:
        draft = replace(draft, title=title)
    return _proved(rubric_yaml(draft), path)


def _draft(path: Path) -> Draft:
    suffix = path.suffix.casefold()
    if suffix in {".xlsx", ".xlsm"}:
        from cxscore.readers.scorecards.sheet import draft_sheet

        _bytes(path)
        return draft_sheet(path, None)
    text = _text(path)
    if suffix in {".csv", ".tsv"}:
        from cxscore.readers.scorecards.sheet import draft_sheet

        return draft_sheet(path, text)
    if suffix in {".json", ".jsonl", ".ndjson"}:
        return _form(_json(text, path, lines=suffix != ".json"), path)
    reason = f"“{suffix or 'no suffix'}” is not read; allowed: .json, .jsonl, .csv, .tsv, .xlsx"
    raise RubricError(reason, path=str(path))


def _form(value: Any, path: Path) -> Draft:
    from cxscore.readers.scorecards import connect, intercom, zendesk

    if connect.is_form(value):
        return connect.draft_form(value)
    if intercom.is_scorecard(value):
        return intercom.draft_scorecard(value)
    if zendesk.is_scorecard(value):
        return zendesk.draft_scorecard(value)
    raise RubricError(f"found no scorecard; allowed: {_FORMS}", path=str(path), line=1)


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            reason = f"is larger than {MAX_BYTES // 1_000_000} MB; export fewer reviews"
            raise RubricError(reason, path=str(path))
        raw = path.read_bytes()
    except OSError as e:
        reason = f"cannot be read ({e.strerror or e}); name an exported scorecard"
        raise RubricError(reason, path=str(path)) from None
    if not raw.strip():
        raise RubricError("is empty; export the scorecard again", path=str(path), line=1)
    return raw


def _text(path: Path) -> str:
    raw = _bytes(path)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = raw[: e.start].count(b"\n") + 1
        reason = f"found byte 0x{raw[e.start]:02x}, which is not UTF-8; save the file as UTF-8"
        raise RubricError(reason, path=str(path), line=line) from None


def _json(text: str, path: Path, *, lines: bool) -> Any:
    if not lines:
        return _parsed(text, path, 1)
    rows = [(n, row) for n, row in enumerate(text.split("\n"), 1) if row.strip()]
    return [_parsed(row, path, n) for n, row in rows]


def _parsed(text: str, path: Path, first: int) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as e:
        reason = f"this is not JSON ({e.msg}); export the scorecard again"
        raise RubricError(reason, path=str(path), line=first + e.lineno - 1) from None
    except RecursionError:
        raise RubricError("is nested without end", path=str(path), line=first) from None


def _proved(text: str, path: Path) -> str:
    # A file that we write and cannot read would be our fault, not the user's: say so here.
    from cxscore.readers.rubrics import loads

    try:
        loads(text, path=str(path))
    except RubricError as e:
        reason = f"the scorecard cannot become a rubric: {e.reason}"
        raise RubricError(reason, path=str(path)) from None
    return text
