"""One answer of a review as its file holds it, before it means anything to us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one row or one question of a form says."""

    line: int
    """1-based line of a table or record of a form file."""
    cells: Mapping[str, str]
    """Our column names to the text of the cell; missing and empty cells are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """An answer or question of theirs for which nothing of ours is named."""

    what: str
    """``answer`` or ``question``."""
    text: str
    criterion: str | None
    rows: int
    line: int
    """Where it stood first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Where a mapping holds less than the file did."""

    criterion: str
    sentence: str
