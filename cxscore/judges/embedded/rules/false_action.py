"""False actions: what an agent said it had done, against the tool log."""

from __future__ import annotations

from cxscore.judges.embedded.finding import Finding, not_applicable
from cxscore.judges.embedded.reading import Reading
from cxscore.verdict import Abstained, ActionVerdict


def false_action(reading: Reading) -> Finding | Abstained:
    """No credit for a claimed action the log disproves, full credit when the log holds them all.

    N/A without a claim of completion or without a log: nothing was held against anything.
    """
    checks = reading.actions
    if not checks:
        if reading.answered and not reading.agent_english:
            reason = "claims of completion are found in English only"
            return Abstained(reason=reason, code="language")
        return not_applicable("no agent said that something had been done")
    if all(a.verdict is ActionVerdict.NO_LOG for a in checks):
        return not_applicable("no tool log was delivered")
    wrong = reading.false_actions
    if wrong:
        return Finding(
            credit=0.0,
            reason=f"{len(wrong)} of {len(checks)} claimed actions: {wrong[0].reason}",
            evidence=tuple(a.quote for a in wrong),
            log=tuple(line for a in wrong for line in a.log),
            causes=("action_not_done",),
        )
    logged = [a for a in checks if a.verdict is ActionVerdict.LOGGED]
    unknown = [a for a in checks if a.verdict is ActionVerdict.UNKNOWN]
    if unknown:
        return Abstained(
            reason=f"{len(unknown)} of {len(checks)} claimed actions: {unknown[0].reason}",
            code="unknown_tools",
        )
    return Finding(
        credit=1.0,
        reason=f"{len(logged)} of {len(checks)} claimed actions stand in the log",
        evidence=tuple(a.quote for a in logged),
        log=tuple(line for a in logged for line in a.log),
    )
