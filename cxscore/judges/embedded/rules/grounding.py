"""Grounding: what the claim checks say, as a level."""

from __future__ import annotations

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
    checked = [c for c in reading.claims if c.verdict is not ClaimVerdict.UNVERIFIABLE]
    if not checked:
        return not_applicable("no checkable claim")
    for credit, found, what in _by_weight(checked):
        if found:
            return Finding(
                credit=credit,
                reason=f"{len(found)} of {len(checked)} claims {what}: {found[0].reason}",
                evidence=tuple(c.quote for c in found),
                log=tuple(line for c in found for line in c.log),
                causes=("wrong_answer",),
            )
    return Finding(
        credit=1.0,
        reason=f"all {len(checked)} checkable claims supported",
        evidence=tuple(c.quote for c in checked),
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
        (0.5, [c for c in absent if c.severity in _MATERIAL], "not in the knowledge base"),
        (0.75, absent, "not in the knowledge base, harmless"),
    ]
