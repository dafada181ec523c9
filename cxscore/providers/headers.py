"""Numbers in response headers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def number(headers: Mapping[str, str], name: str) -> float | None:
    """A header as a number, or None when it is absent or no number.

    >>> number({"retry-after": "3"}, "retry-after"), number({}, "retry-after")
    (3.0, None)
    """
    try:
        value = float(headers[name])
    except (KeyError, ValueError):
        return None
    return value if value >= 0 else None


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds the provider asks to wait: ``retry-after-ms``, then ``retry-after`` (also a date)."""
    milliseconds = number(headers, "retry-after-ms")
    if milliseconds is not None:
        return milliseconds / 1000
    seconds = number(headers, "retry-after")
    if seconds is not None or "retry-after" not in headers:
        return seconds
    try:
        at = parsedate_to_datetime(headers["retry-after"])
        sent = parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)
        return max(0.0, (at - sent).total_seconds())
    except (ValueError, TypeError):
        return None
