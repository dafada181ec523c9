"""The superpopulation form of the difference estimator: PPI++ for a mean, for comparisons."""

from __future__ import annotations

import math

import numpy as np

from cxscore.calibration.planning import Z95
from cxscore.calibration.population import Floats
from cxscore.estimates import Estimate


def ppi_mean(
    human: Floats, judge: Floats, judge_only: Floats, *, power: float | None = None
) -> Estimate:
    """Mean human level in the process both samples were drawn from.

    Estimand: E[H]; nothing finite. For nights and audits use ``stratified_difference``: this one
    is up to 1.8 times too wide where labels are a large part of the population, and its tuned λ is
    not cross-fitted, so it is kept for comparison with others.

    Interval: 95 %, normal, variances with divisor n as in ppi_py 0.2.3.

    Fails when: labels were not picked at random, or are fewer than 50.

    Source: Angelopoulos, Duchi & Zrnic, PPI++ (2023).

    Args:
        human: (n,) people's levels.
        judge: (n,) the judge's of the same.
        judge_only: (N,) the judge's of others.
        power: λ; None: tuned on the data, within 0–1.

    >>> import numpy as np
    >>> y = np.array([1, 1, 0, 1.0])
    >>> ppi_mean(y, y, np.array([1, 0, 1, 1, 1.0]), power=0.0).value
    0.75
    """
    n, other = len(human), len(judge_only)
    lam = power if power is not None else _tuned(human, judge, judge_only)
    value = float(lam * judge_only.mean() + (human - lam * judge).mean())
    variance = lam**2 * judge_only.var() / other + (human - lam * judge).var() / n
    half = Z95 * math.sqrt(float(variance))
    return Estimate(
        value=value,
        low=value - half,
        high=value + half,
        n=n,
        method=f"PPI++, λ {lam:.3f}, normal interval, superpopulation",
    )


def _tuned(human: Floats, judge: Floats, judge_only: Floats) -> float:
    together = float(((human - human.mean()) * (judge - judge.mean())).mean())
    spread = float(np.concatenate([judge, judge_only]).var(ddof=1))
    if spread == 0:
        return 0.0
    return min(1.0, max(0.0, together / spread / (1 + len(human) / len(judge_only))))
