"""A KPI's figure: its number or why there is none, and who is in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxscore.estimates import Estimate, Members, Part, Unavailable
from cxscore.kpi.facts import Facts, Floats, Mask
from cxscore.kpi.intervals import (
    Z95,
    clustered,
    clustered_share,
    mean_interval,
    wilson,
)


def _nobody() -> Members:
    return Members(tuple)


MOST_UNKNOWN = 0.2
"""Share of not known conversations over which a rate is refused: what a judge abstains from is
not like what it grades. The bounds stand all the same."""
MOST_WITHOUT = 0.5
"""The same for means, whose values may not apply to some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of a KPI with its honesty."""

    number: Estimate | Unavailable
    k: float | None = None
    """Numerator of a rate."""
    n: int = 0
    """Denominator of a rate, conversations behind a mean."""
    numerator: Members = field(default_factory=_nobody)
    denominator: Members = field(default_factory=_nobody)
    unknown: int = 0
    """Conversations that belong in the denominator and of which the answer is not known."""
    clustered: tuple[float, float] | None = None
    """95 % interval with customers drawn whole; None: no customer came twice, or no number."""

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Of a rate, whatever the unknown are; None: nothing is unknown, or no number."""
        if self.k is None or not self.unknown:
            return None
        whole = self.n + self.unknown
        return self.k / whole, (self.k + self.unknown) / whole


def members(facts: Facts, mask: Mask) -> Members:
    """The conversations of a mask, fetched when asked for."""
    return Members(partial(_repeat, facts.id, mask))


def _repeat(ids: NDArray[Any], times: Floats | Mask) -> list[str]:
    found: list[str] = np.repeat(ids, times.astype(np.int64)).tolist()
    return found


def rate(
    facts: Facts, numerator: Mask, denominator: Mask, *, unknown: Mask | None = None
) -> Figure:
    """A share of conversations.

    Estimand: the share of these conversations; the interval takes them as a sample of a process.

    Interval: 95 %, Wilson; beside it one with customers drawn whole.

    Args:
        facts: all conversations.
        numerator: (N,) counted; those outside the denominator are dropped.
        denominator: (N,) looked at.
        unknown: (N,) of the denominator, those whose answer is not known: left out and counted.
    """
    if unknown is None:
        base, open_ = denominator, 0
    else:
        base = denominator & ~unknown
        open_ = int(np.count_nonzero(denominator) - np.count_nonzero(base))
    counted = numerator & base
    n = int(np.count_nonzero(base))
    se, twice = clustered_share(counted, base, facts.customer) if n else (0.0, False)
    return _share(
        k=float(np.count_nonzero(counted)),
        n=float(n),
        numerator=members(facts, counted),
        denominator=members(facts, base),
        unknown=open_,
        se=se if twice else None,
    )


def of_counts(
    facts: Facts,
    numerator: Floats,
    denominator: Floats,
    *,
    unknown: int = 0,
    each: bool = False,
) -> Figure:
    """A share of things a conversation has several of: answers, issues, sessions.

    Args:
        facts: all conversations.
        numerator: (N,) counted of each.
        denominator: (N,) looked at of each.
        unknown: conversations whose counts are not known.
        each: a conversation stands among the members once for each thing counted.
    """
    n = float(denominator.sum())
    inside = denominator > 0
    se = None
    if n:
        error, customers = clustered(numerator[inside], denominator[inside], facts.customer[inside])
        # A customer or a conversation with several is drawn whole.
        se = error if customers < n else None
    counted = Members(partial(_repeat, facts.id, numerator if each else numerator > 0))
    return _share(
        k=float(numerator.sum()),
        n=n,
        numerator=counted,
        denominator=members(facts, inside),
        unknown=unknown,
        se=se,
    )


def _share(
    *,
    k: float,
    n: float,
    numerator: Members,
    denominator: Members,
    unknown: int,
    se: float | None,
) -> Figure:
    """A share with its interval, or why there is none; ``se`` with customers drawn whole."""
    if n <= 0:
        why = (
            f"{unknown:,} conversations belong here and of none the answer is known"
            if unknown
            else "no conversation belongs here"
        )
        return Figure(number=Unavailable(missing=why), unknown=unknown)
    whole = n + unknown
    if unknown > MOST_UNKNOWN * whole:
        why = (
            f"of {unknown:,} of {round(whole):,} it is not known; whatever they are, between"
            f" {k / whole:.1%} and {(k + unknown) / whole:.1%}"
        )
        return Figure(
            number=Unavailable(missing=why),
            k=k,
            n=round(n),
            numerator=numerator,
            denominator=denominator,
            unknown=unknown,
        )
    low, high = wilson(k, n)
    value = k / n
    return Figure(
        number=Estimate(
            value=value,
            low=low,
            high=high,
            n=round(n),
            method="Wilson",
            parts=(Part(name="sampling", half_width=(high - low) / 2),),
            members=numerator,
        ),
        k=k,
        n=round(n),
        numerator=numerator,
        denominator=denominator,
        unknown=unknown,
        clustered=None if se is None else (max(0.0, value - Z95 * se), min(1.0, value + Z95 * se)),
    )


def mean(
    facts: Facts,
    values: Floats,
    base: Mask,
    *,
    needs: str = "a level",
    least: float = float("-inf"),
    most: float = float("inf"),
) -> Figure:
    """A mean over the conversations of which the value is known.

    Interval: 95 %, t, customers drawn whole, cut off at ``least`` and ``most``.
    """
    have = base & ~np.isnan(values)
    n = int(np.count_nonzero(have))
    unknown = int(np.count_nonzero(base)) - n
    if not n:
        why = f"no conversation has {needs}" + (f"; {unknown:,} have none" if unknown else "")
        return Figure(number=Unavailable(missing=why), unknown=unknown)
    if unknown > MOST_WITHOUT * (n + unknown):
        return Figure(
            number=Unavailable(
                missing=f"{unknown:,} of {n + unknown:,} conversations lack {needs}"
            ),
            n=n,
            numerator=members(facts, have),
            denominator=members(facts, have),
            unknown=unknown,
        )
    value, low, high = mean_interval(values[have], facts.customer[have])
    low, high = max(low, least), min(high, most)
    return Figure(
        number=Estimate(
            value=value,
            low=min(low, value),
            high=max(high, value),
            n=n,
            method="mean, t, customers drawn whole",
            parts=(Part(name="sampling", half_width=(high - low) / 2),),
            members=members(facts, have),
        ),
        n=n,
        numerator=members(facts, have),
        denominator=members(facts, have),
        unknown=unknown,
    )


def missing(why: str) -> Figure:
    """No number, and why."""
    return Figure(number=Unavailable(missing=why))
