"""Agreement against reference figures, scikit-learn, and laws."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr
from sklearn.metrics import cohen_kappa_score

from cxscore.calibration import interrater
from cxscore.calibration.agreement import agreement, confusion, kappa_of, kappa_se
from cxscore.calibration.alternative_annotator import alternative_annotator_test, rejected
from cxscore.calibration.ranks import kendall_of, lin_of, spearman_of
from cxscore.errors import LabelError
from cxscore.estimates import Estimate, Unavailable

GOLDEN = Path(__file__).parent / "golden"
HELD = json.loads((GOLDEN / "agreement_golden.json").read_text())
INPUT, WANTED = HELD["inputs"], HELD["expected"]
ALT = json.loads((GOLDEN / "alttest_synthetic.json").read_text())
JUDGES = json.loads((GOLDEN / "llmjudge_confusions.json").read_text())["judges"]
RNG = np.random.default_rng


def ratings(name):
    return np.array([[np.nan if v is None else v for v in row] for row in INPUT[name]], float)


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
def test_alpha(metric):
    for name, key in (("kripp_3coders_15units", "kripp_wiki"), ("raters4_units12", "kripp_4obs")):
        found = interrater.krippendorff(ratings(name), metric)
        assert found == pytest.approx(WANTED[f"{key}_{metric}"], abs=1e-12)


@pytest.mark.parametrize(
    ("function", "key"),
    [("gwet", "gwet"), ("fleiss", "fleiss"), ("conger", "conger"), ("brennan_prediger", "bp")],
)
def test_coefficients_of_four_raters(function, key):
    found = getattr(interrater, function)(ratings("raters4_units12"))
    wanted = WANTED[f"irr_{key}"]
    assert found.value == pytest.approx(wanted["coefficient_value"], abs=6e-6)
    assert found.observed == pytest.approx(wanted["pa"], abs=6e-6)
    assert found.by_chance == pytest.approx(wanted["pe"], abs=6e-6)


@pytest.mark.parametrize("weights", ["quadratic", "linear", "ordinal"])
def test_weighted_coefficients_of_five_raters(weights):
    table = ratings("observers5_units15")
    for function, key in (("gwet", "gwet"), ("conger", "conger")):
        wanted = WANTED[f"irr5_{key}_{weights}"]["coefficient_value"]
        assert getattr(interrater, function)(table, weights).value == pytest.approx(
            wanted, abs=6e-6
        )


@pytest.mark.parametrize("table", ["wiki", "paradoxA", "paradoxB", "skew"])
def test_kappa_of_two_by_two(table):
    counts, levels = np.array(INPUT["tables"][table], float), np.array([0.0, 1.0])
    wanted = WANTED[f"kappa_{'wiki' if table == 'wiki' else table}"]
    assert kappa_of(counts, levels) == pytest.approx(wanted["kappa"], abs=1e-12)
    assert kappa_se(counts, levels) == pytest.approx(wanted["se"], abs=1e-12)
    rows = np.repeat([0, 0, 1, 1], counts.ravel().astype(int)).astype(float)
    columns = np.repeat([0, 1, 0, 1], counts.ravel().astype(int)).astype(float)
    found = interrater.gwet(np.stack([rows, columns])).value
    assert found == pytest.approx(wanted["ac1"], abs=6e-6)


@pytest.mark.parametrize("weights", ["nominal", "linear", "quadratic"])
def test_weighted_kappa_of_four_by_four(weights):
    counts, levels = np.array(WANTED["diag_table"], float), np.arange(4.0)
    name = "None" if weights == "nominal" else weights
    value, se = WANTED[f"diag_kappa_{name}"]
    assert kappa_of(counts, levels, weights) == pytest.approx(value, abs=1e-12)
    assert kappa_se(counts, levels, weights) == pytest.approx(se, abs=1e-12)


def test_fleiss_of_the_well_known_table():
    counts = np.array(INPUT["fleiss_wiki_counts"])
    rows = [np.repeat(np.arange(5), unit) for unit in counts]
    found = interrater.fleiss(np.array(rows, float).T).value
    assert found == pytest.approx(WANTED["fleiss_wiki"], abs=1e-12)


def test_icc_of_shrout_and_fleiss():
    assert interrater.icc(INPUT["icc_shrout_fleiss_6x4"]) == pytest.approx(
        WANTED["icc_shrout_fleiss"]
    )


def test_bland_altman_and_lin():
    held = INPUT["bland_altman_pefr"]
    one, two = np.array(held["wright"], float), np.array(held["mini"], float)
    levels = np.unique(np.concatenate([one, two]))
    found = float(lin_of(confusion(one, two, levels), levels))
    assert found == pytest.approx(WANTED["ccc"])
    assert (one - two).mean() == pytest.approx(WANTED["bland_altman"]["mean"])


@pytest.mark.parametrize("key", ALT["expected_[winning_rate,advantage_prob]"])
def test_the_alternative_annotator_test(key):
    judge, scoring, epsilon = key.split("|")
    found = alternative_annotator_test(
        ALT["humans"], ALT["llm"][judge], epsilon=float(epsilon), scoring=scoring
    )
    wanted = ALT["expected_[winning_rate,advantage_prob]"][key]
    assert [found.winning_rate, found.advantage] == pytest.approx(wanted)


@pytest.mark.parametrize("case", JUDGES, ids=lambda c: c["judge"])
def test_the_33_judges(case):
    counts = np.array(case["counts_human_rows"], float)
    levels = np.array(sorted({0, 1, 2, 3} | set(case["judge_levels"])), float)
    table = np.zeros((len(levels), len(levels)))
    for h, row in enumerate(counts):
        for level, n in zip(case["judge_levels"], row, strict=True):
            table[h, np.searchsorted(levels, level)] = n
    assert kappa_of(table, levels) == pytest.approx(case["kappa"], abs=6e-5)
    if set(case["judge_levels"]) <= {0, 1, 2, 3}:
        assert kappa_of(table, levels, "quadratic") == pytest.approx(
            case["kappa_quadratic"], abs=6e-5
        )
    away = np.subtract.outer(levels, levels).T
    assert (table * away).sum() / table.sum() == pytest.approx(case["mean_bias"], abs=6e-5)
    assert (table * np.abs(away)).sum() / table.sum() == pytest.approx(case["mae"], abs=6e-5)
    pairs = np.array([(h, j) for h in levels for j in levels])
    units = np.array([[(pair == v).sum() for v in levels] for pair in pairs], float)
    repeated = np.repeat(units, table.ravel().astype(int), axis=0)
    found = interrater.alpha_of_counts(repeated, levels, "ordinal")
    assert found == pytest.approx(case["alpha_ordinal"], abs=6e-5)


pairs = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=2, max_size=80)


@settings(deadline=None)
@given(pairs, st.sampled_from(["nominal", "linear", "quadratic"]))
def test_kappa_is_scikit_learns(rows, weights):
    h, j = np.array(rows, float).T
    found = kappa_of(confusion(j, h, np.arange(1.0, 6)), np.arange(1.0, 6), weights)
    if len(set(h) | set(j)) == 1:
        assert np.isnan(found)
        return
    wanted = cohen_kappa_score(
        h, j, labels=[1, 2, 3, 4, 5], weights=None if weights == "nominal" else weights
    )
    assert found == pytest.approx(wanted, nan_ok=True, abs=1e-9)


@settings(deadline=None)
@given(pairs, st.lists(st.integers(1, 4), min_size=80, max_size=80))
def test_a_weight_is_so_many_conversations(rows, weights):
    h, j = np.array(rows, float).T
    w = np.array(weights[: len(h)])
    scale = [1.0, 2, 3, 4, 5]
    one = agreement(j, h, scale, RNG(1), weight=w)
    two = agreement(np.repeat(j, w), np.repeat(h, w), scale, RNG(1))
    assert one.within_one == pytest.approx(two.within_one)
    assert one.mean_error == pytest.approx(two.mean_error)
    assert one.limits == pytest.approx(two.limits)
    for name in ("lin", "spearman", "kendall", "sd_ratio", "proportional"):
        a, b = getattr(one, name), getattr(two, name)
        assert isinstance(a, Unavailable) == isinstance(b, Unavailable) or len(h) < 10
        if isinstance(a, Estimate) and isinstance(b, Estimate):
            assert a.value == pytest.approx(b.value)


@settings(deadline=None)
@given(pairs)
def test_ranks_of_the_table_are_those_of_scipy(rows):
    h, j = np.array(rows, float).T
    levels = np.array([1.0, 2, 3, 4, 5])
    table = confusion(j, h, levels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = [float(of(h, j).statistic) for of in (spearmanr, kendalltau)]
    found = [float(of(table, levels)) for of in (spearman_of, kendall_of)]
    assert found == pytest.approx(wanted, nan_ok=True, abs=1e-9)


def test_picked_by_the_judge_kappa_is_the_populations_only_with_weights():
    """0b.2: QA picked 4 × judge-negative reads κ high; with 1/π it is the population's."""
    rng, n = RNG(3), 200_000
    truth = (rng.random(n) < 0.7).astype(float)
    judge = np.where(rng.random(n) < 0.85, truth, 1 - truth)
    scale = np.array([0.0, 1.0])
    population = kappa_of(confusion(judge, truth, scale), scale)
    chance = np.where(judge == 0, 0.4, 0.05)
    taken = rng.random(n) < chance
    args = (judge[taken], truth[taken], scale)
    plain = kappa_of(confusion(*args), scale)
    weighted = kappa_of(confusion(*args, 1 / chance[taken]), scale)
    assert abs(weighted - population) < 0.01
    assert abs(plain - population) > 0.02


def test_the_bootstrap_covers_kappa():
    """300 samples of 100 from a known table; .929–.960 in the design."""
    rng = RNG(8)
    table = np.array([[0.22, 0.08], [0.10, 0.60]])
    levels = np.array([0.0, 1.0])
    truth, hits = kappa_of(table, levels), 0
    for _ in range(300):
        cell = rng.choice(4, 100, p=table.ravel())
        found = agreement(cell % 2, cell // 2, [0, 1], rng).kappa
        hits += found.low <= truth <= found.high
    assert 0.90 <= hits / 300 <= 0.985


def test_no_kappa_interval_where_it_is_not_valid():
    human, judge = [1] * 95 + [0] * 5, [1] * 93 + [0] * 7
    found = agreement(judge, human, [0, 1], RNG(1))
    assert isinstance(found.kappa, Unavailable)
    assert "only 5 conversations differ from the commonest level" in found.kappa.missing
    assert found.exact.value == pytest.approx(0.98)


@pytest.mark.parametrize("judge", [[3] * 40, [1, 2, 3, 4] * 10])
def test_constants_are_no_numbers(judge):
    found = agreement(judge, [3] * 40, [1, 2, 3, 4, 5], RNG(1))
    assert isinstance(found.kappa, Unavailable)
    assert isinstance(found.sd_ratio, Unavailable)
    assert isinstance(found.spearman, Unavailable)


def test_a_judge_that_always_says_the_same_has_no_kappa():
    found = agreement([3] * 40, [1, 2, 3, 4] * 10, [1, 2, 3, 4, 5], RNG(1))
    assert isinstance(found.kappa, Unavailable)
    assert found.sd_ratio.value == 0


def test_a_level_off_the_scale():
    with pytest.raises(LabelError, match="judge says 10, which is no level; allowed: 0, 1, 2, 3"):
        agreement([10, 1], [1, 1], [0, 1, 2, 3], RNG(1))
    with pytest.raises(LabelError, match="judge has 1 values, human 2"):
        agreement([1], [1, 1], [0, 1], RNG(1))
    with pytest.raises(LabelError, match="no conversation has both"):
        agreement([], [], [0, 1], RNG(1))


def test_false_discoveries():
    assert rejected([0.001, 0.5], dependent=True) == [True, False]
    assert rejected([]) == []


def test_too_few_for_the_alternative_annotator():
    with pytest.raises(LabelError, match="two raters"):
        alternative_annotator_test({"a": {"x": 1}}, {"x": 1})
    with pytest.raises(LabelError, match="30 are the least"):
        alternative_annotator_test({"a": {"x": 1}, "b": {"x": 1}}, {"x": 1})
