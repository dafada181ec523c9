"""Erasure: rows of words are deleted, frames of numbers take their place, pages are rewritten."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable
from datetime import datetime

from cxscore.errors import StoreError
from cxscore.store.bare import bare_conversation, bare_sealed, bare_verdict
from cxscore.store.packing import epoch, pack, unpack
from cxscore.transcript import Conversation, Sealed
from cxscore.verdict import Verdict

_PENDING = "erasure_pending"


def of_customer(connection: sqlite3.Connection, key: bytes | None) -> tuple[str, ...]:
    """Ids of the conversations any version of which belongs to a customer."""
    rows = connection.execute(
        "SELECT DISTINCT c.id FROM conversation c"
        " JOIN conversation_text t ON t.conversation = c.key"
        " WHERE t.customer_key = ? ORDER BY c.id",
        (key,),
    )
    return tuple(row[0] for row in rows)


def older(connection: sqlite3.Connection, than: datetime) -> tuple[str, ...]:
    """Ids of the conversations whose newest version was last active before a time."""
    rows = connection.execute(
        "SELECT c.id FROM conversation c"
        " JOIN conversation_version v ON v.conversation = c.key AND v.version = c.version"
        " LEFT JOIN tombstone s ON s.conversation_id = c.id"
        " WHERE v.last_active < ? AND s.conversation_id IS NULL ORDER BY c.id",
        (epoch(than),),
    )
    return tuple(row[0] for row in rows)


def erase(connection: sqlite3.Connection, ids: Iterable[str], *, at: datetime, reason: str) -> int:
    """Delete the words of conversations; the caller holds the transaction.

    The customers of one call keep a random pseudonym each, so that their conversations can still
    be counted together; it cannot be computed from the customer's id.
    """
    pseudonyms: dict[str, str] = {}
    erased = 0
    for name in ids:
        row = connection.execute("SELECT key FROM conversation WHERE id = ?", (name,)).fetchone()
        if row is None or not _entomb(connection, name, at, reason):
            continue
        _frame_versions(connection, row[0], pseudonyms)
        _frame_sealed(connection, row[0])
        _frame_verdicts(connection, row[0])
        _delete_words(connection, row[0], name)
        erased += 1
    if erased:
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, x'01')", (_PENDING,))
    return erased


def _entomb(connection: sqlite3.Connection, id: str, at: datetime, reason: str) -> bool:
    done = connection.execute(
        "INSERT INTO tombstone VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (id, at.isoformat(), reason),
    )
    return done.rowcount == 1


def _frame_versions(connection: sqlite3.Connection, key: int, pseudonyms: dict[str, str]) -> None:
    def is_here(id: str) -> bool:
        sql = "SELECT 1 FROM conversation WHERE id = ?"
        return connection.execute(sql, (id,)).fetchone() is not None

    for version, body in connection.execute(
        "SELECT version, body FROM conversation_text WHERE conversation = ?", (key,)
    ).fetchall():
        conversation = unpack(Conversation, body)
        customer = conversation.customer_id
        pseudonym = (
            None
            if customer is None
            else pseudonyms.setdefault(customer, f"erased-{secrets.token_hex(8)}")
        )
        bare = bare_conversation(conversation, pseudonym=pseudonym, known=is_here)
        connection.execute(
            "UPDATE conversation_version SET frame = ? WHERE conversation = ? AND version = ?",
            (pack(bare), key, version),
        )


def _frame_sealed(connection: sqlite3.Connection, key: int) -> None:
    for event, body in connection.execute(
        "SELECT sealed_event, body FROM sealed_text WHERE conversation = ?", (key,)
    ).fetchall():
        connection.execute(
            "UPDATE sealed_event SET frame = ? WHERE key = ?",
            (pack(bare_sealed(unpack(Sealed, body))), event),
        )


def _frame_verdicts(connection: sqlite3.Connection, key: int) -> None:
    for verdict, body in connection.execute(
        "SELECT verdict, body FROM verdict_text WHERE conversation = ? AND body IS NOT NULL", (key,)
    ).fetchall():
        connection.execute(
            "UPDATE verdict SET frame = ? WHERE key = ?",
            (pack(bare_verdict(unpack(Verdict, body))), verdict),
        )


def _delete_words(connection: sqlite3.Connection, key: int, id: str) -> None:
    for table in ("conversation_text", "sealed_text", "verdict_text", "reply"):
        connection.execute(f"DELETE FROM {table} WHERE conversation = ?", (key,))  # noqa: S608
    connection.execute(
        "DELETE FROM label_text WHERE label IN (SELECT key FROM label WHERE conversation_id = ?)",
        (id,),
    )


def is_pending(connection: sqlite3.Connection) -> bool:
    """Whether deleted words may still stand in free pages or in the write-ahead log."""
    row = connection.execute("SELECT 1 FROM meta WHERE name = ?", (_PENDING,)).fetchone()
    return row is not None


def finish(connection: sqlite3.Connection, path: str) -> None:
    """Rewrite the file without free space and empty the write-ahead log.

    Raises:
        StoreError: another program is still reading old pages.
    """
    connection.execute("VACUUM")
    _truncate_log(connection, path)
    connection.execute("DELETE FROM meta WHERE name = ?", (_PENDING,))
    _truncate_log(connection, path)


def _truncate_log(connection: sqlite3.Connection, path: str) -> None:
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StoreError(
            f"{path}: the words are deleted, but another program still reads the old file; close "
            "it and run the same command again"
        )
