"""Expected levels: the mean over the level token's alternatives, where they cover the scale."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from one_pass_replies import REFUND, answered, cx, grade, judge, quote, reply, run

from cxscore.judges.one_pass.expected import expected_level, level_places
from cxscore.judging import Answered, TokenChoice

TONE = cx().criterion("tone")


def choice(start: int, **likely: float) -> TokenChoice:
    """Levels are named l1 … l5, others by themselves."""
    pairs = ((name.removeprefix("l"), math.log(p)) for name, p in likely.items())
    return TokenChoice(start=start, alternatives=tuple(pairs))


def with_choices(ask, **likely: float) -> Answered:
    good = reply(ask)
    good["grades"]["tone"] = grade("4", 'a "level": "2" in words', quote(ask, "I have refunded"))
    text = json.dumps(good)
    place = level_places(text)["tone"]
    assert text[place] == "4"
    return Answered(text=text, model="m", choices=(choice(place, **likely),))


def test_the_expected_level_stands_beside_the_level_that_was_written():
    verdict, _ = run(judge(), REFUND, lambda a: with_choices(a, l4=0.6, l3=0.3, l5=0.1))
    tone = verdict.journey["tone"]
    assert tone.level == 4
    assert tone.expected == pytest.approx(3.8)
    assert verdict.journey["clarity"].expected is None


def test_below_the_least_coverage_there_is_none():
    verdict, _ = run(judge(), REFUND, lambda a: with_choices(a, l4=0.5, l3=0.2, na=0.3))
    assert verdict.journey["tone"].expected is None


def test_without_probabilities_there_is_none():
    verdict, _ = run(judge(), REFUND, lambda a: answered(reply(a)))
    assert verdict.journey["tone"].expected is None


@given(st.lists(st.floats(0.01, 1), min_size=5, max_size=5))
def test_it_lies_within_the_scale_and_forgets_what_is_not_covered(weights):
    total = sum(weights)
    likely = {f"l{n}": w / total for n, w in enumerate(weights, 1)}
    whole = expected_level(TONE, choice(0, **likely))
    assert 1 <= whole <= 5
    scaled = expected_level(TONE, choice(0, **{n: p * 0.9 for n, p in likely.items()}))
    assert scaled == pytest.approx(whole)


def test_levels_of_legs_are_not_taken_for_the_journeys():
    text = '{"legs": [{"grade": {"level": "2"}}], "grades": {"tone": {"level": "4"}}}'
    assert level_places(text) == {"tone": text.index('"4"') + 1}
