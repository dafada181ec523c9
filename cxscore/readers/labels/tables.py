"""Rows of tables: CSV, TSV, JSON Lines and .xlsx, each with its line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cxscore.errors import LabelError

Row = tuple[int, Mapping[str, str]]
TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".xlsx", ".xlsm")


def rows(path: Path) -> Iterator[Row]:
    """Line number and named cells of every row that holds anything.

    Raises:
        LabelError: the file cannot be read, or a line of it is broken.
    """
    suffix = path.suffix.casefold()
    if suffix in {".xlsx", ".xlsm"}:
        yield from _sheet(path)
    elif suffix in {".jsonl", ".ndjson"}:
        yield from _objects(path)
    else:
        yield from _separated(path)


def text_of(path: Path) -> str:
    """The file's text.

    Raises:
        LabelError: it cannot be read, or is no UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise LabelError(f"cannot be read: {error.strerror}", path=str(path)) from None
    except UnicodeDecodeError:
        raise LabelError("is not UTF-8 text; save it as UTF-8", path=str(path)) from None


def _separated(path: Path) -> Iterator[Row]:
    text = text_of(path)
    try:
        dialect: type[csv.Dialect] = csv.Sniffer().sniff(text[:4000], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    reader = csv.reader(io.StringIO(text, newline=""), dialect)
    header = next(reader, [])
    if not any(cell.strip() for cell in header):
        raise LabelError("holds no header row", path=str(path), line=1)
    names = [cell.strip() for cell in header]
    _no_twice(names, path)
    last = reader.line_num
    for cells in reader:
        line, last = last + 1, reader.line_num
        if len(cells) > len(names) and any(c.strip() for c in cells[len(names) :]):
            reason = f"has {len(cells)} cells, the header {len(names)}; quote cells with separators"
            raise LabelError(reason, path=str(path), line=line)
        row = _row(dict(zip(names, cells, strict=False)))
        if row:
            yield line, row


def _no_twice(names: list[str], path: Path) -> None:
    for name in names:
        if name and names.count(name) > 1:
            raise LabelError(f"the column {name!r} stands twice", path=str(path), line=1)


def _objects(path: Path) -> Iterator[Row]:
    for line, text in enumerate(text_of(path).splitlines(), 1):
        if not text.strip():
            continue
        try:
            value = json.loads(text)
        except ValueError as error:
            raise LabelError(f"is no JSON: {error}", path=str(path), line=line) from None
        if not isinstance(value, dict):
            raise LabelError("is no JSON object", path=str(path), line=line)
        yield line, _row(value)


def _sheet(path: Path) -> Iterator[Row]:
    try:
        import openpyxl
    except ImportError:
        reason = "an .xlsx file needs openpyxl; run `pip install 'cxscore[xlsx]'`, or save as CSV"
        raise LabelError(reason, path=str(path)) from None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheet = book["labels"] if "labels" in book.sheetnames else book.worksheets[0]
        table = [[_cell(v) for v in row] for row in sheet.iter_rows(values_only=True)]
        book.close()
    except OSError as error:
        raise LabelError(f"cannot be read: {error.strerror}", path=str(path)) from None
    except Exception as error:  # openpyxl leaks zip, XML and key errors of many kinds
        reason = f"is not a readable workbook ({type(error).__name__}); save it as CSV"
        raise LabelError(reason, path=str(path)) from None
    header = next((n for n, cells in enumerate(table) if any(cells)), None)
    if header is None:
        raise LabelError("holds no header row", path=str(path), line=1)
    names = [cell.strip() for cell in table[header]]
    _no_twice(names, path)
    for number, cells in enumerate(table[header + 1 :], header + 2):
        row = _row(dict(zip(names, cells, strict=False)))
        if row:
            yield number, row


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    isoformat = getattr(value, "isoformat", None)
    return str(isoformat()) if callable(isoformat) else str(value)


def _row(cells: Mapping[str, Any]) -> dict[str, str]:
    told = {}
    for name, value in cells.items():
        text = str(value).lower() if isinstance(value, bool) else _cell(value).strip()
        if name and text:
            told[name] = text
    return told
