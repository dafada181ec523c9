"""Drawing conversations for people to label, with the chance each had to be drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from cxscore.calibration.planning import StratumSize, allocate
from cxscore.label import Design


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One conversation that may be drawn."""

    id: str
    stratum: str = "all"
    risk: float = 1.0
    """How much it should be looked at, relative to others, ≥ 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One conversation drawn."""

    id: str
    design: Design
    inclusion_probability: float
    stratum: str
    twice: bool = False
    """True: two people rate it."""


def draw_random(units: Sequence[Unit], n: int, rng: Random) -> tuple[Drawn, ...]:
    """A simple random sample; each conversation's chance is n / N.

    Args:
        units: the population.
        n: how many; all when there are fewer.
        rng: the source of chance.

    >>> drawn = draw_random([Unit(id=str(i)) for i in range(40)], 10, Random(1))
    >>> len(drawn), drawn[0].inclusion_probability
    (10, 0.25)
    """
    n = min(n, len(units))
    chosen = rng.sample(sorted(units, key=lambda u: u.id), n)
    chance = n / len(units) if units else 1.0
    return _ordered(chosen, Design.RANDOM, lambda _: chance)


def draw_stratified(
    units: Sequence[Unit],
    n: int,
    rng: Random,
    *,
    floor: int = 8,
    spreads: Mapping[str, float] | None = None,
) -> tuple[Drawn, ...]:
    """A random sample in each stratum; a conversation's chance is n_h / N_h.

    Args:
        units: the population with its strata.
        n: how many in all.
        rng: the source of chance.
        floor: least in each stratum.
        spreads: of a pilot, by stratum: Neyman shares, shrunk by half; None: proportional.
    """
    members: defaultdict[str, list[Unit]] = defaultdict(list)
    for unit in sorted(units, key=lambda u: u.id):
        members[unit.stratum].append(unit)
    sizes = [
        StratumSize(name=name, size=len(held), spread=(spreads or {}).get(name))
        for name, held in sorted(members.items())
    ]
    found: list[Unit] = []
    chance: dict[str, float] = {}
    for name, m in allocate(sizes, n, floor=floor, neyman=spreads is not None).items():
        found += rng.sample(members[name], m)
        chance[name] = m / len(members[name])
    return _ordered(found, Design.STRATIFIED, lambda u: chance[u.stratum])


def draw_risky(
    units: Sequence[Unit], n: int, rng: Random, *, least: float = 0.02
) -> tuple[Drawn, ...]:
    """More of what is at risk, with known chances: pivotal sampling of a fixed size.

    Chances are proportional to risk, at least ``least`` and at most 1, and add up to n. Never a
    weighted draw without replacement: it records a chance no conversation had (CALIBRATION.md
    0b.6). Source: Deville & Tillé, Unequal probability sampling without replacement through a
    splitting method, Biometrika 85 (1998).

    Args:
        units: the population with its risks.
        n: how many; all when there are fewer.
        rng: the source of chance.
        least: chance of a conversation nobody would look at, 0–1; without one its like would have
            no voice in any estimate.

    Raises:
        ValueError: a negative risk, or ``least`` out of range.
    """
    ordered = sorted(units, key=lambda u: u.id)
    chances = inclusion_chances([u.risk for u in ordered], n, least=least)
    rng_order = list(range(len(ordered)))
    rng.shuffle(rng_order)
    taken = _pivotal(chances, rng_order, rng)
    by_id = {ordered[i].id: chances[i] for i in taken}
    return _ordered([ordered[i] for i in taken], Design.TARGETED, lambda u: by_id[u.id])


def inclusion_chances(risks: Sequence[float], n: int, *, least: float = 0.02) -> list[float]:
    """Chances proportional to risk, within [least, 1], that add up to n.

    >>> [round(p, 3) for p in inclusion_chances([1, 1, 2, 4], 2, least=0.1)]
    [0.25, 0.25, 0.5, 1.0]

    Raises:
        ValueError: a negative risk, or ``least`` out of range.
    """
    if any(not 0 <= r < float("inf") for r in risks) or not 0 < least <= 1:
        raise ValueError("risks are not negative, and the least chance lies above 0 and up to 1")
    if n >= len(risks):
        return [1.0] * len(risks)
    least = min(least, n / len(risks))
    # Where everything at risk is certain and room is left, the rest shares it: a grain for each.
    # Relative to the highest, or risks of 1e300 would overflow.
    highest = max(risks) or 1.0
    weights = [r / highest + 1e-9 for r in risks]

    def chances(factor: float) -> list[float]:
        return [min(1.0, max(least, factor * w)) for w in weights]

    low, high = 0.0, 1 / min(weights)
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(chances(middle)) < n else (low, middle)
    return chances(high)


def _pivotal(chances: Sequence[float], order: Sequence[int], rng: Random) -> list[int]:
    """Two at a time duel: one is decided, the other carries the rest of both chances."""
    taken: list[int] = []
    held: int | None = None
    weight = 0.0
    tiny = 1e-9
    for i in order:
        chance = chances[i]
        if chance >= 1 - tiny:
            taken.append(i)
            continue
        if held is None:
            held, weight = i, chance
            continue
        both = weight + chance
        if both < 1 - tiny:
            # One of the two goes out, the other fights on with the sum.
            held = held if rng.random() < weight / both else i
            weight = both
        else:
            rest = both - 1
            # One of the two is taken; the other fights on with what is over.
            first = rng.random() < (1 - chance) / (2 - both) if both < 2 - tiny else True
            winner, loser = (held, i) if first else (i, held)
            taken.append(winner)
            held, weight = (loser, rest) if rest > tiny else (None, 0.0)
    if held is not None and rng.random() < weight:
        taken.append(held)
    return taken


def rated_twice(drawn: Sequence[Drawn], n: int, rng: Random) -> tuple[Drawn, ...]:
    """Mark a random subset that two people rate: what agreement between people rests on.

    Args:
        drawn: the sample.
        n: how many of it; all when there are fewer.
        rng: the source of chance.
    """
    chosen = set(rng.sample([d.id for d in drawn], min(n, len(drawn))))
    return tuple(replace(d, twice=d.id in chosen) for d in drawn)


def _ordered(
    units: Sequence[Unit], design: Design, chance: Callable[[Unit], float]
) -> tuple[Drawn, ...]:
    return tuple(
        Drawn(id=u.id, design=design, inclusion_probability=chance(u), stratum=u.stratum)
        for u in sorted(units, key=lambda u: u.id)
    )
