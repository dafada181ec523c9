"""Labels picked with unequal, known chances: augmented inverse-probability weighting."""

from __future__ import annotations

import numpy as np

from cxscore.calibration.clusters import between_customers
from cxscore.calibration.difference import FOLDS, Fit, fitted
from cxscore.calibration.population import Floats, Population

LEAST_LABELS = 100
"""Under it the interval covers too rarely (CALIBRATION.md 0b.5): refused."""


def aipw(p: Population, *, process: bool = False) -> Fit:
    """Mean human level of all conversations, from labels picked by risk with known chances.

    Estimand: ``served``: mean of H over these N conversations; ``process``: its expectation over
    conversations like these.

    Interval: 95 %, t quantile. Finite: V = Σ_labelled (1 − π)(H − m)²/π² / N², where m is the
    judge's level put on the people's scale by a line fitted with weights 1/π outside the
    conversation's fold, its slope within [0, 1]. ``process``: variance of the influence values
    over customers drawn whole.

    Fails when: a chance is not the one the conversation had, or a kind of conversation had none.

    Source: Robins, Rotnitzky & Zhao (1994); CALIBRATION.md 0b.5. Refuse under ``LEAST_LABELS``.
    """
    labelled = np.flatnonzero(p.labelled)
    weight = 1 / p.pi[labelled]
    fold = np.arange(len(labelled)) % FOLDS
    judge = np.where(np.isnan(p.judge), 0.0, p.judge)
    lines = np.array(
        [
            _line(judge[labelled][fold != k], p.human[labelled][fold != k], weight[fold != k])
            for k in range(FOLDS)
        ]
    )
    # A conversation without a label belongs to no fold: it is told the mean of the lines.
    middle = np.array([np.average(lines[fold, i], weights=weight) for i in (0, 1)])
    predicted = middle[0] + middle[1] * judge
    error = p.human[labelled] - (lines[fold, 0] + lines[fold, 1] * judge[labelled])
    value = float(predicted.mean() + (weight * error).sum() / p.size)
    variance = float(((1 - p.pi[labelled]) * error**2 * weight**2).sum()) / p.size**2
    extra = 0.0
    if process:
        influence = predicted - value
        influence[labelled] += weight * error
        extra = max(0.0, between_customers(influence, p.clusters) - variance)
    return fitted(
        p,
        value,
        float(np.sqrt(variance + extra)),
        float(len(labelled) - 1),
        lines[:, 1],
        sampling_se=float(np.sqrt(extra)),
    )


def _line(judge: Floats, human: Floats, weight: Floats) -> tuple[float, float]:
    """Intercept and slope, weighted; the slope within [0, 1]."""
    j, h = np.average(judge, weights=weight), np.average(human, weights=weight)
    spread = float((weight * (judge - j) ** 2).sum())
    together = float((weight * (judge - j) * (human - h)).sum())
    slope = min(1.0, max(0.0, together / spread)) if spread > 0 else 0.0
    return float(h - slope * j), slope
