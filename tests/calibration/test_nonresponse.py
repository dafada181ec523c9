"""Had everybody answered: what weights repair, what they do not, and who answers."""

import numpy as np
import pytest

from cxscore.calibration.nonresponse import had_all_answered
from cxscore.errors import LabelError
from cxscore.estimates import Estimate, Unavailable


def _month(rng, n=3_000, *, hidden=0.0):
    """Answering hangs on the judged level, and with ``hidden`` on the satisfaction itself."""
    judge = rng.integers(1, 6, n).astype(float)
    happy = (rng.random(n) < 0.1 + 0.16 * judge).astype(float)
    answers = rng.random(n) < 0.04 + 0.05 * (judge == 5) + hidden * happy
    return judge, np.where(answers, happy, np.nan), float(happy.mean())


def test_weights_repair_what_hangs_on_the_judged_level():
    rng = np.random.default_rng(1)
    hits = {"naive": 0, "weighted": 0, "aipw": 0}
    for _ in range(60):
        judge, told, truth = _month(rng)
        found = had_all_answered(judge, told, rng)
        for name in hits:
            one = getattr(found, name)
            hits[name] += one.low <= truth <= one.high
    assert hits["naive"] < 45, "the happy answer more"
    assert hits["weighted"] >= 53
    assert hits["aipw"] >= 53


def test_weights_do_not_repair_what_only_the_customer_knows():
    rng = np.random.default_rng(2)
    judge, told, truth = _month(rng, n=20_000, hidden=0.2)
    found = had_all_answered(judge, told, rng)
    assert found.weighted.low > truth
    assert "assumes that the silent" in found.weighted.method


def test_who_answers_is_told():
    rng = np.random.default_rng(3)
    judge, told, _ = _month(rng)
    apart = had_all_answered(judge, told, rng).apart
    share = (judge[~np.isnan(told)] == 5).mean() - (judge == 5).mean()
    assert apart.value == pytest.approx(share, abs=0.05)
    assert 0 <= apart.low <= apart.value <= apart.high <= 1


def test_levels_without_answers_and_continuous_levels():
    rng = np.random.default_rng(4)
    judge = rng.normal(3, 1, 2_000)
    told = np.where((judge > 2.5) & (rng.random(2_000) < 0.1), 1.0, np.nan)
    told[np.flatnonzero(~np.isnan(told))[::3]] = 0.0
    found = had_all_answered(judge, told, rng)
    assert isinstance(found.weighted, Estimate)
    assert 0 <= found.aipw.low <= found.aipw.high <= 1


def test_few_answers_are_not_weighted():
    found = had_all_answered([1, 2, 3], [1, None, None], np.random.default_rng(5))
    assert isinstance(found.naive, Estimate)
    assert isinstance(found.weighted, Unavailable)
    assert "1 customers answered; 30 are the least" in found.weighted.missing
    with pytest.raises(LabelError, match="2 values, answers 1"):
        had_all_answered([1, 2], [1], np.random.default_rng(1))
    with pytest.raises(LabelError, match="no level"):
        had_all_answered([1, np.nan], [1, 0], np.random.default_rng(1))
