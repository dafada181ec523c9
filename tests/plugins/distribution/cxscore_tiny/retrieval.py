"""A retriever that counts shared words."""

from collections.abc import Sequence
from datetime import datetime

from cxscore.knowledge import Hit, KnowledgeBase, Passage


class TinyRetriever:
    """Whole articles, those with most words of the query first."""

    fingerprint = "words/1"

    def __init__(self, kb: KnowledgeBase) -> None:
        self._articles = kb.articles

    def search(self, queries: Sequence[str], *, at: datetime | None, limit: int) -> list[list[Hit]]:
        """For each query the articles that share a word with it."""
        return [self._hits(set(query.lower().split()), at)[:limit] for query in queries]

    def _hits(self, words: set[str], at: datetime | None) -> list[Hit]:
        hits = [
            Hit(
                passage=Passage(article_id=a.id, title=a.title, heading=None, text=a.text),
                score=float(len(words & set(a.text.lower().split()))),
            )
            for a in self._articles
            if a.valid_at(at)
        ]
        return sorted((h for h in hits if h.score), key=lambda h: (-h.score, h.passage.article_id))
