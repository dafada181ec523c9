"""Tables as Parquet files, and words taken out of them again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxscore.errors import StoreError
from cxscore.export.arrow import BATCH, arrow_batch, arrow_schema
from cxscore.export.columns import TABLES
from cxscore.export.parts import part_of
from cxscore.export.rows import (
    Row,
    action_rows,
    claim_rows,
    conversation_row,
    label_row,
    score_rows,
)
from cxscore.label import Label
from cxscore.verdict import Judged

if TYPE_CHECKING:
    import pyarrow as pa


def write_parquet(
    folder: Path,
    judged: Iterable[Judged],
    labels: Iterable[Label],
    *,
    with_transcripts: bool = False,
) -> tuple[Path, ...]:
    """Write every table as ``<table>.parquet``, streaming; each file is replaced whole.

    Returns:
        The files.

    Raises:
        StoreError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _Files(folder) as files:
            for one in judged:
                files.add("conversations", conversation_row(one, with_transcript=with_transcripts))
                for table, rows in _PER_CONVERSATION.items():
                    for row in rows(one):
                        files.add(table, row)
            for label in labels:
                files.add("labels", label_row(label))
    except OSError as error:
        raise StoreError(f"{folder}: the export cannot be written: {error}") from error
    return parquet_files(folder)


_PER_CONVERSATION: Mapping[str, Callable[[Judged], Iterator[Row]]] = {
    "scores": score_rows,
    "claims": claim_rows,
    "actions": action_rows,
}


def parquet_files(folder: Path) -> tuple[Path, ...]:
    """Where ``write_parquet`` puts its tables."""
    return tuple(folder / f"{table}.parquet" for table in TABLES)


class _Files:
    """One Parquet file a table, written beside its place and moved there at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: dict[str, list[Row]] = {table: [] for table in TABLES}
        self._writers: dict[str, Any] = {}
        self._open = ExitStack()

    def __enter__(self) -> _Files:
        import pyarrow.parquet as pq

        for table in TABLES:
            writer = pq.ParquetWriter(self._part(table), arrow_schema(table), compression="zstd")
            self._writers[table] = self._open.enter_context(writer)
        return self

    def add(self, table: str, row: Row) -> None:
        waiting = self._waiting[table]
        waiting.append(row)
        if len(waiting) == BATCH:
            self._write(table)

    def _write(self, table: str) -> None:
        rows, self._waiting[table] = self._waiting[table], []
        self._writers[table].write_batch(arrow_batch(table, rows, arrow_schema(table)))

    def _part(self, table: str) -> Path:
        return part_of(self._folder / f"{table}.parquet")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                for table in TABLES:
                    self._write(table)
            self._open.close()
            if kind is None:
                for table, path in zip(TABLES, parquet_files(self._folder), strict=True):
                    self._part(table).replace(path)
        finally:
            for table in TABLES:
                self._part(table).unlink(missing_ok=True)


def forget(path: Path, ids: Collection[str]) -> bool:
    """Empty the word columns of these conversations in a Parquet file written here.

    Returns:
        Whether the file held words of any of them; if not, it is not touched.

    Raises:
        StoreError: the file is no Parquet file, or cannot be rewritten.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    part = part_of(path, ".forget")
    wanted = pa.array(sorted(ids), pa.string())
    held = False
    try:
        with pq.ParquetFile(path) as old:
            schema = old.schema_arrow
            with pq.ParquetWriter(part, schema, compression="zstd") as new:
                for batch in old.iter_batches(batch_size=BATCH):
                    hit = pc.is_in(batch.column("conversation_id"), value_set=wanted)
                    bare = _without_words(batch, hit)
                    held = held or not bare.equals(batch)
                    new.write_batch(bare)
        if held:
            part.replace(path)
    except (OSError, LookupError, ValueError, pa.ArrowException) as error:
        raise StoreError(f"{path}: the words cannot be erased from this file: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return held


def _without_words(batch: pa.RecordBatch, hit: pa.Array) -> pa.RecordBatch:
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = []
    for field, column in zip(batch.schema, batch.columns, strict=True):
        words = (field.metadata or {}).get(b"words") == b"yes"
        columns.append(pc.if_else(hit, pa.scalar(None, field.type), column) if words else column)
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)
