"""kill -9 at any moment: nothing committed is lost, nothing is doubled."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from shot_run import SOURCE
from stub_judges import many, rubric

from cxscore.run import score_records
from cxscore.store import Ledger

HERE = Path(__file__).parent
N = 250


def start(path: Path, workers: int) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, str(HERE / "shot_run.py"), str(path), str(N), str(workers)],
        stdout=subprocess.PIPE,
        text=True,
        # A group of its own: its workers die with it.
        start_new_session=True,
    )


def shoot(path: Path, after_s: float, workers: int) -> None:
    child = start(path, workers)
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "open\n"
        threading.Event().wait(after_s)
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()


def committed(path: Path) -> dict[str, bytes]:
    """Id to verdict bytes, read without any code of ours."""
    raw = sqlite3.connect(path)
    rows = raw.execute(
        "SELECT c.id, t.body FROM conversation c JOIN verdict_text t ON t.verdict = c.verdict"
    ).fetchall()
    raw.close()
    return dict(rows)


@pytest.mark.parametrize("workers", [1, 2])
def test_shot_again_and_again_it_ends_where_an_undisturbed_run_ends(tmp_path, workers):
    path = tmp_path / "shot.db"
    moment = random.Random(workers)
    kept: dict[str, bytes] = {}
    for _ in range(4):
        shoot(path, moment.uniform(0.02, 0.45), workers)
        now = committed(path)
        assert kept.items() <= now.items()  # what was committed before is still there, unchanged
        kept = now
    with Ledger.open(path) as store, Ledger.open(tmp_path / "calm.db") as calm:
        tally = score_records(many(N), ledger=store, judge=SOURCE, rubric=rubric())
        assert (tally.already_scored, tally.new) == (len(kept), N - len(kept))
        score_records(many(N), ledger=calm, judge=SOURCE, rubric=rubric())
        assert [replace(j, scored_at=None) for j in store.judged()] == [
            replace(j, scored_at=None) for j in calm.judged()
        ]
        for table in ("conversation_version", "conversation_text", "verdict", "score", "claim"):
            count = f"SELECT count(*) FROM {table}"
            assert (
                store._connection.execute(count).fetchone()
                == calm._connection.execute(count).fetchone()
            )
        assert store._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert store._connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_workers_end_with_the_run_that_was_shot(tmp_path):
    if not Path("/proc").is_dir():
        pytest.skip("needs /proc")
    child = start(tmp_path / "a.db", 2)
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "open\n"
        threading.Event().wait(0.8)
        child.kill()  # the run alone, not its workers
        child.wait()
        # Its output pipe closes when the last process that holds it is gone.
        assert child.stdout.read() in ("", "done\n")
    finally:
        child.stdout.close()
