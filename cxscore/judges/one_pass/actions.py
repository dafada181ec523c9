"""Actions an agent claimed, as the reply lists them, held against the delivered log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cxscore.judges.one_pass.reading import Reading
from cxscore.judges.one_pass.reply import Parsed
from cxscore.rubric import Criterion
from cxscore.verdict import (
    Abstained,
    ActionCheck,
    ActionVerdict,
    Graded,
    LogLine,
    Outcome,
    Severity,
)

_DISPROVED = frozenset({ActionVerdict.MISSING, ActionVerdict.FAILED})
_WHY = {
    ActionVerdict.LOGGED: "the line of the log that did it is named",
    ActionVerdict.MISSING: "the log was delivered, and no line of it did this",
    ActionVerdict.FAILED: "the line of the log that should have done it failed",
    ActionVerdict.UNKNOWN: "the line of the log that is said to have done it cannot be found",
    ActionVerdict.NO_LOG: "no complete tool log was delivered",
}


def actions(reading: Reading, parsed: Parsed) -> tuple[ActionCheck, ...]:
    """The claimed actions; those whose words are no agent's words are left out."""
    return tuple(
        check
        for given in parsed.items("actions_claimed")
        if (check := _check(reading, given)) is not None
    )


def problems(reading: Reading, parsed: Parsed) -> Iterator[str]:
    """Accusations that rest on words nobody can find: they go back once."""
    for given in parsed.items("actions_claimed"):
        if given["in_log"] != "yes" and reading.agents_words(given) is None:
            said = str(given["quote"])[:80]
            yield f"actions_claimed: “{said}” does not stand in an agent's turn {given['turn']}"


def false_action(criterion: Criterion, checked: Sequence[ActionCheck]) -> Outcome:
    """The criterion about claimed actions, read off the checks: nobody is asked twice."""
    levels = sorted(criterion.scale.levels, key=lambda d: d.credit)
    wrong = [a for a in checked if a.verdict in _DISPROVED]
    if wrong:
        return Graded(
            level=levels[0].level,
            reason=wrong[0].reason,
            evidence=tuple(a.quote for a in wrong),
            log=tuple(line for a in wrong for line in a.log),
        )
    logged = [a for a in checked if a.verdict is ActionVerdict.LOGGED]
    if logged:
        return Graded(
            level=levels[-1].level,
            reason=f"{len(logged)} of {len(checked)} claimed actions stand in the log",
            evidence=tuple(a.quote for a in logged),
            log=tuple(line for a in logged for line in a.log),
        )
    if any(a.verdict is ActionVerdict.UNKNOWN for a in checked):
        return Abstained(reason=_WHY[ActionVerdict.UNKNOWN], code="unknown_log_line")
    return Graded(level=None, reason="no action was claimed that a log could show")


def _check(reading: Reading, given: Mapping[str, Any]) -> ActionCheck | None:
    quote = reading.agents_words(given)
    if quote is None:
        return None
    line = reading.log(given["log"])
    verdict = _verdict(reading, line, str(given["in_log"]))
    return ActionCheck(
        quote=quote,
        action=str(given["action"]),
        verdict=verdict,
        reason=_WHY[verdict],
        log=() if line is None else (line,),
        severity=Severity.CRITICAL if verdict in _DISPROVED else None,
    )


def _verdict(reading: Reading, line: LogLine | None, in_log: str) -> ActionVerdict:
    if in_log == "no":
        return ActionVerdict.MISSING if reading.transcript.tool_log else ActionVerdict.NO_LOG
    if line is None:
        return ActionVerdict.UNKNOWN if reading.transcript.tool_log else ActionVerdict.NO_LOG
    call = reading.transcript.turns[line.turn].tool_calls[line.call]
    failed = call.ok is False or (call.ok is None and in_log == "failed")
    return ActionVerdict.FAILED if failed else ActionVerdict.LOGGED
