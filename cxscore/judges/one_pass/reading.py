"""What a reply names is found again by code: quotes, log lines, sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cxscore.grounding.library import Shelf
from cxscore.grounding.passages import passages
from cxscore.grounding.quotes import locate
from cxscore.grounding.quotes import quote as quoted
from cxscore.grounding.support import support
from cxscore.judges.one_pass.rendering import Shown
from cxscore.knowledge import Article, Hit, in_utc
from cxscore.rubric import Rubric
from cxscore.transcript import AGENT_ROLES, Transcript
from cxscore.verdict import LogLine, PassageRef, Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One conversation as it was shown, and everything a reply may point at."""

    transcript: Transcript
    shown: Shown
    rubric: Rubric
    shelf: Shelf | None
    hits: Mapping[str, Hit]
    """``P1`` … to the passages beside the transcript."""
    documents: Mapping[str, Article]
    """``D1`` … to the documents that stand whole in the system part."""

    def quote(self, given: Mapping[str, Any]) -> Quote | None:
        """The transcript's own words for a quote of the reply; None when they are not there."""
        text = str(given["quote"])
        found = locate(text, self.shown.words, self.shown.turns.get(_id(given["turn"])))
        part = None if found is None else self.shown.parts.get(found.turn)
        if found is None or part is None:
            return found
        start, end = part.span(found.start, found.end)
        return quoted(self.transcript, found.turn, start, end)

    def agents_words(self, given: Mapping[str, Any]) -> Quote | None:
        """As ``quote``, for words that must be an agent's."""
        found = self.quote(given)
        if found is None or self.transcript.turns[found.turn].role not in AGENT_ROLES:
            return None
        return found

    def log(self, id: object) -> LogLine | None:
        """The line of the tool log with this drawn id."""
        at = self.shown.calls.get(_id(id))
        return None if at is None else LogLine(turn=at[0], call=at[1])

    def passage(
        self, id: object, near: str, hits: Mapping[str, Hit] | None = None
    ) -> PassageRef | None:
        """The passage or document with this id; of a document the part nearest to some words."""
        hit = (self.hits if hits is None else hits).get(_id(id))
        if hit is not None:
            return _of_hit(hit)
        article = self.documents.get(_id(id))
        return None if article is None else self._of_document(article, near)

    def _of_document(self, article: Article, near: str) -> PassageRef:
        parts = passages(article)
        best = max(parts, key=lambda p: support(near, p.text), default=None)
        return PassageRef(
            article_id=article.id,
            title=article.title,
            text=article.text[:400] if best is None else best.text,
            url=article.url,
            heading=None if best is None else best.heading,
            newer_than_conversation=self._is_newer(article),
        )

    def _is_newer(self, article: Article) -> bool:
        started, shelf = self.transcript.started_at, self.shelf
        if started is None or shelf is None:
            return False
        if article.updated_at is not None and in_utc(article.updated_at) > in_utc(started):
            return True
        return shelf.knowledge.gap_days is not None and shelf.knowledge.gap_days < 0


def _of_hit(hit: Hit) -> PassageRef:
    return PassageRef(
        article_id=hit.passage.article_id,
        title=hit.passage.title,
        text=hit.passage.text,
        url=hit.passage.url,
        heading=hit.passage.heading,
        newer_than_conversation=hit.newer_than_conversation,
    )


def _id(value: object) -> str:
    """An id as drawn, without the brackets or marks a model may copy along."""
    return str(value).strip(" []()\"'`")
