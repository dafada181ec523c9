"""kill -9 in the middle of a live run: what was paid for is not paid for again."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from cxscore.store import Ledger

HERE = Path(__file__).parent
N, CONCURRENCY = 400, 16


def start(folder: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [
            sys.executable, str(HERE / "shot_live_run.py"), str(folder / "a.db"),
            str(folder / "bill"), str(N), str(CONCURRENCY),
        ],
        start_new_session=True,
    )  # fmt: skip


def answered(folder: Path) -> list[str]:
    bill = folder / "bill"
    return bill.read_text("utf-8").split() if bill.is_file() else []


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_at_most_the_calls_in_flight_are_repeated(tmp_path, share):
    child = start(tmp_path)
    pause = threading.Event()
    try:
        while len(answered(tmp_path)) < share * N:
            assert child.poll() is None
            pause.wait(0.005)
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    before = len(answered(tmp_path))
    assert before < N
    assert start(tmp_path).wait() == 0
    calls = Counter(answered(tmp_path))
    assert len(calls) == N
    assert sum(calls.values()) - N <= CONCURRENCY
    assert start(tmp_path).wait() == 0  # a third run asks nothing
    assert Counter(answered(tmp_path)) == calls
    with Ledger.open(tmp_path / "a.db") as store:
        assert all(j.verdict is not None for j in store.judged())
        assert sum(1 for _ in store.judged()) == N
        assert store._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert store._connection.execute("PRAGMA foreign_key_check").fetchall() == []
