"""Do the intervals hold the truth? Worlds whose truth is known, drawn over and over.

    python eval/calibration/simulate.py --rounds 1000

Prints one row for each world and number of labels: coverage of the 95 % intervals, mean width and
bias, beside the mean of the labels alone and the judge alone. Worlds: tests/calibration/worlds.py.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import cxscore  # noqa: E402
from cxscore.estimates import Estimate  # noqa: E402
from tests.calibration import worlds  # noqa: E402

World = Callable[[np.random.Generator], worlds.World]
Pick = Callable[[np.random.Generator, worlds.World, int], dict[str, Any]]


def random_of(rng: np.random.Generator, world: worlds.World, n: int) -> dict[str, Any]:
    """A simple random sample, post-stratified by stream."""
    return {
        "human": worlds.pick_random(rng, world, n),
        "strata": world.streams,
        "design": "stratified",
    }


def by_verdict(rng: np.random.Generator, world: worlds.World, n: int) -> dict[str, Any]:
    """Stratified by stream and verdict, at least 8 a stratum."""
    strata = world.strata
    human = worlds.pick_stratified(rng, world, n, strata)
    return {"human": human, "strata": strata, "streams": world.streams, "design": "stratified"}


def by_risk(rng: np.random.Generator, world: worlds.World, n: int) -> dict[str, Any]:
    """Four times as likely where the judge says no, with the chances recorded."""
    human, pi = worlds.pick_risky(rng, world, n)
    return {"human": human, "pi": pi, "design": "targeted"}


ROWS: tuple[tuple[str, World, Pick, tuple[float, float], tuple[int, ...]], ...] = (
    ("S1c binary, stream × verdict", worlds.biased, by_verdict, (0, 1), (60, 100, 200, 300)),
    ("S1b binary, by stream", worlds.biased, random_of, (0, 1), (50, 100, 200, 500)),
    ("S1d ordinal, by stream", worlds.ordinal, random_of, (1, 5), (60, 100, 200)),
    (
        "S1d ordinal, ceiling",
        lambda rng: worlds.ordinal(rng, ceiling=True),
        random_of,
        (1, 5),
        (60, 100, 200),
    ),
    ("S1 picked by low score, AIPW", worlds.biased, by_risk, (0, 1), (150, 250, 500)),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=20_261_127)
    given = parser.parse_args()
    print(f"{given.rounds} rounds, seed {given.seed}, N = 5,000, 95 % intervals")
    print("| world | labels | coverage | width | bias | labels alone off by | judge alone off by |")
    print("|---|---|---|---|---|---|---|")
    for name, make, pick, scale, sizes in ROWS:
        for n in sizes:
            rng = np.random.default_rng(given.seed + n)
            hits, widths, off, plain, judge = 0, [], [], [], []
            for _ in range(given.rounds):
                world = make(rng)
                truth = float(world.truth.mean())
                held = pick(rng, world, n)
                found = cxscore.estimate(judge=world.judge, scale=scale, **held)
                if not isinstance(found, Estimate):
                    continue
                hits += found.low <= truth <= found.high
                widths.append(found.high - found.low)
                off.append(found.value - truth)
                plain.append(float(np.nanmean(held["human"])) - truth)
                judge.append(float(world.judge.mean()) - truth)
            done = len(off)
            print(
                f"| {name} | {n} | {hits / done:.3f} | {np.mean(widths):.3f} | {np.mean(off):+.4f}"
                f" | {np.mean(plain):+.3f} | {np.mean(judge):+.3f} |",
                flush=True,
            )
    real_judges(max(50, given.rounds // 5), given.seed)


def real_judges(rounds: int, seed: int) -> None:
    """S2: LLMJudge's judges with grades on the scale, expanded to their 4,423 items."""
    import json

    path = ROOT / "tests" / "calibration" / "golden" / "llmjudge_confusions.json"
    print()
    print("| 31 LLM judges, levels 0–3, random labels | lowest coverage | mean | highest | width |")
    print("|---|---|---|---|---|")
    for n in (50, 100, 200):
        covered, widths = [], []
        for case in json.loads(path.read_text(encoding="utf-8"))["judges"]:
            if not set(case["judge_levels"]) <= {0, 1, 2, 3}:
                continue
            counts = np.array(case["counts_human_rows"])
            cell = np.repeat(np.arange(counts.size), counts.ravel())
            truth = (cell // counts.shape[1]).astype(float)
            judge = np.take(np.array(case["judge_levels"], float), cell % counts.shape[1])
            rng, hits = np.random.default_rng(seed + n), 0
            for _ in range(rounds):
                human = np.full(len(truth), np.nan)
                chosen = rng.choice(len(truth), n, replace=False)
                human[chosen] = truth[chosen]
                found = cxscore.estimate(judge=judge, human=human, design="random", scale=(0, 3))
                if isinstance(found, Estimate):
                    hits += found.low <= truth.mean() <= found.high
                    widths.append(found.high - found.low)
            covered.append(hits / rounds)
        print(
            f"| {n} labels | {min(covered):.3f} | {np.mean(covered):.3f} | {max(covered):.3f}"
            f" | {np.mean(widths):.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
