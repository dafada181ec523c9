"""Reading a store from Python: nouns, and Arrow tables with the columns of the Parquet export."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from cxscore import export
from cxscore.store import Ledger, Summary
from cxscore.verdict import Judged

if TYPE_CHECKING:
    import pyarrow as pa


def open(store: str | Path) -> Reader:  # reads as cxscore.open
    """Open a store for reading; a run may be writing to it meanwhile.

    Args:
        store: the file that ``cxscore score --store`` wrote.

    Raises:
        StoreError: there is no store, or it cannot be read.
    """
    return Reader(Ledger.open(store, create=False))


class Reader:
    """A store as tables. Close it, or use it as a context manager.

    Every table has one row order (conversation id, then as judged) and the columns listed in
    ``docs/store.md``; words of erased conversations are null.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def conversations(self, *, with_transcripts: bool = False) -> pa.Table:
        """One row a conversation, newest version."""
        return export.arrow_table(
            "conversations",
            (
                export.conversation_row(one, with_transcript=with_transcripts)
                for one in self.judged()
            ),
        )

    def scores(self) -> pa.Table:
        """One row a conversation, leg and criterion."""
        return self._table("scores", export.score_rows)

    def claims(self) -> pa.Table:
        """One row a factual claim of an agent, with what the knowledge base says of it."""
        return self._table("claims", export.claim_rows)

    def actions(self) -> pa.Table:
        """One row an action an agent said it had done, held against the tool log."""
        return self._table("actions", export.action_rows)

    def labels(self) -> pa.Table:
        """One row a label by a person."""
        return export.arrow_table("labels", map(export.label_row, self._ledger.labels()))

    def judged(self, ids: Iterable[str] | None = None) -> Iterator[Judged]:
        """Each conversation beside its verdict, ordered by id, streaming."""
        return self._ledger.judged(ids)

    def one(self, id: str) -> Judged | None:
        """One conversation beside its verdict; None when the store does not know it."""
        return self._ledger.one(id)

    def ids(self) -> tuple[str, ...]:
        """Every conversation's id, in order."""
        return tuple(self._ledger.ids())

    def summary(self) -> Summary:
        """What the store holds, counted."""
        return self._ledger.summary()

    def close(self) -> None:
        """Close the file."""
        self._ledger.close()

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _table(self, name: str, rows: Callable[[Judged], Iterator[export.Row]]) -> pa.Table:
        return export.arrow_table(name, (row for one in self.judged() for row in rows(one)))
