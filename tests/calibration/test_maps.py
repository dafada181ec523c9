"""Maps for display: monotone, inside the scale, and none where labels are too few."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxscore.calibration.maps import display_map
from cxscore.estimates import Unavailable

SCALE = [1, 2, 3, 4, 5]


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=50, max_size=260))
def test_a_map_is_monotone_and_stays_on_the_scale(rows):
    judge, human = np.array(rows, float).T
    found = display_map(judge, human, SCALE)
    if isinstance(found, Unavailable):
        assert len(set(judge)) == 1
        return
    values = [v for _, v in found.reads_as]
    assert values == sorted(values)
    assert 1 <= min(values) <= max(values) <= 5


def world(n, seed=1):
    rng = np.random.default_rng(seed)
    human = rng.integers(1, 6, n).astype(float)
    judge = np.where(human <= 2, 2, np.where(human == 3, 4, 5)).astype(float)
    return judge, human


def test_few_labels_make_a_line_and_many_a_curve_where_it_is_better():
    assert isinstance(display_map(*world(49), SCALE), Unavailable)
    assert display_map(*world(120), SCALE).kind == "linear"
    many = display_map(*world(600), SCALE)
    assert many.kind == "isotonic"
    assert dict(many.reads_as)[4.0] == pytest.approx(3.0)


def test_a_judge_that_is_right_backwards_is_not_turned_round():
    judge = np.tile(SCALE, 20).astype(float)
    found = display_map(judge, 6 - judge, SCALE)
    assert {v for _, v in found.reads_as} == {3.0}


def test_it_cannot_be_added_up():
    found = display_map(*world(120), SCALE)
    with pytest.raises(TypeError):
        sum([found, found])
    with pytest.raises(TypeError):
        float(found)
