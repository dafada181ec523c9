"""Vendors under one definition: the rates as they are, and with the same mix of work."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cxscore.estimates import Unavailable
from cxscore.kpi.compare import Change
from cxscore.kpi.facts import Facts, Mask
from cxscore.kpi.figure import Figure
from cxscore.kpi.intervals import Z95, newcombe

LEAST = 10
"""Conversations of each vendor in a cell that is compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duel:
    """One vendor less another."""

    one: str
    other: str
    raw: Change | Unavailable
    same_mix: Change | Unavailable
    """With both vendors' rates weighed by the mix of both together."""
    by: str

    @property
    def verdict(self) -> str:
        """Which is better, or that neither is shown to be."""
        mixed = self.same_mix
        if isinstance(mixed, Unavailable):
            return f"not comparable with the same mix: {mixed.missing}"
        if not mixed.moved:
            return "neither is shown to be better"
        return f"{self.one if mixed.value > 0 else self.other} is better with the same mix"


def duel(
    facts: Facts,
    figures: Mapping[str, Figure],
    counted: Mask,
    base: Mask,
    *,
    by: str = "kind",
) -> tuple[Duel, ...]:
    """Compare every pair of vendors.

    Interval: 95 %; raw by Newcombe's method, same mix by the cells' variances. A difference of two
    vendors that were not drawn by lot is no effect of the vendor.

    Args:
        facts: all conversations.
        figures: vendor to its rate.
        counted: (N,) numerator.
        base: (N,) denominator.
        by: attribute whose mix is made the same; ``kind`` is action or informational.
    """
    vendor = facts.attributes["vendor"]
    cell = facts.kind if by == "kind" else facts.attributes.get(by, facts.kind)
    names = sorted(figures)
    found = []
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            pair = [(base & (vendor == name)) for name in (one, other)]
            found.append(
                Duel(
                    one=one,
                    other=other,
                    raw=_raw(figures[one], figures[other]),
                    same_mix=_same_mix(counted, pair, cell),
                    by=by,
                )
            )
    return tuple(found)


def _raw(a: Figure, b: Figure) -> Change | Unavailable:
    for figure in (a, b):
        if isinstance(figure.number, Unavailable):
            return figure.number
    if a.k is None or b.k is None:
        return Unavailable(missing="no counts")
    low, high = newcombe(a.k, a.n, b.k, b.n)
    return Change(value=a.k / a.n - b.k / b.n, low=low, high=high, method="Newcombe")


def _same_mix(
    counted: Mask, pair: list[Mask], cell: np.ndarray[tuple[int], np.dtype[np.object_]]
) -> Change | Unavailable:
    both = pair[0] | pair[1]
    total, value, variance = 0, 0.0, 0.0
    for name in sorted(set(cell[both].tolist())):
        inside = cell == name
        sizes = [int((mask & inside).sum()) for mask in pair]
        if min(sizes) < LEAST:
            continue
        weight = sum(sizes)
        rates = [
            float((mask & inside & counted).sum()) / n for mask, n in zip(pair, sizes, strict=True)
        ]
        total += weight
        value += weight * (rates[0] - rates[1])
        # One success more and one failure more in each: no cell has a variance of 0.
        variance += weight**2 * sum(
            (p := (r * n + 1) / (n + 2)) * (1 - p) / n for r, n in zip(rates, sizes, strict=True)
        )
    whole = int(both.sum())
    if not total or total < 0.8 * whole:
        return Unavailable(
            missing=f"cells with {LEAST} conversations of each hold {total} of {whole}"
        )
    half = Z95 * math.sqrt(variance) / total
    return Change(
        value=value / total,
        low=value / total - half,
        high=value / total + half,
        method="directly standardised",
    )
