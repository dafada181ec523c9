"""Rows as Arrow tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cxscore.export.columns import TABLES, Column
from cxscore.export.rows import Row

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 2000
"""Rows held in memory at a time."""


def arrow_schema(table: str) -> pa.Schema:
    """The Arrow schema of a table; word columns carry ``words: yes`` in their metadata."""
    import pyarrow as pa

    kinds = {
        "text": pa.string(),
        "whole": pa.int64(),
        "number": pa.float64(),
        "truth": pa.bool_(),
        "time": pa.timestamp("us", tz="UTC"),
        "texts": pa.list_(pa.string()),
    }
    return pa.schema(
        [
            pa.field(
                c.name,
                kinds[c.kind],
                metadata={"about": c.about, "words": "yes" if c.words else "no"},
            )
            for c in TABLES[table]
        ]
    )


def arrow_table(table: str, rows: Iterable[Row]) -> pa.Table:
    """Rows as one Arrow table with the columns of the Parquet file."""
    import pyarrow as pa

    schema = arrow_schema(table)
    return pa.Table.from_batches(_batches(table, rows, schema), schema=schema)


def _batches(table: str, rows: Iterable[Row], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    waiting: list[Row] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == BATCH:
            yield arrow_batch(table, waiting, schema)
            waiting = []
    if waiting:
        yield arrow_batch(table, waiting, schema)


def arrow_batch(table: str, rows: list[Row], schema: pa.Schema) -> pa.RecordBatch:
    """Rows as one record batch of a table."""
    import pyarrow as pa

    arrays = [
        pa.array([_cell(c, row.get(c.name)) for row in rows], schema.field(c.name).type)
        for c in TABLES[table]
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _cell(column: Column, value: Any) -> Any:
    if column.words and not value:
        return None  # erased words are empty in the ledger and null in a table
    if column.kind == "text" and value is not None:
        return str(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)  # a time without a zone is taken as UTC
    return value
