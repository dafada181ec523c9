"""Direct numeric contradictions: one subject, one unit, two values that exclude each other.

Nothing else is called a contradiction here. Overlap of words cannot see that a passage says the
opposite (DialFact, docs/grounding.md), so a wrong "allowed" or "never" is left to a judge that
reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
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

RELATED = 0.34
"""Share of the claim's clause that makes an article's equal amount a possible source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An amount of an article with what it is said of."""

    text: str
    """The sentence it stands in."""
    quantity: Quantity
    sentence: frozenset[str]
    """Content terms of the sentence without numbers and units."""
    clause: frozenset[str]
    """The same of the clause."""
    alone: bool
    """True when the sentence holds no other amount of this unit."""


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
    """The amounts of a passage, each with its sentence and clause."""
    found: list[Statement] = []
    for start, end in sentences.split(passage):
        text = passage[start:end]
        amounts = quantities(text)
        about = subject(text) if amounts else frozenset()
        found += [
            Statement(
                text=text,
                quantity=amount,
                sentence=about,
                clause=subject(_clause(text, amount)),
                alone=sum(a.unit == amount.unit for a in amounts) == 1,
            )
            for amount in amounts
        ]
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
    case = list(elsewhere)
    written = [(n, s) for n, h in enumerate(hits) for s in statements(h.passage.text)]
    wrong = [
        _Said(quantity=q, sentence=subject(claim), clause=subject(_clause(claim, q)))
        for q in amounts
        if not any(q.agrees(k) for k in case) and not _OF_THE_CASE.match(claim, q.end)
    ]
    found = [
        (alike, Contradiction(said=w.quantity, written=s.quantity, sentence=s.text, passage=n))
        for w in wrong
        if not any(w.quantity.agrees(s.quantity) and _related(w, s) for _, s in written)
        for n, s in written
        if w.quantity.unit == s.quantity.unit
        # "4 weeks" for 30 days is a way of speaking, not a wrong amount.
        and w.quantity.measure == s.quantity.measure
        # "200 points are worth €5, so you could take €10": reckoned from the article's amount.
        and not any(s.quantity.agrees(q) for q in amounts)
        and (alike := _alike(w, s))
        and _names_held(claim, hits[n].passage)
    ]
    return _clearest(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    quantity: Quantity
    sentence: frozenset[str]
    clause: frozenset[str]


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


def _alike(said: _Said, written: Statement) -> float:
    """How surely two amounts are said of one subject; 0 when they are not."""
    pairs = [(said.clause, written.clause)]
    if written.alone:
        pairs += [(said.sentence, written.sentence), (said.clause, written.sentence)]
    return max(_share(claim, sentence) for claim, sentence in pairs)


def _share(claim: frozenset[str], sentence: frozenset[str]) -> float:
    shared = len(claim & sentence)
    if shared < 2:
        return 0.0
    of_claim, of_sentence = shared / len(claim), shared / len(sentence)
    # A line of a list ("Grove: 5 teas, €24") says little, but all of it is then in the claim.
    whole = of_sentence == 1.0 and of_claim >= OF_SENTENCE
    sure = shared >= LEAST_SHARED and of_claim >= OF_CLAIM and of_sentence >= OF_SENTENCE
    return of_claim + of_sentence if sure or whole else 0.0


def _related(said: _Said, written: Statement) -> bool:
    """Whether an article may mean the claim's own amount: far less than one subject is enough."""
    shared = len(said.sentence & written.sentence)
    return shared >= 2 or shared >= RELATED * max(1, len(said.clause))
