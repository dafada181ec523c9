"""Tables people open in a spreadsheet: no cell of them runs as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from cxscore.errors import InputError

Row = Sequence[object]
_STARTS = frozenset("=+-@\t\r")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def harmless(cell: object) -> object:
    """A cell a spreadsheet will not run: customers and vendors write what they like.

    >>> harmless("=1+1"), harmless("fine"), harmless(-2.5)
    ("'=1+1", 'fine', -2.5)
    """
    if not isinstance(cell, str):
        return cell
    # A workbook holds no control characters.
    text = _CONTROL.sub("�", cell)
    return f"'{text}" if text[:1] in _STARTS else text


def csv_text(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """A table as CSV."""
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return held.getvalue()


def write_workbook(out: Path, columns: Sequence[str], rows: Iterable[Row]) -> Path:
    """A table as .xlsx with its first row frozen.

    Raises:
        InputError: openpyxl is not installed, or the file cannot be written.
    """
    try:
        import openpyxl
    except ImportError:
        reason = "an .xlsx file needs openpyxl; run `pip install 'cxscore[xlsx]'`, or write .csv"
        raise InputError(reason, path=str(out)) from None
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(list(columns))
    for row in rows:
        sheet.append([harmless(cell) for cell in row])
    sheet.freeze_panes = "A2"
    part = out.with_name(f".{out.name}.part")
    try:
        try:
            book.save(part)
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", path=str(out)) from None
    return out


def has_workbooks() -> bool:
    """Whether .xlsx files can be written."""
    from importlib.util import find_spec

    return find_spec("openpyxl") is not None
