"""A conversation's recorded chance is the chance it had, or every estimate after it is wrong."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxscore.calibration.drawing import (
    Unit,
    draw_random,
    draw_risky,
    draw_stratified,
    inclusion_chances,
    rated_twice,
)
from cxscore.calibration.planning import StratumSize, allocate, plan_share
from cxscore.label import Design


def units(n, **more):
    return [Unit(id=f"c{i:04}", **{k: v(i) for k, v in more.items()}) for i in range(n)]


@pytest.mark.parametrize("draw", [draw_random, draw_stratified, draw_risky])
def test_recorded_chances_are_the_frequencies(draw):
    """3 000 draws of 18 of 60: each frequency within five standard errors of its record."""
    population = units(60, stratum=lambda i: "ab"[i % 3 == 0], risk=lambda i: 1 + i % 7)
    rng, counts, told, rounds = Random(11), Counter(), {}, 3_000
    for _ in range(rounds):
        for one in draw(population, 18, rng):
            counts[one.id] += 1
            told[one.id] = one.inclusion_probability
    assert len(told) == 60
    assert sum(told.values()) == pytest.approx(18)
    for name, chance in told.items():
        error = (chance * (1 - chance) / rounds) ** 0.5
        assert abs(counts[name] / rounds - chance) < 5 * error + 1e-9, name


@pytest.mark.parametrize("draw", [draw_random, draw_stratified, draw_risky])
def test_the_size_is_the_size_asked_for_and_the_seed_decides(draw):
    population = units(100, stratum=lambda i: str(i % 4), risk=lambda i: i % 5)
    for seed in range(20):
        drawn = draw(population, 37, Random(seed))
        assert len({d.id for d in drawn}) == len(drawn) == 37
        assert drawn == draw(list(reversed(population)), 37, Random(seed))
    assert {d.design for d in drawn} <= {Design.RANDOM, Design.STRATIFIED, Design.TARGETED}


def test_all_are_drawn_when_there_are_fewer():
    assert len(draw_random(units(5), 9, Random(1))) == 5
    assert {d.inclusion_probability for d in draw_risky(units(5), 9, Random(1))} == {1.0}


@given(
    st.lists(st.floats(0, 100), min_size=2, max_size=60),
    st.integers(1, 59),
    st.floats(0.001, 0.5),
)
def test_chances_add_up_and_stay_in_bounds(risks, n, least):
    chances = inclusion_chances(risks, n, least=least)
    assert sum(chances) == pytest.approx(min(n, len(risks)))
    assert all(0 < c <= 1 + 1e-9 for c in chances)
    assert min(chances) >= min(least, n / len(risks)) - 1e-9


@given(st.lists(st.integers(0, 500), min_size=1, max_size=9), st.integers(1, 400), st.booleans())
def test_allocation_never_asks_for_more_than_there_is(sizes, n, neyman):
    strata = [StratumSize(name=str(i), size=s, spread=i * 0.1) for i, s in enumerate(sizes)]
    if not sum(sizes):
        with pytest.raises(ValueError, match="conversations to pick"):
            allocate(strata, n)
        return
    found = allocate(strata, n, floor=8, neyman=neyman)
    assert all(min(8, sizes[int(k)]) <= m <= sizes[int(k)] for k, m in found.items())
    floors = sum(min(8, s) for s in sizes)
    assert sum(found.values()) == max(floors, min(n, sum(sizes)))


def test_neyman_is_half_way_between_size_and_spread():
    a = StratumSize(name="a", size=500, spread=0.1)
    b = StratumSize(name="b", size=500, spread=0.3)
    assert allocate([a, b], 100, floor=0, neyman=True) == {"a": 38, "b": 62}


def test_a_double_rated_subset():
    drawn = rated_twice(draw_random(units(50), 20, Random(1)), 8, Random(2))
    assert sum(d.twice for d in drawn) == 8
    assert len(drawn) == 20


@pytest.mark.parametrize("wrong", [{"share": 0}, {"half_width": 0}, {"rho": 1.1}])
def test_a_plan_of_nonsense(wrong):
    given = {"share": 0.5, "half_width": 0.03, "rho": 0.1} | wrong
    with pytest.raises(ValueError, match="between"):
        plan_share(given.pop("share"), **given)
