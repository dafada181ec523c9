"""Halo: whether one impression colours all criteria, more in the judge than in people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

LEAST = 10
"""Conversations with both criteria from judge and people under which no correlation is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Halo:
    """Two criteria's correlation over the same conversations."""

    one: str
    other: str
    n: int
    judge: float
    people: float

    @property
    def excess(self) -> float:
        """How much more the judge ties them together than people do."""
        return self.judge - self.people


def halo(
    judge: Mapping[str, Mapping[str, float]], people: Mapping[str, Mapping[str, float]]
) -> tuple[Halo, ...]:
    """Pearson correlations between criteria, of the judge and of people, most excess first.

    Estimand: the correlations in this sample.

    Interval: none: read it as a hint which criteria to look at.

    Fails when: fewer than ``LEAST`` conversations have all four levels, or one never varies: the
    pair is left out.

    Args:
        judge: criterion to conversation to level.
        people: alike.
    """
    found = []
    for one, other in combinations(sorted(judge.keys() & people.keys()), 2):
        shared = sorted(
            judge[one].keys() & judge[other].keys() & people[one].keys() & people[other].keys()
        )
        if len(shared) < LEAST:
            continue
        columns = [
            np.array([c[n] for n in shared])
            for c in (judge[one], judge[other], people[one], people[other])
        ]
        if min(float(c.std()) for c in columns) == 0:
            continue
        found.append(
            Halo(
                one=one,
                other=other,
                n=len(shared),
                judge=float(np.corrcoef(columns[0], columns[1])[0, 1]),
                people=float(np.corrcoef(columns[2], columns[3])[0, 1]),
            )
        )
    return tuple(sorted(found, key=lambda h: -h.excess))
