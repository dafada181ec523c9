"""Readers from outside: what they offer, and what the house sees to itself."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from cxscore.errors import InputError, PluginError, TranscriptError
from cxscore.readers.assembly import assemble
from cxscore.readers.documents import Document
from cxscore.transcript import Record

_GZIP = b"\x1f\x8b"


class FormatReader(Protocol):
    """Reads one more format of conversations."""

    def sniff(self, head: bytes, /) -> bool:
        """Whether a file is in this format, told from its first bytes (at most 256 KB, unpacked).

        Asked only about files no format of cxscore fits.
        """
        ...

    def read(self, path: Path, /) -> Iterator[Record | TranscriptError]:
        """The conversations of an unpacked file, one at a time; a broken one as its error.

        Nothing needs to be sealed, cleaned or dated here, and the language need not be known:
        every record goes through what the records of cxscore's own formats go through.
        """
        ...


def taker(head: bytes, extra: Mapping[str, FormatReader], path: str) -> str | None:
    """The name of the reader that takes a file; None when none does.

    Raises:
        TranscriptError: more than one does.
        PluginError: a reader breaks.
    """
    takers = [name for name in extra if _sniffs(name, extra[name], head, path)]
    if len(takers) > 1:
        raise TranscriptError(
            f"is claimed by more than one plug-in ({', '.join(takers)}); name one with --format",
            path=path,
        )
    return takers[0] if takers else None


def records(
    reader: FormatReader, name: str, document: Document, stream: BinaryIO
) -> Iterator[Record | TranscriptError]:
    """What a reader makes of a document, sealed and finished like every other record."""
    with _on_disk(document, stream) as path:
        try:
            for item in reader.read(path):
                yield _finished(item, name, document.name)
        except InputError as error:
            yield TranscriptError(error.reason, path=document.name, line=error.line)
        except Exception as error:  # a plug-in may raise anything; what it read before stays
            said = f"{type(error).__name__}: {error}"
            yield TranscriptError(f"the reader {name} broke: {said}", path=document.name)


def _sniffs(name: str, reader: FormatReader, head: bytes, path: str) -> bool:
    try:
        return bool(reader.sniff(head))
    except Exception as error:  # a plug-in may raise anything
        said = f"{type(error).__name__}: {error}"
        raise PluginError(f"the reader {name} broke while looking at {path}: {said}") from error


def _finished(item: object, name: str, path: str) -> Record | TranscriptError:
    if isinstance(item, TranscriptError):
        return TranscriptError(item.reason, path=path, line=item.line)
    if not isinstance(item, Record):
        said = f"the reader {name} gave a {type(item).__name__} where a Record is due"
        return TranscriptError(said, path=path)
    try:
        return assemble(item.conversation, item.sealed, path=path, line=item.line)
    except TranscriptError as error:
        return error


@contextmanager
def _on_disk(document: Document, stream: BinaryIO) -> Iterator[Path]:
    """The document as an unpacked file: where it lies, or a copy for as long as it is read."""
    if document.path is not None and document.member is None and not _is_packed(document.path):
        yield document.path
        return
    named = Path(document.member or document.path or "stdin").name.removesuffix(".gz")
    with tempfile.TemporaryDirectory(prefix="cxscore-") as folder:
        copy = Path(folder, named)
        with copy.open("wb") as file:
            shutil.copyfileobj(stream, file)
        yield copy


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == _GZIP
