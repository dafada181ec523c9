"""Lexical retrieval: BM25 over passages, helped by the score of the whole article."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from cxscore.grounding.passages import LONGEST, passages
from cxscore.grounding.support import wording
from cxscore.grounding.words import terms
from cxscore.knowledge import Hit, KnowledgeBase, Passage, in_utc

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Indexes: TypeAlias = NDArray[np.int64]
    Flags: TypeAlias = NDArray[np.bool_]

ARTICLE_SHARE = 0.3
"""Weight of the whole article's score beside the passage's own."""


class LexicalRetriever:
    """Finds passages by BM25 (bm25s). The index is built at the first search."""

    def __init__(self, kb: KnowledgeBase) -> None:
        """Take a knowledge base; ``kb.as_of`` tells which hits are newer than a conversation."""
        self.kb = kb
        self._index: _Index | None = None

    @property
    def fingerprint(self) -> str:
        """Name and version, part of the judge's fingerprint."""
        library = importlib.metadata.version("bm25s")
        return f"lexical-1/bm25s-{library}/passage-{LONGEST}/article-{ARTICLE_SHARE}"

    def __getstate__(self) -> KnowledgeBase:
        # The index is cheaper to build than to send to another process.
        return self.kb

    def __setstate__(self, state: KnowledgeBase) -> None:
        self.kb = state
        self._index = None

    def search(self, queries: Sequence[str], *, at: datetime | None, limit: int) -> list[list[Hit]]:
        """For each query the best passages valid at ``at``, best first, at most ``limit``.

        A passage that shares no term with the query is no hit. All queries of a conversation in
        one call cost far less than one call each.
        """
        return self.search_terms([wording(q).terms for q in queries], at=at, limit=limit)

    def search_terms(
        self, queries: Sequence[Sequence[str]], *, at: datetime | None, limit: int
    ) -> list[list[Hit]]:
        """As ``search``, for queries already cut into ``words.terms``."""
        if self._index is None:
            self._index = _Index(self.kb)
        return self._index.search(queries, at=at, limit=limit)


class _Index:
    def __init__(self, kb: KnowledgeBase) -> None:
        import numpy as np

        # Sorted: ties must not depend on the order a folder was read in.
        articles = sorted(kb.articles, key=lambda a: (a.id, str(a.valid_from), a.text))
        cut = [passages(a) for a in articles]
        self.valid_from = _stamps((a.valid_from for a in articles), -np.inf)
        self.valid_until = _stamps((a.valid_until for a in articles), np.inf)
        self.changed = _stamps((a.updated_at for a in articles), -np.inf)
        if kb.as_of is not None:
            self.changed = np.maximum(self.changed, in_utc(kb.as_of).timestamp())
        self.passages: list[Passage] = [p for ps in cut for p in ps]
        self.owner: Indexes = np.repeat(np.arange(len(articles)), [len(ps) for ps in cut])
        bodies = [terms(p.text) for p in self.passages]
        heads = [terms(f"{p.title} {p.heading or ''}") for p in self.passages]
        self.by_passage = _Scores([h + b for h, b in zip(heads, bodies, strict=True)])
        self.by_article = _Scores([terms(f"{a.title}\n{a.text}") for a in articles])

    def search(
        self, queries: Sequence[Sequence[str]], *, at: datetime | None, limit: int
    ) -> list[list[Hit]]:
        import numpy as np

        if not self.passages or not queries or limit < 1:
            return [[] for _ in queries]
        time = None if at is None else in_utc(at).timestamp()
        own = self.by_passage.of(queries)
        whole = self.by_article.of(queries)[:, self.owner]
        found = (own > 0) & self._valid(time)[self.owner]
        scores = np.where(found, (1 - ARTICLE_SHARE) * own + ARTICLE_SHARE * whole, 0.0)
        newer = np.zeros(len(self.changed), bool) if time is None else self.changed > time
        return [
            [self._hit(i, row[i], newer) for i in order if row[i] > 0]
            for row, order in zip(scores, _best(scores, limit).tolist(), strict=True)
        ]

    def _valid(self, time: float | None) -> Flags:
        import numpy as np

        if time is None:
            return np.isposinf(self.valid_until)
        return (self.valid_from <= time) & (time < self.valid_until)

    def _hit(self, passage: int, score: float, newer: Flags) -> Hit:
        return Hit(
            passage=self.passages[passage],
            score=float(score),
            newer_than_conversation=bool(newer[self.owner[passage]]),
        )


class _Scores:
    """BM25 scores of many queries at once, from the score matrix bm25s precomputes.

    bm25s answers one query at a time; a conversation asks some twenty short ones, and the overhead
    per query would cost more than the arithmetic.
    """

    def __init__(self, documents: list[list[str]]) -> None:
        import bm25s
        import numpy as np

        self.count = len(documents)
        model = bm25s.BM25()
        # An empty corpus has no vocabulary, which bm25s does not index.
        model.index([*documents, ["\x00"]], show_progress=False)
        matrix: dict[str, Any] = model.scores
        self.vocabulary: dict[str, int] = dict(model.vocab_dict)
        self.data: Floats = np.asarray(matrix["data"], dtype=np.float64)
        self.rows: Indexes = np.asarray(matrix["indices"], dtype=np.int64)
        self.starts: Indexes = np.asarray(matrix["indptr"], dtype=np.int64)

    def of(self, queries: Sequence[Sequence[str]]) -> Floats:
        """Scores, queries × documents; a repeated term counts as often as it stands."""
        import numpy as np

        known = self.vocabulary.get
        pairs = [(n, t) for n, q in enumerate(queries) for w in q if (t := known(w)) is not None]
        width = self.count + 1
        if not pairs:
            return np.zeros((len(queries), self.count))
        asked, term = np.array(pairs, dtype=np.int64).T
        starts, lengths = self.starts[term], self.starts[term + 1] - self.starts[term]
        # Positions of all postings of all terms, without a loop over the terms.
        first = np.cumsum(lengths) - lengths
        at: Indexes = np.arange(int(lengths.sum())) + np.repeat(starts - first, lengths)
        cell = np.repeat(asked * width, lengths) + self.rows[at]
        sums = np.bincount(cell, weights=self.data[at], minlength=len(queries) * width)
        table: Floats = np.asarray(sums, dtype=np.float64).reshape(len(queries), width)
        return table[:, : self.count]


def _best(scores: Floats, limit: int) -> Indexes:
    """Indexes of the highest scores of each row, best first, the earlier one on a tie."""
    import numpy as np

    if limit < scores.shape[1]:
        # Ties at the edge of the partition are settled by index, as in the full sort.
        edge = -np.partition(-scores, limit - 1, axis=1)[:, limit - 1 : limit]
        keep = np.where(scores >= edge, scores, -1.0)
    else:
        keep = scores
    order: Indexes = np.argsort(-keep, axis=1, kind="stable")[:, :limit]
    return order


def _stamps(times: Iterable[datetime | None], unknown: float) -> Floats:
    import numpy as np

    return np.array([unknown if t is None else in_utc(t).timestamp() for t in times])
