"""Direct numeric contradictions: one subject, one unit, two values that exclude each other.

Nothing else is called a contradiction here. Overlap of words cannot see that a passage says the
opposite (DialFact, docs/grounding.md), so a wrong "allowed" or "never" is left to a judge that
reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cxscore.grounding import sentences
from cxscore.grounding.quantities import Quantity, quantities
from cxscore.grounding.words import terms

OF_CLAIM = 0.6
"""Least share of the claim's subject the article's sentence must hold."""
OF_SENTENCE = 0.5
"""Least share of the sentence's subject the claim must hold."""
LEAST_SHARED = 3
"""Least number of subject terms in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A sentence of an article with its amounts."""

    text: str
    subject: frozenset[str]
    """Content terms without numbers and units."""
    quantities: tuple[Quantity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """A claim's amount and the article's, about one subject."""

    said: Quantity
    written: Quantity
    sentence: str
    """The article's sentence."""
    passage: int
    """Index of the passage it stands in."""


_UNITS = frozenset(
    terms(
        "dollar dollars usd euro euros eur pound cent percent day days business working calendar "
        "hour hours minute minutes week weeks month months year years"
    )
)


def subject(text: str) -> frozenset[str]:
    """Content terms of a text without numbers and units."""
    return frozenset(t for t in terms(text) if not t[0].isdigit() and t not in _UNITS)


@lru_cache(maxsize=8192)
def statements(passage: str) -> tuple[Statement, ...]:
    """The sentences of a passage that hold an amount."""
    found = []
    for start, end in sentences.split(passage):
        text = passage[start:end]
        if amounts := quantities(text):
            found.append(Statement(text=text, subject=subject(text), quantities=amounts))
    return tuple(found)


def contradiction(
    claim: str, passages: Sequence[str], elsewhere: Iterable[Quantity] = ()
) -> Contradiction | None:
    """The clearest numeric contradiction between a claim and passages, or None.

    Args:
        claim: one sentence.
        passages: what retrieval found for it, best first.
        elsewhere: amounts the conversation itself holds before the claim; a claim that repeats one
            of them speaks of the case at hand, not of the rule.

    Returns:
        None as soon as any passage holds the claim's amount: which of two rules applies cannot be
        told from words alone.
    """
    amounts = quantities(claim)
    if not amounts:
        return None
    written = [(n, s) for n, p in enumerate(passages) for s in statements(p)]
    known = [q for _, s in written for q in s.quantities] + list(elsewhere)
    wrong = [q for q in amounts if not any(q.agrees(k) for k in known)]
    if not wrong:
        return None
    about = subject(claim)
    best: tuple[float, Contradiction] | None = None
    for number, statement in written:
        alike = _alike(about, statement.subject)
        against = _against(wrong, statement.quantities)
        if against and alike and (best is None or alike > best[0]):
            said, other = against
            found = Contradiction(said=said, written=other, sentence=statement.text, passage=number)
            best = (alike, found)
    return best[1] if best else None


def _against(
    said: Sequence[Quantity], written: Sequence[Quantity]
) -> tuple[Quantity, Quantity] | None:
    """The first amount said and the only one written of its unit."""
    for quantity in said:
        same = [w for w in written if w.unit == quantity.unit]
        if len(same) == 1:
            return quantity, same[0]
    return None


def _alike(claim: frozenset[str], sentence: frozenset[str]) -> float:
    """How surely two subjects are one; 0 when they are not."""
    shared = len(claim & sentence)
    if shared < LEAST_SHARED:
        return 0.0
    of_claim, of_sentence = shared / len(claim), shared / len(sentence)
    return of_claim + of_sentence if of_claim >= OF_CLAIM and of_sentence >= OF_SENTENCE else 0.0
