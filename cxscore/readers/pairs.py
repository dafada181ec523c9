"""Pairs of conversations somebody read and labelled: one issue, or two."""

from __future__ import annotations

from pathlib import Path

from cxscore.errors import InputError
from cxscore.readers.csv_file import read_rows

_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def read_pairs(path: Path) -> dict[tuple[str, str], bool]:
    """Read a CSV of ``earlier, later, same_issue``.

    Raises:
        ConfigError: it cannot be read, or a column is missing.
        InputError: a line says neither yes nor no.
    """
    found: dict[tuple[str, str], bool] = {}
    for at, row in read_rows(path, ("earlier", "later", "same_issue")):
        said = row["same_issue"].strip().casefold()
        if said not in _YES_NO:
            reason = f"same_issue says {row['same_issue']!r}; allowed: yes, no"
            raise InputError(reason, path=str(path), line=at)
        found[row["earlier"].strip(), row["later"].strip()] = _YES_NO[said]
    return found
