"""The event model as one Parquet file: a snapshot for the KPIs, and a relation for any query.

DuckDB, pandas and Polars read it as it is: ``SELECT stream, count(*) FROM
'cxscore.db.facts.parquet' WHERE eligible GROUP BY 1``. A flag is true, false or null where it is
not known; a number that is not known is null; times are seconds since 1970. Customers and issues
are codes of this file, no names. No message is in it; the groups of the export's own attributes
are, so it is as private as the store.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cxscore.kpi.facts import CHECKS, SERVICE, UNKNOWN, Facts

_ABOUT = b"cxscore"
_WORDS = ("exclusion", "stream", "kind")
_NARROW = ("stream", "kind")
"""Of fixed width in memory: they are compared over and over."""
_GROUPS = {"service": SERVICE, "checks": CHECKS}


def write_facts(
    path: Path,
    facts: Facts,
    about: Mapping[str, Any],
    *,
    place: Callable[[Path], object] | None = None,
) -> None:
    """Write a snapshot.

    Args:
        path: of the file; it is there whole or not at all.
        facts: all conversations.
        about: plain JSON values that say what it was made of.
        place: puts the whole file where it belongs, or not; None: at ``path``.

    Raises:
        OSError: it cannot be written.
    """
    columns: dict[str, pa.Array] = {}
    for column in fields(facts):
        held = getattr(facts, column.name)
        if isinstance(held, Mapping):
            columns |= {f"{column.name}.{k}": _column(k, v) for k, v in held.items()}
        else:
            columns[column.name] = _column(column.name, held)
    table = pa.table(columns).replace_schema_metadata({_ABOUT: json.dumps(about).encode()})
    # Of this process alone: two may write at once, and the last whole one stays.
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        pq.write_table(table, part, compression="zstd", write_page_checksum=True)
        if place is None:
            part.replace(path)
        else:
            place(part)
    finally:
        part.unlink(missing_ok=True)


def facts_about(path: Path) -> dict[str, Any] | None:
    """What a snapshot was made of; None: there is none, or it is no snapshot."""
    try:
        held = pq.read_schema(path).metadata or {}
        found = json.loads(held[_ABOUT])
    except (OSError, KeyError, ValueError, pa.ArrowException):
        return None
    return found if isinstance(found, dict) else None


def read_facts(path: Path) -> Facts:
    """Read a snapshot.

    Raises:
        OSError, ValueError, KeyError: it cannot be read, or is none.
    """
    table = pq.read_table(path, page_checksum_verification=True)
    # Side by side: most of it is copying outside of the interpreter's lock.
    with ThreadPoolExecutor(2) as pool:
        held = dict(
            zip(
                table.column_names,
                pool.map(lambda name: _read(name, table[name]), table.column_names),
                strict=True,
            )
        )
    columns: dict[str, Any] = {}
    for column in fields(Facts):
        name = column.name
        if name in _GROUPS:
            columns[name] = {k: held[f"{name}.{k}"] for k in _GROUPS[name]}
        elif name == "attributes":
            mine = [c for c in held if c.startswith("attributes.")]
            columns[name] = {c.split(".", 1)[1]: held[c] for c in mine}
        else:
            columns[name] = held[name]
    return Facts(**columns)


def _read(name: str, column: pa.ChunkedArray) -> np.ndarray[Any, Any]:
    if name.startswith("attributes."):
        return _words(column)
    return _back(name.rpartition(".")[2], column)


def _column(name: str, values: np.ndarray[Any, Any]) -> pa.Array:
    if values.dtype.kind in "OU":
        words = pa.array(values, pa.string())
        return words if name == "id" else words.dictionary_encode()
    if values.dtype == np.int8:
        return pa.array(values == 1, mask=values == UNKNOWN)
    if values.dtype.kind == "f":
        return pa.array(values, mask=np.isnan(values))
    return pa.array(values)


def _back(name: str, column: pa.ChunkedArray) -> np.ndarray[Any, Any]:
    if name in _WORDS:
        return _words(column, narrow=name in _NARROW)
    if pa.types.is_boolean(column.type) and name not in _MASKS:
        flags = column.cast(pa.int8()).fill_null(UNKNOWN)
        return np.asarray(flags.to_numpy(), np.int8)
    held: np.ndarray[Any, Any] = column.to_numpy()
    return held


_MASKS = frozenset({"eligible", "capped", "blind", "csat_sent", "lost"})
"""Known of every conversation."""


def _words(column: pa.ChunkedArray, *, narrow: bool = False) -> np.ndarray[Any, Any]:
    held = column.combine_chunks()
    if isinstance(held, pa.ChunkedArray):
        held = held.chunk(0) if held.num_chunks else pa.array([], column.type)
    if not pa.types.is_dictionary(held.type):
        held = held.dictionary_encode()
    words = held.dictionary.to_pylist()
    place = held.indices.to_numpy()
    # Narrow ones are as wide as their longest word: fewer bytes to compare.
    values = np.array(words or [""], dtype=None if narrow else object)
    return values[place] if len(words) else np.full(len(place), "", values.dtype)
