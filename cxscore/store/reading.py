"""Stored rows back to nouns, streaming."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from cxscore.store.packing import unpack, unstamp
from cxscore.store.record import CURRENT
from cxscore.transcript import Conversation, Exclusion, Record, Sealed
from cxscore.verdict import Judged, Verdict

CHUNK = 500
"""Ids looked up with one statement."""

# CURRENT is a constant of ours.
_JUDGED = f"""
SELECT c.version, c.exclusion,
       coalesce(x.body, v.frame), x.path, x.line,
       coalesce(t.body, d.frame), t.error, d.code, d.heuristic, d.scored_at,
       (SELECT coalesce(w.body, e.frame) FROM sealed_event e
          LEFT JOIN sealed_text w ON w.sealed_event = e.key
         WHERE e.conversation = c.key ORDER BY e.key DESC LIMIT 1)
  FROM conversation c
  JOIN conversation_version v ON v.conversation = c.key AND v.version = c.version
  LEFT JOIN conversation_text x ON x.conversation = c.key AND x.version = c.version
  LEFT JOIN verdict d ON d.key = {CURRENT}
  LEFT JOIN verdict_text t ON t.verdict = d.key
"""  # noqa: S608


_NEWEST = f"""
SELECT c.key, c.version, c.exclusion, v.content, d.key, d.scored_at
  FROM conversation c
  JOIN conversation_version v ON v.conversation = c.key AND v.version = c.version
  LEFT JOIN verdict d ON d.key = {CURRENT}
 ORDER BY c.key
"""  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a run must know of a conversation that is stored already."""

    key: int
    version: int
    content: str
    """Digest (hex) of the newest content."""
    verdict: int | None
    exclusion: str | None
    erased: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVerdict:
    """What a run must know of a verdict it may use again."""

    key: int
    knowledge: str
    failed: bool
    """The judgement failed as a whole."""
    retry: str | None
    """``always``, ``asked`` or None, as ``VerdictRows``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a store holds, counted."""

    conversations: int
    versions: int
    excluded: Mapping[str, int]
    """Reason to number."""
    judged: int
    failed: int
    erased: int
    waiting: int
    """Stored, eligible, and not judged."""
    languages: Mapping[str, int]
    """Language to conversations; the empty string is unknown."""
    channels: Mapping[str, int]
    streams: Mapping[str, int]
    first: datetime | None
    """Earliest start of a conversation."""
    last: datetime | None
    criteria: Mapping[str, Mapping[str, int]]
    """Criterion to state (graded, na, abstained, failed) to conversations, whole journey."""
    judges: Mapping[str, int]
    """Fingerprint to conversations."""
    rubrics: Mapping[str, int]
    snapshots: int
    """Dated knowledge bases."""
    labels: int
    last_run: datetime | None
    """When the newest run began."""


def head(connection: sqlite3.Connection, id: str) -> Head | None:
    """The newest state of a conversation, None when it has never been stored."""
    row = connection.execute(
        "SELECT c.key, c.version, v.content, c.verdict, c.exclusion, s.conversation_id IS NOT NULL"
        " FROM conversation c"
        " JOIN conversation_version v ON v.conversation = c.key AND v.version = c.version"
        " LEFT JOIN tombstone s ON s.conversation_id = c.id WHERE c.id = ?",
        (id,),
    ).fetchone()
    if row is None:
        return None
    key, version, content, verdict, exclusion, erased = row
    return Head(
        key=key, version=version, content=content.hex(), verdict=verdict, exclusion=exclusion,
        erased=bool(erased),
    )  # fmt: skip


def stored_verdict(
    connection: sqlite3.Connection, unit: bytes, knowledge: str | None
) -> StoredVerdict | None:
    """The newest verdict of a unit; with ``knowledge`` only one that rests on that digest."""
    row = connection.execute(
        "SELECT key, knowledge, code IS NOT NULL, retry FROM verdict"
        " WHERE unit = :unit AND (:kb IS NULL OR knowledge = :kb OR code IS NOT NULL)"
        " ORDER BY key DESC LIMIT 1",
        {"unit": unit, "kb": knowledge},
    ).fetchone()
    if row is None:
        return None
    key, digest, failed, retry = row
    return StoredVerdict(key=key, knowledge=digest, failed=bool(failed), retry=retry)


def sealed_of(connection: sqlite3.Connection, key: int) -> tuple[str, Sealed] | None:
    """The digest that last came in for a conversation, and everything sealed known of it."""
    row = connection.execute(
        "SELECT e.content, coalesce(t.body, e.frame) FROM sealed_event e"
        " LEFT JOIN sealed_text t ON t.sealed_event = e.key"
        " WHERE e.conversation = ? ORDER BY e.key DESC LIMIT 1",
        (key,),
    ).fetchone()
    return None if row is None else (row[0].hex(), unpack(Sealed, row[1]))


def score_states(connection: sqlite3.Connection, verdict: int) -> list[tuple[str, str]]:
    """(criterion, state) of a stored verdict, whole journey."""
    return connection.execute(
        "SELECT criterion, state FROM score WHERE verdict = ? AND leg = 'journey'", (verdict,)
    ).fetchall()


def verdict_of(
    connection: sqlite3.Connection, key: int
) -> tuple[Verdict | None, str | None, datetime | None]:
    """A stored verdict, why it failed as a whole if it did, and when it was given."""
    body, error, scored_at = connection.execute(
        "SELECT coalesce(t.body, d.frame), coalesce(t.error, d.code), d.scored_at FROM verdict d"
        " LEFT JOIN verdict_text t ON t.verdict = d.key WHERE d.key = ?",
        (key,),
    ).fetchone()
    return (None if body is None else unpack(Verdict, body), error, unstamp(scored_at))


def judged(connection: sqlite3.Connection, ids: Iterable[str] | None) -> Iterator[Judged]:
    """The newest version of each conversation with its verdict, ordered by id."""
    if ids is None:
        yield from map(_judged, connection.execute(f"{_JUDGED} ORDER BY c.id"))
        return
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        marks = ", ".join("?" * len(chunk))
        rows = connection.execute(f"{_JUDGED} WHERE c.id IN ({marks}) ORDER BY c.id", chunk)
        yield from map(_judged, rows)


def _judged(row: tuple[object, ...]) -> Judged:
    return _build(*row)  # type: ignore[arg-type]  # SQLite's rows have no types


def _build(
    version: int,
    exclusion: str | None,
    body: bytes,
    path: str | None,
    line: int | None,
    verdict: bytes | None,
    error: str | None,
    code: str | None,
    heuristic: int | None,
    scored_at: str | None,
    sealed: bytes | None,
) -> Judged:
    return Judged(
        record=Record(
            conversation=unpack(Conversation, body),
            sealed=Sealed() if sealed is None else unpack(Sealed, sealed),
            path=path,
            line=line,
        ),
        version=version,
        exclusion=None if exclusion is None else Exclusion(exclusion),
        verdict=None if verdict is None else unpack(Verdict, verdict),
        error=error or code,
        heuristic=bool(heuristic),
        scored_at=unstamp(scored_at),
    )


def walk(connection: sqlite3.Connection, chunk: int) -> Iterator[Judged]:
    """As ``judged`` of all, without holding a read transaction between chunks.

    A reader that stays in one statement for a night would keep the write-ahead log from ever being
    emptied.
    """
    after = ""
    while True:
        rows = connection.execute(
            "SELECT id FROM conversation WHERE id > ? ORDER BY id LIMIT ?", (after, chunk)
        ).fetchall()
        if not rows:
            return
        yield from judged(connection, [row[0] for row in rows])
        after = rows[-1][0]


def revision(connection: sqlite3.Connection) -> str:
    """Digest of this store's newest versions, verdicts, sealed data and erasures."""
    digest = blake2b(digest_size=16)
    identity = "SELECT name, value FROM meta WHERE name IN ('secret', 'notice') ORDER BY 1"
    for row in connection.execute(identity):
        digest.update(repr(row).encode())
    for row in connection.execute(_NEWEST):
        digest.update(repr(row).encode())
    rest = "SELECT max(key), count(*), (SELECT count(*) FROM tombstone) FROM sealed_event"
    digest.update(repr(connection.execute(rest).fetchone()).encode())
    return digest.hexdigest()


def summary(connection: sqlite3.Connection) -> Summary:
    """Counts over the newest versions."""

    def one(sql: str) -> int:
        return int(connection.execute(sql).fetchone()[0])

    def counts(sql: str) -> dict[str, int]:
        return dict(connection.execute(sql).fetchall())

    newest = (
        "FROM conversation c JOIN conversation_version v"
        " ON v.conversation = c.key AND v.version = c.version"
    )
    verdicts = f"{newest} JOIN verdict d ON d.key = {CURRENT}"
    first, last = connection.execute(f"SELECT min(started_at), max(started_at) {newest}").fetchone()
    started = connection.execute("SELECT max(started_at) FROM run").fetchone()[0]
    criteria: dict[str, dict[str, int]] = {}
    for criterion, state, n in connection.execute(
        f"SELECT s.criterion, s.state, count(*) {verdicts} JOIN score s ON s.verdict = d.key"
        " WHERE s.leg = 'journey' GROUP BY 1, 2 ORDER BY 1, 2"
    ):
        criteria.setdefault(criterion, {})[state] = n
    return Summary(
        conversations=one("SELECT count(*) FROM conversation"),
        versions=one("SELECT count(*) FROM conversation_version"),
        excluded=counts(
            "SELECT exclusion, count(*) FROM conversation"
            " WHERE exclusion IS NOT NULL GROUP BY 1 ORDER BY 1"
        ),
        judged=one(f"SELECT count(*) {verdicts} WHERE d.code IS NULL"),
        failed=one(f"SELECT count(*) {verdicts} WHERE d.code IS NOT NULL"),
        erased=one("SELECT count(*) FROM tombstone"),
        waiting=one(
            "SELECT count(*) FROM conversation WHERE exclusion IS NULL AND verdict IS NULL"
        ),
        languages=counts(f"SELECT coalesce(language, ''), count(*) {newest} GROUP BY 1 ORDER BY 1"),
        channels=counts(f"SELECT coalesce(channel, ''), count(*) {newest} GROUP BY 1 ORDER BY 1"),
        streams=counts(f"SELECT coalesce(stream, ''), count(*) {newest} GROUP BY 1 ORDER BY 1"),
        first=unstamp(first),
        last=unstamp(last),
        criteria=criteria,
        judges=counts(f"SELECT judge, count(*) {verdicts} GROUP BY 1 ORDER BY 1"),
        rubrics=counts(f"SELECT rubric, count(*) {verdicts} GROUP BY 1 ORDER BY 1"),
        snapshots=one("SELECT count(*) FROM kb_snapshot"),
        labels=one("SELECT count(*) FROM label"),
        last_run=unstamp(started),
    )
