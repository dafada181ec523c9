"""Customers who come back: their conversations are drawn together, and count as one draw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cxscore.calibration.population import Floats


def between_customers(influence: Floats, customers: Sequence[str]) -> float:
    """Variance of a mean over draws of whole customers, from its influence values.

    Estimand: Var(θ̂) where customers are drawn and each brings all conversations: (C / (C − 1))
    Σ_c (Σ_{i in c} ψ_i)² / N². What a label stands for weighs with it, so what residuals of one
    customer share is in.

    Interval: none; it feeds one.

    Fails when: there are few customers; 30 and more are wanted.

    Source: Binder, On the variances of asymptotically normal estimators from complex surveys,
    International Statistical Review 51 (1983).

    Args:
        influence: (N,) values that add up to about 0, in units of the level.
        customers: (N,) who asked.

    >>> between_customers(np.array([1.0, 1.0, -1.0, -1.0]), ["a", "a", "b", "b"])
    1.0
    """
    _, place = np.unique(np.array(customers), return_inverse=True)
    sums = np.bincount(place, weights=influence)
    count = len(sums)
    if count < 2:
        return 0.0
    return float((sums**2).sum()) / len(influence) ** 2 * count / (count - 1)


def come_back(customers: Sequence[str]) -> bool:
    """Whether any customer stands behind two conversations."""
    return len(set(customers)) < len(customers)
