"""An agent's factual claims, held against the knowledge base and the conversation itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cxscore.grounding import sentences
from cxscore.grounding.checkable import About, about, is_material, is_rule
from cxscore.grounding.contacts import contacts
from cxscore.grounding.contradiction import Contradiction, contradiction, statements, subject
from cxscore.grounding.evidence import Evidence
from cxscore.grounding.library import Shelf
from cxscore.grounding.passages import passages
from cxscore.grounding.quantities import Quantity, holds_number, quantities, specifics
from cxscore.grounding.quotes import quote
from cxscore.grounding.support import SUPPORTED, holdings, overlap, same_polarity, wording
from cxscore.knowledge import Article, Hit
from cxscore.transcript import AGENT_ROLES, Transcript
from cxscore.verdict import ClaimCheck, ClaimVerdict, PassageRef, Quote, Severity

CLAIM_RULES_VERSION = "claims-2"
"""Changes whenever a rule of this module or the ones below it would judge a claim otherwise."""
PASSAGES = 4
"""Passages looked at per claim."""
WIDELY = 40
"""Passages looked at before a claim is called contradicted."""
NOTHING_LIKE_IT = 0.25
"""Below this support a rule an agent states has nothing like it in the knowledge base."""
SHOWN = 400
"""Characters of a passage that go onto a verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One sentence of an agent that can be checked."""

    quote: Quote
    about: About


def claims(transcript: Transcript) -> tuple[Claim, ...]:
    """The checkable sentences of all agents' turns, in order."""
    return tuple(
        Claim(quote=quote(transcript, number, start, end), about=kind)
        for number, turn in enumerate(transcript.turns)
        if turn.role in AGENT_ROLES and turn.text
        for start, end in sentences.split(turn.text)
        if (kind := about(turn.text[start:end])) is not None
    )


def check_claims(transcript: Transcript, shelf: Shelf | None) -> tuple[ClaimCheck, ...]:
    """Check every factual claim of the agents.

    Args:
        transcript: what a judge may see.
        shelf: the knowledge of the conversation's time; None when there is no knowledge base.

    Returns:
        One check per checkable sentence, in order. ``contradicted`` is said of direct numeric
        contradictions only; ``support`` is the wording's share in the best passage.
    """
    stated = claims(transcript)
    if not stated:
        return ()
    desk = _Desk(transcript=transcript, shelf=shelf, evidence=Evidence(transcript))
    found = desk.search([c.quote.text for c in stated], limit=PASSAGES)
    checks = [_check(c, hits, desk) for c, hits in zip(stated, found, strict=True)]
    checks = _with_corrections(checks)
    return tuple(checks if transcript.started_at is not None else map(_undated, checks))


def _undated(check: ClaimCheck) -> ClaimCheck:
    """The check of a conversation without a date: no article is known to have held then."""
    if check.passage is None:
        return check
    return replace(check, passage=replace(check.passage, of_unknown_date=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What lies at hand while one conversation is checked."""

    transcript: Transcript
    shelf: Shelf | None
    evidence: Evidence

    def search(self, texts: Sequence[str], *, limit: int) -> list[list[Hit]]:
        if self.shelf is None:
            return [[] for _ in texts]
        return self.shelf.retriever.search(texts, at=self.transcript.started_at, limit=limit)


def _check(claim: Claim, hits: Sequence[Hit], desk: _Desk) -> ClaimCheck:
    """One claim's check: a wrong amount or contact first, then who holds its wording."""
    said = wording(claim.quote.text)
    scores = [overlap(said, holdings(h.passage.text)) for h in hits]
    best = max(range(len(hits)), key=scores.__getitem__, default=None)
    score = None if best is None else round(scores[best], 3)
    found = None if best is None else hits[best]
    wrong = _contradicted(claim, hits, desk, score) or _invented(claim, desk, found, score)
    if wrong is not None:
        return wrong
    # The rule before the case: an article is the better witness of what holds for everybody.
    general = claim.about is About.GENERAL
    article = _by_article(claim, hits, found, score) if general else None
    check = article or _by_conversation(claim, desk.evidence, score)
    if check is None and not general:
        check = _by_article(claim, hits, found, score)
    if check is not None:
        return check
    if not general or desk.shelf is None:
        return _unverifiable(claim, score, has_log=desk.evidence.has_log)
    return _uncovered(claim, found, score)


def _by_article(
    claim: Claim, hits: Sequence[Hit], found: Hit | None, score: float | None
) -> ClaimCheck | None:
    if found is None or score is None or score < SUPPORTED:
        return None
    same = [h.passage.text for h in hits if h.passage.article_id == found.passage.article_id]
    if not _numbers_held(claim.quote.text, same) or not same_polarity(claim.quote.text, same):
        return None
    return ClaimCheck(
        quote=claim.quote,
        verdict=ClaimVerdict.SUPPORTED_BY_ARTICLE,
        reason=f"the article holds {score:.0%} of the wording",
        passage=_ref(found),
        support=score,
    )


def _by_conversation(claim: Claim, evidence: Evidence, score: float | None) -> ClaimCheck | None:
    covered, lines = evidence.before(claim.quote.turn).covers(claim.quote.text)
    if not covered:
        return None
    source = "a tool result" if lines else "what the customer wrote"
    return ClaimCheck(
        quote=claim.quote,
        verdict=ClaimVerdict.SUPPORTED_BY_CONVERSATION,
        reason=f"{source} covers it",
        log=lines,
        support=score,
    )


def _contradicted(
    claim: Claim, hits: Sequence[Hit], desk: _Desk, score: float | None
) -> ClaimCheck | None:
    """The article that contradicts a claim, looked for in two steps.

    The few passages at hand show a suspicion; a wide search, the conversation's own amounts
    included, must not show that the amount is right for another case.
    """
    text = claim.quote.text
    if desk.shelf is None or contradiction(text, hits) is None:
        return None
    wide = desk.search([text], limit=WIDELY)[0]
    clash = contradiction(text, wide, desk.evidence.before(claim.quote.turn).amounts(text))
    if clash is None:
        return None
    stale = _was_right(clash, text, desk.shelf.expired)
    reason = f"the agent says {clash.said.text}, the article {clash.written.text}"
    return ClaimCheck(
        quote=claim.quote,
        verdict=ClaimVerdict.CONTRADICTED,
        reason=f"{reason}; an older article said so" if stale else reason,
        passage=_ref(wide[clash.passage], around=clash.sentence),
        error="stale_source" if stale else "wrong_number",
        severity=Severity.MAJOR,
        support=score,
    )


def _was_right(clash: Contradiction, text: str, expired: Sequence[Article]) -> bool:
    """Whether an article that no longer holds says what the agent said."""
    about = subject(text)
    return any(
        s.quantity.agrees(clash.said) and len(s.sentence & about) >= 2
        for article in expired
        for passage in passages(article)
        for s in statements(passage.text)
    )


def _invented(
    claim: Claim, desk: _Desk, found: Hit | None, score: float | None
) -> ClaimCheck | None:
    """A link, address or number that neither an article nor the conversation holds."""
    given = contacts(claim.quote.text)
    if not given or desk.shelf is None or given <= desk.shelf.contacts:
        return None
    shown = desk.evidence.before(claim.quote.turn).contacts
    unknown = sorted(c for c in given - desk.shelf.contacts if c not in shown)
    if not unknown:
        return None
    return ClaimCheck(
        quote=claim.quote,
        verdict=ClaimVerdict.NOT_IN_KNOWLEDGE_BASE,
        reason=f"no article gives {unknown[0]}",
        passage=None if found is None else _ref(found),
        error="invented_link_or_contact",
        severity=Severity.MAJOR,
        support=score,
    )


def _unverifiable(claim: Claim, score: float | None, *, has_log: bool) -> ClaimCheck:
    if claim.about is About.GENERAL:
        reason = "no knowledge base was at hand"
    elif has_log:
        reason = "about the customer's own case; the tool log does not show it"
    else:
        reason = "about the customer's own case; no tool log was delivered"
    return ClaimCheck(
        quote=claim.quote, verdict=ClaimVerdict.UNVERIFIABLE, reason=reason, support=score
    )


def _uncovered(claim: Claim, found: Hit | None, score: float | None) -> ClaimCheck:
    text = claim.quote.text
    suspicious = (
        is_rule(text) and len(wording(text).terms) >= 4 and (score or 0.0) < NOTHING_LIKE_IT
    )
    nearest = (
        "no article covers it"
        if found is None
        else f"the nearest article holds {score or 0:.0%} of the wording"
    )
    if not suspicious and is_material(text):
        # A rule, an amount or a "never" may be an invention or a good summary: said to be neither.
        return ClaimCheck(
            quote=claim.quote,
            verdict=ClaimVerdict.NOT_IN_KNOWLEDGE_BASE,
            reason=f"{nearest}, and not what it states; not judged",
            passage=None if found is None else _ref(found),
            support=score,
        )
    return ClaimCheck(
        quote=claim.quote,
        verdict=ClaimVerdict.NOT_IN_KNOWLEDGE_BASE,
        reason=nearest,
        passage=None if found is None else _ref(found),
        error="fabricated_policy" if suspicious else "unsupported_harmless",
        severity=Severity.CRITICAL if suspicious else Severity.INFO,
        support=score,
    )


def _numbers_held(text: str, passages: Sequence[str]) -> bool:
    """Whether every amount, number, code and date of a claim stands in an article's passages."""
    amounts = quantities(text)
    written = [q for p in passages for q in quantities(p)] if amounts else []
    if not all(any(a.agrees(w) for w in written) for a in amounts):
        return False
    rest = "".join(_without(text, amounts))
    return all(any(holds_number(p, s) for p in passages) for s in specifics(rest))


def _without(text: str, amounts: Sequence[Quantity]) -> Iterator[str]:
    at = 0
    for amount in amounts:
        yield text[at : amount.start]
        at = amount.end
    yield text[at:]


def _ref(hit: Hit, around: str | None = None) -> PassageRef:
    passage = hit.passage
    text = passage.text
    if len(text) > SHOWN:
        at = max(0, text.find(around)) if around else 0
        start = max(0, min(at - SHOWN // 4, len(text) - SHOWN))
        # Whole words only: half a word in a report reads like a broken quote.
        start = text.find(" ", start) + 1 if start else 0
        shown = text[start : start + SHOWN]
        text = (shown if text.endswith(shown) else shown.rsplit(" ", 1)[0]).strip()
    return PassageRef(
        article_id=passage.article_id,
        title=passage.title,
        text=text,
        url=passage.url,
        heading=passage.heading,
        newer_than_conversation=hit.newer_than_conversation,
    )


def _with_corrections(checks: list[ClaimCheck]) -> list[ClaimCheck]:
    """Mark contradicted claims whose right amount an agent gave in a later turn."""
    return [
        replace(check, corrected=True)
        if check.verdict is ClaimVerdict.CONTRADICTED and _corrected(check, checks[n + 1 :])
        else check
        for n, check in enumerate(checks)
    ]


def _corrected(wrong: ClaimCheck, later: Sequence[ClaimCheck]) -> bool:
    said = quantities(wrong.quote.text)
    written = quantities(wrong.passage.text) if wrong.passage else ()
    right = [w for w in written if not any(w.agrees(s) for s in said)]
    return any(
        check.quote.turn > wrong.quote.turn
        and check.verdict is not ClaimVerdict.CONTRADICTED
        and _says_one_of(check, right)
        and len(subject(check.quote.text) & subject(wrong.quote.text)) >= 1
        for check in later
    )


def _says_one_of(check: ClaimCheck, right: Sequence[Quantity]) -> bool:
    return any(q.agrees(r) for q in quantities(check.quote.text) for r in right)
