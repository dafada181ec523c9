"""Surveys: three terms that add up, cover, and refuse where nobody who was silent is labelled."""

import numpy as np
import pytest

from cxscore.calibration.surveys import if_all_had_answered, survey_split, tipping_point
from cxscore.errors import LabelError
from cxscore.estimates import Unavailable


def world(rng, n=8_000, label=(40, 60)):
    """S3: few answer, the happy and the angry more; lenient judge, harsh customers towards AI."""
    ai = rng.random(n) < 0.6
    quality = np.clip(rng.normal(np.where(ai, 3.4, 3.8), 1.0), 1, 5)
    human = np.clip(quality + rng.normal(0, 0.4, n), 1, 5)
    judge = np.clip(quality + np.where(ai, 0.35, 0.0) + rng.normal(0, 0.6, n), 1, 5)
    customer = np.clip(quality - np.where(ai, 0.45, 0.0) + rng.normal(0, 0.7, n), 1, 5)
    extreme = 0.02 + 0.05 * (np.abs(quality - 3) > 1.2) + 0.04 * (quality > 4) * ~ai
    answered = rng.random(n) < extreme
    labelled = np.zeros(n, bool)
    for g in (ai, ~ai):
        for cell, m in ((g & answered, label[0]), (g & ~answered, label[1])):
            held = np.flatnonzero(cell)
            labelled[rng.choice(held, min(m, len(held)), replace=False)] = True
    streams = np.where(ai, "ai", "human").tolist()
    truth = {}
    for name, g in (("ai", ai), ("human", ~ai)):
        a = g & answered
        truth[name] = (
            (judge - human)[g].mean(),
            human[g].mean() - human[a].mean(),
            (human - customer)[a].mean(),
        )
    columns = {
        "judge": judge,
        "human": np.where(labelled, human, np.nan),
        "answer": np.where(answered, customer, np.nan),
        "streams": streams,
    }
    return columns, truth


def terms(one):
    return one.judge_bias, one.selection, one.harshness


def test_the_terms_add_up_to_the_gap():
    columns, _ = world(np.random.default_rng(1))
    for one in survey_split(**columns):
        assert sum(t.value for t in terms(one)) == pytest.approx(one.gap, abs=1e-9)


def test_the_terms_cover():
    """120 worlds, six terms each; .935–.957 in the design."""
    rng = np.random.default_rng(2)
    hits = total = 0
    for _ in range(120):
        columns, truth = world(rng)
        for one in survey_split(**columns):
            for term, value in zip(terms(one), truth[one.stream], strict=True):
                hits += term.low <= value <= term.high
                total += 1
    assert 0.92 <= hits / total <= 0.975


def test_silence_without_labels_is_no_number():
    columns, _ = world(np.random.default_rng(3), label=(40, 5))
    one = survey_split(**columns)[0]
    assert isinstance(one.selection, Unavailable)
    assert "5 labels of customers who did not answer" in one.selection.missing


def test_columns_that_do_not_fit():
    with pytest.raises(LabelError, match="different lengths"):
        survey_split(judge=[1], human=[1, 2], answer=[1], streams=["a"])
    with pytest.raises(LabelError, match="no level for some"):
        survey_split(judge=[None], human=[1], answer=[1], streams=["a"])


@pytest.mark.parametrize(
    ("gamma", "wanted"),
    [(1.25, (0.821, 0.875)), (1.5, (0.794, 0.893)), (2, (0.745, 0.916)), (3, (0.664, 0.940))],
)
def test_the_curve_of_the_design(gamma, wanted):
    assert if_all_had_answered(0.85, 0.05, odds_ratio=gamma) == pytest.approx(wanted, abs=6e-4)


def test_nonsense_is_refused():
    for wrong in ((1.2, 0.1), (0.5, -0.1)):
        with pytest.raises(ValueError, match="between 0 and 1"):
            if_all_had_answered(*wrong)
    with pytest.raises(ValueError, match="odds ratio"):
        if_all_had_answered(0.5, 0.1, odds_ratio=0.5)
    with pytest.raises(ValueError, match="left out"):
        tipping_point(1.0, 0.5)
