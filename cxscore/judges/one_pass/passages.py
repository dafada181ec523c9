"""Passages shown beside a transcript: found per turn, the best of all turns kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cxscore.grounding.library import Shelf
from cxscore.knowledge import Hit
from cxscore.transcript import AGENT_ROLES, Role, Transcript

MOST, CHARACTERS = 6, 3600
"""At most so many passages, and about 900 tokens together."""
PER_CLAIM, CHARACTERS_PER_CLAIM = 4, 2400
"""As much for one claim that is looked at again."""
_SHORTEST_QUERY = 12
"""Shorter turns ("ok, thanks") find anything."""


def for_transcript(transcript: Transcript, shelf: Shelf | None) -> tuple[Hit, ...]:
    """The passages of a first ask; documents that stand whole in the system part are left out."""
    queries = [
        t.text
        for t in transcript.turns
        if (t.role in AGENT_ROLES or t.role is Role.CUSTOMER) and len(t.text) >= _SHORTEST_QUERY
    ]
    if shelf is None or not queries:
        return ()
    found = shelf.retriever.search(queries, at=transcript.started_at, limit=3)
    return _chosen(_without_whole(found, shelf), most=MOST, characters=CHARACTERS)


def for_claims(
    queries: Sequence[Sequence[str]], transcript: Transcript, shelf: Shelf | None
) -> list[tuple[Hit, ...]]:
    """The passages for single claims.

    Args:
        queries: for each claim its own words, and search words in the knowledge base's language.
        transcript: gives the time.
        shelf: None: there is no knowledge base.
    """
    if shelf is None:
        return [() for _ in queries]
    flat = [query for each in queries for query in each]
    found = iter(shelf.retriever.search(flat, at=transcript.started_at, limit=PER_CLAIM))
    return [
        _chosen(
            _without_whole([next(found) for _ in each], shelf),
            most=PER_CLAIM,
            characters=CHARACTERS_PER_CLAIM,
        )
        for each in queries
    ]


def _without_whole(found: Iterable[list[Hit]], shelf: Shelf) -> list[list[Hit]]:
    whole = {a.id for a in shelf.always}
    return [[h for h in hits if h.passage.article_id not in whole] for hits in found]


def _chosen(found: Sequence[list[Hit]], *, most: int, characters: int) -> tuple[Hit, ...]:
    """The best over all queries: first hits before second ones, each passage once."""
    ranked = sorted(
        (
            (rank, -hit.score, n, hit)
            for n, hits in enumerate(found)
            for rank, hit in enumerate(hits)
        ),
        key=lambda row: row[:3],
    )
    chosen: dict[tuple[str, str], Hit] = {}
    room = characters
    for _, _, _, hit in ranked:
        key = (hit.passage.article_id, hit.passage.text)
        if key in chosen or len(hit.passage.text) > room or len(chosen) == most:
            continue
        chosen[key] = hit
        room -= len(hit.passage.text)
    return tuple(chosen.values())
