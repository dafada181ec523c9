"""What every kind of file may tell about an article."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from cxscore.errors import KnowledgeError
from cxscore.knowledge import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a key stands, for messages."""

    path: str
    lines: list[str]
    first: int = 1
    """Line number of ``lines[0]``."""

    def of(self, key: str) -> int | None:
        """Line of a key; None when the file has no useful lines."""
        for number, line in enumerate(self.lines, self.first):
            if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*:", line):
                return number
        return None


def article(told: Mapping[str, Any], place: Place, *, id: str, title: str, text: str) -> Article:
    """An article of what its file tells; the keyword arguments stand in where it is silent.

    Raises:
        KnowledgeError: a date or ``always`` cannot be read, or the dates are the wrong way round.
    """
    start, end = (_date(told.get(k), k, place) for k in ("valid_from", "valid_until"))
    if start is not None and end is not None and end <= start:
        raise KnowledgeError(
            f"valid_until ({end.date()}) is not after valid_from ({start.date()})",
            path=place.path,
            line=place.of("valid_until"),
        )
    return Article(
        id=word(told.get("id")) or id,
        title=word(told.get("title")) or title,
        text=text,
        url=word(told.get("url")),
        language=word(told.get("language")),
        valid_from=start,
        valid_until=end,
        always=_yes(told.get("always"), place),
        updated_at=_date(told.get("updated"), "updated", place),
    )


def word(value: object) -> str | None:
    """The value as text, None when there is none."""
    return None if value is None or not str(value).strip() else str(value).strip()


def _yes(value: object, place: Place) -> bool:
    known = {"true": True, "yes": True, "false": False, "no": False, "none": False, "": False}
    answer = known.get(str(value).strip().lower())
    if answer is None:
        raise KnowledgeError(
            f"found always: {value}; allowed are true and false",
            path=place.path,
            line=place.of("always"),
        )
    return answer


def _date(value: object, key: str, place: Place) -> datetime | None:
    """A date in UTC: ISO 8601, a YAML date, or seconds since 1970."""
    if value is None or value == "":
        return None
    try:
        time = _as_time(value)
    except (ValueError, OverflowError, OSError) as error:
        raise KnowledgeError(
            f"found {key}: {value}; allowed is an ISO date such as 2025-03-31",
            path=place.path,
            line=place.of(key),
        ) from error
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _as_time(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / (1000 if value > 1e11 else 1), tz=UTC)
    return datetime.fromisoformat(str(value).strip())


def first_line(text: str) -> str | None:
    """The first line with words, without heading marks."""
    for line in text.splitlines():
        if line.strip():
            return line.strip().lstrip("#").strip()[:200] or None
    return None
