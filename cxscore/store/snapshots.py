"""Dated snapshots of the knowledge base; an article kept from day to day is stored once."""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import UTC, datetime

from cxscore import wire
from cxscore.knowledge import Article, KnowledgeBase
from cxscore.store.packing import pack, unpack, unstamp


def add(connection: sqlite3.Connection, kb: KnowledgeBase, added_at: datetime) -> bool:
    """Store a snapshot; False when the same articles already stand under the same date."""
    as_of = "" if kb.as_of is None else kb.as_of.isoformat()
    done = connection.execute(
        "INSERT INTO kb_snapshot (digest, as_of, added_at) VALUES (?, ?, ?)"
        " ON CONFLICT (digest, as_of) DO NOTHING",
        (kb.digest, as_of, added_at.isoformat()),
    )
    if done.rowcount != 1:
        return False
    snapshot = done.lastrowid
    for place, article in enumerate(kb.articles):
        connection.execute(
            "INSERT INTO kb_member (snapshot, place, article) VALUES (?, ?, ?)",
            (snapshot, place, _article(connection, article)),
        )
    return True


def _article(connection: sqlite3.Connection, article: Article) -> int:
    content = hashlib.sha256(wire.dump(article)).digest()
    row = connection.execute("SELECT key FROM kb_article WHERE content = ?", (content,)).fetchone()
    if row is None:
        done = connection.execute(
            "INSERT INTO kb_article (content, body) VALUES (?, ?)", (content, pack(article))
        )
        return int(done.lastrowid or 0)
    return int(row[0])


def history(connection: sqlite3.Connection) -> tuple[KnowledgeBase, ...]:
    """Every snapshot, oldest first; undated ones stand at the day they were added."""
    known: dict[int, Article] = {}
    found: list[tuple[datetime, KnowledgeBase]] = []
    for key, digest, as_of, added_at in connection.execute(
        "SELECT key, digest, as_of, added_at FROM kb_snapshot ORDER BY key"
    ).fetchall():
        dated = unstamp(as_of or None)
        kb = KnowledgeBase(articles=_articles(connection, key, known), digest=digest, as_of=dated)
        day = dated or datetime.fromisoformat(added_at)
        found.append((day if day.tzinfo else day.replace(tzinfo=UTC), kb))
    return tuple(kb for _, kb in sorted(found, key=lambda pair: pair[0]))


def _articles(
    connection: sqlite3.Connection, snapshot: int, known: dict[int, Article]
) -> tuple[Article, ...]:
    articles = []
    for key, body in connection.execute(
        "SELECT a.key, a.body FROM kb_member m JOIN kb_article a ON a.key = m.article"
        " WHERE m.snapshot = ? ORDER BY m.place",
        (snapshot,),
    ):
        if key not in known:
            known[key] = unpack(Article, body)
        articles.append(known[key])
    return tuple(articles)
