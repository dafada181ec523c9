"""The ledger: one file that remembers every conversation, verdict and snapshot."""

from __future__ import annotations

import glob
import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from cxscore.errors import StoreError
from cxscore.judging import Reply
from cxscore.knowledge import KnowledgeBase
from cxscore.label import Label
from cxscore.rubric import Rubric
from cxscore.store import anchors, calls, draws, erasure, labels, reading, record, snapshots
from cxscore.store.anchors import AnchorMean
from cxscore.store.batch_book import BatchBook
from cxscore.store.batches import Taking
from cxscore.store.calls import AttemptEntry, CallStatistics, ReplyEntry
from cxscore.store.connection import connect, plainly, transaction
from cxscore.store.draws import Draw, FrameUnit
from cxscore.store.entries import Entry, write
from cxscore.store.identity import customer_key
from cxscore.store.reading import Head, StoredVerdict, Summary
from cxscore.store.record import JudgeHeld, JudgeOfRecord, Outcomes
from cxscore.store.writer import Writer
from cxscore.transcript import Sealed
from cxscore.verdict import Judged, Verdict


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


class Ledger:
    """One SQLite file; many readers, one writer at a time.

    Open it with ``Ledger.open`` and close it, or use it as a context manager. Reading sees what is
    committed. Writing happens inside ``with ledger.writing():``, which holds the writer's lease.
    """

    def __init__(
        self, path: Path, connection: sqlite3.Connection, now: Callable[[], datetime]
    ) -> None:
        self.path = path
        self.now = now
        self._connection = connection
        self._writer: Writer | None = None

    @classmethod
    def open(
        cls, path: str | Path, *, now: Callable[[], datetime] = utc_now, create: bool = True
    ) -> Ledger:
        """Open a store, creating or migrating it where needed.

        Args:
            path: the file.
            now: the clock.
            create: False refuses a missing file instead of creating it.

        Raises:
            StoreError: missing, not a ledger, of a newer format, unreadable, unwritable or locked.
        """
        path = Path(path)
        ledger = cls(path, connect(path, create=create), now)
        try:
            with plainly(str(path)):
                ledger._ensure_secret()
        except BaseException:
            ledger.close()
            raise
        return ledger

    @classmethod
    def found(
        cls,
        path: str | Path,
        *,
        secret: bytes,
        notice: str,
        now: Callable[[], datetime] = utc_now,
    ) -> Ledger:
        """Open a store whose asks must come out as they did elsewhere, creating it where needed.

        Args:
            path: the file.
            secret: what the asks are drawn from; public, so for invented conversations only.
            notice: a sentence every page about this store says.
            now: the clock.

        Raises:
            StoreError: the file holds a store with another secret, or as ``open``.
        """
        path = Path(path)
        ledger = cls(path, connect(path, create=True), now)
        try:
            with plainly(str(path)):
                ledger._ensure("secret", secret)
                ledger._ensure("notice", notice.encode())
                ledger._ensure_secret()
        except BaseException:
            ledger.close()
            raise
        if ledger.secret != secret:
            ledger.close()
            raise StoreError(f"{path}: this store was begun by other means; name another folder")
        return ledger

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def secret(self) -> bytes:
        """This store's secret: nonces, turn ids and customer keys are drawn from it."""
        return self._secret

    @property
    def notice(self) -> str | None:
        """A sentence every page about this store says; None: there is none."""
        sql = "SELECT value FROM meta WHERE name = 'notice'"
        with plainly(str(self.path)):
            row = self._connection.execute(sql).fetchone()
        return None if row is None else bytes(row[0]).decode()

    # Writing

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Hold the writer's lease; inside another ``writing`` of this ledger it is the same one.

        Raises:
            StoreError: another run holds it, or what was put could not be written.
        """
        if self._writer is not None:
            yield self._writer
            return
        connection = connect(self.path, create=False)
        try:
            token = secrets.token_hex(16)
            with Writer(connection, token=token, now=self.now, path=str(self.path)) as writer:
                self._writer = writer
                try:
                    with suppress(StoreError):
                        # An earlier erasure was cut short. A reader in the way is no reason
                        # not to write: the next writer tries again.
                        self._finish_erasure(writer)
                    yield writer
                finally:
                    self._writer = None
        finally:
            connection.close()

    @property
    def batches(self) -> BatchBook:
        """What is out in batches, and what came back."""
        return BatchBook(self._connection, self.writing, str(self.path))

    def put(self, entry: Entry | ReplyEntry | AttemptEntry | Taking) -> None:
        """Store what one conversation of a run brings; call it inside ``writing``."""
        if self._writer is None:
            raise StoreError(f"{self.path}: nothing can be put outside of writing()")
        if isinstance(entry, Entry):
            self._writer.put(lambda connection: write(connection, entry))
        else:
            self._writer.put(entry.write)

    def flush(self) -> None:
        """Commit what was put; on return it is durable."""
        if self._writer is not None:
            self._writer.flush()

    def begin_run(self, *, judge: str, rubric: str, heuristic: bool) -> int:
        """Note that a run starts; returns its number."""
        row = (self.now().isoformat(), judge, rubric, heuristic)

        def begin(connection: sqlite3.Connection) -> int:
            done = connection.execute(
                "INSERT INTO run (started_at, judge, rubric, heuristic) VALUES (?, ?, ?, ?)", row
            )
            return int(done.lastrowid or 0)

        with self.writing() as writer:
            return writer.at_once(begin)

    def end_run(self, run: int, tally: Mapping[str, object]) -> None:
        """Note that a run has ended, with its counts."""
        row = (self.now().isoformat(), json.dumps(tally), run)

        def end(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE run SET ended_at = ?, tally = ? WHERE key = ?", row)

        with self.writing() as writer:
            writer.at_once(end)

    def add_knowledge(self, kb: KnowledgeBase, added_at: datetime | None = None) -> bool:
        """Keep a dated snapshot; False when the same articles already stand under its date.

        Args:
            kb: the snapshot; ``kb.as_of`` is its date.
            added_at: now, unless said otherwise; dates a snapshot without ``as_of``.
        """
        moment = added_at or self.now()
        with self.writing() as writer:
            return writer.at_once(lambda connection: snapshots.add(connection, kb, moment))

    def add_labels(self, given: Iterable[Label]) -> int:
        """Store labels; returns how many were new. The same label twice is stored once."""
        batch = tuple(given)
        with self.writing() as writer:
            return writer.at_once(lambda connection: labels.add(connection, batch, self.now()))

    def add_draw(self, draw: Draw, units: Iterable[FrameUnit]) -> bool:
        """Store a sample drawn for people; False when one of that name is there."""
        held = tuple(units)
        with self.writing() as writer:
            return writer.at_once(lambda connection: draws.add(connection, draw, held))

    def add_anchor_means(self, means: Iterable[AnchorMean]) -> None:
        """Store one judging of the frozen anchors."""
        held = tuple(means)
        with self.writing() as writer:
            writer.at_once(lambda connection: anchors.add(connection, held))

    def anchor_means(self) -> tuple[AnchorMean, ...]:
        """Every judging of the frozen anchors, oldest first."""
        with plainly(str(self.path)):
            return anchors.means(self._connection)

    def draw(self, name: str | None = None) -> tuple[Draw, tuple[FrameUnit, ...]] | None:
        """A draw with its whole frame; None as name: the newest."""
        with plainly(str(self.path)):
            c = self._connection
            found = draws.newest(c) if name is None else draws.named(c, name)
            return None if found is None else (found, tuple(draws.units(c, found.name)))

    def drawn(self) -> dict[str, tuple[Draw, FrameUnit]]:
        """Conversation to the newest draw that took it, and its place there."""
        with plainly(str(self.path)):
            return draws.drawn(self._connection)

    def register_export(self, path: Path) -> None:
        """Remember a file that holds words of conversations, so that erasure reaches it.

        Needs no lease: it may happen while a run is writing.
        """
        row = (str(path.resolve()), self.now().isoformat())
        with plainly(str(self.path)), transaction(self._connection):
            self._connection.execute("INSERT OR REPLACE INTO export VALUES (?, ?)", row)

    def erase(self, ids: Iterable[str], *, reason: str) -> int:
        """Remove every word of these conversations; numbers and a tombstone stay.

        Registered exports are the caller's to rewrite (``cxscore.desk.erase`` does both).

        Args:
            ids: conversations; unknown and already erased ones are passed over.
            reason: ``customer`` or ``age``, kept on the tombstone.

        Returns:
            How many conversations were erased.

        Raises:
            StoreError: the words are deleted, but another program still reads the old pages, or
                the disk is full; the next writer finishes the job.
        """
        wanted = tuple(ids)
        with self.writing() as writer:
            n = writer.at_once(lambda c: erasure.erase(c, wanted, at=self.now(), reason=reason))
            self._finish_erasure(writer)
        return n

    def _finish_erasure(self, writer: Writer) -> None:
        with plainly(str(self.path)):
            pending = erasure.is_pending(self._connection)
        if pending:
            # First: whoever is stopped here finds the erasure pending, and the next writer goes on.
            self._drop_facts()
            writer.alone(lambda connection: erasure.finish(connection, str(self.path)))

    def _drop_facts(self) -> None:
        """Delete the snapshot of the facts, and what a killed process left of one."""
        path = self.facts_path
        for one in (path, *path.parent.glob(f".{glob.escape(path.name)}.*.part")):
            if one.is_dir():
                continue  # a folder of that name is none of ours
            try:
                one.unlink(missing_ok=True)
            except OSError as error:
                raise StoreError(
                    f"{one}: the words are deleted from the store, but this snapshot of its facts"
                    f" cannot be: {error.strerror}; delete it and run the same command again"
                ) from None

    def keep_rubric(self, rubric: Rubric) -> None:
        """Keep a rubric's content beside the verdicts made with it."""
        with self.writing() as writer:
            writer.at_once(lambda connection: record.keep_rubric(connection, rubric))

    def appoint(
        self,
        *,
        judge: str,
        rubric: str,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> None:
        """Make a judge with a rubric the judge of record, for starts from since to before until."""
        chosen = JudgeOfRecord(
            judge=judge, rubric=rubric, since=since, until=until, set_at=self.now()
        )
        with self.writing() as writer:
            writer.at_once(lambda connection: record.appoint(connection, chosen))

    # Reading

    def customer_key(self, customer_id: str | None) -> bytes | None:
        """The customer's key in this store; None for an unknown customer."""
        return customer_key(self._secret, customer_id)

    def head(self, id: str) -> Head | None:
        """What a run must know of a stored conversation; None when the id is new."""
        with plainly(str(self.path)):
            return reading.head(self._connection, id)

    def stored_verdict(self, unit: bytes, knowledge: str | None = None) -> StoredVerdict | None:
        """The newest verdict of a unit; given a digest, one that rests on that knowledge."""
        with plainly(str(self.path)):
            return reading.stored_verdict(self._connection, unit, knowledge)

    def reply(self, key: bytes) -> Reply | None:
        """The stored reply of a ``reply_key``; None when there is none."""
        with plainly(str(self.path)):
            return calls.reply(self._connection, key)

    def call_statistics(self, model: str) -> dict[str, CallStatistics]:
        """Purpose of an ask to what a model's answers took so far."""
        with plainly(str(self.path)):
            return calls.statistics(self._connection, model)

    def judges_of_record(self) -> tuple[JudgeOfRecord, ...]:
        """Every appointment of a judge of record, newest first."""
        with plainly(str(self.path)):
            return record.appointed(self._connection)

    def judges_held(self) -> tuple[JudgeHeld, ...]:
        """The judges with their rubrics whose verdicts are stored, the newest last."""
        with plainly(str(self.path)):
            return record.held(self._connection)

    def outcomes(self, of: JudgeHeld) -> Iterator[Outcomes]:
        """What a judge made of the newest words of each conversation, ordered by id, streaming."""
        with plainly(str(self.path)):
            yield from record.outcomes(self._connection, of)

    def count_look(self, rubric: str) -> int:
        """Note that a rubric was held against the calibrate split; returns how often it was.

        Args:
            rubric: ``id@digest``.
        """
        sql = (
            "INSERT INTO meta VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1"
            " RETURNING value"
        )
        with self.writing() as writer:
            found: int = writer.at_once(
                lambda connection: connection.execute(sql, (f"looks {rubric}",)).fetchone()[0]
            )
        return found

    def looks(self, rubric: str) -> int:
        """How often a rubric was held against the calibrate split."""
        sql = "SELECT value FROM meta WHERE name = ?"
        with plainly(str(self.path)):
            row = self._connection.execute(sql, (f"looks {rubric}",)).fetchone()
        return 0 if row is None else int(row[0])

    def rubric(self, ref: str) -> Rubric | None:
        """The rubric of an ``id@digest`` as verdicts were made with it; None when not kept."""
        with plainly(str(self.path)):
            return record.rubric(self._connection, ref)

    def sealed_of(self, key: int) -> tuple[str, Sealed] | None:
        """The sealed digest that last came in for a conversation, and all that is known."""
        with plainly(str(self.path)):
            return reading.sealed_of(self._connection, key)

    def verdict_of(self, key: int) -> tuple[Verdict | None, str | None, datetime | None]:
        """A stored verdict, why it failed as a whole if it did, and when it was given."""
        with plainly(str(self.path)):
            return reading.verdict_of(self._connection, key)

    def score_states(self, verdict: int) -> list[tuple[str, str]]:
        """(criterion, state) of a stored verdict, whole journey."""
        with plainly(str(self.path)):
            return reading.score_states(self._connection, verdict)

    def ids(self) -> Iterator[str]:
        """Every conversation's id, in order."""
        with plainly(str(self.path)):
            for row in self._connection.execute("SELECT id FROM conversation ORDER BY id"):
                yield row[0]

    def judged(self, ids: Iterable[str] | None = None) -> Iterator[Judged]:
        """The newest version of each conversation beside its verdict, ordered by id, streaming.

        Args:
            ids: only these; ids the store does not know are passed over.
        """
        with plainly(str(self.path)):
            yield from reading.judged(self._connection, ids)

    def walk(self, *, chunk: int = 200) -> Iterator[Judged]:
        """As ``judged`` of all, for a reader that takes hours: what is added meanwhile may come."""
        with plainly(str(self.path)):
            yield from reading.walk(self._connection, chunk)

    def one(self, id: str) -> Judged | None:
        """One conversation beside its verdict, None when the store does not know it."""
        return next(self.judged([id]), None)

    @property
    def facts_path(self) -> Path:
        """Where the snapshot of the facts lies, if it was made: beside the file itself."""
        path = self.path.resolve()
        return path.with_name(f"{path.name}.facts.parquet")

    def place_facts(self, part: Path, *, erased: int) -> None:
        """Put a new snapshot of the facts in its place, unless something was erased meanwhile.

        Under the lock of a writer: an erasure that begins later finds the file and deletes it.

        Args:
            part: the whole file, beside its place.
            erased: how many conversations were erased before the facts were read.

        Raises:
            StoreError: the store cannot be locked.
            OSError: the file cannot be moved.
        """
        with plainly(str(self.path)), transaction(self._connection):
            row = self._connection.execute("SELECT count(*) FROM tombstone").fetchone()
            if row[0] == erased:
                part.replace(self.facts_path)

    def revision(self) -> str:
        """Digest of which versions, verdicts and sealed data are the newest ones."""
        with plainly(str(self.path)):
            return reading.revision(self._connection)

    def summary(self) -> Summary:
        """What the store holds, counted."""
        with plainly(str(self.path)):
            return reading.summary(self._connection)

    def last_unreadable(self) -> int:
        """Records the newest finished run could not read or store."""
        with plainly(str(self.path)):
            row = self._connection.execute(
                "SELECT json_extract(tally, '$.unreadable') FROM run"
                " WHERE tally IS NOT NULL ORDER BY key DESC LIMIT 1"
            ).fetchone()
        return int(row[0] or 0) if row else 0

    def knowledge_history(self) -> tuple[KnowledgeBase, ...]:
        """Every snapshot of the knowledge base, oldest first."""
        with plainly(str(self.path)):
            return snapshots.history(self._connection)

    def labels(self) -> Iterator[Label]:
        """Every label, in the order they came in."""
        with plainly(str(self.path)):
            yield from labels.stored(self._connection)

    def exports(self) -> tuple[Path, ...]:
        """Registered files that hold words of conversations."""
        with plainly(str(self.path)):
            rows = self._connection.execute("SELECT path FROM export ORDER BY path").fetchall()
        return tuple(Path(row[0]) for row in rows)

    def erased(self, reason: str | None = None) -> frozenset[str]:
        """Conversations whose words were erased.

        Args:
            reason: only those erased by ``customer``, or by ``age``.
        """
        sql = "SELECT conversation_id FROM tombstone WHERE ? IS NULL OR reason = ?"
        with plainly(str(self.path)):
            return frozenset(row[0] for row in self._connection.execute(sql, (reason, reason)))

    def ids_to_erase(
        self, *, customer_id: str | None = None, older_than: datetime | None = None
    ) -> tuple[str, ...]:
        """Conversations of a customer, or last active before a time, that still hold words."""
        with plainly(str(self.path)):
            if customer_id is not None:
                return erasure.of_customer(self._connection, self.customer_key(customer_id))
            return erasure.older(self._connection, older_than or self.now())

    def _ensure_secret(self) -> None:
        self._secret: bytes = self._ensure("secret", None)

    def _ensure(self, name: str, value: bytes | None) -> bytes:
        """What the store was begun with: the first value stays; None: drawn by lot."""
        sql = "SELECT value FROM meta WHERE name = ?"
        row = self._connection.execute(sql, (name,)).fetchone()
        if row is None:
            with transaction(self._connection):
                self._connection.execute(
                    "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO NOTHING",
                    (name, secrets.token_bytes(32) if value is None else value),
                )
            row = self._connection.execute(sql, (name,)).fetchone()
        return bytes(row[0])
