"""The demo's recorded replies: judged again, named on every page, and never taken for accuracy."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cxscore.cli.main import group
from cxscore.desk.demo import recording
from cxscore.store import Ledger

NOTICE = "shows the product, proves no accuracy"


def run(*args):
    return CliRunner().invoke(group, [str(a) for a in args])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recorded")
    result = run("demo", "--judge", "recorded", "--dir", folder, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert told["without_recorded_reply"] == 0
    assert NOTICE in told["note"]
    return folder


def test_every_recorded_conversation_is_judged_with_evidence(folder):
    tape = recording()
    with Ledger.open(folder / "recorded.db", create=False) as ledger:
        judged = list(ledger.judged())
    served = [j for j in judged if j.exclusion is None]
    assert (len(judged), len(served)) == (97, 87)
    for one in served:
        assert tape.model in one.verdict.judge
        resolution = one.verdict.journey["resolution"]
        assert resolution.state == "graded"
        assert resolution.level == 5 or resolution.evidence


def test_it_is_said_wherever_a_number_stands(folder):
    store = folder / "recorded.db"
    assert NOTICE in (folder / "recorded.html").read_text("utf-8")
    for args in (("kpis",), ("audit",), ("kpis", "--json"), ("show", "PW-0405")):
        shown = " ".join(run(*args, "--store", store).output.split())
        assert NOTICE in shown, args
    page = folder / "week.html"
    run("report", "--cadence", "weekly", "--at", "2026-09-23", "--store", store, "--out", page)
    assert NOTICE in page.read_text("utf-8")


def test_the_second_run_asks_nothing_anew(folder):
    told = json.loads(run("demo", "--judge", "recorded", "--dir", folder, "--json").output)
    assert told["already_scored"] == 87
    assert Path(folder / "recorded.html").exists()
