"""Which ids an input has already brought, on disk: memory stays flat however long the input is."""

from __future__ import annotations

import sqlite3

from cxscore.store.connection import plainly


class InputRegister:
    """Remembers id, content and place of every record of one input, until it is closed.

    >>> register = InputRegister()
    >>> register.add("c1", "aa", "day1.jsonl:1")
    >>> register.add("c1", "bb", "day2.jsonl:7")
    ('aa', 'day1.jsonl:1')
    >>> register.close()
    """

    def __init__(self) -> None:
        # An empty name is SQLite's private temporary database: spilled to disk, gone on close.
        self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute(
            "CREATE TABLE seen (id TEXT PRIMARY KEY, content BLOB NOT NULL, place TEXT NOT NULL)"
            " WITHOUT ROWID"
        )

    def add(self, id: str, content: str, place: str) -> tuple[str, str] | None:
        """Register a record; what the same id brought before (digest in hex, place), if anything.

        Raises:
            StoreError: the temporary folder is full.
        """
        with plainly("the temporary folder"):
            done = self._connection.execute(
                "INSERT INTO seen VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
                (id, bytes.fromhex(content), place),
            )
            if done.rowcount == 1:
                return None
            row = self._connection.execute("SELECT content, place FROM seen WHERE id = ?", (id,))
            found = row.fetchone()
        return (found[0].hex(), found[1])

    def close(self) -> None:
        """Drop everything remembered."""
        self._connection.close()
