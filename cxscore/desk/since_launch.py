"""The path from the launch: months, marks of 30, 60 and 90 days, time to value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from cxscore.desk.kpi_facts import Loaded
from cxscore.estimates import Estimate, Unavailable
from cxscore.kpi import ladder
from cxscore.kpi.cohorts import (
    Cohort,
    Month,
    cohorts,
    months_of,
    standardised_trajectory,
    trajectory,
)
from cxscore.kpi.intervals import Slope
from cxscore.kpi.periods import complete_months


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How it went since the AI agent's first day."""

    cohorts: tuple[Cohort, ...]
    months: tuple[Month, ...]
    slope: Slope | Unavailable
    """Of D11, a month; 0.01 is one point."""
    slope_of_one_mix: Slope | Unavailable
    """The same, the shares of topics held."""
    target: float | None
    value_after: int | None
    """Days to the first of two weeks in a row at the target; None: not reached, or no target."""


def since_launch(loaded: Loaded) -> Launch | None:
    """All of it; None: ``workspace.go_live`` is not set, or nothing has a time."""
    start = loaded.workspace.go_live
    if start is None or not loaded.dated:
        return None
    known = loaded.known()
    _, ends = loaded.days()
    spans = [
        (first, loaded.seconds(first), loaded.seconds(last))
        for first, last in complete_months(start, ends)
        if first >= start
    ]
    months = months_of(known, spans)
    return Launch(
        cohorts=cohorts(known, lambda n: loaded.seconds(start + timedelta(days=n))),
        months=months,
        slope=trajectory(months),
        slope_of_one_mix=standardised_trajectory(months),
        target=loaded.workspace.target,
        value_after=_value_after(loaded),
    )


def _value_after(loaded: Loaded) -> int | None:
    start, target = loaded.workspace.go_live, loaded.workspace.target
    if start is None or target is None:
        return None
    _, ends = loaded.days()
    at, reached = start, None
    while at + timedelta(days=7) <= ends:
        known = loaded.known(loaded.started_within(at, at + timedelta(days=7)))
        number = ladder.d11_provisional(known.facts, known.after).number
        good = isinstance(number, Estimate) and number.value >= target
        if good and reached is not None:
            return (reached - start).days + 7
        reached = at if good else None
        at += timedelta(days=7)
    return None
