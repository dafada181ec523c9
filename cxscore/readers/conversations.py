"""The one door to every conversation format: files in, records out, one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from cxscore.errors import ConfigError, TranscriptError
from cxscore.readers import documents, json_objects
from cxscore.readers.assembly import built
from cxscore.readers.detection import FORMATS, Layout, recognise, refuse_unknown, shape
from cxscore.readers.documents import STDIN, Document
from cxscore.transcript import Record

if TYPE_CHECKING:
    from cxscore.readers.mapping import Mapped

Outcome: TypeAlias = "Record | TranscriptError"

_RECORD_FUNCTIONS = {
    "canonical": ("canonical", "record"),
    "messages": ("messages", "record"),
    "sharegpt": ("messages", "record"),
    "tau_bench": ("tau_bench", "record"),
    "tau2_judges": ("tau2", "judged_record"),
    "maia": ("maia", "record"),
    "maia:english": ("maia", "english_record"),
}


def read(
    paths: Sequence[str | Path],
    *,
    format: str | None = None,
    mapping: Path | None = None,
    stdin: BinaryIO | None = None,
) -> Iterator[Record | TranscriptError]:
    """Conversations from files, folders, archives and standard input (``-``), one at a time.

    A folder is walked; what is no data file is passed over, a data file that cannot be used is
    yielded as its error. A file the caller named must be usable.

    Args:
        paths: what to read, in this order.
        format: a key of ``FORMATS``; None to tell it from each file's content.
        mapping: a mapping file that describes the format instead.
        stdin: the byte stream ``-`` stands for.

    Yields:
        A record, or the error that says why one could not be read.

    Raises:
        TranscriptError: a named path is missing or cannot be used, or a folder has nothing to read.
        ConfigError: the format name is unknown, or the mapping file is not valid.
    """
    if format is not None and mapping is not None:
        raise ConfigError("a format and a mapping file are both given; one of them decides")
    if format is not None and format not in FORMATS:
        raise ConfigError(f"{format!r} is no known format; known are {', '.join(FORMATS)}")
    mapped = None
    if mapping is not None:
        from cxscore.readers.mapping import load

        mapped = load(mapping)
    return _all(documents.checked(paths), format, mapped, stdin)


def detect(path: str | Path) -> str:
    """The format of a file, a key of ``FORMATS``, told from its content.

    Raises:
        TranscriptError: the file cannot be read or is in no known format.
    """
    (named,) = documents.checked([path])
    for document in _parts(Path(named)) or [Document(name=str(named), path=Path(named))]:
        if (known := _format_of(document)) is not None:
            return known
    return refuse_unknown(str(path))


def _format_of(document: Document) -> str | None:
    if document.is_dataset:
        return _shape_of_rows(document)
    with documents.opened(document, None) as (head, _):
        recognised = recognise(head, document.name)
    if recognised.layout is Layout.PARQUET:
        return _shape_of_rows(document)
    return recognised.format


def _shape_of_rows(document: Document) -> str | None:
    from cxscore.readers import columns

    with documents.readable(document.name):
        for _, row in columns.rows_of(document):
            return shape(row) or ("csv" if columns.is_turn(row) else None)
    return None


def _parts(path: Path) -> list[Document] | None:
    """What a folder or an archive holds, in reading order; None for a plain file."""
    if path.is_dir():
        if documents.is_dataset(path):
            return [Document(name=str(path), path=path, is_dataset=True)]
        return list(documents.walk(path))
    with documents.readable(str(path)):
        return list(documents.members(path)) if documents.is_archive(path) else None


def _all(
    paths: tuple[str | Path, ...],
    format: str | None,
    mapped: Mapped | None,
    stdin: BinaryIO | None,
) -> Iterator[Outcome]:
    for named in paths:
        name = str(named)
        if name == STDIN:
            yield from _records(Document(name=STDIN, path=None), format, mapped, stdin)
            continue
        path = Path(named)
        parts = _parts(path)
        if parts is None or (len(parts) == 1 and parts[0].is_dataset):
            whole = parts[0] if parts else Document(name=name, path=path)
            yield from _records(whole, format, mapped, stdin)
        else:
            yield from _each(parts, name, format, mapped)


def _each(
    parts: Iterable[Document], name: str, format: str | None, mapped: Mapped | None
) -> Iterator[Outcome]:
    """The records of every part; a part that cannot be used is one error."""
    any_read = False
    refused = None
    for part in parts:
        try:
            for outcome in _within(part, format, mapped):
                any_read = any_read or isinstance(outcome, Record)
                yield outcome
        except TranscriptError as error:
            refused = error
            yield error
    if not any_read:
        why = f"; the last one: {refused}" if refused else ""
        raise TranscriptError(f"holds no file that can be read as conversations{why}", path=name)


def _within(part: Document, format: str | None, mapped: Mapped | None) -> Iterator[Outcome]:
    if part.path is not None and part.member is None and not part.is_dataset:
        with documents.readable(part.name):
            inner = list(documents.members(part.path)) if documents.is_archive(part.path) else None
        if inner is not None:
            yield from _each(inner, part.name, format, mapped)
            return
    yield from _records(part, format, mapped, None)


def _records(
    document: Document, format: str | None, mapped: Mapped | None, stdin: BinaryIO | None
) -> Iterator[Outcome]:
    if document.is_dataset:
        yield from _from_rows(document, document.name, format, mapped, None)
        return
    with documents.opened(document, stdin) as (head, stream):
        found = recognise(head, document.name)
        if found.layout is Layout.PARQUET:
            yield from _from_rows(document, document.name, format, mapped, stream)
        elif mapped is not None:
            yield from mapped.records(stream, found.layout, path=document.name)
        else:
            known = format or found.format or refuse_unknown(document.name)
            yield from _in_format(known, found.layout, stream, document.name)


def _in_format(format: str, layout: Layout, stream: BinaryIO, path: str) -> Iterator[Outcome]:
    if (layout is Layout.TABLE) is not (format == "csv"):
        raise TranscriptError(f"does not look like {format}: {FORMATS[format]}", path=path)
    if format == "csv":
        from cxscore.readers import turns_csv

        yield from turns_csv.records(stream, path=path)
    elif format == "tau2":
        from cxscore.readers import tau2

        yield from tau2.records(json_objects.document(stream, path), path=path)
    else:
        by_line = layout is Layout.LINES
        objects = json_objects.objects_by_line if by_line else json_objects.objects_of_document
        yield from _built(objects(stream, path), format, path)


def _from_rows(
    document: Document,
    path: str,
    format: str | None,
    mapped: Mapped | None,
    stream: BinaryIO | None,
) -> Iterator[Outcome]:
    from cxscore.readers import columns

    with documents.readable(path):
        rows = columns.rows_of(document, stream)
        if mapped is not None:
            yield from mapped.each(rows, path=path)
            return
        yield from columns.records(rows, format, path=path, build=_built)


def _built(objects: Iterable[json_objects.Numbered], format: str, path: str) -> Iterator[Outcome]:
    module, function = _RECORD_FUNCTIONS[format]
    build = getattr(import_module(f"cxscore.readers.{module}"), function)
    return built(objects, build, path)
