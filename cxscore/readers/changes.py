"""What a workspace changed and when: articles, models, definitions, processes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cxscore.errors import InputError
from cxscore.kpi.periods import EARLIEST, LATEST
from cxscore.readers.csv_file import read_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """A change of the period."""

    day: date
    kind: str
    what: str
    topic: str


def read_changes(path: Path) -> tuple[Shipped, ...]:
    """Read a CSV of ``date, kind, what`` and, where known, ``topic``.

    Raises:
        ConfigError: it cannot be read, or a column is missing.
        InputError: a line holds no date.
    """
    return tuple(
        Shipped(
            day=_day(row["date"], path, at),
            kind=row["kind"].strip(),
            what=row["what"].strip(),
            topic=row.get("topic", "").strip(),
        )
        for at, row in read_rows(path, ("date", "kind", "what"))
    )


def _day(text: str, path: Path, at: int) -> date:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = None
    if day is None or not EARLIEST <= day <= LATEST:
        reason = f"date says {text!r}; allowed: 2026-09-30"
        raise InputError(reason, path=str(path), line=at)
    return day
