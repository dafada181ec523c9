"""What one conversation of a run writes: its version, what is sealed, its verdict with numbers."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from cxscore.estimates import Unavailable
from cxscore.store.packing import epoch, pack, stamp
from cxscore.transcript import Conversation, Record
from cxscore.verdict import Composite, Failed, Graded, Verdict, state

Row: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionEntry:
    """New content of a conversation."""

    version: int
    record: Record
    body: bytes
    """The packed conversation."""
    content: str
    """Digest (hex) of the conversation."""
    visible: str
    """Digest (hex) of what a judge is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedEntry:
    """What is newly known and no judge may see."""

    content: str
    """Digest (hex) of the sealed part as it came in."""
    body: bytes
    """The merged ``Sealed``, packed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRows:
    """A verdict as it is stored: packed, with its numbers beside it. Crosses process bounds."""

    body: bytes | None
    """The packed ``Verdict``; None when the judge broke before it had one."""
    error: str | None = None
    code: str | None = None
    """Code of the whole failure."""
    retry: str | None = None
    """``always`` when something failed at the provider, ``asked`` for any other failure."""
    knowledge: str = ""
    judge: str = ""
    """Fingerprint of the judge that really judged, which a stand-in's is; empty: as configured."""
    composite: float | None = None
    scores: tuple[Row, ...] = ()
    """(leg, criterion, state, level, certainty, code)"""
    claims: tuple[Row, ...] = ()
    actions: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictEntry:
    """A verdict and what identifies it."""

    unit: bytes
    rows: VerdictRows
    judge: str
    rubric: str
    heuristic: bool
    run: int
    repeat: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Everything one conversation writes, in one transaction."""

    id: str
    at: datetime
    customer: bytes | None
    """HMAC of the customer id."""
    version: int
    exclusion: str | None = None
    content: VersionEntry | None = None
    """None: this content is stored already."""
    sealed: SealedEntry | None = None
    verdict: VerdictEntry | int | None = None
    """A new verdict, the key of a stored one to point at, or None (excluded, not yet judged)."""
    beside: bool = False
    """The verdict is stored beside the one the conversation points at, which stays: a repeat, or
    another judge on trial."""


def rows_of(verdict: Verdict) -> VerdictRows:
    """A verdict, packed and counted; one without any outcome that holds failed as a whole."""
    failures = [
        o.code for leg in verdict.outcomes.values() for o in leg.values() if isinstance(o, Failed)
    ]
    journey = list(verdict.journey.values())
    broken = [o for o in journey if isinstance(o, Failed)]
    # N/A beside nothing but failures is no judgement either: a night of them must not look green.
    held = [o for o in journey if not isinstance(o, Failed) and state(o) != "na"]
    whole = broken[0] if broken and not held else None
    return VerdictRows(
        body=pack(verdict),
        error=whole.error if whole else None,
        code=whole.code if whole else None,
        retry=_retry(failures),
        knowledge=verdict.knowledge.digest if verdict.knowledge else "",
        judge=verdict.judge,
        composite=_composite(verdict.composite),
        scores=_scores(verdict),
        claims=tuple(
            (n, c.quote.turn, c.verdict.value, c.error, c.severity and c.severity.value,
             c.proof.value, c.support, c.corrected, c.passage and c.passage.article_id)
            for n, c in enumerate(verdict.claims)
        ),
        actions=tuple(
            (n, a.quote.turn, a.action, a.verdict.value, a.severity and a.severity.value)
            for n, a in enumerate(verdict.actions)
        ),
    )  # fmt: skip


def rows_of_failure(error: str, code: str) -> VerdictRows:
    """A judgement that broke as a whole."""
    return VerdictRows(body=None, error=error, code=code, retry=_retry([code]))


def _retry(codes: list[str]) -> str | None:
    if "provider" in codes:
        return "always"
    return "asked" if codes else None


def _composite(composite: Composite | Unavailable | None) -> float | None:
    return composite.value if isinstance(composite, Composite) else None


def _scores(verdict: Verdict) -> tuple[Row, ...]:
    rows: list[Row] = []
    for leg, outcomes in verdict.outcomes.items():
        for criterion, outcome in outcomes.items():
            if isinstance(outcome, Graded):
                level, certainty, code = outcome.level, outcome.certainty, None
            else:
                level, certainty, code = None, None, outcome.code
            rows.append((str(leg), criterion, state(outcome), level, certainty, code))
    return tuple(rows)


def last_active(conversation: Conversation, recorded_at: datetime) -> float:
    """The last time known of a conversation, in seconds since 1970; when it came in, if none."""
    times = [conversation.started_at, conversation.ended_at]
    times += [t.time for t in conversation.turns[-1:]]
    known = [epoch(t) for t in times if t is not None]
    return max(known) if known else epoch(recorded_at)


def write(connection: sqlite3.Connection, entry: Entry) -> None:
    """Store an entry; the caller holds the transaction."""
    key = _write_head(connection, entry)
    if entry.content is not None:
        _write_version(connection, key, entry, entry.content)
    if entry.sealed is not None:
        _write_sealed(connection, key, entry, entry.sealed)
    verdict = entry.verdict
    if isinstance(verdict, VerdictEntry):
        verdict = _write_verdict(connection, key, entry, verdict)
    if entry.beside:
        return
    connection.execute(
        "UPDATE conversation SET version = ?, exclusion = ?, verdict = ? WHERE key = ?",
        (entry.version, entry.exclusion, verdict, key),
    )


def _write_head(connection: sqlite3.Connection, entry: Entry) -> int:
    row = connection.execute("SELECT key FROM conversation WHERE id = ?", (entry.id,)).fetchone()
    if row is not None:
        return int(row[0])
    done = connection.execute(
        "INSERT INTO conversation (id, version) VALUES (?, ?)", (entry.id, entry.version)
    )
    return int(done.lastrowid or 0)


def _write_version(
    connection: sqlite3.Connection, key: int, entry: Entry, content: VersionEntry
) -> None:
    conversation = content.record.conversation
    connection.execute(
        "INSERT INTO conversation_version (conversation, version, content, visible, recorded_at,"
        " last_active, started_at, channel, language, stream, turns)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            key, content.version, bytes.fromhex(content.content), bytes.fromhex(content.visible),
            entry.at.isoformat(), last_active(conversation, entry.at),
            stamp(conversation.started_at), conversation.channel, conversation.language,
            conversation.stream, len(conversation.turns),
        ),
    )  # fmt: skip
    connection.execute(
        "INSERT INTO conversation_text (conversation, version, customer_key, path, line, body)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            key, content.version, entry.customer, _storable(content.record.path),
            content.record.line, content.body,
        ),
    )  # fmt: skip


def _storable(path: str | None) -> str | None:
    # A file name need not be valid Unicode; SQLite's text must be.
    return path and path.encode("utf-8", "replace").decode()


def _write_sealed(
    connection: sqlite3.Connection, key: int, entry: Entry, sealed: SealedEntry
) -> None:
    done = connection.execute(
        "INSERT INTO sealed_event (conversation, recorded_at, content) VALUES (?, ?, ?)",
        (key, entry.at.isoformat(), bytes.fromhex(sealed.content)),
    )
    connection.execute(
        "INSERT INTO sealed_text (sealed_event, conversation, customer_key, body)"
        " VALUES (?, ?, ?, ?)",
        (done.lastrowid, key, entry.customer, sealed.body),
    )


def _write_verdict(
    connection: sqlite3.Connection, key: int, entry: Entry, verdict: VerdictEntry
) -> int:
    rows = verdict.rows
    # Only a verdict in which something failed is ever judged again under its own unit.
    connection.execute(
        "DELETE FROM verdict WHERE unit = ?"
        " AND (knowledge = ? OR (knowledge = '' AND code IS NOT NULL))",
        (verdict.unit, rows.knowledge),
    )
    done = connection.execute(
        "INSERT INTO verdict (unit, knowledge, conversation, version, run, judge, rubric, repeat,"
        " heuristic, scored_at, code, retry, composite)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            verdict.unit, rows.knowledge, key, entry.version, verdict.run, verdict.judge,
            verdict.rubric, verdict.repeat, verdict.heuristic, entry.at.isoformat(), rows.code,
            rows.retry, rows.composite,
        ),
    )  # fmt: skip
    number = int(done.lastrowid or 0)
    connection.execute(
        "INSERT INTO verdict_text (verdict, conversation, customer_key, body, error)"
        " VALUES (?, ?, ?, ?, ?)",
        (number, key, entry.customer, rows.body, rows.error),
    )
    for table, marks, members in (
        ("score", "?, ?, ?, ?, ?, ?, ?", rows.scores),
        ("claim", "?, ?, ?, ?, ?, ?, ?, ?, ?, ?", rows.claims),
        ("action", "?, ?, ?, ?, ?, ?", rows.actions),
    ):
        # The table names are the three literals above.
        connection.executemany(
            f"INSERT INTO {table} VALUES ({marks})",  # noqa: S608
            [(number, *member) for member in members],
        )
    return number
