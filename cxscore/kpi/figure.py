"""A KPI's figure: its number or why there is none, and who is in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxscore.estimates import Estimate, Members, Part, Unavailable
from cxscore.kpi.facts import Facts, Floats, Mask
from cxscore.kpi.intervals import (
    ALIKE,
    MANY,
    UNEQUAL,
    Z95,
    clustered,
    clustered_share,
    effective_size,
    mean_interval,
    wilson,
)
from cxscore.kpi.rule_of_three import most_with_none


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
    open_units: float | None = None
    """Things in those conversations, where a conversation has several; None: one in each."""
    clustered: tuple[float, float] | None = None
    """95 % interval with customers drawn whole; None: no customer came twice, or no number."""
    sized: Callable[[], float] | None = None
    """How many independent conversations a rate is worth; None: as many as there are."""
    error: float | None = None
    """Standard error of a mean, customers drawn whole; 0: all values are alike."""
    span: float | None = None
    """How far two means can be apart on their scale; None: it has no ends."""

    @property
    def interval(self) -> tuple[float, float] | None:
        """What a page shows: the wider of both; None: no number."""
        if isinstance(self.number, Unavailable):
            return None
        low, high = self.number.low, self.number.high
        if self.clustered is None:
            return low, high
        return min(low, self.clustered[0]), max(high, self.clustered[1])

    @property
    def size(self) -> float:
        """Of a rate: independent conversations it is worth, its customers drawn whole."""
        return float(self.n) if self.sized is None else self.sized()

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Of a rate, whatever the unknown are; None: nothing is unknown, or no number."""
        if self.k is None or not self.unknown:
            return None
        open_ = self.unknown if self.open_units is None else self.open_units
        whole = self.n + open_
        return self.k / whole, (self.k + open_) / whole


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
    se, customers, kish = clustered_share(counted, base, facts.customer) if n else (0.0, 0, 0.0)
    return _share(
        k=float(np.count_nonzero(counted)),
        n=float(n),
        numerator=members(facts, counted),
        denominator=members(facts, base),
        unknown=open_,
        whole=_Whole(
            se=se,
            n=n,
            customers=customers,
            size=partial(effective_size, counted, base, facts.customer),
            uneasy=kish < min(MANY, UNEQUAL * customers)
            or (customers < FEW_CUSTOMERS and n >= 2 * customers),
        )
        if customers < n
        else None,
    )


def of_counts(
    facts: Facts,
    numerator: Floats,
    denominator: Floats,
    *,
    unknown: int = 0,
    open_units: float | None = None,
    each: bool = False,
) -> Figure:
    """A share of things a conversation has several of: answers, issues, sessions.

    Args:
        facts: all conversations.
        numerator: (N,) counted of each.
        denominator: (N,) looked at of each.
        unknown: conversations whose counts are not known.
        open_units: things in those; None: one in each.
        each: a conversation stands among the members once for each thing counted.
    """
    n = float(denominator.sum())
    inside = denominator > 0
    whole = None
    if n:
        of = numerator, denominator, facts.customer
        error, customers = clustered(*of)
        # A customer or a conversation with several is drawn whole.
        if customers < n:
            whole = _Whole(se=error, n=n, customers=customers, size=partial(effective_size, *of))
    counted = Members(partial(_repeat, facts.id, numerator if each else numerator > 0))
    return _share(
        k=float(numerator.sum()),
        n=n,
        numerator=counted,
        denominator=members(facts, inside),
        unknown=unknown,
        whole=whole,
        open_units=open_units,
    )


FEW_CUSTOMERS = 30
RARE = 10
"""Counted, or not counted, under which a share is taken as rare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whole:
    """A share's error with customers drawn whole, where one stands there several times."""

    se: float
    n: float
    customers: int
    size: Callable[[], float]
    uneasy: bool = False
    """Few customers, or a few who hold most: the normal interval would be too narrow."""

    def interval(self, share: float) -> tuple[float, float]:
        """95 %; with one customer anything, with none or all Wilson's of the customers."""
        if self.customers < 2:
            return 0.0, 1.0
        if not 0 < share < 1:
            return wilson(share * self.customers, self.customers)
        if self.uneasy or not self.se:
            size = self.size()
            return wilson(share * size, size)
        if min(share, 1 - share) * self.n < RARE:
            # A normal interval is too narrow where few count, or all but a few.
            size = min(self.n, share * (1 - share) / self.se**2)
            return wilson(share * size, size)
        half = Z95 * self.se
        return max(0.0, share - half), min(1.0, share + half)


def _share(
    *,
    k: float,
    n: float,
    numerator: Members,
    denominator: Members,
    unknown: int,
    whole: _Whole | None,
    open_units: float | None = None,
) -> Figure:
    """A share with its interval, or why there is none."""
    if n <= 0:
        why = (
            f"{unknown:,} conversations belong here and of none the answer is known"
            if unknown
            else "no conversation belongs here"
        )
        return Figure(number=Unavailable(missing=why), unknown=unknown)
    open_ = unknown if open_units is None else open_units
    all_of = n + open_
    if open_ > MOST_UNKNOWN * all_of:
        why = (
            f"of {round(open_):,} of {round(all_of):,} it is not known; whatever they are, between"
            f" {k / all_of:.1%} and {(k + open_) / all_of:.1%}"
        )
        return Figure(
            number=Unavailable(missing=why),
            k=k,
            n=round(n),
            numerator=numerator,
            denominator=denominator,
            unknown=unknown,
            open_units=open_units,
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
        open_units=open_units,
        clustered=None if whole is None else whole.interval(value),
        sized=None if whole is None else whole.size,
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

    Interval: 95 %, t, customers drawn whole, cut off at ``least`` and ``most``; where all are
    alike, what 95 % leaves room for between those ends (as none of so many customers differs).

    Fails when: one customer alone is there and the scale has no ends: there is then no number.
    """
    have = base & ~np.isnan(values)
    n = int(np.count_nonzero(have))
    unknown = int(np.count_nonzero(base)) - n
    found = Figure(
        number=Unavailable(missing=f"no conversation has {needs}"),
        n=n,
        numerator=members(facts, have),
        denominator=members(facts, have),
        unknown=unknown,
    )

    def refused(why: str) -> Figure:
        return replace(found, number=Unavailable(missing=why))

    if not n:
        return refused(f"no conversation has {needs}; {unknown:,} have none") if unknown else found
    if unknown > MOST_WITHOUT * (n + unknown):
        return refused(f"{unknown:,} of {n + unknown:,} conversations lack {needs}")
    value, half, customers = mean_interval(values[have], facts.customer[have])
    ends = (least, most) if math.isfinite(least) and math.isfinite(most) else None
    if math.isinf(half) and ends is None:
        return refused(f"all from one customer ({value:,.2f}): how far others differ is not known")
    low, high = max(value - half, least), min(value + half, most)
    spread = half > ALIKE * max(1.0, abs(value))
    if not spread and ends is None:
        return refused(f"all are {value:,.2f}: how far others differ is not known")
    if not spread and ends is not None:
        room = most_with_none(customers)
        low, high = value - room * (value - least), value + room * (most - value)
    number = Estimate(
        value=value,
        low=min(low, value),
        high=max(high, value),
        n=n,
        method="mean, t, customers drawn whole",
        parts=(Part(name="sampling", half_width=(high - low) / 2),),
        members=members(facts, have),
    )
    # Cut off at an end, an interval is narrower than its error.
    error = half if spread and math.isfinite(half) else (high - low) / 2
    span = None if ends is None else ends[1] - ends[0]
    return replace(found, number=number, error=error / Z95, span=span)


def missing(why: str) -> Figure:
    """No number, and why."""
    return Figure(number=Unavailable(missing=why))
