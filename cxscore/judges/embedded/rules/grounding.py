"""Grounding: what the claim checks say, as a level."""

from __future__ import annotations

from cxscore.judges.embedded.english import is_english
from cxscore.judges.embedded.finding import Finding, not_applicable
from cxscore.judges.embedded.reading import Reading
from cxscore.verdict import Abstained, ClaimCheck, ClaimVerdict, Severity

_MATERIAL = frozenset({Severity.MAJOR, Severity.CRITICAL})


def grounding(reading: Reading) -> Finding | Abstained:
    """The worst thing found decides; claims that cannot be checked are not counted."""
    wrong = reading.false_actions
    if wrong:
        return Finding(
            credit=0.0,
            reason=f"claimed an action the log does not hold: {wrong[0].reason}",
            evidence=tuple(a.quote for a in wrong),
            log=tuple(line for a in wrong for line in a.log),
            causes=("action_not_done",),
        )
    if reading.shelf is None:
        return not_applicable("no knowledge base")
    stop = _cannot(reading)
    if stop is not None:
        return stop
    stated = [c for c in reading.claims if c.verdict is not ClaimVerdict.UNVERIFIABLE]
    if not stated:
        return not_applicable("no checkable claim")
    checked = [c for c in stated if not _against_another_day(c)]
    if not checked:
        reason = "only articles of another or an unknown day speak against what was said"
        return Abstained(reason=reason, code="newer_knowledge")
    for credit, found, what in _by_weight(checked):
        if found:
            return Finding(
                credit=credit,
                reason=f"{len(found)} of {len(checked)} claims {what}: {found[0].reason}",
                evidence=tuple(c.quote for c in found),
                log=tuple(line for c in found for line in c.log),
                causes=("wrong_answer",),
            )
    if len(checked) < len(stated):
        # What an article of another day denies is neither wrong nor right: no full credit.
        reason = f"{len(stated) - len(checked)} claims speak against articles of another day"
        return Abstained(reason=reason, code="newer_knowledge")
    return Finding(
        credit=1.0,
        reason=f"all {len(checked)} checkable claims supported",
        evidence=tuple(c.quote for c in checked),
    )


def _cannot(reading: Reading) -> Abstained | None:
    """Languages the rules cannot read, and articles that came after the conversation."""
    shelf = reading.shelf
    gap = None if shelf is None else shelf.knowledge.gap_days
    if reading.answered and reading.agent_foreign:
        return Abstained(reason="claims are recognised in English only", code="language")
    held = {ClaimVerdict.SUPPORTED_BY_ARTICLE, ClaimVerdict.CONTRADICTED}
    if reading.claims and not any(c.verdict in held for c in reading.claims):
        if not reading.agent_english:
            reason = "the language is not known and too few words tell it"
            return Abstained(reason=reason, code="language_unknown")
        found = " ".join(c.passage.text for c in reading.claims if c.passage is not None)
        if is_english(found) is False:
            reason = "the articles are in another language than the conversation"
            return Abstained(reason=reason, code="language")
    if reading.claims and gap is not None and gap < 0:
        reason = "the only articles at hand are newer than the conversation"
        return Abstained(reason=reason, code="newer_knowledge")
    return None


def _against_another_day(check: ClaimCheck) -> bool:
    """Contradicted by an article that came later, or of a day nobody knows."""
    passage = check.passage
    return (
        check.verdict is ClaimVerdict.CONTRADICTED
        and passage is not None
        and (passage.newer_than_conversation or passage.of_unknown_date)
    )


def _by_weight(checked: list[ClaimCheck]) -> list[tuple[float, list[ClaimCheck], str]]:
    against = [c for c in checked if c.verdict is ClaimVerdict.CONTRADICTED]
    absent = [c for c in checked if c.verdict is ClaimVerdict.NOT_IN_KNOWLEDGE_BASE]
    return [
        (
            0.0,
            [c for c in against if c.severity is Severity.CRITICAL and not c.corrected],
            "contradicted",
        ),
        (0.25, against, "contradicted, with small weight or corrected"),
        (
            0.5,
            [c for c in absent if c.severity in _MATERIAL or c.error is None],
            "not in the knowledge base",
        ),
        (0.75, absent, "not in the knowledge base, harmless"),
    ]
