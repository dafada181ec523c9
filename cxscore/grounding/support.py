"""How much of a claim's wording a passage holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from cxscore.grounding import sentences
from cxscore.grounding.words import terms

SUPPORTED = 0.62
"""At or above this a passage is taken to support a claim (eval/grounding/begin.py)."""

_WORD = re.compile(r"\w+")
_CONTENT, _WORDS, _PAIRS = 0.5, 0.25, 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A claim as the lists its support is counted over."""

    terms: tuple[str, ...]
    """Content terms in order, see ``words.terms``."""
    words: tuple[str, ...]
    """All words in order, lower case."""
    pairs: tuple[tuple[str, str], ...]
    """Words that stand side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """A passage as the sets a claim is looked up in."""

    terms: frozenset[str]
    words: frozenset[str]
    pairs: frozenset[tuple[str, str]]


@lru_cache(maxsize=1024)
def wording(text: str) -> Wording:
    """The wording of a claim."""
    words = tuple(_WORD.findall(text.lower()))
    return Wording(terms=tuple(terms(text)), words=words, pairs=tuple(pairwise(words)))


@lru_cache(maxsize=16384)
def holdings(text: str) -> Holdings:
    """What a passage holds. Cached: the same passages are met in every conversation."""
    read = wording(text)
    return Holdings(
        terms=frozenset(read.terms), words=frozenset(read.words), pairs=frozenset(read.pairs)
    )


def support(claim_text: str, passage_text: str) -> float:
    """Share of a claim's wording that a passage holds, 0–1.

    Half of it is the share of content terms, a quarter the share of all words, a quarter the share
    of pairs of neighbouring words. Nothing is fitted. It sees what a passage does not mention; it
    cannot see that a passage says the opposite.

    >>> round(support("Refunds take 5 days.", "A refund takes 5 days to arrive."), 2)
    0.71
    >>> support("We also sell boats.", "A refund takes 5 days to arrive.")
    0.0
    """
    return overlap(wording(claim_text), holdings(passage_text))


def overlap(claim: Wording, passage: Holdings) -> float:
    """As ``support``, of texts already read."""
    if not claim.words:
        return 0.0
    words = _share(claim.words, passage.words)
    content = _share(claim.terms, passage.terms) if claim.terms else words
    pairs = _share(claim.pairs, passage.pairs) if claim.pairs else words
    return _CONTENT * content + _WORDS * words + _PAIRS * pairs


_NEGATION = re.compile(
    r"(?i)\b(?:not|cannot|never|no|none|nothing|nobody|neither|nor|without|unable|impossible"
    r"|prohibited|forbidden|except|excluding)\b|n['’]t\b|\bnon-?(?=[a-z])|\bin(?:eligible|valid)\b"
)
_NEARLY = 0.85
"""Share of the best sentence's overlap that makes another sentence as good a witness."""


def negated(text: str) -> bool:
    """Whether a sentence denies something.

    >>> negated("You can't return it."), negated("You can return it.")
    (True, False)
    """
    return _NEGATION.search(text) is not None


def same_polarity(claim: str, passages: Sequence[str]) -> bool:
    """Whether the sentence of the passages closest to a claim denies when the claim does.

    It compares only whether there is a denial, not what is denied.
    """
    said = wording(claim)
    found = [
        (overlap(said, holdings(part)), part)
        for passage in passages
        for start, end in sentences.split(passage)
        if (part := passage[start:end])
    ]
    best = max((score for score, _ in found), default=0.0)
    return any(score >= _NEARLY * best and negated(part) == negated(claim) for score, part in found)


def _share(wanted: Sequence[object], held: frozenset[str] | frozenset[tuple[str, str]]) -> float:
    return sum(map(held.__contains__, wanted)) / len(wanted)
