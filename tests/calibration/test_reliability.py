"""People with people, the judge beside them, and whether it compresses the scale."""

import numpy as np
import pytest

from cxscore.calibration import interrater
from cxscore.calibration.compression import compression
from cxscore.calibration.joint_bias import joint_bias
from cxscore.calibration.leniency import family, leniency
from cxscore.calibration.reliability import reliability
from cxscore.estimates import Estimate, Unavailable

LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)
RNG = np.random.default_rng


def rated(rng, n, noise=0.5, raters=("ada", "bob")):
    """Levels of n conversations by raters who see one quality, each with a noise of their own."""
    quality = rng.normal(3, 1.1, n)

    def levels(spread):
        return np.clip(np.round(quality + rng.normal(0, spread, n)), 1, 5)

    given = {r: dict(zip(map(str, range(n)), levels(noise), strict=True)) for r in raters}
    return quality, given, levels


def judged(values):
    return dict(zip(map(str, range(len(values))), map(float, values), strict=True))


def test_figures_are_those_of_the_functions_on_ratings():
    rng = RNG(2)
    _, given, levels = rated(rng, 80)
    found = reliability(given, judged(levels(0.5)), LEVELS, rng)
    table = np.array([list(g.values()) for g in given.values()])
    assert found.alpha.value == pytest.approx(interrater.krippendorff(table, "ordinal"))
    assert found.ac2.value == pytest.approx(interrater.gwet(table, "quadratic").value)
    assert found.icc == pytest.approx(interrater.icc(table.T)["ICC2"])
    assert found.exact.value == pytest.approx((table[0] == table[1]).mean())
    for one in (found.alpha, found.ac2, found.kappa, found.exact):
        assert one.low < one.value < one.high


def test_a_judge_as_good_as_a_person_is_not_told_to_be_worse():
    rng, inside = RNG(3), 0
    for _ in range(20):
        _, given, levels = rated(rng, 60)
        found = reliability(given, judged(levels(0.5)), LEVELS, rng).beside
        inside += found.low <= 0 <= found.high
    assert inside >= 17


def test_a_judge_much_worse_than_people_is():
    rng = RNG(4)
    _, given, levels = rated(rng, 120, noise=0.3, raters=("ada", "bob", "cem"))
    found = reliability(given, judged(levels(1.8)), LEVELS, rng)
    assert found.beside.high < 0
    assert not found.stands_in.passes
    good = reliability(given, judged(levels(0.2)), LEVELS, rng)
    assert good.stands_in.passes


def test_rated_once_tells_nothing_of_people():
    given = {"ada": {str(i): 3.0 for i in range(50)}}
    found = reliability(given, {}, LEVELS, RNG(1))
    assert found.ceiling is None
    assert "rated by two people; 10 are the least: cxscore sample --twice" in found.kappa.missing


def test_raters_missing_here_and_there_are_no_bar():
    rng = RNG(5)
    _, given, levels = rated(rng, 60, raters=("ada", "bob", "cem"))
    for i, rater in enumerate(given):
        for name in [str(k) for k in range(60) if k % 3 == i]:
            del given[rater][name]
    found = reliability(given, judged(levels(0.5)), LEVELS, rng)
    assert found.twice == 60
    assert found.icc is None
    assert isinstance(found.alpha, Estimate)


def test_compression_is_found_where_the_plain_slope_blames_everybody():
    """People's noise alone makes a fair judge look compressing; the instrument does not."""
    rng, fair, plain, squeezed = RNG(6), [], [], []
    for _ in range(60):
        quality = rng.normal(3, 1, 200)
        one, other = quality + rng.normal(0, 0.8, 200), quality + rng.normal(0, 0.8, 200)
        straight = compression(quality + rng.normal(0, 0.4, 200), one, other, middle=3)
        fair.append(straight.slope.low <= 1 <= straight.slope.high)
        plain.append(straight.plain)
        flat = compression(3.5 + 0.5 * (quality - 3), one, other, middle=3)
        squeezed.append((flat.slope.high < 1, flat.leniency))
    assert np.mean(fair) > 0.85
    assert np.mean(plain) < 0.75
    assert np.mean([s for s, _ in squeezed]) > 0.95
    assert np.mean([m for _, m in squeezed]) == pytest.approx(0.5, abs=0.05)


def test_people_who_do_not_agree_are_no_instrument():
    rng = RNG(7)
    found = compression(rng.normal(size=60), rng.normal(size=60), rng.normal(size=60), middle=3)
    assert "people hardly agree" in found.slope.missing
    few = compression([1] * 9, [1] * 9, [1] * 9, middle=3)
    assert "30 are the least" in few.slope.missing


def _confounded(rng, n=900):
    """Only the language matters, but Portuguese is served by the AI more often."""
    language = np.where(rng.random(n) < 0.4, "pt", "en")
    stream = np.where(rng.random(n) < np.where(language == "pt", 0.9, 0.4), "ai", "human")
    return 0.6 * (language == "pt") + rng.normal(0, 0.8, n), language, stream


def test_all_else_equal_the_innocent_factor_is_clear():
    rng, blamed, found_it = RNG(8), 0, 0
    for _ in range(60):
        d, language, stream = _confounded(rng)
        effects = joint_bias(d, {"language": language.tolist(), "stream": stream.tolist()})
        by = {e.factor: e for e in effects}
        blamed += by["stream"].stands_out
        found_it += by["language"].stands_out
    assert blamed <= 8
    assert found_it == 60


def test_the_joint_model_is_that_of_plain_least_squares():
    rng = RNG(9)
    d, language, stream = _confounded(rng, 200)
    words = rng.integers(20, 400, 200)
    held = {"language": language.tolist(), "stream": stream.tolist()}
    effects = joint_bias(d, held, amounts={"length": words})
    x = np.column_stack(
        [np.ones(200), language == min(set(language), key=list(language).count), stream
         == min(set(stream), key=list(stream).count), np.log2(words)]
    ).astype(float)  # fmt: skip
    wanted = np.linalg.lstsq(x, d, rcond=None)[0][1:]
    assert [e.value.value for e in effects] == pytest.approx(wanted)


def test_factors_that_cannot_be_told_apart_are_refused():
    kinds = ["a", "b"] * 60
    found = joint_bias(RNG(1).normal(size=120), {"stream": kinds, "channel": kinds})
    assert "cannot be told apart" in found.missing
    assert "one kind" in joint_bias([0.0] * 50, {"stream": ["ai"] * 50}).missing
    two = ["ai"] * 15 + ["human"] * 14
    few = joint_bias(
        RNG(1).normal(size=29), {"stream": two, "channel": [*two[1:], "ai"]}, amounts={}
    )
    assert "29 labels for 2 coefficients; 30 are the least" in few.missing


def test_hc3_to_statsmodels_digits():
    """OLS on y = 1…6 against a dummy: HC3 by hand, s_g² / (n_g − 1) · n_g / … of each group."""
    d = np.concatenate([RNG(3).normal(0, 1, 40), RNG(4).normal(0, 2, 20)])
    [effect] = joint_bias(d, {"g": ["a"] * 40 + ["b"] * 20})
    # With one dummy, leverage is 1/n_g, so HC3 of a group's mean is Σ(e/(1 − 1/n))²/n².
    parts = [g - g.mean() for g in (d[:40], d[40:])]
    se = np.sqrt(sum(((e / (1 - 1 / len(e))) ** 2).sum() / len(e) ** 2 for e in parts))
    from scipy.stats import t

    half = t.ppf(0.975, 58) * se
    assert effect.value.value == pytest.approx(d[40:].mean() - d[:40].mean())
    assert effect.value.high - effect.value.value == pytest.approx(half)


def test_families_of_models():
    assert family("openai:gpt-4o") == family("azure gpt-5-mini") == "openai"
    assert family("one_pass/1-abc file:a Claude model") == "anthropic"
    assert family("embedded/4") == ""


def test_leniency_without_pairs_and_without_groups():
    rng = RNG(10)
    j, h = rng.integers(1, 6, 60).astype(float), rng.integers(1, 6, 60).astype(float)
    found = leniency(j, h, {"stream": [""] * 60}, words=[0] * 60, pairs=[], middle=3)
    assert found.groups == ()
    assert isinstance(found.joint, Unavailable)
    assert isinstance(found.compression.slope, Unavailable)
