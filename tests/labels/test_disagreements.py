"""The list of disagreements: all of them, with both reasons, the farthest apart first."""

import csv
import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from cxscore.cli.main import group
from cxscore.desk.demo import demo
from cxscore.desk.disagreements import disagreements, write_disagreements
from cxscore.desk.labels import import_labels
from cxscore.errors import InputError
from cxscore.label import Split
from cxscore.resources import data_dir
from cxscore.store import Ledger

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = demo(tmp_path_factory.mktemp("differ"), now=NOW).store
    with pytest.raises(InputError, match="no labels of the tune split"):
        disagreements(path)
    import_labels(data_dir("examples") / "labels.csv", store=path)
    return path


def test_every_disagreement_and_nothing_else(store):
    found = disagreements(store, split=Split.CALIBRATE)
    assert found.compared > len(found.found) > 0
    assert all(d.people != d.judge for d in found.found)
    assert sum(found.cells().values()) == len(found.found)
    with Ledger.open(store, create=False) as ledger:
        given = {
            (one.conversation_id, one.criterion, one.rater): "na"
            if one.level is None
            else str(one.level)
            for one in ledger.labels()
            if one.split is Split.CALIBRATE and one.saw_judge is not True
        }
    for d in found.found:
        assert given[d.conversation_id, d.criterion, d.rater] == d.people
        assert d.reason


def test_the_farthest_apart_come_first(store):
    found = disagreements(store, split=Split.CALIBRATE)
    for criterion in {d.criterion for d in found.found}:
        apart = [d.apart for d in found.found if d.criterion == criterion]
        assert apart == sorted(apart, reverse=True)


def test_looks_at_calibrate_are_counted_and_others_are_not(store):
    first = disagreements(store, split=Split.CALIBRATE).looks
    assert disagreements(store, split=Split.TUNE).looks == 0
    assert disagreements(store, split=Split.CALIBRATE).looks == first + 1


@pytest.mark.parametrize("suffix", [".html", ".csv", ".xlsx"])
def test_files_hold_all(store, tmp_path, suffix):
    if suffix == ".xlsx":
        pytest.importorskip("openpyxl")
    found = disagreements(store, split=Split.CALIBRATE)
    out = write_disagreements(found, tmp_path / f"d{suffix}", now=NOW, store=store)
    if suffix == ".html":
        text = out.read_text(encoding="utf-8")
        assert text.count('class="finding"') == len(found.found)
        assert "Where judge and people differ" in text
    if suffix == ".csv":
        rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines(keepends=True)))
        assert len(rows) == len(found.found)
        assert not any(cell and cell[0] in "=+@" for row in rows for cell in row.values())


def test_the_command(store, tmp_path):
    args = ["labels", "disagreements", "--split", "calibrate", "--store", str(store)]
    text = CliRunner().invoke(group, [*args, "--criterion", "sentiment_end"]).output
    assert "sentiment_end: people" in text
    assert "grounding:" not in text
    told = json.loads(CliRunner().invoke(group, [*args, "--json"]).output)
    assert told["found"][0]["people"]
    wrong = CliRunner().invoke(group, [*args, "--criterion", "mood"])
    assert "'mood' is no criterion of cx" in str(wrong.exception)
    wrong = CliRunner().invoke(group, [*args, "--out", str(tmp_path / "d.pdf")])
    assert "allowed: .html, .csv, .xlsx" in str(wrong.exception)
