"""Labels go into the store whole or not at all, and what is wrong with them is said."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from cxscore.calibration.label_check import check_labels
from cxscore.cli.main import group
from cxscore.desk.demo import demo
from cxscore.desk.rubrics import open_rubric
from cxscore.label import Design, Label, Sampling, Split
from cxscore.store import Ledger

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
HEADER = "conversation_id,criterion,level,rater"


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    return demo(tmp_path_factory.mktemp("demo"), now=datetime(2026, 11, 1, tzinfo=UTC)).store


@pytest.fixture
def store(scored, tmp_path):
    path = tmp_path / "s.db"
    path.write_bytes(scored.read_bytes())
    return path


def run(*args):
    return CliRunner().invoke(group, [str(a) for a in args])


def stored(store):
    with Ledger.open(store, create=False) as ledger:
        return list(ledger.labels())


def test_the_examples_are_taken_once(store):
    first = run("labels", "import", EXAMPLES / "labels.csv", "--store", store, "--json")
    told = json.loads(first.output)
    assert (told["stored"], told["known"], told["unknown_conversations"]) == (285, 0, 0)
    second = run("labels", "import", EXAMPLES / "labels.csv", "--store", store, "--json")
    assert json.loads(second.output)["stored"] == 0
    assert len(stored(store)) == 285


def test_an_unknown_conversation_stops_the_import(store, tmp_path):
    path = tmp_path / "l.csv"
    path.write_text(f"{HEADER}\nPW-0101,resolution,4,ada\nX-1,resolution,4,ada\n")
    result = run("labels", "import", path, "--store", store)
    assert "l.csv:3: 1 labels are of conversations" in str(result.exception)
    assert stored(store) == []
    result = run("labels", "import", path, "--store", store, "--skip-unknown")
    assert result.exit_code == 0
    assert len(stored(store)) == 1


def test_a_rater_who_changes_the_level_in_a_later_file(store, tmp_path):
    path = tmp_path / "l.csv"
    path.write_text(f"{HEADER}\nPW-0101,resolution,4,ada\n")
    run("labels", "import", path, "--store", store)
    path.write_text(f"{HEADER}\nPW-0102,resolution,4,ada\nPW-0101,resolution,2,ada\n")
    result = run("labels", "import", path, "--store", store)
    assert "l.csv:3: rater 'ada' gave resolution of 'PW-0101' the level 4 before" in str(
        result.exception
    )
    assert len(stored(store)) == 1


def test_unmapped_answers_stop_the_import_unless_left_out(store, tmp_path):
    path, mapping = tmp_path / "l.csv", tmp_path / "m.yaml"
    path.write_text(f"{HEADER}\nPW-0101,resolution,great,ada\nPW-0102,resolution,hm,ada\n")
    mapping.write_text("levels: {resolution: {great: 5}}\n")
    args = ("labels", "import", path, "--map", mapping, "--store", store)
    result = run(*args)
    assert "no place for answer 'hm' of resolution (1 rows)" in str(result.exception)
    assert stored(store) == []
    result = run(*args, "--skip-unmapped")
    assert "left out, 1 rows: answer 'hm' of resolution, first at line 3" in result.output
    assert len(stored(store)) == 1


def test_the_check_names_what_is_wrong(store):
    run("labels", "import", EXAMPLES / "labels.csv", "--store", store)
    result = run("labels", "check", "--store", store)
    assert "10 labels were given with the judge's score in sight" in result.output
    assert "12 labels picked as targeted without an inclusion probability" in result.output


def labels(n=40, **more):
    return [
        Label(conversation_id=f"c{i}", criterion="resolution", level=i % 5 + 1, rater=r, **more)
        for i in range(n)
        for r in ("ada", "bob")
    ]


def messages(found):
    return [(f.severity, f.message) for f in check_labels(found, open_rubric("cx"))]


def test_good_labels_have_no_errors():
    good = labels(
        150,
        split=Split.CALIBRATE,
        saw_judge=False,
        sampling=Sampling(design=Design.RANDOM, inclusion_probability=0.1),
    )
    assert messages(good) == []


def test_a_leak_between_splits_is_an_error():
    mixed = [
        *labels(split=Split.CALIBRATE),
        Label(conversation_id="c1", criterion="resolution", level=2, rater="eve", split=Split.TUNE),
    ]
    assert messages(mixed)[0][0] == "error"
    assert "more than one split" in messages(mixed)[0][1]


def test_one_answer_only_is_an_error():
    same = [
        Label(conversation_id=f"c{i}", criterion="resolution", level=5, rater="ada")
        for i in range(40)
    ]
    told = messages(same)
    assert ("error", "every answer is 5: nothing can be calibrated on it") in told
    assert any("one rater only (ada)" in message for _, message in told)


def test_two_chances_of_one_conversation_are_an_error():
    told = labels(sampling=Sampling(design=Design.RANDOM, inclusion_probability=0.1))
    told.append(
        Label(
            conversation_id="c1",
            criterion="resolution",
            level=2,
            rater="eve",
            sampling=Sampling(design=Design.RANDOM, inclusion_probability=0.2),
        )
    )
    assert any(s == "error" and "two inclusion probabilities" in m for s, m in messages(told))
