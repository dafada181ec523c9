"""``show`` and ``report`` on a real store."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime

import pytest

from cxscore.desk.report import first_screen, overview_json, write_report
from cxscore.desk.score import score
from cxscore.desk.show import show
from cxscore.errors import InputError, StoreError

NOW = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
TURNS = [
    {"role": "customer", "text": "Please refund order 7, the mug came broken."},
    {"role": "ai_agent", "text": "I have refunded order 7 for you."},
    {"role": "customer", "text": "Thank you so much, that was quick!"},
]
LINES = [
    {
        "id": "A-1042",
        "turns": TURNS,
        "tool_log": True,
        "vendor_claim": {"value": "confirmed_resolution"},
    },
    {"id": "A-1043", "turns": [{"role": "customer", "text": "hi"}]},
]


@pytest.fixture
def store(tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(line) + "\n" for line in LINES), encoding="utf-8")
    path = tmp_path / "cxscore.db"
    score(source, store=path, workers=1)
    return path


def test_show_explains_a_scored_conversation(store):
    text = show(store, "A-1042")
    assert "I have refunded order 7" in text
    assert "Claimed action" in text
    assert "confirmed_resolution" in text
    assert "confirmed_resolution" not in show(store, "A-1042", blind=True)
    assert json.loads(show(store, "A-1042", as_json=True))["states"]["resolution"]
    assert "greeting only" in show(store, "A-1043")


def test_an_unknown_id_names_near_ones(store):
    with pytest.raises(InputError, match="A-1042"):
        show(store, "a-104")
    with pytest.raises(InputError, match="A-1042"):
        show(store, "A-1o42")


def test_a_missing_store_is_refused(tmp_path):
    with pytest.raises(StoreError):
        show(tmp_path / "none.db", "x")
    with pytest.raises(StoreError):
        write_report(tmp_path / "none.db", tmp_path / "r.html", now=NOW)


def test_the_report_replaces_the_old_one_whole(store, tmp_path):
    out = tmp_path / "report.html"
    out.write_text("old", encoding="utf-8")
    assert write_report(store, out, now=NOW, title="Monday") == out
    text = out.read_text(encoding="utf-8")
    assert "<title>Monday</title>" in text
    assert "A-1042" in text
    assert stat.S_IMODE(out.stat().st_mode) == 0o644
    assert not list(tmp_path.glob(".report*"))
    assert "Conversation A-1043" not in text
    assert "Conversation A-1042" not in text, "no transcript leaves unasked"
    write_report(store, out, now=NOW, transcripts="first")
    assert "Conversation A-1042" in out.read_text(encoding="utf-8")
    assert "Conversation A-1043" not in out.read_text(encoding="utf-8")
    write_report(store, out, now=NOW, transcripts="all")
    assert "Conversation A-1043" in out.read_text(encoding="utf-8")


def test_an_unwritable_place_is_a_clear_error(store, tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        write_report(store, tmp_path / "no" / "report.html", now=NOW)


def test_screen_and_json_agree(store):
    assert "2 read → 1 eligible" in first_screen(store, now=NOW)
    assert overview_json(store, now=NOW)["understood"]["eligible"]["n"] == 1
