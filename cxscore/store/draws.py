"""Samples drawn for people: every conversation of the frame with its stratum and its chance."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cxscore.label import Design


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameUnit:
    """One conversation that could be drawn."""

    conversation_id: str
    stratum: str
    inclusion_probability: float
    drawn: bool
    twice: bool = False
    """True: two people rate it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """One sample."""

    name: str
    design: Design
    seed: int
    split: str
    at: str
    """ISO time."""


def add(connection: sqlite3.Connection, draw: Draw, units: Iterable[FrameUnit]) -> bool:
    """Store a draw; False when one of that name is there."""
    done = connection.execute(
        "INSERT INTO draw VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
        (draw.name, draw.design.value, draw.seed, draw.split, draw.at),
    )
    if done.rowcount:
        connection.executemany(
            "INSERT INTO draw_unit VALUES (?, ?, ?, ?, ?, ?)",
            (
                (draw.name, u.conversation_id, u.stratum, u.inclusion_probability, u.drawn, u.twice)
                for u in units
            ),
        )
    return bool(done.rowcount)


def named(connection: sqlite3.Connection, name: str) -> Draw | None:
    """A draw by its name."""
    row = connection.execute("SELECT * FROM draw WHERE name = ?", (name,)).fetchone()
    return (
        None
        if row is None
        else Draw(name=row[0], design=Design(row[1]), seed=row[2], split=row[3], at=row[4])
    )


def newest(connection: sqlite3.Connection) -> Draw | None:
    """The draw made last; None: nothing was drawn."""
    row = connection.execute(
        "SELECT name FROM draw ORDER BY at DESC, rowid DESC LIMIT 1"
    ).fetchone()
    return None if row is None else named(connection, row[0])


def units(connection: sqlite3.Connection, name: str) -> Iterator[FrameUnit]:
    """Every conversation of a draw's frame, by id."""
    rows = connection.execute(
        "SELECT conversation_id, stratum, chance, drawn, twice FROM draw_unit WHERE draw = ?"
        " ORDER BY conversation_id",
        (name,),
    )
    for name_of, stratum, chance, drawn, twice in rows:
        yield FrameUnit(
            conversation_id=name_of,
            stratum=stratum,
            inclusion_probability=chance,
            drawn=bool(drawn),
            twice=bool(twice),
        )


def drawn(connection: sqlite3.Connection) -> dict[str, tuple[Draw, FrameUnit]]:
    """Conversation to the newest draw that took it, and its place there."""
    found: dict[str, tuple[Draw, FrameUnit]] = {}
    names = connection.execute("SELECT name FROM draw ORDER BY at, rowid").fetchall()
    for (name,) in names:
        draw = named(connection, name)
        if draw is not None:
            found |= {u.conversation_id: (draw, u) for u in units(connection, name) if u.drawn}
    return found
