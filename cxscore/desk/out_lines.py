"""``--out``: one JSON line per conversation."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from cxscore.errors import ConfigError, StoreError, TranscriptError
from cxscore.transcript import Record
from cxscore.verdict import Judged, state

OUT_SCHEMA = 1
"""Version of the lines."""


class OutLines:
    """The file takes its place only once all lines are written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._file: TextIO | None = None

    def __enter__(self) -> OutLines:
        try:
            self._file = self._part.open("w", encoding="utf-8")
        except OSError as error:
            raise ConfigError(
                f"cannot be written: {error.strerror}", path=str(self._path)
            ) from None
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
        self._part.unlink(missing_ok=True)

    def add(self, judged: Judged) -> None:
        """Write one judged or excluded conversation."""
        self._write(out_line(judged))

    def noting_unreadable(
        self, records: Iterator[Record | TranscriptError]
    ) -> Iterator[Record | TranscriptError]:
        """Pass records on; write a line for each that could not be read."""
        for record in records:
            if isinstance(record, TranscriptError):
                unread: dict[str, Any] = {
                    "schema": OUT_SCHEMA,
                    "id": None,
                    "scores": {},
                    "states": {},
                }
                self._write({**unread, "error": str(record)})
            yield record

    def keep(self) -> None:
        """Let the file take its place."""
        if self._file is None:
            return
        self._file.close()
        try:
            self._part.replace(self._path)
        except OSError as error:
            raise StoreError(f"{self._path} cannot be written: {error.strerror}") from None

    def _write(self, line: dict[str, Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")


def out_line(judged: Judged) -> dict[str, Any]:
    """One line of ``--out``: levels, states, and the error where the judgement failed."""
    outcomes = {} if judged.verdict is None else judged.verdict.journey
    line: dict[str, Any] = {
        "schema": OUT_SCHEMA,
        "id": judged.record.conversation.id,
        "scores": {name: getattr(o, "level", None) for name, o in outcomes.items()},
        "states": {name: state(o) for name, o in outcomes.items()},
        "error": judged.error,
    }
    if judged.exclusion is not None:
        line["excluded"] = str(judged.exclusion)
    return line
