"""The first screen fits, keeps its order, and claims nothing from small numbers."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cxscore.kpi.overview import overview
from cxscore.report.terminal import LINES, first_screen, to_json

NOW = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
TITLES = [
    "What was understood",
    "Known without a judge",
    "Proved",
    "Not known yet, and what it would take",
    "Read first",
]


def screen(cases, rubric, **more):
    return first_screen(overview(cases, rubric, now=NOW), rubric, **more)


def test_it_fits_on_one_screen_in_order(make, ledger, rubric):
    many = [make.plain(f"{'long-id-' * 5}{n:03}", hours=n) for n in range(60)]
    many += [make.false_action(f"false-{n}") for n in range(20)]
    text = screen([*ledger, *many], rubric)
    lines = text.splitlines()
    assert len(lines) <= LINES
    assert max(map(len, lines)) <= 100
    assert re.findall(r"(?m)^[1-5]  (.*)$", text) == TITLES


def test_proved_findings_show_both_sides(ledger, rubric):
    text = screen(ledger, rubric)
    assert "false-1 turn 2: “I have refunded order 7”" in text
    assert "get_order" in text
    assert "Shoes can be returned within 30 days." in text


def test_no_percent_under_thirty(make, rubric):
    few = [make.plain(f"p{n:02}", customer=f"c{n}") for n in range(29)]
    assert "%" not in screen(few, rubric)
    assert "%" in screen([*few, make.plain("more", customer="c")], rubric)


def test_the_heuristic_judge_introduces_itself(ledger, rubric):
    assert screen(ledger, rubric).startswith("Embedded judge: a heuristic")
    assert "heuristic" not in screen([replace(c, heuristic=False) for c in ledger], rubric)


def test_colour_only_when_asked(ledger, rubric):
    assert "\x1b[" not in screen(ledger, rubric)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", screen(ledger, rubric, colour=True))
    assert plain == screen(ledger, rubric)


@pytest.mark.parametrize("kind", ["empty", "excluded", "failed"])
def test_ledgers_with_nothing_to_show(make, rubric, kind):
    cases = {
        "empty": [],
        "excluded": [make.spam("s")],
        "failed": [replace(make.plain("f"), verdict=None, error="broke")],
    }[kind]
    text = screen(cases, rubric)
    assert ("Nothing was read yet" in text) == (kind == "empty")


def test_json_is_plain_and_keeps_ids(ledger, rubric):
    told = json.loads(json.dumps(to_json(overview(ledger, rubric, now=NOW))))
    assert told["heuristic"] is True
    assert told["understood"]["read"]["n"] == len(ledger)
    assert "false-1" in told["proved"]["false_actions"]["conversations"]["ids"]
