"""Whether the judge moved: a frozen anchor set judged night after night."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student

from cxscore.calibration.population import Floats
from cxscore.errors import LabelError

LEAST_BASELINE = 10
"""How often every anchor is judged at the freeze: one night would share its error with all later
ones (CALIBRATION.md 0b.3)."""
NIGHTS_TO_FALSE_ALARM = 365.0
BETS = (0.5, 1.0, 1.5, 2.0, 3.0)
"""Sizes of a shift, in standard errors, the detector bets on."""
ALPHA = 0.05
Z_MOST = 30.0
"""No night counts for more: beyond it tails are below what numbers hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """One night's verdict on the judge."""

    night: int
    """1 for the first after the freeze."""
    mean: float
    """Of the anchors' levels."""
    z: float
    """Against the mean of all earlier nights, in standard errors."""
    log_evidence: float
    """Log of the Shiryaev–Roberts statistic."""
    alarm: bool
    shift: float
    """Mean of all nights since the freeze − baseline."""
    low: float
    """95 % confidence sequence of the shift: holds at every night at once."""
    high: float


def judge_drift(
    baseline: Sequence[float] | Floats,
    nights: Sequence[float] | Floats,
    *,
    criteria: int = 1,
) -> tuple[Night, ...]:
    """Watch the anchors' nightly mean.

    Estimand: the judge's mean on the frozen anchors, now − at the freeze.

    Interval: asymptotic confidence sequence, valid however often one looks. The alarm is a
    Shiryaev–Roberts e-detector: on average at most one false alarm in ``NIGHTS_TO_FALSE_ALARM``
    nights over all criteria together.

    Fails when: the anchors change, or nights are far from independent.

    Source: Shin, Ramdas & Rinaldo, E-detectors (2023); Waudby-Smith et al., Time-uniform central
    limit theory (2024); CALIBRATION.md 0b.3 and 1.7.

    Args:
        baseline: (k,) means of the anchors in k judgings at the freeze.
        nights: means of the nights after it, in order.
        criteria: watched at once; the threshold grows with them.

    Raises:
        LabelError: fewer than ``LEAST_BASELINE`` judgings, or they never vary.
    """
    base = np.asarray(baseline, np.float64)
    if len(base) < LEAST_BASELINE:
        raise LabelError(
            f"the anchors were judged {len(base)} times at the freeze; {LEAST_BASELINE} are needed"
        )
    if not float(base.std()) > 0:
        raise LabelError("the anchors' mean never varied at the freeze: no yardstick for a drift")
    threshold = math.log(NIGHTS_TO_FALSE_ALARM * criteria)
    bets = [sign * bet for bet in BETS for sign in (1, -1)]
    log_sr = [-math.inf] * len(bets)
    earlier, found = list(base), []
    frozen = float(base.mean())
    for number, value in enumerate(map(float, nights), 1):
        s, df = _spread(earlier)
        z = _normal(value - float(np.mean(earlier)), s * math.sqrt(1 + 1 / len(earlier)), df)
        # SR_t = (SR_{t−1} + 1) · e_t on the log scale: it overflows once a drift is large.
        log_sr = [
            float(np.logaddexp(old, 0.0)) + bet * z - bet * bet / 2
            for old, bet in zip(log_sr, bets, strict=True)
        ]
        evidence = float(np.logaddexp.reduce(log_sr)) - math.log(len(bets))
        shift = float(np.mean(nights[:number])) - frozen
        half = _sequence(s, number) + 1.959964 * s / math.sqrt(len(base))
        found.append(
            Night(
                night=number,
                mean=value,
                z=z,
                log_evidence=evidence,
                alarm=evidence >= threshold,
                shift=shift,
                low=shift - half,
                high=shift + half,
            )
        )
        earlier.append(value)
    return tuple(found)


def _spread(values: Sequence[float]) -> tuple[float, float]:
    """Standard deviation of a night and its degrees of freedom, from nights that follow each other.

    Ten judgings at the freeze are few, and a sd of them alone made 39 % false alarms in 180 nights
    where 22 % are meant. Differences of neighbours let later nights in: a step spoils one of them.

    Source: von Neumann et al., The mean square successive difference (1941).
    """
    steps = np.diff(np.asarray(values, np.float64))
    m = len(steps)
    return math.sqrt(float((steps**2).mean()) / 2), 2 * m * m / (3 * m - 1)


def _normal(off: float, se: float, df: float) -> float:
    """A t value as the normal value of the same probability: what the bets are made for."""
    if se <= 0:
        return 0.0 if off == 0 else math.copysign(Z_MOST, off)
    value = off / se
    found = -float(norm.ppf(student.sf(abs(value), df)))
    return math.copysign(min(Z_MOST, found), value)


def _sequence(s: float, t: int, rho: float = 0.3) -> float:
    """Half-width of the asymptotic confidence sequence after t nights."""
    inner = 2 * (t * rho**2 + 1) / (t**2 * rho**2) * math.log(math.sqrt(t * rho**2 + 1) / ALPHA)
    return s * math.sqrt(inner)


def population_stability(
    before: Sequence[float], now: Sequence[float], levels: Sequence[float]
) -> float:
    """Population stability index of the judge's levels: screening only, it proves no drift.

    Under .1 little moved, over .25 much did (a rule of thumb of credit scoring).

    >>> population_stability([1, 2, 2], [1, 2, 2], [1, 2])
    0.0
    """

    def shares(values: Sequence[float]) -> Floats:
        counts = np.array([sum(v == level for v in values) for level in levels], np.float64)
        return np.asarray((counts + 0.5) / (counts.sum() + 0.5 * len(levels)))

    a, b = shares(before), shares(now)
    return float(((b - a) * np.log(b / a)).sum())
