import os
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from stub_judges import LengthJudge, many, record, rubric

from cxscore.errors import StoreError
from cxscore.run import JudgeSource, score_records
from cxscore.store import Ledger

SOURCE = JudgeSource(factory=LengthJudge, fingerprint="length/1", heuristic=True)
T = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def hold(store: Ledger, *, pid: int, host: str | None = None, beat: datetime = T) -> None:
    store._connection.execute(
        "INSERT OR REPLACE INTO lease VALUES (1, 'someone', ?, ?, ?, ?)",
        (pid, host or socket.gethostname(), "2026-05-04T11:58:00+00:00", beat.timestamp()),
    )


def dead_pid() -> int:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    return child.pid


def test_a_second_run_is_refused_and_told_who_runs(tmp_path: Path):
    path = tmp_path / "a.db"
    with Ledger.open(path) as one, Ledger.open(path) as two, one.writing():
        with pytest.raises(StoreError, match=rf"process {os.getpid()} on .*, started 20\d\d-"):
            score_records(many(1), ledger=two, judge=SOURCE, rubric=rubric())
        assert list(two.judged()) == []


def test_the_lease_is_given_back(tmp_path: Path):
    path = tmp_path / "a.db"
    with Ledger.open(path) as one, Ledger.open(path) as two:
        with pytest.raises(ZeroDivisionError), one.writing():
            raise ZeroDivisionError
        assert score_records(many(1), ledger=two, judge=SOURCE, rubric=rubric()).new == 1
        assert one._connection.execute("SELECT * FROM lease").fetchall() == []


def test_a_dead_holder_is_replaced_at_once(tmp_path: Path):
    with Ledger.open(tmp_path / "a.db", now=lambda: T) as store:
        hold(store, pid=dead_pid())
        assert score_records(many(1), ledger=store, judge=SOURCE, rubric=rubric()).new == 1


def test_a_killed_process_nobody_waited_for_counts_as_dead(tmp_path: Path):
    if not Path("/proc/self/stat").exists():
        pytest.skip("needs /proc")
    child = subprocess.Popen([sys.executable, "-c", "pass"], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.read()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    try:
        with Ledger.open(tmp_path / "a.db", now=lambda: T) as store:
            hold(store, pid=child.pid)
            with store.writing():
                pass
    finally:
        child.stdout.close()
        child.wait()


@pytest.mark.parametrize(("silent_s", "taken"), [(59, False), (61, True)])
def test_a_holder_on_another_host_is_replaced_after_a_minute_of_silence(tmp_path, silent_s, taken):
    now = T + timedelta(seconds=silent_s)
    with Ledger.open(tmp_path / "a.db", now=lambda: now) as store:
        hold(store, pid=os.getpid(), host="elsewhere")
        if taken:
            with store.writing():
                pass
        else:
            with pytest.raises(StoreError, match="on elsewhere"), store.writing():
                pass


def test_who_lost_the_lease_writes_no_more(tmp_path: Path):
    with Ledger.open(tmp_path / "a.db") as store:

        def takeover(judged):
            if judged.record.conversation.id == "c00100":
                store._writer.flush()
                hold(store, pid=1, host="elsewhere", beat=datetime.now(UTC))

        with pytest.raises(StoreError, match="taken this store over"):
            score_records(
                many(300), ledger=store, judge=SOURCE, rubric=rubric(), on_result=takeover
            )
        assert len(list(store.ids())) == 101
        row = store._connection.execute("SELECT host FROM lease").fetchone()
        assert row == ("elsewhere",)  # it is not ours to release


def test_what_waits_is_committed_while_the_judge_is_slow(tmp_path: Path):
    path = tmp_path / "a.db"
    landed = threading.Event()

    def records():
        yield record("first")
        with Ledger.open(path, create=False) as reader:
            # The run asks for the next record and gets none for a while.
            for _ in range(200):
                if reader.one("first") is not None:
                    landed.set()
                    break
                threading.Event().wait(0.02)
        yield record("second")

    with Ledger.open(path) as store:
        score_records(records(), ledger=store, judge=SOURCE, rubric=rubric())
    assert landed.is_set()
