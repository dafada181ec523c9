"""Parquet files and folders saved by ``datasets``: rows with typed columns."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import chain
from typing import Any, BinaryIO

from cxscore.errors import ConfigError, TranscriptError
from cxscore.readers import turns_csv
from cxscore.readers.detection import refuse_unknown, shape
from cxscore.readers.documents import Document
from cxscore.readers.json_objects import Numbered
from cxscore.transcript import Json, Record

_ROWS_AT_ONCE = 256


def rows_of(document: Document, stream: BinaryIO | None = None) -> Iterator[tuple[int, Json]]:
    """The rows of a Parquet file or a saved dataset as JSON values, numbered from 1.

    Raises:
        ConfigError: a saved dataset, and the extra ``datasets`` is not installed.
        TranscriptError: the file is broken.
    """
    rows = _saved_rows(document) if document.is_dataset else _parquet_rows(document, stream)
    for number, row in enumerate(rows, start=1):
        yield number, _json(row)


def is_turn(row: Json) -> bool:
    """Whether a row is one turn, not a whole conversation."""
    return (
        isinstance(row, dict)
        and {"role", "text"} <= row.keys()
        and ("conversation_id" in row or "id" in row)
    )


def records(
    rows: Iterable[tuple[int, Json]],
    format: str | None,
    *,
    path: str,
    build: Callable[[Iterable[Numbered], str, str], Iterator[Record | TranscriptError]],
) -> Iterator[Record | TranscriptError]:
    """Rows to records, in the format named or the one the first row looks like.

    Args:
        rows: numbered from 1.
        format: a key of ``FORMATS`` or None.
        path: as the user named it.
        build: makes records of whole conversations, given rows, format and path.

    Raises:
        TranscriptError: there are no rows, or they look like no format.
    """
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        raise TranscriptError("has no rows; there is nothing to read", path=path)
    known = format or ("csv" if is_turn(first[1]) else shape(first[1]))
    whole = chain([first], rows)
    if known == "csv":
        return turns_csv.grouped((_turn_row(line, row) for line, row in whole), path=path)
    if known is None or known == "tau2":
        refuse_unknown(path)
    return build(whole, known, path)


def _turn_row(line: int, row: Mapping[str, Json]) -> turns_csv.Row:
    cells = {str(k).lower(): str(v) for k, v in row.items() if v is not None and v != ""}
    identity = (cells.get("conversation_id") or cells.get("id") or "").strip()
    return turns_csv.Row(line=line, cells=cells, id=identity)


def _parquet_rows(document: Document, stream: BinaryIO | None) -> Iterator[dict[str, Any]]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(_seekable(document, stream)) as file:
            for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE):
                yield from batch.to_pylist()
    except pa.ArrowException as error:
        said = str(error).split("\n")[0][:120]
        raise TranscriptError(f"is a broken Parquet file: {said}", path=document.name) from None


def _seekable(document: Document, stream: BinaryIO | None) -> Any:
    if stream is None:
        return document.path
    return stream if stream.seekable() else io.BytesIO(stream.read())


def _saved_rows(document: Document) -> Iterator[dict[str, Any]]:
    try:
        import datasets
    except ImportError:
        raise ConfigError(
            "reading a saved dataset folder needs the extra datasets: "
            "pip install 'cxscore[datasets]'",
            path=document.name,
        ) from None
    try:
        saved = datasets.load_from_disk(str(document.path))
    except (ValueError, KeyError, TypeError) as error:
        said = str(error).split("\n")[0][:120]
        raise TranscriptError(f"is a broken dataset folder: {said}", path=document.name) from None
    splits = saved.values() if isinstance(saved, datasets.DatasetDict) else [saved]
    for split in splits:
        yield from split


def _json(value: Any) -> Json:
    """A cell as a JSON value; members of a struct that are null are left out."""
    if isinstance(value, dict):
        return {str(k): _json(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_json(v) for v in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
