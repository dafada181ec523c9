"""Files to nouns: one module per format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from cxscore.errors import TranscriptError
from cxscore.transcript import Record

if TYPE_CHECKING:
    from cxscore.readers.plugged import FormatReader

__all__ = ["canonical_schema", "detect", "read"]


def read(
    paths: Sequence[str | Path],
    *,
    format: str | None = None,
    mapping: Path | None = None,
    stdin: BinaryIO | None = None,
    extra: Mapping[str, FormatReader] | None = None,
) -> Iterator[Record | TranscriptError]:
    """Conversations from files, folders, archives and standard input; see ``conversations``."""
    from cxscore.readers import conversations

    return conversations.read(paths, format=format, mapping=mapping, stdin=stdin, extra=extra)


def detect(path: str | Path, *, extra: Mapping[str, FormatReader] | None = None) -> str:
    """The format of a file, told from its content.

    Raises:
        TranscriptError: the file cannot be read or is in no known format.
    """
    from cxscore.readers import conversations

    return conversations.detect(path, extra=extra)


def canonical_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one line of the canonical format."""
    from cxscore.readers import canonical

    return canonical.schema()
