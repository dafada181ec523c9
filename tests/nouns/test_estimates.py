"""No number without its honesty: an estimate that is none cannot be made."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxscore.estimates import Estimate, Members

NAN = math.nan


@pytest.mark.parametrize(
    ("low", "value", "high"),
    [(NAN, 0.5, 1), (0, NAN, 1), (0, 0.5, NAN), (0.6, 0.5, 1), (0, 0.5, 0.4), (1, 0.5, 0),
     (-math.inf, -math.inf, 0), (0, math.inf, math.inf)],
)  # fmt: skip
def test_no_interval_no_estimate(low: float, value: float, high: float):
    with pytest.raises(ValueError, match="no interval"):
        Estimate(value=value, low=low, high=high, n=10, method="Wilson")


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=3))
def test_three_numbers_in_order_are_an_estimate(numbers: list[float]):
    low, value, high = sorted(numbers)
    assert Estimate(value=value, low=low, high=high, n=1, method="m").value == value


def test_members_are_fetched_only_when_asked_for():
    fetched = []

    def fetch() -> list[str]:
        fetched.append(True)
        return ["b", "a"]

    estimate = Estimate(value=1, low=0, high=2, n=2, method="m", members=Members(fetch))
    assert fetched == []
    assert estimate.members.ids() == ("a", "b")
