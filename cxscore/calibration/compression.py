"""Whether a judge uses less of the scale than people: its slope on quality, noise of people out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cxscore.calibration.population import Floats
from cxscore.estimates import Estimate, Unavailable

LEAST = 30
"""Conversations rated by two people."""
LEAST_F = 10.0
"""First-stage F under which an instrument is weak and its slope worthless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compression:
    """J = a + b·quality, with one person's level as instrument for another's."""

    slope: Estimate | Unavailable
    """b: under 1 the judge compresses; 1 where it moves as people do."""
    plain: float | None
    """Slope of J on one person's levels: too flat, since people err too."""
    leniency: float | None
    """J − quality at the middle of the scale, in levels; above 0 lenient."""
    first_stage: float | None
    """F of one person's level on the other's."""


def compression(
    judge: Sequence[float] | Floats,
    one: Sequence[float] | Floats,
    other: Sequence[float] | Floats,
    *,
    middle: float,
) -> Compression:
    """The judge's slope on quality, from conversations two people rated.

    Estimand: b in J = a + b·Q + error, Q the level people would give on average.

    Interval: 95 %, t, heteroscedasticity-robust; each conversation counts twice, once with each
    person as instrument, and is one cluster.

    Fails when: the two people's errors go together (they talked, or saw the judge), or F is under
    ``LEAST_F``: Unavailable.

    Source: two-stage least squares, Wooldridge, Econometric Analysis, 5.1; CALIBRATION.md 1.3.

    Args:
        judge: (n,) levels.
        one: (n,) one person's.
        other: (n,) another's.
        middle: of the scale, in levels.
    """
    j, a, b = (np.asarray(x, np.float64) for x in (judge, one, other))
    n = len(j)
    if n < LEAST:
        missing = f"{n} conversations were rated by two people; {LEAST} are the least for a slope"
        return _none(missing)
    # Both orders: nobody is the better instrument.
    x, z, y = np.concatenate([a, b]), np.concatenate([b, a]), np.concatenate([j, j])
    x0, z0, y0 = x - x.mean(), z - z.mean(), y - y.mean()
    together, spread = float(z0 @ x0), float(z0 @ z0)
    if spread <= 0 or float(x0 @ x0) <= 0:
        return _none("people gave one level only: no slope can be told")
    strength = _first_stage(a, b)
    plain = float(x0 @ y0) / float(x0 @ x0)
    if together <= 0 or strength < LEAST_F:
        missing = (
            f"people hardly agree with each other (F {strength:.1f}, {LEAST_F:g} is the least):"
            " their levels cannot tell the judge's slope"
        )
        return Compression(
            slope=Unavailable(missing=missing), plain=plain, leniency=None, first_stage=strength
        )
    slope = float(z0 @ y0) / together
    score = z0 * (y0 - slope * x0)
    clustered = score[:n] + score[n:]
    se = float(np.sqrt((clustered**2).sum() * n / (n - 2))) / together
    from scipy.stats import t

    half = float(t.ppf(0.975, n - 2)) * se
    return Compression(
        slope=Estimate(
            value=slope,
            low=slope - half,
            high=slope + half,
            n=n,
            method="two-stage least squares, the other person as instrument, t interval",
        ),
        plain=plain,
        leniency=float(y.mean() + slope * (middle - x.mean())) - middle,
        first_stage=strength,
    )


def _none(missing: str) -> Compression:
    return Compression(
        slope=Unavailable(missing=missing), plain=None, leniency=None, first_stage=None
    )


def _first_stage(a: Floats, b: Floats) -> float:
    """F of a on b: (n − 2) r² / (1 − r²)."""
    r = float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 and b.std() > 0 else 0.0
    return float("inf") if r**2 >= 1 else (len(a) - 2) * r**2 / (1 - r**2)
