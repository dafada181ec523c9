"""``surveys`` and ``drift`` on files: numbers, refusals, exit codes, and sentences."""

import csv
import json

import numpy as np
import pytest
from click.testing import CliRunner

from cxscore.cli.main import group
from cxscore.errors import CxscoreError
from tests.calibration.test_surveys import world


def run(*args):
    return CliRunner().invoke(group, [str(a) for a in args])


@pytest.fixture
def month(tmp_path):
    columns, truth = world(np.random.default_rng(4))
    path = tmp_path / "m.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["j", "h", "c", "who"])
        rows = zip(*(columns[k] for k in ("judge", "human", "answer", "streams")), strict=True)
        writer.writerows([["" if v != v else v for v in row] for row in rows])
    return path, truth


SURVEY = ("--judge", "j", "--human", "h", "--answer", "c", "--stream", "who")


def test_surveys_are_split(month):
    path, _ = month
    told = json.loads(run("surveys", path, *SURVEY, "--json").output)["surveys"][0]["streams"]
    assert [one["stream"] for one in told] == ["ai", "human"]
    for one in told:
        parts = [one[k]["value"] for k in ("judge_bias", "selection", "harshness")]
        assert sum(parts) == pytest.approx(one["gap"])
    assert told[0]["judge_bias"]["low"] > 0, "lenient to the AI, as built in"
    assert told[0]["harshness"]["low"] > 0, "customers harsher to it, as built in"
    low, high = told[0]["if_all_had_answered"]["worst_case"]
    assert high - low > 0.9, "few answered"
    text = run("surveys", path, *SURVEY).output
    assert "who answers (below 0: the happy answer more)" in text


def anchors(tmp_path, values):
    path = tmp_path / "a.csv"
    path.write_text("m\n" + "".join(f"{v}\n" for v in values))
    return path


def test_a_judge_that_moved_exits_with_4(tmp_path):
    freeze = [4.0, 4.1, 3.95, 4.05, 4.0, 4.02, 3.98, 4.06, 3.94, 4.0]
    still = run("drift", anchors(tmp_path, [*freeze, 4.01, 3.99]), "--mean", "m")
    assert (still.exit_code, "no alarm" in still.output) == (0, True)
    moved = CliRunner().invoke(
        group,
        ["drift", str(anchors(tmp_path, [*freeze, *[4.4] * 4])), "--mean", "m", "--json"],
        standalone_mode=False,
    )
    assert json.loads(moved.output)["alarm"] is True
    assert moved.return_value == 4


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([4.0] * 3, "judged 3 times at the freeze; 10 are needed"),
        ([4.0] * 12, "never varied"),
        ([4.0, "high"], ":3: m says 'high', which is no number"),
    ],
)
def test_anchors_that_cannot_be_used(tmp_path, values, words):
    result = run("drift", anchors(tmp_path, values), "--mean", "m")
    assert isinstance(result.exception, CxscoreError)
    assert words in str(result.exception)


def test_a_column_that_is_not_there(month):
    path, _ = month
    result = run("surveys", path, *SURVEY[:-1], "handler")
    assert "there is no column 'handler'; there are: c, h, j, who" in str(result.exception)
