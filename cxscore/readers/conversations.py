"""The one door to every conversation format: files in, records out, one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from cxscore.errors import ConfigError, TranscriptError
from cxscore.readers import documents, json_objects, plugged
from cxscore.readers.assembly import built
from cxscore.readers.detection import (
    FORMATS,
    Layout,
    Recognised,
    recognise,
    refuse_unknown,
    shape,
)
from cxscore.readers.documents import STDIN, Document
from cxscore.readers.plugged import FormatReader
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
    "intercom": ("intercom", "record"),
    "zendesk": ("zendesk", "record"),
    "maia": ("maia", "record"),
    "maia:english": ("maia", "english_record"),
}


def _no_readers() -> Mapping[str, FormatReader]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the caller says of the files."""

    format: str | None = None
    mapped: Mapped | None = None
    extra: Mapping[str, FormatReader] = field(default_factory=_no_readers)

    def taker(self, head: bytes, name: str) -> str | None:
        """The plug-in reader for a file of no known format; None when a format is given."""
        if self.format is not None or self.mapped is not None:
            return None
        return plugged.taker(head, self.extra, name)


def read(
    paths: Sequence[str | Path],
    *,
    format: str | None = None,
    mapping: Path | None = None,
    stdin: BinaryIO | None = None,
    extra: Mapping[str, FormatReader] | None = None,
) -> Iterator[Record | TranscriptError]:
    """Conversations from files, folders, archives and standard input (``-``), one at a time.

    A folder is walked; what is no data file is passed over, a data file that cannot be used is
    yielded as its error. A file the caller named must be usable.

    Args:
        paths: what to read, in this order.
        format: a key of ``FORMATS`` or of ``extra``; None to tell it from each file's content.
        mapping: a mapping file that describes the format instead.
        stdin: the byte stream ``-`` stands for.
        extra: readers of other formats by name; they are asked about what is in none of
            ``FORMATS``.

    Yields:
        A record, or the error that says why one could not be read.

    Raises:
        TranscriptError: a named path is missing or cannot be used, or a folder has nothing to read.
        ConfigError: the format name is unknown, or the mapping file is not valid.
    """
    if format is not None and mapping is not None:
        raise ConfigError("a format and a mapping file are both given; one of them decides")
    known = dict.fromkeys((*FORMATS, *(extra or {})))
    if format is not None and format not in known:
        raise ConfigError(f"{format!r} is no known format; known are {', '.join(known)}")
    mapped = None
    if mapping is not None:
        from cxscore.readers.mapping import load

        mapped = load(mapping)
    told = _Told(format=format, mapped=mapped, extra=extra or {})
    return _all(documents.checked(paths), told, stdin)


def detect(path: str | Path, *, extra: Mapping[str, FormatReader] | None = None) -> str:
    """The format of a file, a key of ``FORMATS`` or of ``extra``, told from its content.

    Raises:
        TranscriptError: the file cannot be read or is in no known format.
    """
    (named,) = documents.checked([path])
    for document in _parts(Path(named)) or [Document(name=str(named), path=Path(named))]:
        if (known := _format_of(document, _Told(extra=extra or {}))) is not None:
            return known
    return refuse_unknown(str(path))


def _format_of(document: Document, told: _Told) -> str | None:
    if document.is_dataset:
        return _shape_of_rows(document)
    with documents.opened(document, None) as (head, _):
        found = _recognised(head, document.name, told)
    if isinstance(found, Recognised) and found.layout is Layout.PARQUET:
        return _shape_of_rows(document)
    return found.format if isinstance(found, Recognised) else found


def _recognised(head: bytes, name: str, told: _Told) -> Recognised | str:
    """What the first bytes tell, or the plug-in reader that takes a file nobody here knows."""
    try:
        found = recognise(head, name)
    except TranscriptError:
        if (taken := told.taker(head, name)) is not None:
            return taken
        raise
    if found.format is None and found.layout is not Layout.PARQUET:
        return told.taker(head, name) or found
    return found


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


def _all(paths: tuple[str | Path, ...], told: _Told, stdin: BinaryIO | None) -> Iterator[Outcome]:
    for named in paths:
        name = str(named)
        if name == STDIN:
            yield from _records(Document(name=STDIN, path=None), told, stdin)
            continue
        path = Path(named)
        parts = _parts(path)
        if parts is None or (len(parts) == 1 and parts[0].is_dataset):
            whole = parts[0] if parts else Document(name=name, path=path)
            yield from _records(whole, told, stdin)
        else:
            yield from _each(parts, name, told)


def _each(parts: Iterable[Document], name: str, told: _Told) -> Iterator[Outcome]:
    """The records of every part; a part that cannot be used is one error."""
    any_read = False
    refused = None
    for part in parts:
        try:
            for outcome in _within(part, told):
                any_read = any_read or isinstance(outcome, Record)
                yield outcome
        except TranscriptError as error:
            refused = error
            yield error
    if not any_read:
        why = f"; the last one: {refused}" if refused else ""
        raise TranscriptError(f"holds no file that can be read as conversations{why}", path=name)


def _within(part: Document, told: _Told) -> Iterator[Outcome]:
    if part.refused is not None:
        raise TranscriptError(part.refused, path=part.name)
    if part.path is not None and part.member is None and not part.is_dataset:
        with documents.readable(part.name):
            inner = list(documents.members(part.path)) if documents.is_archive(part.path) else None
        if inner is not None:
            yield from _each(inner, part.name, told)
            return
    yield from _records(part, told, None)


def _records(document: Document, told: _Told, stdin: BinaryIO | None) -> Iterator[Outcome]:
    if document.is_dataset:
        yield from _from_rows(document, document.name, told, None)
        return
    with documents.opened(document, stdin) as (head, stream):
        if told.format is not None and told.format not in FORMATS:
            yield from _plugged(told.format, document, stream, told)
            return
        found = _recognised(head, document.name, told)
        if isinstance(found, str):
            yield from _plugged(found, document, stream, told)
        elif found.layout is Layout.PARQUET:
            yield from _from_rows(document, document.name, told, stream)
        elif told.mapped is not None:
            yield from told.mapped.records(stream, found.layout, path=document.name)
        else:
            known = told.format or found.format or refuse_unknown(document.name)
            yield from _in_format(known, found.layout, stream, document.name)


def _plugged(name: str, document: Document, stream: BinaryIO, told: _Told) -> Iterator[Outcome]:
    return plugged.records(told.extra[name], name, document, stream)


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
    document: Document, path: str, told: _Told, stream: BinaryIO | None
) -> Iterator[Outcome]:
    from cxscore.readers import columns

    if told.format is not None and told.format not in FORMATS:
        raise TranscriptError(f"is a saved dataset; {told.format} reads files", path=path)
    with documents.readable(path):
        rows = columns.rows_of(document, stream)
        if told.mapped is not None:
            yield from told.mapped.each(rows, path=path)
            return
        yield from columns.records(rows, told.format, path=path, build=_built)


def _built(objects: Iterable[json_objects.Numbered], format: str, path: str) -> Iterator[Outcome]:
    module, function = _RECORD_FUNCTIONS[format]
    build = getattr(import_module(f"cxscore.readers.{module}"), function)
    return built(objects, build, path)
