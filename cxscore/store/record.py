"""The judge of record, and which judges and rubrics a store holds verdicts of."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from cxscore.rubric import Rubric
from cxscore.store.packing import pack, stamp, unpack, unstamp
from cxscore.verdict import Level

CURRENT = """coalesce((
    SELECT w.key FROM judge_of_record r
      JOIN verdict w ON w.conversation = c.key AND w.judge = r.judge AND w.rubric = r.rubric
      JOIN conversation_version o ON o.conversation = c.key AND o.version = w.version
     WHERE c.exclusion IS NULL AND w.repeat = 0 AND r.criterion = '' AND o.visible = v.visible
       AND (r.since IS NULL OR julianday(v.started_at) >= julianday(r.since))
       AND (r.until IS NULL OR julianday(v.started_at) < julianday(r.until))
     ORDER BY r.key DESC, w.key DESC LIMIT 1), c.verdict)"""
"""SQL of the verdict that pages show of conversation ``c`` in its newest version ``v``: that of the
judge of record where it has one for these words, else that of the last run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeOfRecord:
    """Whose verdicts pages and tables show."""

    judge: str
    """Fingerprint."""
    rubric: str
    """``id@digest``."""
    set_at: datetime
    since: datetime | None = None
    """First start of a conversation it holds for; None: open."""
    until: datetime | None = None
    """First start it no longer holds for; None: open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeHeld:
    """A judge with a rubric whose verdicts a store holds."""

    judge: str
    rubric: str
    conversations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """One conversation as a judge graded it, whole journey."""

    conversation_id: str
    outcomes: Mapping[str, tuple[str, Level | None]]
    """Criterion to (state, level)."""


def appoint(connection: sqlite3.Connection, record: JudgeOfRecord) -> None:
    """Make a judge the judge of record; the newest appointment goes before older ones."""
    connection.execute(
        "INSERT INTO judge_of_record (criterion, since, until, judge, rubric, set_at)"
        " VALUES ('', ?, ?, ?, ?, ?)",
        (
            stamp(record.since), stamp(record.until), record.judge, record.rubric,
            record.set_at.isoformat(),
        ),
    )  # fmt: skip


def appointed(connection: sqlite3.Connection) -> tuple[JudgeOfRecord, ...]:
    """Every appointment, newest first."""
    rows = connection.execute(
        "SELECT judge, rubric, set_at, since, until FROM judge_of_record ORDER BY key DESC"
    )
    return tuple(
        JudgeOfRecord(
            judge=judge,
            rubric=rubric,
            set_at=datetime.fromisoformat(set_at),
            since=unstamp(since),
            until=unstamp(until),
        )
        for judge, rubric, set_at, since, until in rows
    )


def keep_rubric(connection: sqlite3.Connection, rubric: Rubric) -> None:
    """Keep a rubric's content: verdicts must stay readable when its file has changed."""
    connection.execute(
        "INSERT INTO rubric VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (rubric.digest, rubric.ref, pack(rubric)),
    )


def rubric(connection: sqlite3.Connection, ref: str) -> Rubric | None:
    """The rubric of a ``id@digest``, None when it was not kept."""
    row = connection.execute("SELECT body FROM rubric WHERE ref = ?", (ref,)).fetchone()
    return None if row is None else unpack(Rubric, row[0])


def held(connection: sqlite3.Connection) -> tuple[JudgeHeld, ...]:
    """The judges with their rubrics a store holds verdicts of, newest run last."""
    rows = connection.execute(
        "SELECT judge, rubric, count(DISTINCT conversation) FROM verdict WHERE repeat = 0"
        " GROUP BY 1, 2 ORDER BY max(key)"
    )
    return tuple(JudgeHeld(judge=j, rubric=r, conversations=n) for j, r, n in rows)


_OUTCOMES = """
SELECT c.id, s.criterion, s.state, s.level
  FROM conversation c
  JOIN conversation_version v ON v.conversation = c.key AND v.version = c.version
  JOIN score s ON s.leg = 'journey' AND s.verdict = (
      SELECT w.key FROM verdict w
        JOIN conversation_version o ON o.conversation = c.key AND o.version = w.version
       WHERE w.conversation = c.key AND w.judge = ? AND w.rubric = ? AND w.repeat = 0
         AND o.visible = v.visible
       ORDER BY w.key DESC LIMIT 1)
 ORDER BY c.id
"""


def outcomes(connection: sqlite3.Connection, of: JudgeHeld) -> Iterator[Outcomes]:
    """What a judge made of the newest words of each conversation, ordered by id, streaming."""
    last: str | None = None
    found: dict[str, tuple[str, Level | None]] = {}
    for row_id, criterion, state, level in connection.execute(_OUTCOMES, (of.judge, of.rubric)):
        if row_id != last:
            if last is not None:
                yield Outcomes(conversation_id=last, outcomes=found)
            last, found = row_id, {}
        found[criterion] = (state, level)
    if last is not None:
        yield Outcomes(conversation_id=last, outcomes=found)
