"""What a workspace changed and when: articles, models, definitions, processes."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cxscore.errors import ConfigError, InputError


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
    found = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [c for c in ("date", "kind", "what") if c not in (reader.fieldnames or ())]
            if missing:
                raise ConfigError(f"there is no column {missing[0]!r}", path=str(path))
            for row in reader:
                try:
                    day = date.fromisoformat(row["date"])
                except (ValueError, TypeError):
                    raise InputError(
                        f"date says {row['date']!r}; allowed: 2026-09-30",
                        path=str(path),
                        line=reader.line_num,
                    ) from None
                found.append(
                    Shipped(
                        day=day,
                        kind=row["kind"] or "",
                        what=row["what"] or "",
                        topic=row.get("topic") or "",
                    )
                )
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the changes cannot be read: {error}", path=str(path)) from None
    return tuple(found)
