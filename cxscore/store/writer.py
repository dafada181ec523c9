"""The one writer: group commit, heartbeat, and no transaction longer than a moment."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import TypeAlias, TypeVar

from cxscore.errors import StoreError
from cxscore.store import lease
from cxscore.store.connection import plainly, transaction

ROWS = 64
"""A group of this many operations is committed at once."""
AGE_S = 0.05
"""A group this old is committed with the next operation, or by the watch."""

T = TypeVar("T")

Operation: TypeAlias = Callable[[sqlite3.Connection], None]


class Writer:
    """Collects operations and commits them in groups, each group all or nothing.

    A group is committed by the thread that brings its 64th operation or finds it older than 50 ms;
    a watch in the background commits what is left waiting while a judge is slow, and beats the
    lease. Committing in the calling thread is deliberate: a second thread would fight a
    CPU-bound judge for the interpreter lock at every statement.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        token: str,
        now: Callable[[], datetime],
        path: str,
    ) -> None:
        self._connection = connection
        self._token = token
        self._now = now
        self._path = path
        self._lock = threading.RLock()
        self._waiting: list[Operation] = []
        self._oldest = 0.0
        self._broken: StoreError | None = None
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._watching, name="cxscore-store", daemon=True)
        with plainly(path):
            lease.acquire(connection, token=token, now=now(), path=path)
        self._watch.start()

    def put(self, operation: Operation) -> None:
        """Add an operation; it is durable when its group is committed, at the latest on close.

        Raises:
            StoreError: this or an earlier group could not be written.
        """
        with self._lock:
            self._refuse_broken()
            if not self._waiting:
                self._oldest = time.monotonic()
            self._waiting.append(operation)
            if len(self._waiting) >= ROWS or time.monotonic() - self._oldest >= AGE_S:
                self._commit()

    def flush(self) -> None:
        """Commit what waits; on return it is durable.

        Raises:
            StoreError: it could not be written.
        """
        with self._lock:
            self._refuse_broken()
            self._commit()

    def at_once(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Commit what waits, then do ``work`` in a transaction of its own and return its result.

        Raises:
            StoreError: it could not be written.
        """
        results: list[T] = []
        with self._lock:
            self.flush()
            self._waiting.append(lambda connection: results.append(work(connection)))
            self._commit()
        return results[-1]

    def alone(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Commit what waits, then do ``work`` outside of any transaction (VACUUM wants that).

        Raises:
            StoreError: it could not be done.
        """
        with self._lock:
            self.flush()
            with plainly(self._path):
                work(self._connection)

    def close(self) -> None:
        """Commit what waits and give the lease back.

        Raises:
            StoreError: the last group could not be written; the lease is given back all the same.
        """
        self._ended.set()
        self._watch.join()
        try:
            self.flush()
        finally:
            with plainly(self._path):
                lease.release(self._connection, token=self._token)

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.close()
        except StoreError:
            # What broke first is what the caller must hear.
            if error is None:
                raise

    def _refuse_broken(self) -> None:
        if self._broken is not None:
            raise self._broken

    def _commit(self) -> None:
        group, self._waiting = self._waiting, []
        try:
            with plainly(self._path), transaction(self._connection):
                lease.beat(self._connection, token=self._token, now=self._now(), path=self._path)
                for operation in group:
                    operation(self._connection)
        except StoreError as error:
            self._broken = error
            raise

    def _watching(self) -> None:
        beaten = time.monotonic()
        while not self._ended.wait(AGE_S * 4):
            with self._lock:
                now = time.monotonic()
                due = bool(self._waiting) and now - self._oldest >= AGE_S
                if self._broken is None and (due or now - beaten >= lease.BEAT_S):
                    beaten = now
                    try:
                        self._commit()
                    except StoreError:
                        # Kept in _broken: the next put raises it in the caller's thread.
                        return
