"""kill -9 in every state of a batch: nothing is asked twice, nothing is lost."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from batch_server import BatchServer, Weather
from batched import grade, many, point_at, run

from cxscore.store import Ledger

HERE = Path(__file__).parent
N = 30


def start(path: Path, provider: str, most: int = 1000) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, str(HERE / "shot_batch_run.py"), str(path), provider, str(N), str(most)],
        start_new_session=True,
    )


def shoot(child: subprocess.Popen) -> None:
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def shot_when(path: Path, provider: str, server: BatchServer, most: int = 1000) -> None:
    """Start a run and shoot it once the server says that the moment has come."""
    server.noted.clear()
    child = start(path, provider, most)
    try:
        assert server.noted.wait(30)
        threading.Event().wait(0.15)
        assert child.poll() is None
    finally:
        shoot(child)
    server.noted.clear()


def ends_well(path: Path, provider: str, server: BatchServer) -> None:
    """The same command comes to the end, and every ask has been enqueued once."""
    server.weather = Weather()
    news: list[str] = []
    with Ledger.open(path) as store:
        tally = run(store, many(N, every=4), provider, news=news)
        assert (tally.failed, tally.conversations) == (0, N)
        assert set(server.asked.values()) == {1}
        assert len(server.asked) == N + len(many(N)[::4])
        verdicts = [j.verdict for j in store.judged()]
        assert all(v is not None for v in verdicts)
        attempts = store._connection.execute(
            "SELECT count(*), count(DISTINCT conversation), min(discount), max(discount),"
            " count(batch) FROM attempt WHERE purpose <> 'probe'"
        ).fetchone()
        total = N + len(many(N)[::4])
        assert attempts == (total, N, 0.5, 0.5, total)
        states = {b.state for b in store.batches.all()}
        assert states == {"discarded"}
        assert store._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert store._connection.execute("PRAGMA foreign_key_check").fetchall() == []
        again = run(store, many(N, every=4), provider)
        assert (again.already_scored, again.spending.calls) == (N, 0)
    assert set(server.asked.values()) == {1}
    assert not server.files


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_after_create_and_before_its_id_is_stored(tmp_path, provider):
    with BatchServer(grade, Weather(hang_after_create=True)) as server:
        point_at(server)
        shot_when(tmp_path / "a.db", provider, server)
        with Ledger.open(tmp_path / "a.db") as store:
            assert [(b.state, b.remote) for b in store.batches.all()] == [("intended", None)]
        assert len(server.batches) == 1
        ends_well(tmp_path / "a.db", provider, server)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_after_create_among_batches_of_others(tmp_path, provider):
    with BatchServer(grade) as server:
        point_at(server)
        with Ledger.open(tmp_path / "other.db") as other:
            server.weather.looks = 10_000
            child = start(tmp_path / "other.db", provider)
            assert server.noted.wait(30)
            shoot(child)
            del other
        server.asked.clear()
        # The other store's batch has as many requests, but for other conversations.
        for batch in server.batches.values():
            for line in batch["lines"]:
                line["custom_id"] = "f" + line["custom_id"][1:]
        server.weather = Weather(hang_after_create=True)
        shot_when(tmp_path / "a.db", provider, server)
        assert len(server.batches) == 2
        server.weather = Weather()
        news: list[str] = []
        with Ledger.open(tmp_path / "a.db") as store:
            tally = run(store, many(N, every=4), provider, news=news)
            assert (tally.failed, tally.new) == (0, N)
        assert any("found again" in line for line in news)
        assert set(server.asked.values()) == {1}


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_before_anything_was_created(tmp_path, provider):
    """The plan is stored, the provider was never reached: the asks go out in another batch."""
    with BatchServer(grade, Weather(throttle=10_000)) as server:
        point_at(server)
        child = start(tmp_path / "a.db", provider)
        try:
            wait_for(tmp_path / "a.db", "intended", child)
        finally:
            shoot(child)
        assert not server.batches
        ends_well(tmp_path / "a.db", provider, server)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_while_polling(tmp_path, provider):
    with BatchServer(grade, Weather(looks=10_000)) as server:
        point_at(server)
        child = start(tmp_path / "a.db", provider, most=7)
        try:
            wait_for(tmp_path / "a.db", "submitted", child, count=5)
        finally:
            shoot(child)
        ends_well(tmp_path / "a.db", provider, server)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_while_results_come_in(tmp_path, provider):
    with BatchServer(grade, Weather(hang_results_after=11)) as server:
        point_at(server)
        server.noted.clear()
        child = start(tmp_path / "a.db", provider)
        try:
            assert server.noted.wait(30)  # created
            server.noted.clear()
            assert server.noted.wait(30)  # eleven results are on their way
            threading.Event().wait(0.3)
        finally:
            shoot(child)
        with Ledger.open(tmp_path / "a.db") as store:
            (batch,) = store.batches.all()
            taken = store.batches.counts(batch.key)
            assert 0 < taken.get("answered", 0) <= 11
            assert taken["open"] == N - taken["answered"]
        ends_well(tmp_path / "a.db", provider, server)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_shot_again_and_again(tmp_path, provider):
    with BatchServer(grade, Weather(looks=4)) as server:
        point_at(server)
        for number in range(6):
            child = start(tmp_path / "a.db", provider, most=7)
            threading.Event().wait(0.9 + 0.17 * number)
            shoot(child)
        ends_well(tmp_path / "a.db", provider, server)


def wait_for(path: Path, state: str, child: subprocess.Popen, count: int = 1) -> None:
    pause = threading.Event()
    for _ in range(600):
        assert child.poll() is None
        if path.is_file() and path.stat().st_size:
            with Ledger.open(path) as store:
                states = [b.state for b in store.batches.all()]
            if states.count(state) >= count:
                return
        pause.wait(0.05)
    raise AssertionError(f"no batch came to be {state}")
