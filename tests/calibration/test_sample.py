"""A sample is drawn, handed out blind, filled in, read back, and makes a true mean."""

import csv
import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from cxscore.cli.main import group
from cxscore.desk.calibrate import calibrate
from cxscore.desk.demo import demo
from cxscore.desk.labels import import_labels
from cxscore.desk.sample import Sampling, sample
from cxscore.errors import ConfigError, InputError
from cxscore.estimates import Estimate
from cxscore.label import Design
from cxscore.resources import data_dir
from cxscore.store import Ledger

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    return demo(tmp_path_factory.mktemp("sample"), now=NOW).store


@pytest.fixture
def store(scored, tmp_path):
    path = tmp_path / "s.db"
    path.write_bytes(scored.read_bytes())
    return path


def truth():
    lines = (data_dir("examples") / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    return {t["id"]: t for t in map(json.loads, lines)}


@pytest.mark.parametrize("picking", ["random", "stratified", "risk", "survey"])
def test_every_chance_is_kept(store, picking):
    done = sample(Sampling(store=store, n=50, picking=picking), now=NOW)
    assert len(done.drawn) == 50
    with Ledger.open(store, create=False) as ledger:
        draw, frame = ledger.draw()
    assert draw.design is done.design
    assert len(frame) == done.population == 87
    assert sum(u.drawn for u in frame) == 50
    assert sum(u.inclusion_probability for u in frame) == pytest.approx(50)
    assert {u.conversation_id for u in frame if u.drawn} == {d.id for d in done.drawn}


def test_the_same_seed_draws_the_same(store):
    one = sample(Sampling(store=store, n=20, seed=3, name="a"), now=NOW)
    two = sample(Sampling(store=store, n=20, seed=3, name="b"), now=NOW)
    other = sample(Sampling(store=store, n=20, seed=4), now=NOW)
    assert one.drawn == two.drawn != other.drawn
    with pytest.raises(InputError, match="a draw 'a' is there already"):
        sample(Sampling(store=store, n=20, name="a"), now=NOW)


def test_a_packet_tells_no_verdict_no_claim_no_survey_and_no_band(store, tmp_path):
    given = Sampling(
        store=store,
        n=40,
        picking="stratified",
        raters=("ada", "bob"),
        double=12,
        packet=tmp_path / "p",
        knowledge=data_dir("examples") / "kb",
    )
    done = sample(given, now=NOW)
    names = {f.name for f in done.files}
    assert {"ada.html", "bob.html"} <= names
    text = "".join(f.read_text() for f in done.files if f.suffix == ".html")
    for word in (
        "confirmed_resolution",
        "csat",
        "ai | low",
        "ai | open",
        "inclusion_prob",
        "embedded",
    ):
        assert word not in text, word
    assert text.count("<section") == 52, "40 conversations, 12 of them twice"
    assert text.count("24 help articles") == 2
    some = done.drawn[0].id
    assert some in text


def test_filled_in_and_read_back_it_makes_a_true_mean(store, tmp_path):
    table = tmp_path / "t.csv"
    done = sample(Sampling(store=store, n=60, picking="stratified", out=table), now=NOW)
    known = truth()
    with table.open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["criterion"] == "resolution"]
    for row in rows:
        level = known[row["conversation_id"]]["resolution"]
        row["level"], row["rater"] = "na" if level is None else level, "ada"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    taken = import_labels(table, store=store)
    assert taken.from_draw == taken.stored == 60
    with Ledger.open(store, create=False) as ledger:
        label = next(iter(ledger.labels()))
    assert label.sampling.design is Design.STRATIFIED
    chance = {d.id: d.inclusion_probability for d in done.drawn}
    assert label.sampling.inclusion_probability == chance[label.conversation_id]
    (resolution,) = calibrate(store).criteria
    found = resolution.answer.result
    assert isinstance(found, Estimate)
    with Ledger.open(store, create=False) as ledger:
        eligible = [j.record.conversation.id for j in ledger.judged() if j.exclusion is None]
    levels = [known[i]["resolution"] for i in eligible if isinstance(known[i]["resolution"], int)]
    assert found.low <= sum(levels) / len(levels) <= found.high


def test_a_plan(store):
    result = CliRunner().invoke(
        group, ["sample", "--plan", "3", "--share", "0.8", "--store", str(store)]
    )
    assert "±3 points at 95 % needs 78 labels of 87 conversations" in result.output


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"by": ("mood",)}, "'mood' makes no strata; allowed: stream"),
        ({"packet": "p"}, "name the raters"),
        ({"criterion": "mood"}, "'mood' is no criterion of cx"),
        ({"raters": ("../ada",)}, "cannot name a file"),
        ({"raters": ("ada", "ada")}, "named twice"),
        ({"raters": ("ada",), "double": 3}, "name a second"),
    ],
)
def test_options_that_do_not_fit(store, tmp_path, given, message):
    if "packet" in given:
        given = {"packet": tmp_path / "p"}
    with pytest.raises(ConfigError, match=message):
        sample(Sampling(store=store, n=5, **given), now=NOW)
