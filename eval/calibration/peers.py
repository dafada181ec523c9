"""The two cases where other estimators collapse, on the same draws.

    pip install judgy truescore
    python eval/calibration/peers.py --rounds 300

Both are how labels are picked in practice: reviewers take conversations the judge scored low, and
survey repliers are taken for everybody. judgy 0.1.0 (Rogan–Gladen, percentile bootstrap) gets the
labels as its test set and all verdicts as unlabelled; the mean is that of the labels alone with the
usual interval. truescore 0.7.4 gets them in its PPI and its Rogan–Gladen estimator; neither takes
the chances of the picking. cxscore gets the recorded chances in the first case, and refuses the
second.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import cxscore
from cxscore.estimates import Estimate

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.calibration import worlds  # noqa: E402

Interval = tuple[float, float] | None


def by_low_score(rng: np.random.Generator) -> tuple[worlds.World, np.ndarray[Any, Any], Any]:
    """200 labels, four times as likely where the judge says no; chances recorded."""
    world = worlds.biased(rng)
    human, pi = worlds.pick_risky(rng, world, 200)
    return world, human, {"pi": pi, "design": "targeted"}


def by_survey(rng: np.random.Generator) -> tuple[worlds.World, np.ndarray[Any, Any], Any]:
    """Some 200 labels of those who answered: the satisfied answer three times as often."""
    world = worlds.biased(rng)
    chance = np.where(world.truth == 1, 0.05, 0.05 / 3)
    human = np.where(rng.random(len(chance)) < chance, world.truth, np.nan)
    return world, human, {"design": "survey_reply"}


def ours(world: worlds.World, human: np.ndarray[Any, Any], more: Any) -> Interval:
    found = cxscore.estimate(judge=world.judge, human=human, scale=(0, 1), **more)
    return (found.low, found.high) if isinstance(found, Estimate) else None


def plain(_world: worlds.World, human: np.ndarray[Any, Any], _more: Any) -> Interval:
    y = human[~np.isnan(human)]
    half = 1.96 * float(y.std(ddof=1)) / len(y) ** 0.5
    return float(y.mean()) - half, float(y.mean()) + half


def judgy(world: worlds.World, human: np.ndarray[Any, Any], _more: Any) -> Interval:
    known = ~np.isnan(human)
    # Its bootstrap draws from numpy's global generator.
    _, low, high = import_module("judgy").estimate_success_rate(
        human[known], world.judge[known], world.judge, bootstrap_iterations=1_000
    )
    return float(low), float(high)


def truescore(name: str) -> Callable[..., Interval]:
    """One of truescore's estimators."""

    def estimate(world: worlds.World, human: np.ndarray[Any, Any], _more: Any) -> Interval:
        known = np.flatnonzero(~np.isnan(human))
        work = getattr(import_module("truescore"), name)
        judge, gold = world.judge.astype(int), human[known].astype(int)
        found = work(judge, gold, known)
        return float(found.low), float(found.high)

    return estimate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    given = parser.parse_args()
    methods: dict[str, Callable[..., Interval]] = {"labels alone": plain, "cxscore": ours}
    try:
        import_module("judgy")
        methods["judgy"] = judgy
    except ImportError:
        print("judgy is not installed: its column is left out")
    try:
        import_module("truescore")
        methods["truescore PPI"] = truescore("ppi_estimate")
        methods["truescore Rogan–Gladen"] = truescore("rogan_gladen_estimate")
    except ImportError:
        print("truescore is not installed: its columns are left out")
    print(f"{given.rounds} rounds, N = 5,000, 95 % intervals: coverage (width)")
    print(f"| labels picked | {' | '.join(methods)} |")
    print(f"|---|{'---|' * len(methods)}")
    for name, draw in (("by low score", by_low_score), ("by who answers", by_survey)):
        rng = np.random.default_rng(20_261_127)
        np.random.seed(1)
        hits: dict[str, list[float]] = {m: [] for m in methods}
        widths: dict[str, list[float]] = {m: [] for m in methods}
        for _ in range(given.rounds):
            world, human, more = draw(rng)
            truth = float(world.truth.mean())
            for method, work in methods.items():
                found = work(world, human, more)
                if found is not None:
                    hits[method].append(found[0] <= truth <= found[1])
                    widths[method].append(found[1] - found[0])
        cells = [
            f"{np.mean(hits[m]):.3f} ({np.mean(widths[m]):.3f})" if hits[m] else "refused"
            for m in methods
        ]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
