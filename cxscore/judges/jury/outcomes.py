"""One outcome out of several seats' outcomes: quorum, majority, median, tie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from cxscore.rubric import Criterion, Scale, ScaleKind
from cxscore.verdict import Abstained, Failed, Graded, Level, Outcome

PROVIDER = "provider"
"""Code of a failure that the next run may mend."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Tie:
    """No level won, and why."""

    why: str


def pooled(criterion: Criterion, outcomes: Sequence[Outcome]) -> Outcome:
    """What the seats say together; their order decides nothing.

    More than half of the seats must have graded (N/A is a grade). Then more than half of those must
    hold that the criterion applies, or that it does not; among those who gave a level the median
    decides on an ordinal scale, a majority on any other. What no side wins is a tie.

    Args:
        criterion: what was asked.
        outcomes: one per seat, also of seats that abstained or failed.

    Returns:
        Graded, with reason and evidence of a seat that gave the winning level; Abstained with
        code ``tie``; or, without a quorum, Abstained or Failed with the counts.
    """
    held = [_on_scale(criterion, o) for o in outcomes]
    graded = [o for o in held if isinstance(o, Graded)]
    if 2 * len(graded) <= len(held):
        return _no_quorum(held)
    won = _winner(criterion.scale, [g.level for g in graded])
    if isinstance(won, _Tie):
        return Abstained(reason=won.why, code="tie")
    speaker = min((g for g in graded if g.level == won), key=_preferred)
    windowed = any(g.windowed for g in graded)
    return replace(speaker, certainty=None, expected=None, windowed=windowed)


def majority(values: Iterable[T | None], seats: int) -> T | None:
    """The value more than half of the seats hold; None when there is none."""
    counted = Counter(v for v in values if v is not None).most_common(1)
    return counted[0][0] if counted and 2 * counted[0][1] > seats else None


def _on_scale(criterion: Criterion, outcome: Outcome) -> Outcome:
    if isinstance(outcome, Graded) and outcome.level is not None:
        if outcome.level in criterion.scale.values:
            return outcome
        return Failed(error=f"{outcome.level!r} is no level of {criterion.id}", code="level")
    return outcome


def _winner(scale: Scale, levels: Sequence[Level | None]) -> Level | _Tie | None:
    given = [level for level in levels if level is not None]
    without = len(levels) - len(given)
    if len(given) == without:
        return _Tie(f"{without} seats hold that it does not apply, and as many gave a level")
    if without > len(given):
        return None
    if scale.kind is ScaleKind.ORDINAL:
        return _median(sorted(given, key=scale.values.index))
    level, count = Counter(given).most_common(1)[0]
    if 2 * count > len(given):
        return level
    counted = Counter(given)
    said = ", ".join(f"{counted[v]} for {v}" for v in scale.values if v in counted)
    return _Tie(f"no level has a majority: {said}")


def _median(ordered: Sequence[Level]) -> Level | _Tie:
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    if low == high:
        return low
    said = ", ".join(map(str, ordered))
    return _Tie(f"the median lies between {low} and {high}: the levels are {said}")


def _no_quorum(outcomes: Sequence[Outcome]) -> Outcome:
    """Abstained where the abstentions alone prevent a quorum, else Failed."""
    abstained = [o for o in outcomes if isinstance(o, Abstained)]
    failed = [o for o in outcomes if isinstance(o, Failed)]
    graded = len(outcomes) - len(abstained) - len(failed)
    counts = (
        f"{graded} of {len(outcomes)} seats graded it, {len(abstained)} abstained, "
        f"{len(failed)} failed"
    )
    if 2 * len(abstained) >= len(outcomes):
        code = _shared({o.code for o in abstained})
        return Abstained(reason=f"{counts}: {min(o.reason for o in abstained)}", code=code)
    codes = {o.code for o in failed}
    # Whatever else broke: with the service back, the seats may have their quorum.
    code = PROVIDER if PROVIDER in codes else _shared(codes)
    return Failed(error=f"{counts}: {min(o.error for o in failed)}", code=code)


def _shared(codes: set[str]) -> str:
    return next(iter(codes)) if len(codes) == 1 else "quorum"


def _preferred(graded: Graded) -> tuple[int, str]:
    """The seat with most located words speaks; among equals the words themselves decide."""
    return (-len(graded.evidence) - len(graded.log), repr(graded))
