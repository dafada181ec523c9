"""An agent's factual claims, held against the knowledge base and the conversation itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cxscore.grounding import sentences
from cxscore.grounding.checkable import About, about, is_rule
from cxscore.grounding.contradiction import Contradiction, contradiction, subject
from cxscore.grounding.evidence import Evidence, covering
from cxscore.grounding.library import Shelf
from cxscore.grounding.quantities import Quantity, quantities
from cxscore.grounding.quotes import quote
from cxscore.grounding.support import SUPPORTED, overlap, wording
from cxscore.knowledge import Hit
from cxscore.transcript import AGENT_ROLES, Transcript
from cxscore.verdict import ClaimCheck, ClaimVerdict, PassageRef, Quote, Severity

PASSAGES = 4
"""Passages looked at per claim."""
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
    hits: list[list[Hit]] = [[] for _ in stated]
    if shelf is not None and stated:
        texts = [c.quote.text for c in stated]
        hits = shelf.retriever.search(texts, at=transcript.started_at, limit=PASSAGES)
    evidence = Evidence(transcript)
    checks = [
        _check(c, h, evidence, has_kb=shelf is not None) for c, h in zip(stated, hits, strict=True)
    ]
    return tuple(_with_corrections(checks))


def _check(claim: Claim, hits: Sequence[Hit], evidence: Evidence, *, has_kb: bool) -> ClaimCheck:
    text = claim.quote.text
    said = wording(text)
    scores = [overlap(said, wording(h.passage.text)) for h in hits]
    best = max(range(len(hits)), key=scores.__getitem__, default=None)
    score = None if best is None else round(scores[best], 3)
    found = None if best is None else hits[best]
    if claim.about is About.GENERAL and hits:
        clash = _clash(claim, hits, evidence)
        if clash is not None:
            return _contradicted(claim, clash, hits[clash.passage], score)
    if found is not None and (score or 0) >= SUPPORTED and _amounts_held(text, hits):
        return ClaimCheck(
            quote=claim.quote,
            verdict=ClaimVerdict.SUPPORTED_BY_ARTICLE,
            reason=f"{found.passage.title!r} holds {score:.0%} of the wording",
            passage=_ref(found),
            support=score,
        )
    covered, lines = covering(text, evidence.before(claim.quote.turn))
    if covered:
        source = "a tool result" if lines else "the customer's own words"
        return ClaimCheck(
            quote=claim.quote,
            verdict=ClaimVerdict.SUPPORTED_BY_CONVERSATION,
            reason=f"{source} before it covers it",
            passage=None,
            log=lines,
            support=score,
        )
    if claim.about is About.PERSONAL or not has_kb:
        return _unverifiable(claim, score, has_log=evidence.has_log)
    return _uncovered(claim, found, score)


def _clash(claim: Claim, hits: Sequence[Hit], evidence: Evidence) -> Contradiction | None:
    text = claim.quote.text
    if not quantities(text):
        return None
    passages = [h.passage.text for h in hits]
    clash = contradiction(text, passages)
    if clash is None:
        return None
    # The conversation is read only when there is something to refute.
    return contradiction(text, passages, evidence.amounts(claim.quote.turn))


def _contradicted(claim: Claim, clash: Contradiction, hit: Hit, score: float | None) -> ClaimCheck:
    return ClaimCheck(
        quote=claim.quote,
        verdict=ClaimVerdict.CONTRADICTED,
        reason=f"the agent says {clash.said.text}, the article {clash.written.text}",
        passage=_ref(hit, around=clash.sentence),
        error="wrong_number",
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
    suspicious = is_rule(claim.quote.text) and (score or 0.0) < NOTHING_LIKE_IT
    return ClaimCheck(
        quote=claim.quote,
        verdict=ClaimVerdict.NOT_IN_KNOWLEDGE_BASE,
        reason="no article covers it"
        if found is None
        else f"the nearest article holds {score or 0:.0%} of the wording",
        passage=None if found is None else _ref(found),
        error="fabricated_policy" if suspicious else "unsupported_harmless",
        severity=Severity.CRITICAL if suspicious else Severity.INFO,
        support=score,
    )


def _amounts_held(text: str, hits: Sequence[Hit]) -> bool:
    """Whether every amount of a claim stands in what was found for it."""
    amounts = quantities(text)
    if not amounts:
        return True
    written = [q for h in hits for q in quantities(h.passage.text)]
    return all(any(a.agrees(w) for w in written) for a in amounts)


def _ref(hit: Hit, around: str | None = None) -> PassageRef:
    passage = hit.passage
    text = passage.text
    if len(text) > SHOWN:
        at = text.find(around) if around else 0
        start = max(0, min(at - SHOWN // 4, len(text) - SHOWN))
        text = text[start : start + SHOWN].strip()
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
