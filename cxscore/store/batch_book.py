"""The ledger's batches: what is out at a provider or in a file, and what came back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from cxscore.store import batches
from cxscore.store.batches import Batch, BatchAsk, BatchPlan, State, Taking
from cxscore.store.connection import plainly
from cxscore.store.writer import Writer


class BatchBook:
    """Reads what is committed; what it writes is durable on return.

    Args:
        connection: for reading.
        writing: holds the writer's lease.
        path: of the store, for messages.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        writing: Callable[[], AbstractContextManager[Writer]],
        path: str,
    ) -> None:
        self._connection = connection
        self._writing = writing
        self._path = path

    def intend(self, plan: BatchPlan) -> int:
        """Note a batch before it is created; returns its key."""
        with self._writing() as writer:
            return writer.at_once(lambda connection: batches.intend(connection, plan))

    def set_state(self, key: int, state: State, remote: str | None = None) -> None:
        """Note how far a batch is, and the provider's id where that is new."""
        with self._writing() as writer:
            writer.at_once(lambda c: batches.set_state(c, key, state, remote))

    def rename(self, key: int, answerer: str, job: Mapping[str, Any]) -> None:
        """Note who has answered a file batch, and how to go on with it."""
        with self._writing() as writer:
            writer.at_once(lambda connection: batches.rename(connection, key, answerer, job))

    def drop(self, key: int) -> None:
        """Forget a batch that never came to be: its asks are open again."""
        with self._writing() as writer:
            writer.at_once(lambda connection: batches.drop(connection, key))

    def close(self, key: int, status: str) -> None:
        """Note that nothing more comes: asks without a result get ``status``, and are open."""
        with self._writing() as writer:
            writer.at_once(lambda connection: batches.close(connection, key, status))

    def take_all(self, takings: Iterable[Taking]) -> None:
        """Store many results, all or none; those stored before are passed over.

        Args:
            takings: what it reads of the book is as it was before.
        """
        with self._writing() as writer:
            writer.at_once(lambda connection: batches.take_all(connection, takings))

    def all(self) -> tuple[Batch, ...]:
        """Every batch, oldest first."""
        with plainly(self._path):
            return batches.batches(self._connection)

    def counts(self, key: int) -> dict[str, int]:
        """Status to asks of a batch; ``open`` is out."""
        with plainly(self._path):
            return batches.counts(self._connection, key)

    def open_ids(self, key: int) -> tuple[str, ...]:
        """Custom ids of a batch that have no result yet."""
        with plainly(self._path):
            return batches.open_ids(self._connection, key)

    def ask(self, key: int, custom_id: str) -> BatchAsk | None:
        """One ask of a batch; None when it holds none of that id."""
        with plainly(self._path):
            return batches.ask(self._connection, key, custom_id)

    def asked(self, custom_id: str) -> tuple[tuple[int, BatchAsk], ...]:
        """Every batch (its key) an id stands in, the newest first."""
        with plainly(self._path):
            return tuple(batches.asked(self._connection, custom_id))

    def is_out(self, answerer: str, custom_id: str) -> bool:
        """Whether a batch at a provider will still bring the answer."""
        with plainly(self._path):
            return batches.is_out(self._connection, answerer, custom_id)

    def schema(self, digest: str) -> Mapping[str, Any]:
        """The schema of a reply; empty when it is not kept."""
        with plainly(self._path):
            return batches.schema(self._connection, digest)
