"""A small CSV file with a header, row by row, or one sentence why it cannot be read."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from cxscore.errors import ConfigError, InputError
from cxscore.readers.assembly import MAX_TURN_CHARACTERS

Row = dict[str, str]
LONGEST_CELL = 4 * MAX_TURN_CHARACTERS
"""Characters; a turn may be quoted and escaped."""


def lift_cell_limit() -> None:
    """Let a cell hold a whole turn: the standard library's own limit is 131,072 characters."""
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_CELL))


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, Row]]:
    """Line number and cells of every row; a cell a short line lacks is empty.

    Args:
        path: UTF-8, with or without a byte order mark.
        columns: names that must stand in the header; others may.

    Raises:
        ConfigError: it cannot be opened, is empty or no text, or a column is missing.
        InputError: a line cannot be read.
    """
    lift_cell_limit()
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval="", strict=True)
            names = list(reader.fieldnames or ())
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ConfigError(f"the column {twice[0]!r} stands there twice", path=str(path))
            missing = [name for name in columns if name not in names]
            if missing:
                there = ", ".join(names) or "none, the file is empty"
                reason = f"there is no column {missing[0]!r}; there are: {there}"
                raise ConfigError(reason, path=str(path))
            while True:
                # The first line a broken record stands on, not the one reading gave up at.
                begins = reader.line_num + 1
                try:
                    row = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    raise InputError(
                        f"the line cannot be read: {error}", path=str(path), line=begins
                    ) from None
                more = row.pop(None, [])
                if any(cell.strip() for cell in more):
                    raise InputError(
                        f"the line has {len(names) + len(more)} cells, the header {len(names)}: put"
                        " a cell with a comma in quotes",
                        path=str(path),
                        line=begins,
                    )
                yield reader.line_num, row
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror or error}", path=str(path)) from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"is no UTF-8 text: {error.reason}", path=str(path)) from None
    except csv.Error as error:
        raise ConfigError(f"the header cannot be read: {error}", path=str(path)) from None
