"""Surveys of a store: mapped by the settings, split by the labels drawn for it, or refused."""

import csv
import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from cxscore.cli.main import group
from cxscore.desk.demo import demo
from cxscore.desk.surveys import surveys_store
from cxscore.errors import ConfigError, InputError
from cxscore.estimates import Unavailable
from cxscore.resources import data_dir
from cxscore.store import Ledger
from cxscore.verdict import state

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CONFIG = data_dir("examples") / "cxscore.toml"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return demo(tmp_path_factory.mktemp("surveys"), now=NOW).store


def invoke(*args):
    return CliRunner().invoke(group, [str(a) for a in args])


def _labels(path, store, *, design="stratified", chance=1.0, every=1):
    """Everybody labelled as judged, but one level lower: a judge that is lenient by one."""
    rows = []
    with Ledger.open(store, create=False) as ledger:
        for one in ledger.judged():
            outcome = None if one.verdict is None else one.verdict.journey.get("sentiment_end")
            if one.exclusion is None and outcome is not None and state(outcome) == "graded":
                rows.append((one.record.conversation.id, max(1, outcome.level - 1)))
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        names = ("conversation_id", "criterion", "level", "rater", "saw_judge", "split", "design")
        writer.writerow([*names, "inclusion_probability", "stratum"])
        for name, level in rows[::every]:
            held = (name, "sentiment_end", level, "ada", "false", "calibrate", design)
            writer.writerow([*held, chance if design == "stratified" else "", "all"])
    return path


def test_without_labels_the_gap_is_told_and_not_split(workspace):
    [found] = surveys_store(workspace, config=CONFIG)
    assert found.survey == "csat"
    assert {s.stream for s in found.streams} >= {"ai", "human"}
    one = found.streams[0]
    assert isinstance(one.judge_bias, Unavailable)
    assert "cxscore sample --design survey" in one.judge_bias.missing
    assert found.satisfied[one.stream][0] <= 1


def test_labels_of_all_split_it(workspace, tmp_path):
    store = tmp_path / "s.db"
    store.write_bytes(workspace.read_bytes())
    invoke("labels", "import", _labels(tmp_path / "l.csv", store), "--store", store)
    page = tmp_path / "surveys.html"
    result = invoke("surveys", "--store", store, "--config", CONFIG, "--out", page, "--json")
    assert result.exit_code == 0, result.output
    [told] = json.loads(result.output)["surveys"]
    split = [s for s in told["streams"] if "value" in s["judge_bias"]]
    assert split
    for one in split:
        parts = [one[k]["value"] for k in ("judge_bias", "selection", "harshness")]
        assert sum(parts) == pytest.approx(one["gap"])
        assert 0 < one["judge_bias"]["value"] <= 1
    text = page.read_text(encoding="utf-8")
    assert "What the surveys hide" in text
    assert 'class="steps"' in text
    assert "http" not in text.replace("http://www.w3.org", "")


def test_labels_picked_otherwise_are_refused(workspace, tmp_path):
    store = tmp_path / "s.db"
    store.write_bytes(workspace.read_bytes())
    given = _labels(tmp_path / "l.csv", store, design="convenience")
    assert invoke("labels", "import", given, "--store", store).exit_code == 0
    [found] = surveys_store(store, config=CONFIG)
    assert "not picked at random" in found.streams[0].judge_bias.missing


def test_settings_that_do_not_fit(workspace, tmp_path):
    config = tmp_path / "c.toml"
    config.write_text("")
    with pytest.raises(ConfigError, match=r"no survey is mapped .* \[surveys.csat\]"):
        surveys_store(workspace, config=config)
    table = '[surveys.csat]\ncriterion = "{}"\nlevels = {{ {} }}\nsatisfied_from = 4\n'
    config.write_text(table.format("mood", '"5" = 5'))
    with pytest.raises(ConfigError, match="criterion is 'mood'; allowed: resolution"):
        surveys_store(workspace, config=config)
    config.write_text(table.format("sentiment_end", '"5" = 9'))
    with pytest.raises(ConfigError, match="'5' reads as 9; sentiment_end goes from 1 to 5"):
        surveys_store(workspace, config=config)
    config.write_text(table.format("sentiment_end", '"5" = 5'))
    with pytest.raises(InputError, match=r"is not in surveys\.csat\.levels; there are: 5"):
        surveys_store(workspace, config=config)


def test_columns_belong_to_a_file(workspace, tmp_path):
    assert invoke("surveys", "--judge", "j", "--store", workspace).exit_code == 2
    path = tmp_path / "m.csv"
    path.write_text("a\n1\n")
    assert "needs --judge" in invoke("surveys", path).output
