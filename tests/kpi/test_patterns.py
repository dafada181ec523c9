"""Patterns fire on the golden cases, and hardly ever on weeks in which nothing changed."""

import json
from pathlib import Path

import numpy as np
import pytest

from cxscore.desk.cadence import TESTED
from cxscore.estimates import Estimate, Members
from cxscore.kpi.figure import Figure
from cxscore.kpi.intervals import wilson
from cxscore.kpi.patterns import Moves, fired, moves, one_side_falls

GOLDEN = Path(__file__).parent / "golden" / "kpi_golden.json"
CASES = json.loads(GOLDEN.read_text("utf-8"))["expected"]["side_tables"]["warning_patterns"]
NAMES = {"claimed": "V1", "cx_positive": "cx_positive", "reopen": "reopen_48h", "true": "D11p"}


def figure(k, n):
    low, high = wilson(k, n)
    number = Estimate(value=k / n, low=low, high=high, n=n, method="Wilson")
    return Figure(number=number, k=k, n=n, numerator=Members(lambda: ("x1", "x2")))


def week(held, at):
    return {NAMES[name]: figure(*pair[at]) for name, pair in held.items()}


@pytest.mark.parametrize("name", CASES)
def test_a_golden_case(name):
    case = CASES[name]
    now = week(case["input"], 1)
    found = moves(week(case["input"], 0), now)
    directions = {k: found.direction(v) for k, v in NAMES.items()}
    assert directions == case["directions"]
    ids = {p.id for p in fired(found, now)}
    wanted = case["expected"].split("_")[0]
    assert ids == ({wanted} if wanted.startswith("W") else set())


def test_unchanged_weeks_are_left_in_peace():
    """1,000 pages of two weeks from one process; the naive rule colours far more."""
    rng = np.random.default_rng(6)
    rates = rng.uniform(0.05, 0.9, len(TESTED))
    pages = naive = 0
    for _ in range(1_000):
        sizes = rng.integers(120, 900, len(TESTED))
        weeks = [
            {
                name: figure(int(rng.binomial(n, p)), int(n))
                for name, n, p in zip(TESTED, sizes, rates, strict=True)
            }
            for _ in range(2)
        ]
        found = moves(*weeks)
        pages += any(found.direction(name) in {"up", "down"} for name in TESTED)
        pages += 0 if any(c.moved for c in found.changes.values()) else bool(fired(found, weeks[1]))
        alone = [moves({n: weeks[0][n]}, {n: weeks[1][n]}).direction(n) for n in TESTED]
        naive += any(d != "flat" for d in alone)
    assert pages / 1_000 <= 0.05
    assert naive / 1_000 > 0.3


def test_trapping_and_cherry_picking():
    def of(**directions):
        class Held(Moves):
            def direction(self, kpi):
                return directions.get(kpi, "flat")

        return {p.id for p in fired(Held(changes={}), {})}

    assert of(escalation="down", asked_in_vain="up") == {"W4"}
    assert of(D11p="up", involvement="down") == {"W7"}
    assert of(D11p="down", involvement="up") == set(), "taking on more is no decline"
    assert of(csat_all="up", response_all="down") == {"W9"}
    assert of(false_actions="up") == {"W6"}
    assert of(escalation="up") == {"E"}
    assert of(V1="up", cx_positive="down", repeat_same="up") == {"W1", "W2"}


def test_growth_that_hides_a_fall():
    groups = {"action": "down", "informational": "up"}
    assert one_side_falls("up", groups) == ("action",)
    assert one_side_falls("flat", groups) == ()
