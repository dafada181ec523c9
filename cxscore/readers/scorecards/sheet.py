"""Spreadsheets: one row per question, as CSV or XLSX."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from cxscore.errors import RubricError
from cxscore.readers.scorecards.draft import Draft, DraftCriterion, DraftLevel, even_levels

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "section": ("section", "group", "area", "category group"),
    "name": ("name", "criterion", "category", "category name", "rating category", "title"),
    "question": ("question", "description", "instructions", "what we check"),
    "weight": ("weight", "weight %", "points", "share"),
    "levels": ("levels", "level", "scale", "answers", "options", "rating scale"),
    "anchors": ("anchors", "anchor", "descriptions", "guide", "guidance"),
    "critical": ("critical", "auto fail", "auto-fail", "automatic fail", "fatal"),
    "not_applicable": ("n/a", "na", "not applicable", "n/a rule", "not_applicable"),
}
"""Our word for a column to the headers it is found under, case ignored."""

_YES = frozenset({"yes", "y", "true", "1", "x", "critical"})
_POINTS = (3, 4, 5)
_SPLIT = re.compile(r"\s*[|;/\n]\s*|\s*,\s*")
_SPAN = re.compile(r"^(\d+)\s*(?:-|–|to|\.\.)\s*(\d+)$")
_ANCHOR = re.compile(r"^\s*([^:=]{1,40}?)\s*[:=]\s*(.+)$", re.DOTALL)

Row = Mapping[str, str]


def draft_sheet(path: Path, text: str | None) -> Draft:
    """The draft of a sheet.

    Args:
        path: the file; read here when it is XLSX.
        text: its text when it is CSV, else None.

    Raises:
        RubricError: no usable header row, or the workbook cannot be read.
    """
    rows = _workbook(path) if text is None else _csv(text)
    header, body, first = _header(rows, path)
    draft = Draft(source=f"a spreadsheet ({path.name})", title=path.stem.replace("_", " "))
    for name in header:
        if name and name not in _ours(header).values() and not _is_level(name):
            draft.unmapped.append(f"Column “{name}” is not known: left out.")
    for number, cells in enumerate(body, first):
        row = {h: c.strip() for h, c in zip(header, cells, strict=False) if h}
        if any(row.values()):
            _add(draft, row, _ours(header), number)
    return draft


def _csv(text: str) -> list[list[str]]:
    try:
        dialect: type[csv.Dialect] = csv.Sniffer().sniff(text[:4000], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    return list(csv.reader(io.StringIO(text), dialect))


def _workbook(path: Path) -> list[list[str]]:
    try:
        import openpyxl
    except ImportError:
        raise RubricError(
            "an .xlsx file needs openpyxl; run `pip install 'cxscore[xlsx]'`, or save the sheet "
            "as CSV",
            path=str(path),
        ) from None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as e:  # openpyxl leaks zip, XML and key errors of many kinds
        reason = f"is not a readable workbook ({type(e).__name__}); save it as CSV"
        raise RubricError(reason, path=str(path)) from None
    try:
        sheet = book.worksheets[0]
        return [
            ["" if cell is None else str(cell) for cell in row]
            for row in sheet.iter_rows(values_only=True)
        ]
    finally:
        book.close()


def _header(
    rows: Iterable[Sequence[str]], path: Path
) -> tuple[list[str], list[Sequence[str]], int]:
    table = list(rows)
    for number, cells in enumerate(table):
        names = [c.strip().casefold() for c in cells]
        known = {n for aliases in (COLUMNS["question"], COLUMNS["name"]) for n in aliases}
        if known & set(names):
            return names, table[number + 1 :], number + 2
    raise RubricError(
        "found no header row; the first row names the columns, one of them `question` or `name` "
        "(others: section, weight, levels, anchors, critical, n/a)",
        path=str(path),
        line=1,
    )


def _ours(header: Sequence[str]) -> dict[str, str]:
    found = {}
    for ours, aliases in COLUMNS.items():
        if hit := next((a for a in aliases if a in header), None):
            found[ours] = hit
    return found


def _is_level(name: str) -> bool:
    return name.isdigit() or name in {"yes", "no"} or name.startswith("level ")


def _add(draft: Draft, row: Row, ours: Mapping[str, str], number: int) -> None:
    def cell(name: str) -> str:
        return row.get(ours.get(name, ""), "")

    name = cell("name") or cell("question")
    if not name:
        draft.unmapped.append(f"Row {number} has no question: left out.")
        return
    kind, levels = _scale(cell("levels"), _row_anchors(row, cell("anchors")), name, draft)
    draft.criteria.append(
        DraftCriterion(
            name=name,
            question=cell("question") or name,
            section=cell("section") or "Questions",
            kind=kind,
            levels=levels,
            weight=_weight(cell("weight"), name, draft),
            not_applicable=cell("not_applicable") or None,
            auto_fail=cell("critical").casefold() in _YES,
        )
    )


def _row_anchors(row: Row, cell: str) -> dict[str, str]:
    anchors = {
        name.removeprefix("level ").strip(): text
        for name, text in row.items()
        if _is_level(name) and text
    }
    for part in re.split(r"\s*[|\n;]\s*", cell):
        if match := _ANCHOR.match(part):
            anchors[match[1].casefold()] = match[2].strip()
    return anchors


def _weight(cell: str, name: str, draft: Draft) -> float | None:
    if not cell:
        return None
    try:
        weight = float(cell.rstrip("% ").replace(",", "."))
    except ValueError:
        weight = -1.0
    if not 0 <= weight < float("inf"):
        draft.unmapped.append(f"The weight of “{name}” (“{cell}”) is not a number of at least 0.")
        return None
    return weight


def _scale(
    cell: str, anchors: Mapping[str, str], name: str, draft: Draft
) -> tuple[str, list[DraftLevel]]:
    names = _level_names(cell) or list(anchors)
    folded = [n.casefold() for n in names]
    if set(folded) == {"yes", "no"} or not names:
        if not names:
            draft.unmapped.append(f"“{name}” names no levels; yes/no was taken.")
        return "yes_no", [DraftLevel(level=n, anchor=anchors.get(n)) for n in ("no", "yes")]
    if sorted(folded) == [str(n) for n in range(1, len(names) + 1)] and len(names) in _POINTS:
        return "ordinal", [
            DraftLevel(level=n, anchor=anchors.get(str(n))) for n in range(1, len(names) + 1)
        ]
    draft.unmapped.append(
        f"The levels of “{name}” ({', '.join(names)}) were taken as worst to best, in equal "
        "steps of credit. Check them."
    )
    if len(names) == 1:
        names = [f"not {names[0]}", *names]
    plain = [n if not n.isdigit() else f"{n} points" for n in dict.fromkeys(names)]
    return "choices", [
        DraftLevel(level=d.level, credit=d.credit, anchor=anchors.get(n.casefold()))
        for d, n in zip(even_levels(plain), dict.fromkeys(names), strict=True)
    ]


def _level_names(cell: str) -> list[str]:
    if span := _SPAN.match(cell.strip()):
        low, high = int(span[1]), int(span[2])
        if 0 < high - low < 20:
            return [str(n) for n in range(low, high + 1)]
    if cell.strip().isdigit() and int(cell) in _POINTS:
        return [str(n) for n in range(1, int(cell) + 1)]
    if cell.strip().casefold() in {"2", "binary", "yes/no", "pass/fail"}:
        return ["no", "yes"]
    return [part for part in _SPLIT.split(cell.strip()) if part]
