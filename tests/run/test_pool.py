import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from stub_judges import LengthJudge, MoodyJudge, many, record, rubric

from cxscore.run import JudgeSource, pool, score_records
from cxscore.store import Ledger

LENGTH = JudgeSource(factory=LengthJudge, fingerprint="length/1", heuristic=True)
MOODY = JudgeSource(factory=MoodyJudge, fingerprint="moody/1", heuristic=True)
HERE = str(Path(__file__).parent)


@pytest.fixture(autouse=True)
def _early(monkeypatch):
    monkeypatch.setattr(pool, "INLINE_FIRST", 8)
    monkeypatch.setattr(pool, "CHUNK", 4)


@pytest.fixture
def store(tmp_path):
    with Ledger.open(tmp_path / "a.db") as opened:
        yield opened


def test_several_processes_find_what_one_finds(store, tmp_path):
    seen = []
    tally = score_records(
        many(100),
        ledger=store,
        judge=LENGTH,
        rubric=rubric(),
        workers=2,
        on_result=seen.append,
    )
    assert tally.new == 100
    assert [j.record.conversation.id for j in seen] == [r.conversation.id for r in many(100)]
    with Ledger.open(tmp_path / "b.db") as other:
        alone = score_records(many(100), ledger=other, judge=LENGTH, rubric=rubric(), workers=1)
        assert alone == tally
        assert [(j.record, j.verdict) for j in other.judged()] == [
            (j.record, j.verdict) for j in store.judged()
        ]


def test_processes_are_started_once_there_is_enough_to_judge(store):
    from stub_judges import PidJudge

    source = JudgeSource(factory=PidJudge, fingerprint="pid/1", heuristic=True)
    score_records(many(60), ledger=store, judge=source, rubric=rubric(), workers=2)
    places = [j.verdict.seen[0] for j in store.judged()]
    assert set(places[:8]) == {str(os.getpid())}
    assert str(os.getpid()) not in places[8:]


def test_a_conversation_that_kills_its_worker_is_one_failure(store):
    records = [*many(30), record("poison", "KILL the judge"), *many(30, prefix="d")]
    tally = score_records(records, ledger=store, judge=MOODY, rubric=rubric(), workers=2)
    assert (tally.new, tally.failed) == (60, 1)
    assert store.one("poison").error == "the judging process died on this conversation"
    assert "died" in tally.messages[0]


def test_a_judge_that_cannot_be_sent_is_asked_here(store):
    class Local(LengthJudge):
        pass

    source = JudgeSource(factory=lambda: Local(), fingerprint="length/1", heuristic=True)
    tally = score_records(many(40), ledger=store, judge=source, rubric=rubric(), workers=2)
    assert tally.new == 40


def test_workers_that_do_not_come_up_are_replaced_by_this_process(store):
    from stub_judges import OnlyIn

    source = JudgeSource(
        factory=OnlyIn, args=(os.getpid(),), fingerprint="length/1", heuristic=True
    )
    tally = score_records(many(40), ledger=store, judge=source, rubric=rubric(), workers=2)
    assert (tally.new, tally.failed) == (40, 0)


def test_a_script_without_a_main_guard_still_gets_its_scores(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            f"""
            import sys
            sys.path.insert(0, {HERE!r})
            from stub_judges import LengthJudge, many, rubric
            from cxscore.run import JudgeSource, pool, score_records
            from cxscore.store import Ledger
            pool.INLINE_FIRST = 8
            source = JudgeSource(factory=LengthJudge, fingerprint="length/1", heuristic=True)
            with Ledger.open({str(tmp_path / "a.db")!r}) as store:
                tally = score_records(
                    many(60), ledger=store, judge=source, rubric=rubric(), workers=2
                )
            print("new", tally.new)
            """
        )
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False
    )
    assert "new 60" in done.stdout.splitlines(), done.stderr
