"""Do the other intervals hold the truth? Surveys, bias, drift, cascades, customers, raters, rare.

    python eval/calibration/intervals.py --rounds 400

Prints one row for each world: coverage of its 95 % intervals, or how often an alarm is false.
S-numbers are those of the design; worlds are invented and their truth is known.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import cxscore  # noqa: E402
from cxscore.calibration.bias import bias_by_group  # noqa: E402
from cxscore.calibration.compression import compression  # noqa: E402
from cxscore.calibration.drift import judge_drift  # noqa: E402
from cxscore.calibration.reliability import reliability  # noqa: E402
from cxscore.estimates import Estimate  # noqa: E402
from tests.calibration.test_surveys import terms  # noqa: E402
from tests.calibration.test_surveys import world as surveyed  # noqa: E402

Rows = Iterator[tuple[str, str, float]]
LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)


def surveys(rng: np.random.Generator, rounds: int) -> Rows:
    """S3: the three terms, two streams."""
    from cxscore.calibration.surveys import survey_split

    hits = np.zeros((rounds, 3))
    for i in range(rounds):
        columns, truth = surveyed(rng, n=8_000)
        both = []
        for one in survey_split(**columns):
            pairs = zip(terms(one), truth[one.stream], strict=True)
            both.append([t.low <= v <= t.high for t, v in pairs])
        hits[i] = np.mean(both, axis=0)
    for name, value in zip(("judge bias", "who answers", "customers"), hits.mean(0), strict=True):
        yield "S3 surveys", name, float(value)


def groups(rng: np.random.Generator, rounds: int) -> Rows:
    """24 slices of 40 labels, 2 truly .4 up and 2 down: false discoveries, power."""
    false, power = [], []
    for _ in range(rounds):
        off = np.repeat(np.r_[[0.4, 0.4, -0.4, -0.4], [0.0] * 20], 40)
        names = [f"g{k:02d}" for k in range(24) for _ in range(40)]
        found = bias_by_group(off + rng.normal(0, 0.8, len(off)), {"slice": names})
        out = [g.group for g in found if g.differs]
        wrong = sum(int(g[1:]) >= 4 for g in out)
        false.append(wrong / len(out) if out else 0.0)
        power.append((len(out) - wrong) / 4)
    yield "24 slices of 40 labels", "false discovery rate", float(np.mean(false))
    yield "24 slices of 40 labels", "found of 4 biased by .4", float(np.mean(power))


def squeezed(rng: np.random.Generator, rounds: int) -> Rows:
    """S4: slope of a judge on quality, two people's noise .6, judge's .5, 300 rated twice."""
    for slope in (1.0, 0.7):
        hits, plain = 0, []
        for _ in range(rounds):
            q = rng.normal(0, 0.85, 300)
            one, other = q + rng.normal(0, 0.6, 300), q + rng.normal(0, 0.6, 300)
            found = compression(slope * q + rng.normal(0, 0.5, 300), one, other, middle=0)
            if isinstance(found.slope, Estimate):
                hits += found.slope.low <= slope <= found.slope.high
            plain.append(found.plain or 0.0)
        yield f"S4 slope {slope:g}", f"coverage (plain slope {np.mean(plain):.2f})", hits / rounds


def drifting(rng: np.random.Generator, rounds: int) -> Rows:
    """S5 and S8: ten judgings at the freeze, 180 nights, looked at every night."""
    false = broken = 0
    for _ in range(rounds):
        nights = judge_drift(rng.normal(4, 0.068, 10), rng.normal(4, 0.068, 180))
        false += any(n.alarm for n in nights)
        broken += any(not n.low <= 0 <= n.high for n in nights)
    yield "S5 drift, 180 nights", "false alarms", false / rounds
    yield "S8 drift, 180 nights", "sequence broken at any night", broken / rounds
    for at, shift in ((0, 0.1), (90, 0.1), (90, 0.2)):
        delays = []
        for _ in range(rounds // 2):
            nights = rng.normal(4, 0.068, 180) + shift * (np.arange(180) >= at)
            found = judge_drift(rng.normal(4, 0.068, 10), nights)
            first = next((n.night for n in found if n.alarm), 10_000)
            if first > at:
                delays.append(first - at)
        yield (
            f"S5 shift {shift:g} at night {at}",
            "median nights to find it",
            float(np.median(delays)),
        )


def cascades(rng: np.random.Generator, rounds: int) -> Rows:
    """S6: cheap on 5,000, better on n2, people on n1 of them."""
    for n2, n1 in ((400, 60), (800, 100), (1_500, 200)):
        hits, narrow, wide = 0, [], []
        for _ in range(rounds):
            q = rng.normal(3.3, 1, 5_000)
            truth = np.clip(np.round(q), 1, 5)
            strong = np.clip(np.round(q + rng.normal(0, 0.5, 5_000)), 1, 5)
            cheap = np.clip(np.round(0.5 * q + 2 + rng.normal(0, 0.7, 5_000)), 1, 5)
            chosen = rng.choice(5_000, n2, replace=False)
            judge, human = np.full(5_000, np.nan), np.full(5_000, np.nan)
            judge[chosen] = strong[chosen]
            human[chosen[:n1]] = truth[chosen[:n1]]
            held = {"human": human, "design": "random", "scale": (1, 5)}
            found = cxscore.estimate(judge=judge, cheap=cheap, **held)
            alone = cxscore.estimate(judge=cheap, **held)
            assert isinstance(found, Estimate)
            assert isinstance(alone, Estimate)
            hits += found.low <= truth.mean() <= found.high
            narrow.append(found.high - found.low)
            wide.append(alone.high - alone.low)
        width = f"{np.mean(narrow):.3f}, cheap judge alone {np.mean(wide):.3f}"
        yield f"S6 cascade {n2}/{n1}", f"coverage (width {width})", hits / rounds


def customers(rng: np.random.Generator, rounds: int) -> Rows:
    """S7: 200 labels of 600 conversations by 60 customers, a judge that tells nothing."""
    seen = blind = 0
    for _ in range(rounds):
        who = np.repeat(np.arange(60), 10)
        level = 3 + np.repeat(rng.normal(0, 0.6, 60), 10) + rng.normal(0, 0.5, 600)
        human = np.full(600, np.nan)
        chosen = rng.choice(600, 200, replace=False)
        human[chosen] = level[chosen]
        held = {"judge": rng.normal(3, 1, 600), "human": human, "design": "random"}
        for known in (True, False):
            more = {"customers": who} if known else {}
            found = cxscore.estimate(**held, **more, scale=(-3, 9), target="process")
            assert isinstance(found, Estimate)
            inside = found.low <= 3 <= found.high
            seen, blind = seen + (inside and known), blind + (inside and not known)
    yield "S7 returning customers", "coverage, customers known", seen / rounds
    yield "S7 returning customers", "coverage, not known", blind / rounds


def raters(rng: np.random.Generator, rounds: int) -> Rows:
    """S9: α and AC2 of three people, a third of the ratings missing, 100 conversations."""

    def drawn(n: int) -> dict[str, dict[str, float]]:
        q = rng.normal(3, 1.1, n)
        given: dict[str, dict[str, float]] = {}
        for k, rater in enumerate(("a", "b", "c")):
            rated = np.clip(np.round(q + rng.normal(0, 0.6, n)), 1, 5)
            given[rater] = {str(i): float(v) for i, v in enumerate(rated) if i % 3 != k}
        return given

    truth = reliability(drawn(3_000), {}, LEVELS, np.random.default_rng(1)) if rounds else None
    assert truth is not None
    rounds = min(rounds, 150)
    for name in ("alpha", "ac2", "kappa"):
        wanted = getattr(truth, name).value
        hits = 0
        for _ in range(rounds):
            one = getattr(reliability(drawn(100), {}, LEVELS, rng), name)
            hits += one.low <= wanted <= one.high
        yield "S9 three raters, a third missing", f"coverage of {name}", hits / rounds


def rare(rng: np.random.Generator, rounds: int) -> Rows:
    """A rate of 1, 3 and 8 %, random labels of 5,000."""
    for rate in (0.01, 0.03, 0.08):
        for n in (60, 200):
            hits = 0
            for _ in range(rounds):
                truth = (rng.random(5_000) < rate).astype(float)
                says = np.where(truth == 1, rng.random(5_000) < 0.7, rng.random(5_000) < 0.02)
                human = np.full(5_000, np.nan)
                chosen = rng.choice(5_000, n, replace=False)
                human[chosen] = truth[chosen]
                found = cxscore.estimate(
                    judge=says.astype(float), human=human, design="random", scale=(0, 1)
                )
                assert isinstance(found, Estimate)
                hits += found.low <= truth.mean() <= found.high
            yield f"rare, {rate:.0%} and {n} labels", "coverage", hits / rounds


WORLDS: tuple[Callable[[np.random.Generator, int], Rows], ...] = (
    surveys,
    groups,
    squeezed,
    drifting,
    cascades,
    customers,
    raters,
    rare,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20_261_127)
    given = parser.parse_args()
    print("| world | what | value |")
    print("|---|---|---|")
    for world in WORLDS:
        for name, what, value in world(np.random.default_rng(given.seed), given.rounds):
            print(f"| {name} | {what} | {value:.3f} |", flush=True)


if __name__ == "__main__":
    main()
