"""The loop that calibrates a rubric: judge the labelled again, and see if people agree more."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cxscore.calibration.agreement_change import agreement_change, human_levels
from cxscore.desk.compare import compare, comparison_text
from cxscore.desk.demo import demo
from cxscore.desk.labels import import_labels
from cxscore.desk.rejudge import Trial, rejudge
from cxscore.errors import InputError
from cxscore.estimates import Estimate, Unavailable
from cxscore.label import Label, Split
from cxscore.store import Ledger

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def loop(tmp_path_factory):
    """The examples judged, labelled, and the calibrate split judged again without articles."""
    store = demo(tmp_path_factory.mktemp("loop"), now=datetime(2026, 11, 1, tzinfo=UTC)).store
    with pytest.raises(InputError, match="no conversation has labels of the tune split"):
        rejudge(Trial(store=store, split=Split.TUNE, workers=1))
    import_labels(EXAMPLES / "labels.csv", store=store)
    # Without articles it is another judge: its grounding has nothing to go by.
    return store, rejudge(Trial(store=store, split=Split.CALIBRATE, workers=1))


@pytest.fixture(scope="module")
def store(loop):
    return loop[0]


def test_only_the_conversations_of_a_split_are_judged_again(loop):
    lines = (EXAMPLES / "labels.csv").read_text().splitlines()
    labelled = {one.split(",")[0] for one in lines if ",calibrate," in one}
    assert loop[1].tally.new == len(labelled)


def test_looks_at_the_calibrate_split_are_counted(store):
    judges = _judges(store)
    first = compare(store, *judges, split=Split.CALIBRATE)
    again = compare(store, *judges, split=Split.CALIBRATE)
    assert again.looks == first.looks + 1
    text = comparison_text(again, flips=0)
    assert "Agreement with people, labels of the calibrate split" in text
    assert "what was changed after the first is not proved by it" in text
    assert compare(store, *judges).looks == 0, "the tune split may be looked at"


def test_agreement_changes_where_the_judge_lost_its_articles(store):
    grounding = next(
        c
        for c in compare(store, *_judges(store), split=Split.CALIBRATE).criteria
        if c.criterion == "grounding"
    )
    assert isinstance(grounding.people.change, Estimate)
    assert grounding.people.change.high < 0


def _judges(store):
    with Ledger.open(store, create=False) as ledger:
        held = sorted(ledger.judges_held(), key=lambda of: -of.conversations)
    return held[0].judge, held[1].judge


def test_raters_who_saw_the_judge_and_other_splits_do_not_count():
    common = {"conversation_id": "c", "criterion": "tone"}
    labels = [
        Label(**common, level=4, rater="ada", split=Split.TUNE),
        Label(**common, level=1, rater="bob", split=Split.TUNE, saw_judge=True),
        Label(**common, level=2, rater="eve", split=Split.CALIBRATE),
        Label(**common, level=3, rater="dan", split=Split.TUNE, leg="ai"),
    ]
    assert human_levels(labels, Split.TUNE) == {("c", "tone"): [4]}


def test_the_change_is_the_paired_difference():
    pairs = [([5], 4, 5)] * 6 + [([5, 4], 4, 5)] * 6
    found = agreement_change(pairs)
    assert (found.agree_a, found.agree_b) == (0.25, 0.75)
    assert found.change.value == pytest.approx(0.5)
    assert 0 < found.change.low < 0.5 < found.change.high


def test_na_is_a_level_like_any_other():
    assert agreement_change([([None], None, 3)] * 12).change.value == -1


def test_too_few_labels_make_no_number():
    assert isinstance(agreement_change([([5], 5, 5)] * 9).change, Unavailable)
