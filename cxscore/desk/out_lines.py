"""``--out``: one JSON line per conversation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO

from cxscore.errors import TranscriptError
from cxscore.transcript import Record
from cxscore.verdict import Judged, state

OUT_SCHEMA = 1
"""Version of the lines."""


class OutLines:
    """Writes the lines of one run.

    Args:
        file: open for writing; its owner decides what becomes of it.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def add(self, judged: Judged) -> None:
        """Write one judged or excluded conversation."""
        self._write(out_line(judged))

    def noting_unreadable(
        self, records: Iterator[Record | TranscriptError]
    ) -> Iterator[Record | TranscriptError]:
        """Pass records on; write a line for each that could not be read."""
        for record in records:
            if isinstance(record, TranscriptError):
                self._write(
                    {
                        "schema": OUT_SCHEMA,
                        "id": None,
                        "scores": {},
                        "states": {},
                        "error": str(record),
                    }
                )
            yield record

    def _write(self, line: dict[str, Any]) -> None:
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
