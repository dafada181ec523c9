"""How many labels a question needs, and how they are spread over strata."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Labels needed for an interval of a given half-width."""

    people_only: int
    """Without a judge."""
    with_judge: int
    """With a judge that correlates as assumed."""
    half_width: float
    rho: float
    population: int | None

    def sentence(self) -> str:
        """The plan in one sentence.

        >>> plan_share(0.8, half_width=0.03, rho=0.6).sentence()
        '±3 points at 95 % needs 683 labels; with this judge (ρ 0.60), 438'
        """
        of = "" if self.population is None else f" of {self.population:,} conversations"
        return (
            f"±{100 * self.half_width:g} points at 95 % needs {self.people_only:,} labels{of};"
            f" with this judge (ρ {self.rho:.2f}), {self.with_judge:,}"
        )


def plan_share(
    share: float, *, half_width: float, rho: float = 0.0, population: int | None = None
) -> Plan:
    """Labels for a share, simple random sampling, difference estimator with the judge.

    Source: n = z² p (1 − p) (1 − ρ²) / d², corrected to a finite population as n / (1 + (n − 1)/N);
    Cochran, Sampling Techniques, 3rd ed., 4.4; CALIBRATION.md 1.6.

    Args:
        share: expected, 0–1, ends left out.
        half_width: wanted, 0–1.
        rho: correlation of judge and people, −1 … 1.
        population: conversations the share is of; None: many more than the sample.

    Raises:
        ValueError: a number out of its range.

    >>> [plan_share(p, half_width=0.03).people_only for p in (0.5, 0.7, 0.8, 0.9, 0.95)]
    [1068, 897, 683, 385, 203]
    >>> [plan_share(0.8, half_width=0.03, population=n).people_only for n in (2000, 500)]
    [510, 289]
    >>> plan_share(0.8, half_width=0.03, rho=0.8).with_judge
    246
    """
    if not 0 < share < 1 or not 0 < half_width < 1 or not -1 <= rho <= 1:
        raise ValueError("share and half-width lie between 0 and 1, rho between -1 and 1")
    if population is not None and population < 1:
        raise ValueError("a population holds at least 1")
    alone = Z95**2 * share * (1 - share) / half_width**2
    return Plan(
        people_only=_whole(alone, population),
        with_judge=_whole(alone * (1 - rho**2), population),
        half_width=half_width,
        rho=rho,
        population=population,
    )


def _whole(n: float, population: int | None) -> int:
    if population is not None:
        n = min(n / (1 + (n - 1) / population) if n > 1 else n, population)
    return max(2, math.ceil(n - 1e-9))


@dataclass(frozen=True, slots=True, kw_only=True)
class StratumSize:
    """A stratum and what is known of it before labelling."""

    name: str
    size: int
    """Conversations in it."""
    spread: float | None = None
    """Standard deviation of H − λJ in a pilot; None: no pilot there."""


def allocate(
    strata: Sequence[StratumSize], n: int, *, floor: int = 8, neyman: bool = False
) -> Mapping[str, int]:
    """Labels for each stratum: proportional, raised to the floor, the rest shrunk.

    With ``neyman`` the shares are half proportional, half by size × spread: pilots are small and
    their spreads uncertain (CALIBRATION.md 1.6, 0b.1).

    Args:
        strata: with their sizes; empty ones get nothing.
        n: labels in all.
        floor: least in each stratum, as far as it holds that many.
        neyman: use the spreads; where one is missing the mean of the others stands in.

    Returns:
        Stratum to labels; their sum is ``n`` unless the floors or the population forbid it.

    Raises:
        ValueError: negative numbers, or no conversation at all.

    >>> a, b = StratumSize(name="a", size=900), StratumSize(name="b", size=100)
    >>> dict(allocate([a, b], 60))
    {'a': 52, 'b': 8}
    >>> dict(allocate([a, b], 60, floor=0))
    {'a': 54, 'b': 6}
    """
    held = [s for s in strata if s.size > 0]
    if n < 1 or floor < 0 or any(s.size < 0 for s in strata) or not held:
        raise ValueError("there must be labels to spread and conversations to pick")
    shares = _shares(held, neyman=neyman)
    least = {s.name: min(floor, s.size) for s in held}
    found = dict(least)
    room = {s.name: s.size for s in held}
    # Raised to the floor, what is over it shrunk: strata at their floor or full drop out in turn.
    free = {s.name for s in held}
    while free:
        left = n - sum(found[name] for name in found if name not in free)
        whole = sum(shares[name] for name in free)
        ideal = {name: left * shares[name] / whole for name in free}
        bound = {m for m in free if ideal[m] < least[m] or ideal[m] > room[m]}
        low = {m for m in bound if ideal[m] < least[m]}
        for name in low or bound:
            found[name] = least[name] if name in low else room[name]
            free.discard(name)
        if not bound:
            found |= _rounded(ideal, left)
            break
    return {s.name: found[s.name] for s in held}


def _shares(strata: Sequence[StratumSize], *, neyman: bool) -> dict[str, float]:
    whole = sum(s.size for s in strata)
    proportional = {s.name: s.size / whole for s in strata}
    known = [s.spread for s in strata if s.spread is not None]
    if not neyman or not known or sum(known) <= 0:
        return proportional
    middle = sum(known) / len(known)
    weights = {s.name: s.size * (middle if s.spread is None else s.spread) for s in strata}
    total = sum(weights.values())
    return {s.name: (proportional[s.name] + weights[s.name] / total) / 2 for s in strata}


def _rounded(ideal: Mapping[str, float], total: int) -> dict[str, int]:
    """Whole numbers of the same sum, by largest remainder."""
    found = {name: int(value) for name, value in ideal.items()}
    over = max(0, total) - sum(found.values())
    by_rest = sorted(ideal, key=lambda name: (found[name] - ideal[name], name))
    for name in by_rest[: max(0, over)]:
        found[name] += 1
    return found
