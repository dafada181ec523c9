"""Anchors over a real SDK and a loopback server: judged afresh every time, watched, drawn."""

import csv
import json

import click
import pytest
from test_model_commands import call, folder, server  # noqa: F401  fixtures

from cxscore.desk.drift import drift_store
from cxscore.errors import InputError
from cxscore.store import AnchorMean, Ledger

pytestmark = pytest.mark.usefixtures("server", "folder")
JUDGE = ("--judge", "openai:gpt-4o-mini")


@pytest.fixture
def anchored(folder):  # noqa: F811
    call("score", "chats.jsonl")
    with (folder / "labels.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["conversation_id", "criterion", "level", "rater", "split", "design"])
        for n in range(4):
            writer.writerow([f"c{n:03d}", "resolution", 5, "ada", "anchor", "random"])
    assert call("labels", "import", "labels.csv")[0] == 0
    return folder


def test_each_judging_asks_afresh_and_is_kept_whole(server, anchored):  # noqa: F811
    before = len(server.bodies)
    code, told = call("anchors", *JUDGE, "--times", "3", "--json")
    found = json.loads(told)
    assert (code, found["anchors"], found["judgings"]) == (0, 4, 3)
    assert len(server.bodies) - before >= 12, "no reply of the store answers"
    with Ledger.open(anchored / "cxscore.db", create=False) as ledger:
        kept = [m for m in ledger.anchor_means() if m.criterion == found["means"][0]["criterion"]]
    assert len(kept) == 3
    assert all(0 < m.n <= 4 for m in kept)
    assert "gpt-4o-mini" in found["judge"]


def test_a_budget_keeps_no_half_judging(server, anchored):  # noqa: F811
    code, told = call("anchors", *JUDGE, "--times", "2", "--budget-usd", "0.0001")
    assert code == 5
    assert "a judging that is not whole is not kept" in told
    with pytest.raises(InputError, match="never judged; cxscore anchors"):
        drift_store(anchored / "cxscore.db")


def test_fixed_rules_and_stores_without_anchors_are_refused(server, anchored):  # noqa: F811
    code, told = call("anchors", "--judge", "embedded")
    assert code == 2
    assert "fixed rules say the same every night" in told
    call("score", "chats.jsonl", "--store", "other.db")
    code, told = call("anchors", *JUDGE, "--store", "other.db")
    assert code == 2
    assert "cxscore sample --split anchor" in told


def _nights(ledger, judge, means):
    for i, mean in enumerate(means):
        at = f"2026-11-{1 + i % 28:02d}T02:00:00+00:00"
        row = AnchorMean(at=at, judge=judge, rubric="cx@1", criterion="tone", mean=mean, n=60)
        ledger.add_anchor_means([row])


def test_a_judge_that_moved_and_one_that_replaced_it(anchored):
    still = [4.0, 4.03, 3.96, 4.01, 3.97, 4.05, 3.99, 4.02, 3.95, 4.04]
    with Ledger.open(anchored / "cxscore.db", create=False) as ledger:
        _nights(ledger, "old", [*still, 4.01, 3.98, 4.6, 4.7, 4.65])
    code, told = call("drift", "--out", "drift.html")
    assert code == 4
    assert "the judge moved: alarm since night" in told
    with Ledger.open(anchored / "cxscore.db", create=False) as ledger:
        _nights(ledger, "new", still)
    code, told = call("drift", "--out", "drift.html", "--json")
    assert code == 0, "the judge that moved is no longer asked"
    old, new = json.loads(told)["watched"]
    assert (old["alarm"], new["alarm"], new["nights"]) == (True, False, [])
    page = (anchored / "drift.html").read_text(encoding="utf-8")
    assert page.count('class="change"') == 1, "the line breaks where the judge changed"
    assert "alarm since night" in page


def test_too_short_a_freeze_is_told(anchored):
    with Ledger.open(anchored / "cxscore.db", create=False) as ledger:
        _nights(ledger, "j", [4.0, 4.1])
    code, told = call("drift")
    assert code == 0
    assert "not watched: the anchors were judged 2 times at the freeze; 10 are needed" in told
    with pytest.raises(click.UsageError, match="leave FILE out"):
        call("drift", "anchors.csv", "--out", "x.html", "--mean", "m")
