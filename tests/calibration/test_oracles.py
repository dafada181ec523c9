"""Against statsmodels and ppi-python where they are installed; CI has neither, they weigh too much.

pip install statsmodels ppi-python && pytest tests/calibration/test_oracles.py
"""

import numpy as np
import pytest

from cxscore.calibration.agreement import confusion, kappa_se
from cxscore.calibration.alternative_annotator import rejected
from cxscore.calibration.compression import compression
from cxscore.calibration.joint_bias import joint_bias
from cxscore.calibration.ppi import ppi_mean

RNG = np.random.default_rng


def test_hc3():
    sm = pytest.importorskip("statsmodels.api")
    rng = RNG(1)
    stream = np.where(rng.random(150) < 0.4, "human", "ai")
    words, weight = rng.integers(20, 900, 150), rng.uniform(1, 9, 150)
    d = 0.3 * (stream == "human") + rng.normal(0, 1 + (stream == "ai"), 150)
    found = joint_bias(d, {"stream": stream.tolist()}, amounts={"length": words}, weight=weight)
    logs = np.log2(words)
    x = np.column_stack([np.ones(150), stream == "human", logs - logs.mean()]).astype(float)
    wanted = sm.WLS(d, x, weights=weight).fit(cov_type="HC3", use_t=True)
    low, high = wanted.conf_int().T
    assert [e.value.value for e in found] == pytest.approx(wanted.params[1:])
    assert [e.value.low for e in found] == pytest.approx(low[1:])
    assert [e.value.high for e in found] == pytest.approx(high[1:])


def test_false_discovery_rates():
    multi = pytest.importorskip("statsmodels.stats.multitest")
    for seed in range(20):
        p = RNG(seed).beta(0.4, 2, 24)
        for dependent, method in ((False, "fdr_bh"), (True, "fdr_by")):
            wanted = multi.multipletests(p, 0.05, method)[0]
            assert rejected(p.tolist(), dependent=dependent) == wanted.tolist()


def test_standard_error_of_kappa():
    inter = pytest.importorskip("statsmodels.stats.inter_rater")
    levels = np.array([1.0, 2, 3, 4])
    one, two = RNG(3).integers(1, 5, (2, 200)).astype(float)
    table = confusion(two, one, levels)
    for ours, theirs in (("nominal", None), ("linear", "linear"), ("quadratic", "quadratic")):
        wanted = inter.cohens_kappa(table, wt=theirs)
        assert kappa_se(table, levels, ours) == pytest.approx(wanted.std_kappa)


def test_the_slope_by_instrument():
    gmm = pytest.importorskip("statsmodels.sandbox.regression.gmm")
    rng = RNG(4)
    q = rng.normal(3, 1, 120)
    one, other = q + rng.normal(0, 0.7, 120), q + rng.normal(0, 0.7, 120)
    judge = 0.8 * q + rng.normal(0, 0.4, 120)
    x, z = np.concatenate([one, other]), np.concatenate([other, one])
    add = np.ones(240)
    wanted = gmm.IV2SLS(
        np.concatenate([judge, judge]), np.column_stack([add, x]), np.column_stack([add, z])
    ).fit()
    found = compression(judge, one, other, middle=3)
    assert found.slope.value == pytest.approx(wanted.params[1])


def test_ppi():
    ppi = pytest.importorskip("ppi_py")
    rng = RNG(5)
    human, judge = rng.normal(3, 1, 80), rng.normal(3, 1, 80)
    judge += human
    other = rng.normal(6, 1.4, 900)
    found = ppi_mean(human, judge, other, power=1.0)
    low, high = ppi.ppi_mean_ci(human, judge, other, alpha=0.05, lam=1)
    assert (found.low, found.high) == pytest.approx((low[0], high[0]), abs=1e-3)
