"""Dated snapshots of knowledge bases, and the check of a folder of articles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cxscore.errors import KnowledgeError
from cxscore.knowledge import Article
from cxscore.readers.knowledge import Finding, check_folder, knowledge_base, read_articles
from cxscore.store import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A knowledge base as it stood on a day."""

    digest: str
    as_of: str | None
    """ISO day."""
    articles: int
    new: bool = False
    """Whether the store did not know it."""


def add(store: Path, folder: Path, as_of: datetime) -> Snapshot:
    """Keep a folder of articles in a store as it stands.

    Raises:
        KnowledgeError: the folder cannot be used.
        StoreError: the store cannot be used, or another run is writing.
    """
    kb = knowledge_base(articles_in(folder), as_of)
    with Ledger.open(store) as ledger, ledger.writing():
        new = ledger.add_knowledge(kb)
    return Snapshot(digest=kb.digest, as_of=_day(as_of), articles=len(kb.articles), new=new)


def articles_in(folder: Path) -> tuple[Article, ...]:
    """The articles of a folder.

    Raises:
        KnowledgeError: it is no folder, or nothing in it is an article.
    """
    if folder.is_file():
        raise KnowledgeError("is a file; name the folder of articles", path=str(folder))
    return read_articles(folder)


def snapshots(store: Path) -> tuple[Snapshot, ...]:
    """The snapshots a store holds, oldest first.

    Raises:
        StoreError: there is no such store, or it cannot be read.
    """
    with Ledger.open(store, create=False) as ledger:
        return tuple(
            Snapshot(digest=kb.digest, as_of=_day(kb.as_of), articles=len(kb.articles))
            for kb in ledger.knowledge_history()
        )


def check(folder: Path) -> tuple[Finding, ...]:
    """What is wrong, or worth a look, in a folder of articles.

    Raises:
        KnowledgeError: there is no folder, or nothing in it is an article.
    """
    return check_folder(folder)


def _day(time: datetime | None) -> str | None:
    return None if time is None else time.date().isoformat()
