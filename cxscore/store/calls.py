"""Replies and attempts: what a model said, and what every request cost."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cxscore.judging import (
    Answered,
    Filtered,
    NoReply,
    Refused,
    Reply,
    TooLong,
    Truncated,
    Usage,
)
from cxscore.store.packing import pack, unpack

_KINDS: Mapping[str, type[Answered | Refused | Truncated | Filtered | TooLong]] = {
    "answered": Answered,
    "refused": Refused,
    "truncated": Truncated,
    "filtered": Filtered,
    "too_long": TooLong,
}
_KIND_OF = {noun: kind for kind, noun in _KINDS.items()}


def reply_key(digest: str, *, answerer: str, repeat: int = 0) -> bytes:
    """What a stored reply is found by.

    Args:
        digest: ``judging.ask_digest`` of the ask.
        answerer: who answers, as configured: two models never share a reply.
        repeat: 0, or the number of the repeat: asking twice must ask twice.
    """
    return hashlib.sha256(f"{digest}|{answerer}|{repeat}".encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyEntry:
    """A raw reply, stored before it is judged. The conversation must be stored already."""

    conversation_id: str
    customer: bytes | None
    """HMAC of the customer id."""
    at: datetime
    digest: str
    """Of the ask."""
    answerer: str
    purpose: str
    reply: Answered | Refused | Truncated | Filtered | TooLong
    repeat: int = 0

    def write(self, connection: sqlite3.Connection) -> None:
        """Store it; a newer reply to the same ask takes the place of the older."""
        key = reply_key(self.digest, answerer=self.answerer, repeat=self.repeat)
        connection.execute(
            "INSERT OR REPLACE INTO reply (ask, conversation, customer_key, recorded_at, body,"
            " digest, kind, answerer, purpose, repeat)"
            " SELECT ?, key, ?, ?, ?, ?, ?, ?, ?, ? FROM conversation WHERE id = ?",
            (
                key, self.customer, self.at.isoformat(), pack(self.reply),
                bytes.fromhex(self.digest), _KIND_OF[type(self.reply)], self.answerer,
                self.purpose, self.repeat, self.conversation_id,
            ),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptEntry:
    """One request that left: failed ones may cost too."""

    run: int
    conversation_id: str | None
    at: datetime
    purpose: str
    seat: str
    model: str
    status: str
    seconds: float
    usage: Usage | None
    """None when nothing was billed as far as we know."""
    estimated: bool
    """The tokens are our estimate."""
    usd: float | None
    """None when no price is known."""

    def write(self, connection: sqlite3.Connection) -> None:
        """Store it."""
        usage = self.usage or Usage()
        connection.execute(
            "INSERT INTO attempt (run, conversation, at, purpose, seat, model, status, seconds,"
            " input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, estimated, usd)"
            " VALUES (?, (SELECT key FROM conversation WHERE id = ?),"
            " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self.run, self.conversation_id, self.at.isoformat(), self.purpose, self.seat,
                self.model, self.status, self.seconds, usage.input_tokens, usage.output_tokens,
                usage.cache_read_tokens, usage.cache_write_tokens, self.estimated, self.usd,
            ),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStatistics:
    """What answered attempts of one purpose took so far."""

    answered: int
    output_tokens: float
    """Mean."""
    seconds: float
    """Mean."""


def reply(connection: sqlite3.Connection, key: bytes) -> Reply | None:
    """The stored reply of a key, None when there is none."""
    row = connection.execute("SELECT kind, body FROM reply WHERE ask = ?", (key,)).fetchone()
    return None if row is None else unpack(_KINDS[row[0]], row[1])


def statistics(connection: sqlite3.Connection, model: str) -> dict[str, CallStatistics]:
    """Purpose to what a model's answered attempts took."""
    rows = connection.execute(
        "SELECT purpose, count(*), avg(output_tokens), avg(seconds) FROM attempt"
        " WHERE model = ? AND status = 'answered' AND output_tokens IS NOT NULL GROUP BY 1",
        (model,),
    )
    return {
        purpose: CallStatistics(answered=n, output_tokens=tokens, seconds=seconds)
        for purpose, n, tokens, seconds in rows
    }


def storable(
    said: Reply,
) -> Answered | Refused | Truncated | Filtered | TooLong | None:
    """The reply where there was one; None for a service that did not answer."""
    return None if isinstance(said, NoReply) else said
