"""Differences by what they can show: before and after, holdout, staggered."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from cxscore.estimates import Estimate, Unavailable
from cxscore.kpi.breaks import drawn, line_break_of
from cxscore.kpi.compare import OF_MEANS, MixShift, change, mix_shift, standard_error
from cxscore.kpi.facts import Mask
from cxscore.kpi.figure import Figure
from cxscore.kpi.intervals import Z95
from cxscore.kpi.registry import SO_FAR, Known, Kpi

Design = Literal["before/after", "holdout", "staggered"]
CLAIMS: dict[Design, str] = {
    "before/after": "a change, not an effect: what else changed is in it",
    "holdout": "an effect if chance alone decided who was held out",
    "staggered": "an effect if both groups would have moved alike without it",
}
"""What each design can show, and on what condition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference of one KPI and how it came about."""

    kpi: str
    design: Design
    value: float
    low: float
    high: float
    method: str
    treated: tuple[Figure, Figure] | None = None
    """Before and after, where a change reached."""
    others: tuple[Figure, Figure] | None = None
    """Before and after, where it did not."""
    mix: MixShift | Unavailable | None = None
    """Of a before/after of a share: what changed within groups, and what by their shares."""
    mix_by: str = ""
    """The groups: topics, or streams where no conversation has a topic."""

    @property
    def shown(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0


def before_after(kpi: Kpi, before: Known, now: Known) -> Difference | Unavailable:
    """Now less before: a change and no effect, whatever was changed in between.

    Interval: 95 %, Newcombe for shares, else from both standard errors; customers drawn whole.

    Fails when: customers stand in both. Where the judge changed, or the definition of the labels
    it counts, there is no difference.
    """
    broken = line_break_of(kpi, drawn(before.facts), drawn(now.facts))
    if broken is not None:
        return Unavailable(missing=broken)
    found = _two(kpi, before, now, "before/after", ("before", "now"))
    if isinstance(found, Unavailable) or kpi.unit != "share" or found.method == OF_MEANS:
        return found
    by = "topic" if all(_has(k, "topic") for k in (before, now)) else "stream"
    groups = by_group(kpi, before, by), by_group(kpi, now, by)
    mix = mix_shift(*groups, whole=found.treated)
    return replace(found, mix=mix, mix_by=by)


def _has(known: Known, name: str) -> bool:
    held = known.facts.attributes.get(name)
    return held is not None and bool((held != "").any())


def by_group(kpi: Kpi, known: Known, name: str) -> dict[str, Figure]:
    """A KPI of each value of an attribute, ``stream`` as the records tell it."""
    held = known.facts.stream if name == "stream" else known.facts.attributes[name]
    return {value: kpi.of(known.within(held == value)) for value in sorted(set(held.tolist()))}


def holdout(kpi: Kpi, known: Known, held_out: Mask, treated: Mask) -> Difference | Unavailable:
    """Those treated less those held out.

    Estimand: the effect of what the held out were spared, if chance decided who they were.

    Interval: 95 %, Newcombe for shares, else from both standard errors; customers drawn whole.

    Fails when: customers chose their group, or stand in both.

    Args:
        kpi: to be compared.
        known: conversations of both.
        held_out: (N,) those without.
        treated: (N,) those with; what is in neither is left out.
    """
    sides = known.within(held_out), known.within(treated)
    if (broken := line_break_of(kpi, *(drawn(side.facts) for side in sides))) is not None:
        return Unavailable(missing=f"the sides differ: {broken}")
    return _two(kpi, *sides, "holdout", ("for those held out", "for the others"))


def _two(
    kpi: Kpi, one: Known, other: Known, design: Design, names: tuple[str, str]
) -> Difference | Unavailable:
    first, second = kpi.of(one), kpi.of(other)
    found = change(first, second)
    if isinstance(found, Unavailable):
        empty = [n for n, f in zip(names, (first, second), strict=True)
                 if isinstance(f.number, Unavailable)]  # fmt: skip
        return Unavailable(missing=f"there is no number {empty[0]}") if empty else found
    return Difference(
        kpi=kpi.id,
        design=design,
        value=found.value,
        low=found.low,
        high=found.high,
        method=found.method,
        treated=(first, second),
    )


def customers_in_both(known: Known, held_out: Mask, treated: Mask) -> int:
    """Customers with conversations on both sides: they spill over."""
    codes = known.facts.customer
    sides = [set(codes[side & (codes >= 0)].tolist()) for side in (held_out, treated)]
    return len(sides[0] & sides[1])


def staggered(
    kpi: Kpi,
    known: Known,
    reached: Mask,
    at: float,
    window: float,
    *,
    until: float | None = None,
) -> Difference | Unavailable:
    """Change where something was changed, less the change where it was not (yet).

    Estimand: the effect on those it reached, if both groups would have moved alike without it.

    Interval: 95 %, normal, the four periods' errors added.

    Fails when: the groups were moving apart already, or the change reached the others too.

    Args:
        kpi: to be compared.
        known: all conversations.
        reached: (N,) those of the group it was made for.
        at: seconds since 1970 when it was made.
        window: seconds before and after it that are looked at.
        until: when the data end: returns are then looked for as long before as after.
    """
    started = known.facts.started
    before = (started >= at - window) & (started < at)
    after = (started >= at) & (started < at + window)
    now, then = (known.facts.select(when) for when in (after, before))
    if (broken := line_break_of(kpi, drawn(then), drawn(now))) is not None:
        return Unavailable(missing=broken)
    so_far = until is not None and kpi.id in SO_FAR
    earlier = known.as_known_at((until or 0.0) - window) if so_far else known
    cells = [
        kpi.of(of.within(side & when))
        for side in (reached, ~reached)
        for of, when in ((earlier, before), (known, after))
    ]
    numbers = [c.number for c in cells]
    held = [n for n in numbers if isinstance(n, Estimate)]
    if len(held) < len(numbers):
        names = ("reached before", "reached after", "others before", "others after")
        empty = [n for n, c in zip(names, numbers, strict=True) if isinstance(c, Unavailable)]
        return Unavailable(missing=f"there is no number for: {', '.join(empty)}")
    value = (held[1].value - held[0].value) - (held[3].value - held[2].value)
    variances = [_variance(c, n) for c, n in zip(cells, held, strict=True)]
    if not all(variances):
        return Unavailable(missing="all of one part are alike: there is no error to reckon with")
    half = Z95 * math.sqrt(sum(variances))
    return Difference(
        kpi=kpi.id,
        design="staggered",
        value=value,
        low=value - half,
        high=value + half,
        method="difference in differences",
        treated=(cells[0], cells[1]),
        others=(cells[2], cells[3]),
    )


def _variance(figure: Figure, number: Estimate) -> float:
    if figure.k is not None and figure.n:
        # With two of each added (Agresti & Caffo 2000), or none or all would have no error.
        n = figure.size
        share = (number.value * n + 1) / (n + 2)
        return share * (1 - share) / (n + 2)
    return standard_error(figure, number) ** 2
