"""Pairs of conversations somebody read and labelled: one issue, or two."""

from __future__ import annotations

import csv
from pathlib import Path

from cxscore.errors import ConfigError, InputError

_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def read_pairs(path: Path) -> dict[tuple[str, str], bool]:
    """Read a CSV of ``earlier, later, same_issue``.

    Raises:
        ConfigError: it cannot be read, or a column is missing.
        InputError: a line says neither yes nor no.
    """
    found: dict[tuple[str, str], bool] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            names = ("earlier", "later", "same_issue")
            missing = [c for c in names if c not in (reader.fieldnames or ())]
            if missing:
                raise ConfigError(f"there is no column {missing[0]!r}", path=str(path))
            for row in reader:
                said = (row["same_issue"] or "").strip().casefold()
                if said not in _YES_NO:
                    raise InputError(
                        f"same_issue says {row['same_issue']!r}; allowed: yes, no",
                        path=str(path),
                        line=reader.line_num,
                    )
                found[row["earlier"], row["later"]] = _YES_NO[said]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the pairs cannot be read: {error}", path=str(path)) from None
    return found
