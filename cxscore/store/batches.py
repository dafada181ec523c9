"""Batches: which asks are out, under which name, and what came back; no words of people."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from cxscore.judging import Answered, Filtered, Refused, TooLong, Truncated, Usage
from cxscore.store.calls import AttemptEntry, ReplyEntry

Kind = Literal["provider", "file"]
State = Literal["intended", "submitted", "taken", "discarded"]
"""``intended``: perhaps created at the provider, perhaps not. ``submitted``: there under its id, or
written to a file. ``taken``: every result is stored. ``discarded``: deleted at the provider too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAsk:
    """One ask of a batch."""

    custom_id: str
    conversation_id: str
    digest: str
    """Of the ask."""
    purpose: str
    seat: str
    schema: str
    """Digest under which the schema of its reply is kept."""
    repeat: int = 0
    status: str | None = None
    """How it was answered, see ``Attempt.status``; None: it is out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One batch."""

    key: int
    run: int
    kind: Kind
    answerer: str
    mark: str
    """Our name of it."""
    state: State
    remote: str | None
    """The provider's id, or the file it was written to."""
    asks: int
    reserved_usd: float
    made_at: datetime
    job: Mapping[str, Any]
    """How to go on with a file batch; empty for others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlan:
    """A batch about to be created."""

    run: int
    kind: Kind
    answerer: str
    mark: str
    at: datetime
    asks: tuple[BatchAsk, ...]
    schemas: Mapping[str, Mapping[str, Any]]
    """Digest to schema."""
    reserved_usd: float = 0.0
    job: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """What came of one ask of a batch; stored all at once, and only once."""

    batch: int
    custom_id: str
    run: int
    at: datetime
    status: str
    answerer: str
    model: str
    """As it stands in the money ledger."""
    reply: Answered | Refused | Truncated | Filtered | TooLong | None
    usage: Usage | None
    estimated: bool = False
    usd: float | None = None
    discount: float = 0.0
    """Share the batch took off the price."""
    anyway: bool = False
    """Store it also when the ask was answered by another model."""

    def write(self, connection: sqlite3.Connection) -> None:
        """Store reply and attempt, unless that was done before."""
        row = connection.execute(
            "SELECT c.key, c.id, a.digest, a.purpose, a.seat, a.repeat FROM batch_ask a"
            " JOIN conversation c ON c.key = a.conversation"
            " WHERE a.batch = ? AND a.custom_id = ? AND (a.status IS NULL OR ?)",
            (self.batch, self.custom_id, self.anyway),
        ).fetchone()
        if row is None:
            return
        connection.execute(
            "UPDATE batch_ask SET status = ? WHERE batch = ? AND custom_id = ?",
            (self.status, self.batch, self.custom_id),
        )
        conversation, name, digest, purpose, seat, repeat = row
        words = connection.execute(
            "SELECT customer_key FROM conversation_text WHERE conversation = ?"
            " ORDER BY version DESC LIMIT 1",
            (conversation,),
        ).fetchone()
        # Erased while the batch was out: what was said of these words is not taken in.
        if self.reply is not None and words is not None:
            ReplyEntry(
                conversation_id=name,
                customer=words[0],
                at=self.at,
                digest=digest.hex(),
                answerer=self.answerer,
                purpose=purpose,
                reply=self.reply,
                repeat=repeat,
            ).write(connection)
        self._write_attempt(connection, name, purpose, seat)

    def _write_attempt(
        self, connection: sqlite3.Connection, name: str, purpose: str, seat: str
    ) -> None:
        AttemptEntry(
            run=self.run,
            conversation_id=name,
            at=self.at,
            purpose=purpose,
            seat=seat,
            model=self.model,
            status=self.status,
            # How long one request of a batch took nobody knows.
            seconds=0.0,
            usage=self.usage,
            estimated=self.estimated,
            usd=self.usd,
        ).write(connection)
        connection.execute(
            "UPDATE attempt SET batch = ?, discount = ? WHERE key = last_insert_rowid()",
            (self.batch, self.discount),
        )


def intend(connection: sqlite3.Connection, plan: BatchPlan) -> int:
    """Note a batch before it is created; returns its key. Its conversations are stored already."""
    done = connection.execute(
        "INSERT INTO batch (run, kind, answerer, mark, state, asks, reserved_usd, made_at, job)"
        " VALUES (?, ?, ?, ?, 'intended', ?, ?, ?, ?)",
        (
            plan.run, plan.kind, plan.answerer, plan.mark, len(plan.asks), plan.reserved_usd,
            plan.at.isoformat(), json.dumps(plan.job or {}),
        ),
    )  # fmt: skip
    key = int(done.lastrowid or 0)
    connection.executemany(
        "INSERT INTO batch_schema VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(digest, json.dumps(dict(schema))) for digest, schema in plan.schemas.items()],
    )
    connection.executemany(
        "INSERT INTO batch_ask (batch, custom_id, conversation, digest, purpose, seat, repeat,"
        " form) SELECT ?, ?, key, ?, ?, ?, ?, ? FROM conversation WHERE id = ?",
        [
            (
                key, a.custom_id, bytes.fromhex(a.digest), a.purpose, a.seat, a.repeat, a.schema,
                a.conversation_id,
            )
            for a in plan.asks
        ],
    )  # fmt: skip
    return key


def set_state(connection: sqlite3.Connection, key: int, state: State, remote: str | None) -> None:
    """Note how far a batch is, and under which id where that is new."""
    connection.execute(
        "UPDATE batch SET state = ?, remote = coalesce(?, remote) WHERE key = ?",
        (state, remote, key),
    )


def rename(connection: sqlite3.Connection, key: int, answerer: str, job: Mapping[str, Any]) -> None:
    """Note who has answered a file batch, and how to go on with it."""
    connection.execute(
        "UPDATE batch SET answerer = ?, job = ? WHERE key = ?", (answerer, json.dumps(job), key)
    )


def drop(connection: sqlite3.Connection, key: int) -> None:
    """Forget a batch that never came to be: its asks are open again."""
    connection.execute("DELETE FROM batch_ask WHERE batch = ?", (key,))
    connection.execute("DELETE FROM batch WHERE key = ?", (key,))


def close(connection: sqlite3.Connection, key: int, status: str) -> None:
    """Note that nothing more comes: asks without a result get ``status`` and are open again."""
    connection.execute(
        "UPDATE batch_ask SET status = ? WHERE batch = ? AND status IS NULL", (status, key)
    )
    set_state(connection, key, "taken", None)


_BATCH = (
    "SELECT key, run, kind, answerer, mark, state, remote, asks, reserved_usd, made_at, job"
    " FROM batch"
)


def batches(connection: sqlite3.Connection) -> tuple[Batch, ...]:
    """Every batch, oldest first."""
    return tuple(_batch(row) for row in connection.execute(f"{_BATCH} ORDER BY key"))


def _batch(row: tuple[Any, ...]) -> Batch:
    key, run, kind, answerer, mark, state, remote, asks, reserved, made_at, job = row
    return Batch(
        key=key,
        run=run,
        kind=kind,
        answerer=answerer,
        mark=mark,
        state=state,
        remote=remote,
        asks=asks,
        reserved_usd=reserved,
        made_at=datetime.fromisoformat(made_at),
        job=json.loads(job),
    )


def counts(connection: sqlite3.Connection, key: int) -> dict[str, int]:
    """Status to asks of a batch; ``open`` is out."""
    rows = connection.execute(
        "SELECT coalesce(status, 'open'), count(*) FROM batch_ask WHERE batch = ? GROUP BY 1"
        " ORDER BY 1",
        (key,),
    )
    return dict(rows.fetchall())


def open_ids(connection: sqlite3.Connection, key: int) -> tuple[str, ...]:
    """Custom ids of a batch that have no result yet."""
    rows = connection.execute(
        "SELECT custom_id FROM batch_ask WHERE batch = ? AND status IS NULL", (key,)
    )
    return tuple(row[0] for row in rows)


_ASK = (
    "SELECT a.batch, a.custom_id, c.id, a.digest, a.purpose, a.seat, a.form, a.repeat, a.status"
    " FROM batch_ask a JOIN conversation c ON c.key = a.conversation"
)


def ask(connection: sqlite3.Connection, key: int, custom_id: str) -> BatchAsk | None:
    """One ask of a batch; None when it holds none of that id."""
    row = connection.execute(
        f"{_ASK} WHERE a.batch = ? AND a.custom_id = ?",
        (key, custom_id),
    ).fetchone()
    return None if row is None else _ask(row)


def asked(connection: sqlite3.Connection, custom_id: str) -> Iterator[tuple[int, BatchAsk]]:
    """Every batch an id stands in, the newest first."""
    rows = connection.execute(f"{_ASK} WHERE a.custom_id = ? ORDER BY 1 DESC", (custom_id,))
    for row in rows.fetchall():
        yield row[0], _ask(row)


def _ask(row: tuple[Any, ...]) -> BatchAsk:
    _, custom_id, conversation, digest, purpose, seat, form, repeat, status = row
    return BatchAsk(
        custom_id=custom_id,
        conversation_id=conversation,
        digest=digest.hex(),
        purpose=purpose,
        seat=seat,
        schema=form,
        repeat=repeat,
        status=status,
    )


def is_out(connection: sqlite3.Connection, answerer: str, custom_id: str) -> bool:
    """Whether a batch at a provider will still bring the answer."""
    row = connection.execute(
        "SELECT 1 FROM batch_ask a JOIN batch b ON b.key = a.batch"
        " WHERE a.custom_id = ? AND a.status IS NULL AND b.answerer = ?"
        " AND b.kind = 'provider' AND b.state IN ('intended', 'submitted')",
        (custom_id, answerer),
    ).fetchone()
    return row is not None


def schema(connection: sqlite3.Connection, digest: str) -> Mapping[str, Any]:
    """A kept schema; empty when there is none."""
    row = connection.execute("SELECT body FROM batch_schema WHERE digest = ?", (digest,)).fetchone()
    found: Mapping[str, Any] = {} if row is None else json.loads(row[0])
    return found


def take_all(connection: sqlite3.Connection, takings: Iterable[Taking]) -> None:
    """Store many results in one transaction: all or none."""
    for taking in takings:
        taking.write(connection)
