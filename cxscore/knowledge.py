"""Articles, passages, and the knowledge base as it stood on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


def in_utc(time: datetime) -> datetime:
    """The time with its zone; a naive time is taken for UTC, so that any two compare."""
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A part of an article short enough to be shown beside a quote."""

    article_id: str
    title: str
    heading: str | None
    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One document of a knowledge base."""

    id: str
    """Stable over snapshots: the file's path in the folder, or the help centre's id."""
    title: str
    text: str
    """Plain text (Markdown headings kept as ``#`` lines)."""
    url: str | None = None
    language: str | None = None
    valid_from: datetime | None = None
    """None: always has been valid, as far as is known."""
    valid_until: datetime | None = None
    """Exclusive; None: still valid."""
    always: bool = False
    """A policy every judgement needs whole."""
    updated_at: datetime | None = None
    """When this wording was last changed; None when the source does not say."""

    def valid_at(self, time: datetime | None) -> bool:
        """Whether the article held at ``time``; with no time, whether it still holds."""
        if time is None:
            return self.valid_until is None
        at = in_utc(time)
        return (self.valid_from is None or in_utc(self.valid_from) <= at) and (
            self.valid_until is None or at < in_utc(self.valid_until)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeBase:
    """A set of articles as it stood on a day."""

    articles: tuple[Article, ...]
    digest: str
    """SHA-256 (hex) of the articles, independent of their order."""
    as_of: datetime | None = None
    """The day the snapshot stands for; None when nobody said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage found for a query."""

    passage: Passage
    score: float
    """Larger is better; comparable only within one query."""
    newer_than_conversation: bool = False


class Retriever(Protocol):
    """Finds passages. Implementations are deterministic."""

    @property
    def fingerprint(self) -> str:
        """Name and version, part of the judge's fingerprint."""
        ...

    def search(self, queries: Sequence[str], *, at: datetime | None, limit: int) -> list[list[Hit]]:
        """For each query the best passages valid at ``at``, best first, at most ``limit``."""
        ...
