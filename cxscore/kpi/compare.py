"""What changed between two periods: a change with its interval, never an effect."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cxscore.estimates import Estimate, Unavailable
from cxscore.kpi.figure import Figure
from cxscore.kpi.intervals import Z95, newcombe, standardised

OF_MEANS = "difference of means"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Now less before."""

    value: float
    low: float
    high: float
    method: str

    @property
    def moved(self) -> bool:
        """Whether the interval leaves 0 out: pages grey out what did not move."""
        return self.low > 0 or self.high < 0


def change(before: Figure, now: Figure, *, z: float = Z95) -> Change | Unavailable:
    """The difference of one KPI.

    Interval: 95 %, or of the normal quantile ``z``; rates by Newcombe's method on as many
    independent conversations as each side is worth with customers drawn whole, others from both
    standard errors.

    Fails when: customers stand on both sides, or the judge or the definition changed in between:
    the caller breaks the line there. Where all of a side are alike on a scale without ends there is
    no error to reckon with, and no difference is told.
    """
    a, b = before.number, now.number
    if isinstance(a, Unavailable) or isinstance(b, Unavailable):
        which = "before" if isinstance(a, Unavailable) else "now"
        return Unavailable(missing=f"there is no number {which}")
    if before.k is not None and now.k is not None:
        m, n = before.size, now.size
        low, high = newcombe(b.value * n, n, a.value * m, m, z)
        drawn_whole = before.sized is not None or now.sized is not None
        method = "Newcombe, customers drawn whole" if drawn_whole else "Newcombe"
        return Change(value=b.value - a.value, low=low, high=high, method=method)
    errors = standard_error(before, a), standard_error(now, b)
    if not all(errors):
        return Unavailable(missing="all of one side are alike: there is no error to reckon with")
    half = z * math.hypot(*errors)
    value = b.value - a.value
    span = math.inf if now.span is None else now.span
    low, high = max(-span, value - half), min(span, value + half)
    return Change(value=value, low=low, high=high, method=OF_MEANS)


def standard_error(figure: Figure, number: Estimate) -> float:
    """Of a mean, a ratio or κ; of what has told its interval only, half its width over z."""
    if figure.error is not None:
        return figure.error
    return (number.high - number.low) / (2 * Z95)


@dataclass(frozen=True, slots=True, kw_only=True)
class MixShift:
    """A change of a rate in two parts that add up."""

    rate: float
    """What changed within groups."""
    mix: float
    """What changed because the groups' shares did."""


def mix_shift(
    before: dict[str, Figure],
    now: dict[str, Figure],
    whole: tuple[Figure, Figure] | None = None,
) -> MixShift | Unavailable:
    """Split the change of a rate by the groups both periods hold (Kitagawa 1955).

    Args:
        before: figures by group.
        now: the same, later.
        whole: the figures that are split: groups that do not add up to them (one may have no number
            of its own) split nothing.
    """
    for side, one in zip((before, now), whole or (), strict=False):
        if (
            sum(f.n for f in side.values()) != one.n
            or sum(f.k or 0 for f in side.values()) != one.k
        ):
            return Unavailable(missing="a group has no number of its own: they do not add up")
    groups = []
    total = [sum(f.n for f in side.values()) for side in (before, now)]
    for name in sorted(before.keys() | now.keys()):
        pair = before.get(name), now.get(name)
        a, b = (None if f is None or not f.n or f.k is None else f.k / f.n for f in pair)
        if a is None and b is None:
            continue
        # A group only one period holds is all mix: its rate is taken as unchanged.
        first, last = a if a is not None else b, b if b is not None else a
        if first is None or last is None:
            continue
        shares = [
            0.0 if one is None or not whole else one.n / whole
            for one, whole in zip(pair, total, strict=True)
        ]
        groups.append((shares[0], first, shares[1], last))
    if not groups or not all(total):
        return Unavailable(missing="one of the periods is empty")
    rate, mix = standardised(groups)
    return MixShift(rate=rate, mix=mix)
