"""Which snapshot of the knowledge base a conversation is held against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cxscore.grounding.contacts import contacts
from cxscore.grounding.retrieval import LexicalRetriever
from cxscore.knowledge import Article, KnowledgeBase, Retriever, in_utc
from cxscore.verdict import Knowledge


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The knowledge one conversation is judged by."""

    retriever: Retriever
    knowledge: Knowledge
    """Digest and date of the snapshot, and its distance from the conversation."""
    always: tuple[Article, ...] = ()
    """Policies every judgement needs whole, valid at the conversation's time."""
    expired: tuple[Article, ...] = ()
    """Articles that no longer held at the conversation's time."""
    contacts: frozenset[str] = frozenset()
    """Every contact the snapshot's articles give, see ``contacts.contacts``."""


class Library:
    """Dated snapshots of one knowledge base."""

    def __init__(
        self,
        history: Sequence[KnowledgeBase],
        *,
        retriever: Callable[[KnowledgeBase], Retriever] = LexicalRetriever,
    ) -> None:
        """Take the snapshots in any order; of two with one date the later in ``history`` counts.

        A snapshot without a date is taken for the oldest.

        Args:
            history: the snapshots.
            retriever: what searches one; called once for each.
        """
        self._dates = [_day(kb.as_of) for kb in history]
        order = sorted(range(len(history)), key=lambda i: self._dates[i])
        self._dates = [self._dates[i] for i in order]
        self._known: dict[int, frozenset[str]] = {}
        self._bases = tuple(history[i] for i in order)
        self._snapshots = tuple(retriever(kb) for kb in self._bases)

    def __len__(self) -> int:
        """How many snapshots there are."""
        return len(self._snapshots)

    @property
    def fingerprint(self) -> str:
        """Of the retrieval, part of a judge's fingerprint; the articles are not part of it."""
        return self._snapshots[0].fingerprint if self._snapshots else "none"

    def at(self, time: datetime | None) -> Shelf | None:
        """The newest snapshot not later than ``time``, else the oldest.

        Args:
            time: start of the conversation; None takes the newest snapshot.

        Returns:
            None when the library holds no snapshot. ``knowledge.gap_days`` is negative when the
            snapshot is newer than the conversation; its hits are then flagged.
        """
        if not self._snapshots:
            return None
        moment = None if time is None else _day(time)
        chosen = len(self._snapshots) - 1
        if moment is not None:
            while chosen > 0 and self._dates[chosen] > moment:
                chosen -= 1
        kb = self._bases[chosen]
        gap = None
        if moment is not None and kb.as_of is not None:
            gap = (moment - _day(kb.as_of)).total_seconds() / 86400
        return Shelf(
            retriever=self._snapshots[chosen],
            knowledge=Knowledge(digest=kb.digest, as_of=kb.as_of, gap_days=gap),
            always=tuple(a for a in kb.articles if a.always and a.valid_at(moment)),
            expired=self._expired(chosen, moment),
            contacts=self._contacts(chosen),
        )

    def _expired(self, chosen: int, at: datetime | None) -> tuple[Article, ...]:
        """Articles past their date, and wordings an older snapshot had and this one has not."""
        articles = self._bases[chosen].articles
        past = [a for a in articles if a.valid_until and at and in_utc(a.valid_until) <= at]
        now = {(a.id, a.text) for a in articles}
        older = [a for kb in self._bases[:chosen] for a in kb.articles]
        return (*past, *(a for a in older if (a.id, a.text) not in now))

    def _contacts(self, chosen: int) -> frozenset[str]:
        if chosen not in self._known:
            articles = self._bases[chosen].articles
            self._known[chosen] = frozenset().union(
                *(contacts(f"{a.text}\n{a.url or ''}") for a in articles)
            )
        return self._known[chosen]


def _day(time: datetime | None) -> datetime:
    """A comparable time; the beginning of time for an undated snapshot."""
    return datetime.min.replace(tzinfo=UTC) if time is None else in_utc(time)
