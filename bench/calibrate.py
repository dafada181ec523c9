"""`calibrate` of one criterion beside one plain bootstrap of a mean, in one run.

    python bench/calibrate.py

10,000 conversations, 500 labels by two raters; the yardstick redraws 10,000 values 2,000 times.
Prints seconds of both, the smallest of five, and their ratio (bound: 20).
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from cxscore.calibration.trust import Scored, trust
from cxscore.desk.rubrics import open_rubric
from cxscore.label import Design, Label, Sampling, Split

N, LABELS, DRAWS, BOUND = 10_000, 500, 2_000, 20


def smallest(work: Callable[[], object], times: int = 5) -> float:
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return min(found)


def main() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(1, 6, N)
    judge = np.clip(truth + rng.integers(-1, 2, N), 1, 5)
    scored = [
        Scored(
            id=f"c{i:05}",
            state="graded",
            level=int(judge[i]),
            groups={"stream": ("ai", "human")[i % 2], "topic": f"t{i % 12}"},
        )
        for i in range(N)
    ]
    sampling = Sampling(design=Design.RANDOM, inclusion_probability=LABELS / N)
    labels = [
        Label(
            conversation_id=f"c{i:05}",
            criterion="tone",
            level=int(truth[i]),
            rater=rater,
            split=Split.CALIBRATE,
            sampling=sampling,
        )
        for i in rng.choice(N, LABELS, replace=False)
        for rater in ("a", "b")
    ]
    tone = open_rubric("cx").criterion("tone")
    values = truth.astype(float)

    def plain() -> None:
        draws = np.random.default_rng(2)
        for _ in range(DRAWS):
            values[draws.integers(0, N, N)].mean()

    ours = smallest(lambda: trust(tone, scored, labels, np.random.default_rng(3)))
    theirs = smallest(plain)
    print(f"calibrate {ours:.3f} s, plain bootstrap {theirs:.3f} s, ratio {ours / theirs:.2f}")
    print("within the bound" if ours < BOUND * theirs else f"over the bound of {BOUND}")


if __name__ == "__main__":
    main()
