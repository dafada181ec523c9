"""What lies behind the paths a user names: files, folders, archives, standard input."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from cxscore.errors import TranscriptError

HEAD_BYTES = 262_144
"""How much of a file is looked at to tell its format."""
STDIN = "-"

_DATA_SUFFIXES = frozenset(
    {".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".gz", ".zip"}
)
_DATASET_MARKS = ("dataset_dict.json", "dataset_info.json")
_BROKEN = (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError)
"""What the standard library raises on unreadable, truncated or encrypted input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One thing to read conversations from."""

    name: str
    """As the user named it; members of an archive and files of a folder below it."""
    path: Path | None
    """None for standard input."""
    member: str | None = None
    """Name inside the archive at ``path``."""
    is_dataset: bool = False
    """True for a folder written by ``datasets``' ``save_to_disk``."""
    refused: str | None = None
    """Why it cannot be looked into: a folder below the one named that may not be entered."""


def checked(paths: Sequence[str | Path]) -> tuple[str | Path, ...]:
    """The paths, all of which exist.

    Raises:
        TranscriptError: there is none, or one does not exist.
    """
    if not paths:
        raise TranscriptError("no input named; give files, folders or - for standard input")
    for path in paths:
        if str(path) != STDIN and not Path(path).exists():
            raise TranscriptError("there is no such file or folder", path=str(path))
    return tuple(paths)


def is_dataset(folder: Path) -> bool:
    """Whether ``datasets`` saved this folder."""
    try:
        saved = (folder / "state.json").is_file() or (folder / "dataset_dict.json").is_file()
        return saved and any((folder / mark).is_file() for mark in _DATASET_MARKS)
    except PermissionError:
        return False  # told when it is walked


def is_archive(path: Path) -> bool:
    """Whether a file is a zip archive, by its first bytes."""
    with path.open("rb") as stream:
        return stream.read(4) == b"PK\x03\x04"


def walk(folder: Path) -> Iterator[Document]:
    """The files of a folder that may hold conversations, in a stable order.

    Hidden files and files without a data suffix (README.md, LICENSE, …) are passed over. A folder
    that may not be entered is a document too: its conversations are missing, and that is told.
    """
    shut: list[OSError] = []
    for here, folders, files in os.walk(folder, onerror=shut.append):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in tuple(folders):
            if is_dataset(Path(here, name)):
                folders.remove(name)
                saved = Path(here, name)
                yield Document(name=str(saved), path=saved, is_dataset=True)
        for name in sorted(files):
            if _may_hold_data(name):
                path = Path(here, name)
                yield Document(name=str(path), path=path)
    for error in shut:
        why = f"the folder may not be entered: {error.strerror}"
        yield Document(name=str(error.filename), path=Path(str(error.filename)), refused=why)


def members(archive: Path) -> Iterator[Document]:
    """The files of a zip archive that may hold conversations, in its order.

    Raises:
        TranscriptError: the archive is broken.
    """
    with readable(str(archive)), zipfile.ZipFile(archive) as opened:
        names = [info.filename for info in opened.infolist() if not info.is_dir()]
    for name in names:
        if not name.startswith("__MACOSX/") and _may_hold_data(name.rpartition("/")[2]):
            yield Document(name=f"{archive}/{name}", path=archive, member=name)


def _may_hold_data(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() in _DATA_SUFFIXES


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Turn what the standard library says of unreadable input into one sentence.

    Raises:
        TranscriptError: instead of an operating-system, gzip or zip error.
    """
    try:
        yield
    except PermissionError:
        raise TranscriptError("may not be read: permission denied", path=name) from None
    except IsADirectoryError:
        raise TranscriptError("is a folder where a file was expected", path=name) from None
    except RecursionError:
        raise TranscriptError("is nested too deeply to be read", path=name) from None
    except _BROKEN as error:
        said = str(error).split("\n")[0][:120] or type(error).__name__
        raise TranscriptError(
            f"cannot be read, it is damaged or locked ({said}); fetch or pack it again", path=name
        ) from None


@contextmanager
def opened(document: Document, stdin: BinaryIO | None) -> Iterator[tuple[bytes, BinaryIO]]:
    """The first bytes of a document and a stream over all of it, unpacked.

    Raises:
        TranscriptError: it cannot be opened or unpacked, or it is empty.
    """
    with readable(document.name), _raw(document, stdin) as raw:
        head, stream = _peeked(raw)
        if head.startswith(b"\x1f\x8b"):
            # What comes out of gzip over a pipe says it can seek, and cannot.
            unpacked = cast("BinaryIO", gzip.GzipFile(fileobj=stream))
            head, stream = _peeked(unpacked, rewind=stream.seekable())
        if document.path is None and head.startswith(b"PK\x03\x04"):
            raise TranscriptError(
                "is a zip archive; name the file instead of piping it", path=STDIN
            )
        if not head.removeprefix(b"\xef\xbb\xbf").strip():
            raise TranscriptError("is empty; there is nothing to read", path=document.name)
        yield head, stream


@contextmanager
def _raw(document: Document, stdin: BinaryIO | None) -> Iterator[BinaryIO]:
    if document.path is None:
        if stdin is None:
            raise TranscriptError("nothing is connected to standard input", path=STDIN)
        yield stdin
    elif document.member is None:
        with document.path.open("rb") as stream:
            yield stream
    else:
        with zipfile.ZipFile(document.path) as archive, archive.open(document.member) as inner:
            yield cast("BinaryIO", inner)


def _peeked(stream: BinaryIO, *, rewind: bool = True) -> tuple[bytes, BinaryIO]:
    """The head, and a stream that starts with it again."""
    head = _filled(stream, HEAD_BYTES)
    if rewind and stream.seekable():
        stream.seek(0)
        return head, stream
    return head, cast("BinaryIO", io.BufferedReader(_Rejoined(head, stream), 1 << 16))


def _filled(stream: BinaryIO, size: int) -> bytes:
    parts = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


class _Rejoined(io.RawIOBase):
    """A pipe whose first bytes have been looked at."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        super().__init__()
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed asks for its own Buffer protocol
        data: bytes | memoryview
        if self._head:
            data, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        else:
            data = self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
