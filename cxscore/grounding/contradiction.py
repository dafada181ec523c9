"""Direct numeric contradictions: one subject, one unit, two values that exclude each other.

Nothing else is called a contradiction here. Overlap of words cannot see that a passage says the
opposite (DialFact, docs/grounding.md), so a wrong "allowed" or "never" is left to a judge that
reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cxscore.grounding import sentences
from cxscore.grounding.quantities import Quantity, quantities
from cxscore.grounding.words import terms
from cxscore.knowledge import Hit, Passage

OF_CLAIM = 0.5
"""Least share of the claim's subject the article's sentence must hold."""
OF_SENTENCE = 0.4
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


# "12 days ago", "8 hours late": what happened, not what the rule is.
_OF_THE_CASE = re.compile(
    r"(?i)\W{0,3}(?:ago|old|earlier|later|late|early|left|remaining|in total|total|each)\b"
)
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
    claim: str, hits: Sequence[Hit], elsewhere: Iterable[Quantity] = ()
) -> Contradiction | None:
    """The clearest numeric contradiction between a claim and passages, or None.

    Args:
        claim: one sentence.
        hits: what retrieval found for it, best first.
        elsewhere: amounts the conversation itself holds before the claim; a claim that repeats one
            of them speaks of the case at hand, not of the rule.

    Returns:
        None as soon as any passage holds the claim's amount, and when sentences on the same subject
        differ among themselves (one product's fee and another's): which of two rules applies cannot
        be told from words alone.
    """
    amounts = quantities(claim)
    if not amounts:
        return None
    written = [(n, s) for n, h in enumerate(hits) for s in statements(h.passage.text)]
    known = [q for _, s in written for q in s.quantities] + list(elsewhere)
    wrong = [
        q
        for q in amounts
        if not any(q.agrees(k) for k in known) and not _OF_THE_CASE.match(claim, q.end)
    ]
    if not wrong:
        return None
    return _clearest(list(_candidates(claim, wrong, hits, written)))


def _candidates(
    claim: str,
    wrong: Sequence[Quantity],
    hits: Sequence[Hit],
    written: Iterable[tuple[int, Statement]],
) -> Iterator[tuple[float, Contradiction]]:
    about = subject(claim)
    clauses = {q: subject(_clause(claim, q)) for q in wrong}
    for number, statement in written:
        against = _against(wrong, statement.quantities)
        if against is None:
            continue
        alike = max(
            _alike(about, statement.subject), _alike(clauses[against[0]], statement.subject)
        )
        if alike and _names_held(claim, hits[number].passage):
            yield (
                alike,
                Contradiction(
                    said=against[0],
                    written=against[1],
                    sentence=statement.text,
                    passage=number,
                ),
            )


_JOINT = re.compile(
    r"(?i)[,;:()–—]\s|\s(?:if|unless|when|because|since|but|or|and|so|which|while)\s|\s-\s"
)


def _clause(claim: str, amount: Quantity) -> str:
    """The part of a sentence an amount stands in: a long sentence has many subjects."""
    starts = [m.end() for m in _JOINT.finditer(claim, 0, amount.start)]
    end = _JOINT.search(claim, amount.end)
    return claim[starts[-1] if starts else 0 : end.start() if end else len(claim)]


def _clearest(found: Sequence[tuple[float, Contradiction]]) -> Contradiction | None:
    if not found:
        return None
    _, best = max(found, key=lambda f: f[0])
    rivals = [c.written for _, c in found if c.written.unit == best.written.unit]
    return best if all(best.written.agrees(r) for r in rivals) else None


_NAME = re.compile(r"(?<=[^\W\d_.!?:*] )[A-Z][^\W\d_]+")


def _names_held(claim: str, passage: Passage) -> bool:
    """Whether the passage knows every name in a claim: another product has another price."""
    names = set(terms(" ".join(_NAME.findall(claim))))
    if not names:
        return True
    return names <= set(terms(f"{passage.title} {passage.heading or ''} {passage.text}"))


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
