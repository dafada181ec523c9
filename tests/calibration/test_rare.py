"""Rates near 0 and 1: intervals that hold there, and what few checks can show."""

import numpy as np
import pytest

import cxscore
from cxscore.calibration.rare import checks_needed, detection_limit, korn_graubard, shown
from cxscore.estimates import Estimate


def test_of_a_simple_sample_it_is_clopper_and_pearson():
    # Reference: Clopper-Pearson for 4 of 200 (R 4.4, binom.test(4, 200)): 0.005475566, 0.05041390.
    p, n = 4 / 200, 200
    low, high = korn_graubard(p, se=(p * (1 - p) / n) ** 0.5, n=n, df=n - 1)
    assert (low, high) == pytest.approx((0.005475566, 0.05041390), abs=1e-6)


def test_it_is_never_worth_more_labels_than_there_are_conversations():
    loose = korn_graubard(0.02, se=1e-6, n=200, df=199, population=400)
    p = 0.02
    census = korn_graubard(p, se=(p * (1 - p) / 400) ** 0.5, n=200, df=199)
    assert loose == pytest.approx(census)


def test_rare_rates_cover_where_the_symmetric_interval_does_not():
    rng = np.random.default_rng(11)
    hits = symmetric = 0
    rounds, n, size = 400, 100, 4_000
    for _ in range(rounds):
        truth = (rng.random(size) < 0.03).astype(float)
        says = np.where(truth == 1, rng.random(size) < 0.6, rng.random(size) < 0.05).astype(float)
        human = np.full(size, np.nan)
        chosen = rng.choice(size, n, replace=False)
        human[chosen] = truth[chosen]
        found = cxscore.estimate(judge=says, human=human, design="random", scale=(0, 1))
        hits += found.low <= truth.mean() <= found.high
        share = truth[chosen].mean()
        half = 1.96 * (share * (1 - share) / n) ** 0.5
        symmetric += share - half <= truth.mean() <= share + half
    assert hits / rounds > 0.93 > symmetric / rounds


def test_what_so_few_checks_can_show():
    assert detection_limit(300) == pytest.approx(1 - 0.05 ** (1 / 300))
    assert checks_needed(detection_limit(300) + 1e-9) == 300
    clean = Estimate(value=0, low=0, high=3 / 300, n=300, method="rule of three")
    assert shown(0.01, clean)
    assert not shown(0.0001, clean)


@pytest.mark.parametrize("wrong", [0.0, 1.0, -0.1, float("nan")])
def test_a_rate_of_nothing_has_no_such_interval(wrong):
    with pytest.raises(ValueError, match="between 0 and 1"):
        korn_graubard(wrong, se=0.1, n=20, df=19)
    with pytest.raises(ValueError, match="between 0 and 1"):
        checks_needed(wrong)
