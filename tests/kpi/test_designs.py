"""Differences name their design and are right where their condition holds."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from cxscore.estimates import Unavailable
from cxscore.kpi.benchmarks import not_comparable
from cxscore.kpi.designs import customers_in_both, holdout, staggered
from cxscore.kpi.facts import Contact, facts_of
from cxscore.kpi.followup import followup
from cxscore.kpi.ladder import answered, judged
from cxscore.kpi.registry import BY_ID, Known
from cxscore.kpi.weekdays import Day, spikes
from tests.kpi.goldens import AFTER, FACTS

DAY = 86_400.0
SOLVED = BY_ID["escalation"]


def known(contacts):
    facts = facts_of(contacts)
    return Known(facts=facts, after=followup(facts, 200 * DAY))


def contact(i, at, escalated, **more):
    return Contact(
        id=f"c{i:05d}", customer=f"k{i}", started=at, ended=at, stream="ai", involved=True,
        human=False, escalated=bool(escalated), answers=1, **more,
    )  # fmt: skip


def test_staggered_takes_out_what_moved_everywhere_and_covers():
    """+10 points everywhere, and −15 more where the change reached: 95 % intervals hold −15."""
    rng = np.random.default_rng(3)
    inside = 0
    for _ in range(200):
        rows = []
        for i in range(1_200):
            reached, after = i % 2 == 0, i % 4 < 2
            p = 0.4 + 0.1 * after - 0.15 * (reached and after)
            at = rng.uniform(0, 10) * DAY + (10 * DAY if after else 0)
            topic = "a" if reached else "b"
            rows.append(contact(i, at, rng.random() < p, attributes={"topic": topic}))
        held = known(rows)
        reached = held.facts.attributes["topic"] == "a"
        found = staggered(SOLVED, held, reached, 10 * DAY, 10 * DAY)
        inside += found.low <= -0.15 <= found.high
    assert found.design == "staggered"
    assert 0.90 <= inside / 200 <= 0.99


def test_holdout_is_the_rest_less_those_without():
    rows = [contact(i, DAY, i % 10 < (6 if i < 500 else 2)) for i in range(1_000)]
    held = known(rows)
    without = np.array([i >= 500 for i in range(1_000)])
    found = holdout(SOLVED, held, without, ~without)
    assert found.value == pytest.approx(0.4)
    assert found.shown
    assert found.low < 0.4 < found.high
    assert customers_in_both(held, without, ~without) == 0


def test_an_empty_side_is_no_difference():
    rows = [contact(i, DAY, i % 2) for i in range(10)]
    held = known(rows)
    assert isinstance(holdout(SOLVED, held, np.zeros(10, bool), np.ones(10, bool)), Unavailable)
    found = staggered(SOLVED, held, np.ones(10, bool), 5 * DAY, DAY)
    assert isinstance(found, Unavailable)
    assert "others before" in found.missing


def weeks(rng, rate=0.2, spread=0.0, n=6):
    monday = date(2026, 9, 7)
    days = []
    for i in range(7 * (n + 1)):
        involved = int(rng.integers(60, 200))
        p = float(np.clip(rate + 0.1 * ((i % 7) == 5) + rng.normal(0, spread), 0.01, 0.99))
        handed = int(rng.binomial(involved, p))
        days.append(Day(day=monday + timedelta(days=i), handed=handed, involved=involved))
    return days, monday + timedelta(days=7 * n)


def test_a_weekday_that_is_always_high_is_no_spike():
    """The page's budget over its 24 tests holds, with days that vary more than chance too."""
    rng = np.random.default_rng(5)
    for spread in (0.0, 0.03):
        fired = sum(bool(spikes(*weeks(rng, spread=spread), z=3.08)) for _ in range(400))
        assert fired / 400 <= 0.05


def test_a_spike_is_found_and_needs_weeks_to_be_held_against():
    rng = np.random.default_rng(6)
    days, first = weeks(rng)
    days[-3] = Day(day=days[-3].day, handed=90, involved=150, ids=("x",))
    (found,) = spikes(days, first, z=3.08)
    assert found.day.day == days[-3].day
    assert found.before[1] > 0
    assert spikes(days[-14:], first, z=3.08) == ()


def test_a_benchmark_stands_only_beside_its_own_definition():
    assert not_comparable("D11", "D11", ()) is None
    assert "not as D11" in not_comparable("D11", "D1", ())
    assert not_comparable("V1", "v/2026", ["v/2026"]) is None
    assert "v/2025" in not_comparable("V1", "v/2026", ["v/2025", "v/2026"])
    assert "no stated definition" in not_comparable("V1", "v/2026", [])


def test_kappa_of_the_vendors_own_grades_is_scikit_learns():
    from sklearn.metrics import cohen_kappa_score

    held = Known(facts=FACTS, after=AFTER)
    figure = BY_ID["self_grade_kappa"].of(held)
    ok, unknown = judged(FACTS)
    base = answered(FACTS) & (FACTS.self_grade != -1) & ~unknown
    wanted = cohen_kappa_score(FACTS.self_grade[base] == 1, ok[base])
    assert figure.number.value == pytest.approx(wanted, abs=1e-12)
    assert round(figure.number.value, 2) == 0.46
    assert figure.number.low < wanted < figure.number.high
    nobody = FACTS.select(FACTS.self_grade == -1)
    assert isinstance(BY_ID["self_grade_kappa"].of(replace(held, facts=nobody)).number, Unavailable)
