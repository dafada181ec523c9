"""Nouns to compressed bytes and back, and the clock's notation in the file."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import TypeVar

from cxscore import wire

T = TypeVar("T")

LEVEL = 3
"""zlib: higher levels cost more than they save on a few kilobytes."""


def pack(noun: object) -> bytes:
    """Compressed JSON of a noun."""
    return zlib.compress(wire.dump(noun), LEVEL)


def unpack(noun: type[T], body: bytes) -> T:
    """The noun that ``pack`` was given."""
    return wire.load(noun, zlib.decompress(body))


def epoch(time: datetime) -> float:
    """Seconds since 1970; a time without a zone is taken as UTC.

    >>> epoch(datetime(1970, 1, 2))
    86400.0
    """
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def stamp(time: datetime | None) -> str | None:
    """ISO 8601 as stored, None for None."""
    return None if time is None else time.isoformat()


def unstamp(text: str | None) -> datetime | None:
    """The time ``stamp`` was given."""
    return None if text is None else datetime.fromisoformat(text)
