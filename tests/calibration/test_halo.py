"""A judge whose one impression colours everything is told from people who see two things."""

from datetime import UTC, datetime

import numpy as np
import pytest

from cxscore.calibration.halo import halo
from cxscore.desk.calibrate import calibrate
from cxscore.desk.demo import demo
from cxscore.desk.labels import import_labels
from cxscore.resources import data_dir


def columns(values):
    return {f"c{i}": float(v) for i, v in enumerate(values)}


def test_halo_is_the_judges_tie_beyond_peoples():
    rng = np.random.default_rng(1)
    tone, resolution = rng.normal(0, 1, 200), rng.normal(0, 1, 200)
    (pair,) = halo(
        {"tone": columns(tone), "resolution": columns(0.9 * tone + 0.1 * resolution)},
        {"tone": columns(tone), "resolution": columns(resolution)},
    )
    assert pair.judge > 0.9
    assert abs(pair.people) < 0.2
    assert pair.excess == pytest.approx(pair.judge - pair.people)


def test_constants_and_few_are_left_out():
    few = columns(range(9))
    assert halo({"a": few, "b": few}, {"a": few, "b": few}) == ()
    same = columns([3] * 20)
    many = columns(range(20))
    assert halo({"a": same, "b": many}, {"a": many, "b": many}) == ()


def test_a_store_tells_its_halo(tmp_path):
    store = demo(tmp_path, now=datetime(2026, 11, 1, tzinfo=UTC)).store
    import_labels(data_dir("examples") / "labels.csv", store=store)
    for pair in calibrate(store).halo:
        assert -1 <= pair.people <= 1
        assert pair.n >= 10
