"""How a judge judged the frozen anchors, time after time: means, no words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorMean:
    """One judging of the anchors, one criterion."""

    at: str
    """ISO time."""
    judge: str
    rubric: str
    criterion: str
    mean: float
    """Of the levels, in levels."""
    n: int
    """Anchors that got one."""


def add(connection: sqlite3.Connection, means: Iterable[AnchorMean]) -> None:
    """Store one judging."""
    connection.executemany(
        "INSERT INTO anchor_mean VALUES (?, ?, ?, ?, ?, ?)",
        [(m.at, m.judge, m.rubric, m.criterion, m.mean, m.n) for m in means],
    )


def means(connection: sqlite3.Connection) -> tuple[AnchorMean, ...]:
    """Every judging, oldest first."""
    rows = connection.execute(
        "SELECT at, judge, rubric, criterion, mean, n FROM anchor_mean ORDER BY rowid"
    )
    return tuple(
        AnchorMean(at=at, judge=judge, rubric=rubric, criterion=criterion, mean=mean, n=n)
        for at, judge, rubric, criterion, mean, n in rows
    )
