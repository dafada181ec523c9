"""Quotes marked in the text they come from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from cxscore.verdict import Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Words to be marked in one turn, and what for."""

    start: int
    end: int
    label: str
    """What the words are evidence of, e.g. ``Sentiment at the end``."""
    bad: bool = False
    """True when they show an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a turn's text under the same marks."""

    text: str
    labels: tuple[str, ...] = ()
    bad: bool = False


def mark(quote: Quote, label: str, *, bad: bool = False) -> Mark:
    """The mark of a quote."""
    return Mark(start=quote.start, end=quote.end, label=label, bad=bad)


def pieces(text: str, marks: Iterable[Mark]) -> tuple[Piece, ...]:
    """Cut a text at the edges of its marks; marks may overlap and are clipped to the text.

    >>> [p.text for p in pieces("I refunded it.", [Mark(start=2, end=10, label="claim")])]
    ['I ', 'refunded', ' it.']
    """
    inside = [m for m in marks if 0 <= m.start < min(m.end, len(text))]
    edges = sorted({0, len(text), *(e for m in inside for e in (m.start, min(m.end, len(text))))})
    cut = []
    for start, end in pairwise(edges):
        over = [m for m in inside if m.start <= start and end <= m.end]
        labels = tuple(dict.fromkeys(m.label for m in over))
        piece = Piece(text=text[start:end], labels=labels, bad=any(m.bad for m in over))
        cut.append(piece)
    return tuple(cut)
