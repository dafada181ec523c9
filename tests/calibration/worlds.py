"""Invented populations whose truth is known (S1 of the design), and ways to pick labels in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxscore.calibration.planning import StratumSize, allocate

HANDLERS = ("ai", "hybrid", "human")
SHARES, TRUE = (0.60, 0.15, 0.25), (0.62, 0.70, 0.80)
SENSITIVITY, SPECIFICITY = (0.97, 0.92, 0.86), (0.55, 0.70, 0.80)


@dataclass(frozen=True)
class World:
    """N conversations with everybody's truth."""

    handler: np.ndarray
    truth: np.ndarray
    judge: np.ndarray

    @property
    def streams(self):
        return [HANDLERS[g] for g in self.handler]

    @property
    def strata(self):
        return [f"{HANDLERS[g]}|{j:g}" for g, j in zip(self.handler, self.judge, strict=True)]


def biased(rng, n=5_000):
    """S1: a judge that flatters the AI, and a binary truth."""
    handler = rng.choice(3, n, p=SHARES)
    truth = (rng.random(n) < np.take(TRUE, handler)).astype(float)
    says = np.where(truth == 1, np.take(SENSITIVITY, handler), 1 - np.take(SPECIFICITY, handler))
    return World(handler, truth, (rng.random(n) < says).astype(float))


def ordinal(rng, n=5_000, *, ceiling=False):
    """S1d: levels 1–5; with a ceiling most cells are nearly all 5."""
    handler = rng.choice(3, n, p=SHARES)
    middle = np.take((4.6, 4.8, 4.9) if ceiling else (3.2, 3.5, 3.9), handler)
    quality = rng.normal(middle, 0.5 if ceiling else 1.0)
    truth = np.clip(np.round(quality), 1, 5)
    lenient = np.take((0.5, 0.2, 0.0), handler)
    judge = np.clip(np.round(0.7 * quality + 0.3 * 4 + lenient + rng.normal(0, 0.5, n)), 1, 5)
    return World(handler, truth, judge)


def pick_random(rng, world, n):
    chosen = rng.choice(len(world.truth), n, replace=False)
    return _labels(world, chosen)


def pick_stratified(rng, world, n, strata):
    names = np.array(strata)
    sizes = [StratumSize(name=s, size=int((names == s).sum())) for s in sorted(set(strata))]
    chosen = [
        rng.choice(np.flatnonzero(names == name), m, replace=False)
        for name, m in allocate(sizes, n, floor=8).items()
    ]
    return _labels(world, np.concatenate(chosen))


def pick_risky(rng, world, n, ratio=4.0):
    """Poisson picking, four times as likely where the judge says no."""
    weight = np.where(world.judge == 0, ratio, 1.0)
    pi = np.minimum(1.0, n * weight / weight.sum())
    return _labels(world, np.flatnonzero(rng.random(len(pi)) < pi)), pi


def _labels(world, chosen):
    human = np.full(len(world.truth), np.nan)
    human[chosen] = world.truth[chosen]
    return human
