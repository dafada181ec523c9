"""Opening the file, bringing it up to date, and saying in plain words what SQLite refuses."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cxscore.errors import StoreError
from cxscore.store.schema import APPLICATION_ID, FORMAT, MIGRATIONS

BUSY_MS = 5000
"""How long a statement waits for another program's lock."""

_SENTENCES = {
    sqlite3.SQLITE_NOTADB: "this is not a cxscore store (not an SQLite file); name another file",
    sqlite3.SQLITE_FULL: "the disk is full; free some space and run the same command again, "
    "nothing that was stored is lost",
    sqlite3.SQLITE_BUSY: "another program holds a lock on the store; close it and try again",
    sqlite3.SQLITE_LOCKED: "another program holds a lock on the store; close it and try again",
    sqlite3.SQLITE_CANTOPEN: "the store cannot be opened; check that its folder exists and that "
    "you may write there",
    sqlite3.SQLITE_READONLY: "the store cannot be written; check the permissions of the file and "
    "of its folder",
    sqlite3.SQLITE_PERM: "the store cannot be written; check the permissions of the file and of "
    "its folder",
    sqlite3.SQLITE_CORRUPT: "the store is damaged; restore it from a backup",
    sqlite3.SQLITE_IOERR: "the disk reports an error while the store is read or written",
}


@contextmanager
def plainly(path: str) -> Iterator[None]:
    """Turn SQLite's errors into a ``StoreError`` that names the file and what to do."""
    try:
        yield
    except sqlite3.Error as error:
        # The low byte is the primary code; the rest says which variant.
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        sentence = _SENTENCES.get(code, f"the store cannot be used: {error}")
        raise StoreError(f"{path}: {sentence}") from error


def connect(path: Path, *, create: bool) -> sqlite3.Connection:
    """A connection to a ledger in the current file format.

    Args:
        path: the file.
        create: whether a missing file is created; otherwise it is an error.

    Raises:
        StoreError: missing, not a ledger, of a newer format, unreadable or locked.
    """
    if not create and not path.is_file():
        raise StoreError(f"{path}: there is no store here; `cxscore score` creates one")
    if not create and path.stat().st_size == 0:
        raise StoreError(f"{path}: this file is empty and no store; `cxscore score` creates one")
    if create and not path.parent.is_dir():
        raise StoreError(f"{path}: the folder {path.parent} does not exist; create it first")
    if path.is_dir():
        raise StoreError(f"{path}: this is a folder; name a file for the store")
    with plainly(str(path)):
        connection = sqlite3.connect(
            path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection, str(path))
        except BaseException:
            connection.close()
            raise
    return connection


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    _refuse_foreign(connection, path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA foreign_keys = ON")
    if _number(connection, "user_version") < FORMAT:
        _migrate(connection)


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _refuse_foreign(connection: sqlite3.Connection, path: str) -> None:
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if tables and _number(connection, "application_id") != APPLICATION_ID:
        raise StoreError(f"{path}: this is another program's database; name another file")
    found = _number(connection, "user_version")
    if found > FORMAT:
        raise StoreError(
            f"{path}: the store has file format {found}, this version of cxscore knows formats up "
            f"to {FORMAT}; update cxscore"
        )


def _migrate(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        # Another process may have migrated while this one waited for the lock.
        for number in range(_number(connection, "user_version"), FORMAT):
            for statement in _statements(MIGRATIONS[number]):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _statements(script: str) -> Iterator[str]:
    # executescript() would commit the open transaction; statements one by one stay in it.
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, with the write lock taken at once."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
