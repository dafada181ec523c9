"""Columns of a file of one row a conversation or night, for commands that need no store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cxscore.calibration.population import Floats, Place, numbers
from cxscore.errors import ConfigError, LabelError
from cxscore.readers.labels import tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file's rows with their lines."""

    rows: tuple[Mapping[str, str], ...]
    place: Place

    def texts(self, name: str) -> list[str]:
        """A column as text; empty where there is none."""
        return [row.get(name, "") for row in self.rows]

    def numbers(self, name: str) -> Floats:
        """A column as numbers; NaN where there is none.

        Raises:
            LabelError: a value is no number.
        """
        return numbers([row.get(name) for row in self.rows], name, self.place)


def read_table(path: Path, names: Sequence[str | None]) -> Table:
    """Read a file that must have these columns.

    Raises:
        LabelError: it cannot be read, or holds no row.
        ConfigError: a column is not there.
    """
    rows = list(tables.rows(path))
    if not rows:
        raise LabelError("holds no row", path=str(path))
    there = {name for _, row in rows for name in row}
    for name in names:
        if name is not None and name not in there:
            reason = f"there is no column {name!r}; there are: {', '.join(sorted(there))}"
            raise ConfigError(reason, path=str(path))
    return Table(
        rows=tuple(row for _, row in rows),
        place=Place(path=str(path), lines=[line for line, _ in rows]),
    )
