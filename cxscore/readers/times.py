"""Times as they came to times with a zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import overload

from cxscore.transcript import Json

_MILLISECONDS_FROM = 1e11
"""Above this an epoch number counts milliseconds: as seconds it would be after the year 5000."""


@overload
def aware(time: datetime) -> datetime: ...
@overload
def aware(time: None) -> None: ...
def aware(time: datetime | None) -> datetime | None:
    """The time with a zone; a time without one is read as UTC."""
    if time is None or time.tzinfo is not None:
        return time
    return time.replace(tzinfo=UTC)


def parse(value: object) -> datetime | None:
    """A time from ISO 8601 text or epoch seconds or milliseconds; None for nothing given.

    >>> parse("2024-05-01T10:00:00Z") == parse(1714557600) == parse("1714557600000")
    True

    Raises:
        ValueError: the value is no time.
    """
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return aware(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(_complaint(value))
    try:
        time = _from_text(value.strip()) if isinstance(value, str) else _from_epoch(value)
    except (ValueError, OverflowError, OSError):
        raise ValueError(_complaint(value)) from None
    # Beyond, other zones have no such time, and sums of times none at all.
    if not 1900 <= time.year <= 2999:
        raise ValueError(_complaint(value))
    return time


def in_order(parts: Sequence[Mapping[str, Json]]) -> list[Mapping[str, Json]]:
    """Parts of a thread, the earliest first: some exports put the newest there.

    By ``created_at``; a part without one goes with the part before it, those of one time keep
    their order.

    Raises:
        ValueError: a time is none.
    """
    told = [parse(part.get("created_at")) for part in parts]
    last = next((time for time in told if time is not None), None)
    if last is None:
        return list(parts)
    known = []
    for i, time in enumerate(told):
        last = time or last
        known.append((last, i))
    return [parts[i] for _, i in sorted(known)]


def _from_text(text: str) -> datetime:
    if text.replace(".", "", 1).isdigit() and len(text) >= 9:
        return _from_epoch(float(text))
    return aware(datetime.fromisoformat(text.removesuffix(" UTC")))


def _from_epoch(number: float) -> datetime:
    return datetime.fromtimestamp(
        number / 1000 if abs(number) > _MILLISECONDS_FROM else number, tz=UTC
    )


def _complaint(value: object) -> str:
    return (
        f"{str(value)[:40]!r} is no time; ISO 8601 (2024-05-01T10:00:00Z) and epoch seconds "
        "or milliseconds are read"
    )
