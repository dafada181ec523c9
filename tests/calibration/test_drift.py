"""A judge that moved is found in nights; one that did not is left in peace for a year."""

import numpy as np
import pytest

from cxscore.calibration.drift import judge_drift, population_stability
from cxscore.errors import LabelError

SE = 0.068


def path(rng, *, shift=0.0, at=0, nights=180):
    base = rng.normal(4, SE, 10)
    later = rng.normal(4, SE, nights)
    later[at:] += shift
    return judge_drift(base, later)


def first_alarm(nights):
    return next((n.night for n in nights if n.alarm), None)


def test_false_alarms_are_as_rare_as_promised():
    """S5: 22 % of 180-night paths in the design (one night as baseline: 78 %)."""
    rng = np.random.default_rng(5)
    alarmed = sum(first_alarm(path(rng)) is not None for _ in range(250))
    assert alarmed / 250 < 0.27


def test_a_shift_is_found_in_a_few_nights():
    rng = np.random.default_rng(6)
    delays = []
    for _ in range(60):
        found = [n.night for n in path(rng, shift=0.2, at=90) if n.alarm and n.night > 90]
        delays.append(found[0] - 90 if found else 999)
    assert np.median(delays) <= 4


def test_the_sequence_holds_the_shift_at_every_night():
    rng = np.random.default_rng(7)
    broken = 0
    for _ in range(100):
        broken += any(not n.low <= 0 <= n.high for n in path(rng))
    assert broken <= 10


def test_more_criteria_ask_for_more_evidence():
    base, later = np.random.default_rng(8).normal(4, SE, 20), [4.3] * 3
    one = judge_drift(base, later)
    many = judge_drift(base, later, criteria=10_000)
    assert [n.log_evidence for n in one] == [n.log_evidence for n in many]
    assert one[-1].alarm
    assert not many[-1].alarm


def test_no_number_overflows():
    found = judge_drift([4.0, 4.1] * 5, [90.0] * 400)
    assert all(np.isfinite(n.log_evidence) for n in found)


@pytest.mark.parametrize(("base", "words"), [([4.0] * 3, "judged 3 times"), ([4.0] * 12, "never")])
def test_no_yardstick(base, words):
    with pytest.raises(LabelError, match=words):
        judge_drift(base, [4.0])


def test_population_stability():
    assert population_stability([1, 5] * 50, [5] * 90 + [1] * 10, [1, 5]) > 0.25
