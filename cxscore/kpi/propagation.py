"""One article behind several errors: what a wrong article does to many conversations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from cxscore.verdict import Judged, Severity

LEAST = 3
"""Conversations from which errors on one article are told (W6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneArticle:
    """An article and the conversations with an error about it."""

    article: str
    ids: tuple[str, ...]
    errors: tuple[str, ...]
    """Ids of the error taxonomy."""


def one_article(judged: Iterable[Judged]) -> tuple[OneArticle, ...]:
    """Articles with errors that matter in at least ``LEAST`` conversations, the most first.

    It is a list, no test: an article much is asked about gathers errors by volume alone.
    """
    ids: defaultdict[str, set[str]] = defaultdict(set)
    errors: defaultdict[str, set[str]] = defaultdict(set)
    for one in judged:
        for claim in () if one.verdict is None else one.verdict.claims:
            if claim.error is None or claim.severity is Severity.INFO or claim.passage is None:
                continue
            ids[claim.passage.article_id].add(one.record.conversation.id)
            errors[claim.passage.article_id].add(claim.error)
    found = [
        OneArticle(article=a, ids=tuple(sorted(held)), errors=tuple(sorted(errors[a])))
        for a, held in ids.items()
        if len(held) >= LEAST
    ]
    return tuple(sorted(found, key=lambda f: (-len(f.ids), f.article)))
