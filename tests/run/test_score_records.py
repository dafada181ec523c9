import asyncio
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from stub_judges import (
    T0,
    LengthJudge,
    MoodyJudge,
    conversation,
    many,
    record,
    rubric,
)

from cxscore.errors import TranscriptError
from cxscore.judging import Answered, Ask
from cxscore.label import Survey
from cxscore.run import JudgeSource, score_records
from cxscore.store import Ledger
from cxscore.transcript import Flags, Record, Sealed, SealedEvent, VendorClaim
from cxscore.verdict import Failed, Graded

LENGTH = JudgeSource(factory=LengthJudge, fingerprint="length/1", heuristic=True)
MOODY = JudgeSource(factory=MoodyJudge, fingerprint="moody/1", heuristic=True)


@pytest.fixture
def store(tmp_path):
    with Ledger.open(tmp_path / "a.db") as opened:
        yield opened


def run(store, records, source=LENGTH, **how):
    how.setdefault("rubric", rubric())
    return score_records(records, ledger=store, judge=source, **how)


def counts(tally):
    assert tally.conversations == (
        tally.new
        + tally.updated
        + tally.already_scored
        + tally.failed
        + tally.excluded
        + tally.duplicates
    )
    names = ("new", "updated", "already_scored", "failed", "excluded", "duplicates")
    return {n: getattr(tally, n) for n in names if getattr(tally, n)}


def test_a_second_run_judges_nothing(store):
    assert counts(run(store, many(30))) == {"new": 30}
    before = list(store.judged())

    def refuse():
        raise AssertionError("nothing is to be judged")

    source = replace(LENGTH, factory=refuse)
    assert counts(run(store, many(30), source)) == {"already_scored": 30}
    assert list(store.judged()) == before


def test_what_was_understood_is_counted(store):
    german = record("de", "Wo ist mein Paket?", "Am Freitag.", language="de")
    late = record("late", language=None, started_at=T0 + timedelta(days=3))
    naive = record("naive", started_at=datetime(2026, 5, 1))
    tally = run(
        store, [*many(2), german, late, naive, record("hi", "Hello!", "Hi, how can I help?")]
    )
    assert tally.languages == {"": 1, "de": 1, "en": 4}
    assert tally.roles == {"ai_agent": 6, "customer": 8}
    assert tally.first == datetime(2026, 5, 1)
    assert tally.last == T0 + timedelta(days=3)
    assert tally.exclusions == {"no_request": 1}
    assert (tally.eligible, tally.graded, tally.heuristic) == (5, 5, True)
    assert tally.criteria == {
        "length": {"graded": 5},
        "refund": {"na": 5},
        "tone": {"abstained": 5},
    }
    again = run(store, [*many(2), german, late, naive])
    assert again.criteria == tally.criteria
    assert again.languages == {"": 1, "de": 1, "en": 3}


def test_unreadable_records_are_counted_and_the_first_messages_kept(store):
    broken = [TranscriptError("no role", path="a.jsonl", line=n) for n in range(50)]
    tally = run(store, [*broken[:25], *many(50), *broken[25:]])
    assert counts(tally) == {"new": 50, "failed": 50}
    assert tally.unreadable == 50
    assert tally.failed_share == 0.5
    assert len(tally.messages) == 20
    assert tally.messages[0] == "a.jsonl:0: no role"


def test_text_no_file_can_hold_is_a_failed_record(store):
    tally = run(store, [record("bad", "half a pair \ud83d of it", line=7), *many(2)])
    assert counts(tally) == {"new": 2, "failed": 1}
    assert tally.messages[0].startswith("in.jsonl:7: the conversation cannot be stored")


def test_the_same_id_twice_in_one_input(store):
    first = record("c1", "Where is my order?", line=1)
    same = replace(first, line=2)
    other = record("c1", "Where is my refund?", line=3)
    surveyed = replace(first, sealed=Sealed(surveys=(Survey(kind="csat", value=1),)), line=4)
    tally = run(store, [first, same, other, surveyed])
    assert counts(tally) == {"new": 1, "duplicates": 1, "failed": 2}
    assert tally.messages[0].startswith(
        "in.jsonl:3: the id 'c1' already stood at in.jsonl:1 with different content"
    )
    assert "in.jsonl:4" in tally.messages[1]
    kept = store.one("c1")
    assert kept.record.conversation == first.conversation
    # The stamp of the last change is no content.
    touched = replace(first, conversation=replace(first.conversation, updated_at=datetime.now(UTC)))
    assert counts(run(store, [first, touched])) == {"already_scored": 1, "duplicates": 1}


def test_new_content_in_a_later_run_supersedes(store):
    run(store, [record("c1", "Where is my order?"), record("c2")])
    tally = run(store, [record("c1", "Where is my order?", "Friday.", "Thanks a lot for that")])
    assert counts(tally) == {"updated": 1}
    one = store.one("c1")
    assert one.version == 2
    assert len(one.record.conversation.turns) == 3
    assert [j.record.conversation.id for j in store.judged()] == ["c1", "c2"]
    # Back to the first content: a third version, and its first verdict serves again.
    source = replace(LENGTH, factory=None)
    assert counts(run(store, [record("c1", "Where is my order?")], source)) == {"updated": 1}
    assert store.one("c1").version == 3
    assert store.summary().versions == 4


def test_a_change_no_judge_sees_is_an_update_without_judging(store):
    run(store, [record("c1")])
    verdict = store.one("c1").verdict
    tagged = record("c1", tags=("vip",), topic="delivery", attributes={"plan": "pro"})
    source = replace(LENGTH, factory=None)
    assert counts(run(store, [tagged], source)) == {"updated": 1}
    one = store.one("c1")
    assert (one.version, one.record.conversation.tags, one.verdict) == (2, ("vip",), verdict)
    assert counts(run(store, [tagged], source)) == {"already_scored": 1}


def test_late_sealed_facts_join_without_judging(store):
    plain = record("c1")
    run(store, [plain])
    verdict = store.one("c1")
    source = replace(LENGTH, factory=None)
    claim = VendorClaim(value="confirmed_resolution", billed=True)
    claimed = replace(plain, sealed=Sealed(vendor_claim=claim))
    assert counts(run(store, [claimed], source)) == {"already_scored": 1}
    survey = Survey(kind="csat", value=2, comment="slow")
    surveyed = replace(plain, sealed=Sealed(surveys=(survey,)))
    assert counts(run(store, [surveyed], source)) == {"already_scored": 1}
    one = store.one("c1")
    assert one.record.sealed == Sealed(vendor_claim=claim, surveys=(survey,))
    assert (one.version, one.verdict) == (1, verdict.verdict)
    # Leaving something out takes nothing back, and nothing is appended for it.
    run(store, [plain], source)
    run(store, [surveyed], source)
    assert store.one("c1") == one
    events = store._connection.execute("SELECT count(*) FROM sealed_event").fetchone()
    assert events == (2,)


def test_sealed_events_stay_with_the_record(store):
    sealed = Sealed(
        events=(SealedEvent(kind="survey", text="Rate us", at_turn=2),),
        answer_key={"reward": 1.0},
        costs={"tokens": 12},
    )
    run(store, [replace(record("c1"), sealed=sealed)])
    assert store.one("c1").record.sealed == sealed


def test_excluded_conversations_are_stored_and_counted_every_time(store):
    spam = record("s", flags=Flags(spam=True))
    for _ in range(2):
        tally = run(store, [spam, record("c1")])
        assert tally.excluded == 1
        assert tally.exclusions == {"spam": 1}
    one = store.one("s")
    assert (one.exclusion, one.verdict) == ("spam", None)
    assert store.summary().excluded == {"spam": 1}
    # It turns out to be none.
    assert counts(run(store, [record("s"), record("c1")])) == {"updated": 1, "already_scored": 1}
    one = store.one("s")
    assert one.exclusion is None
    assert one.verdict is not None
    # And the other way round: the verdict no longer stands for it.
    assert counts(run(store, [spam])) == {"excluded": 1}
    assert store.one("s").verdict is None


def test_another_judge_or_rubric_judges_anew(store):
    run(store, many(3))
    other = JudgeSource(
        factory=LengthJudge, args=("length/2",), fingerprint="length/2", heuristic=True
    )
    assert counts(run(store, many(3), other)) == {"new": 3}
    assert store.one("c00001").verdict.judge == "length/2"
    assert counts(run(store, many(3), rubric=rubric("cd" * 32))) == {"new": 3}
    # Each verdict is still there: the run that reaches a conversation last says which one counts.
    assert counts(run(store, many(3))) == {"already_scored": 3}
    assert store.one("c00001").verdict.judge == "length/1"
    assert store._connection.execute("SELECT count(*) FROM verdict").fetchone() == (9,)


def test_a_changed_article_rescores_only_on_request(store):
    def source(kb):
        return JudgeSource(
            factory=LengthJudge,
            kwargs={"knowledge": kb},
            fingerprint="length/1",
            heuristic=True,
            knowledge_at=lambda started_at: kb,
        )

    assert counts(run(store, many(2), source("monday"), rescore_kb=True)) == {"new": 2}
    assert counts(run(store, many(2), source("tuesday"))) == {"already_scored": 2}
    assert store.one("c00000").verdict.knowledge.digest == "monday"
    assert counts(run(store, many(2), source("monday"), rescore_kb=True)) == {"already_scored": 2}
    assert counts(run(store, many(2), source("tuesday"), rescore_kb=True)) == {"new": 2}
    # A plain run keeps the newest knowledge, it does not fall back.
    assert counts(run(store, many(2), source("tuesday"))) == {"already_scored": 2}
    assert store.one("c00000").verdict.knowledge.digest == "tuesday"
    assert store._connection.execute("SELECT count(*) FROM verdict").fetchone() == (4,)


def test_a_judge_that_breaks_fails_one_conversation(store):
    records = [record("ok"), record("boom", "CRASH now", line=4), record("no", "REFUSE it")]
    seen = []
    tally = run(store, records, MOODY, on_result=seen.append)
    assert counts(tally) == {"new": 1, "failed": 2}
    assert (tally.unreadable, tally.eligible, tally.graded) == (0, 3, 1)
    assert tally.messages[0] == "in.jsonl:4: ZeroDivisionError: the judge has a bug"
    assert [j.error for j in seen] == [
        None,
        "ZeroDivisionError: the judge has a bug",
        "the judge will not",
    ]
    assert store.one("boom").error == "ZeroDivisionError: the judge has a bug"
    assert store.summary().failed == 2


def test_failures_are_retried_on_request_and_the_providers_always(store):
    records = [record("boom", "CRASH"), record("net", "PROVIDER"), record("half", "HALF of it")]
    assert counts(run(store, records, MOODY)) == {"new": 1, "failed": 2}
    calls = []

    def healed():
        class Healed(LengthJudge):
            def verdict(self, transcript):
                calls.append(transcript.id)
                return super().verdict(transcript)

        return Healed("moody/1")

    source = replace(MOODY, factory=healed)
    tally = run(store, records, source)
    assert counts(tally) == {"new": 1, "failed": 1, "already_scored": 1}
    assert "failed in an earlier run" in tally.messages[0]
    assert calls == ["net"]
    assert isinstance(store.one("half").verdict.journey["length"], Failed)
    tally = run(store, records, source, retry_failed=True)
    assert counts(tally) == {"new": 2, "already_scored": 1}
    assert calls == ["net", "boom", "half"]
    assert isinstance(store.one("half").verdict.journey["length"], Graded)
    assert counts(run(store, records, source, retry_failed=True)) == {"already_scored": 3}
    assert store._connection.execute("SELECT count(*) FROM verdict").fetchone() == (3,)


def test_results_come_in_input_order_and_known_ones_on_request(store):
    records = [*many(40), record("spam", flags=Flags(spam=True)), *many(3, prefix="d")]
    ids = [r.conversation.id for r in records]
    first, second, third = [], [], []
    run(store, records, on_result=first.append)
    assert [j.record.conversation.id for j in first] == ids
    run(store, records, on_result=second.append)
    assert [j.record.conversation.id for j in second] == ["spam"]
    run(store, records, on_result=third.append, replay_known=True)
    assert [j.record.conversation.id for j in third] == ids
    assert [j.verdict for j in third] == [j.verdict for j in first]
    assert [j.scored_at for j in third] == [j.scored_at for j in first]


def test_the_limit_bounds_what_is_read(store):
    def endless():
        yield from many(10)
        raise AssertionError("read too far")

    assert counts(run(store, endless(), limit=10)) == {"new": 10}
    assert counts(run(store, many(20), limit=0)) == {}
    assert counts(run(store, many(20), limit=15)) == {"new": 5, "already_scored": 10}


def test_progress_ends_with_everything(store):
    told = []
    run(store, many(10), on_progress=told.append)
    last = told[-1]
    assert (last.read, last.settled, last.judged, last.failed) == (10, 10, 10, 0)
    assert last.eta_s(20) == pytest.approx(10 / last.rate)


def test_a_reader_that_breaks_leaves_what_was_judged(store):
    def broken():
        yield from many(5)
        raise TranscriptError("the second file is not there", path="b.jsonl")

    with pytest.raises(TranscriptError):
        run(store, broken())
    assert store.summary().judged == 5
    assert counts(run(store, many(6))) == {"new": 1, "already_scored": 5}


def test_an_interrupt_leaves_what_was_judged(store):
    def interrupt(judged):
        if judged.record.conversation.id == "c00007":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(store, many(20), on_result=interrupt)
    assert store.summary().judged == 8
    assert counts(run(store, many(20))) == {"new": 12, "already_scored": 8}


def test_it_works_inside_a_running_event_loop(store):
    async def notebook():
        return run(store, many(5))

    assert counts(asyncio.run(notebook())) == {"new": 5}


class Asking(LengthJudge):
    """Asks once, and cites the answer."""

    def deliberate(self, transcript, /):
        ask = Ask(purpose="grade", system="s", user=transcript.id, schema={}, max_output_tokens=9)
        (reply,) = yield (ask,)
        verdict = self.verdict(transcript)
        return replace(verdict, answered_by=(reply.model,))


def test_a_judge_that_asks_is_answered_by_the_source(store):
    def answer(asks):
        return tuple(Answered(text="{}", model="m1") for _ in asks)

    source = JudgeSource(factory=Asking, fingerprint="asking/1", heuristic=False, answer=answer)
    tally = run(store, many(2), source, workers=4)
    assert counts(tally) == {"new": 2}
    assert not tally.heuristic
    assert store.one("c00000").verdict.answered_by == ("m1",)


def test_a_judge_that_asks_and_nobody_answers_fails(store):
    source = JudgeSource(factory=Asking, fingerprint="asking/1", heuristic=False)
    tally = run(store, many(1), source)
    assert counts(tally) == {"failed": 1}
    assert "no model is set up" in tally.messages[0]


def test_the_run_is_on_record(store):
    run(store, many(3))
    row = store._connection.execute(
        "SELECT judge, rubric, heuristic, ended_at IS NOT NULL, tally ->> 'new' FROM run"
    ).fetchall()
    assert row == [("length/1", rubric().ref, 1, 1, 3)]


def test_memory_does_not_grow_with_the_input(store):
    def stream(n):
        for i in range(n):
            yield record(f"m{n}-{i}", f"Where is order {i}?", "On Friday.")

    def peak(n):
        tracemalloc.start()
        try:
            run(store, stream(n))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    run(store, stream(10))
    small, large = peak(300), peak(2100)
    # A group of 64 waits for its commit; beyond that not even a kilobyte a conversation.
    assert large - small < 1_000_000


def test_names_that_sqlite_could_trip_over(store):
    odd = ["", "a\x00b", "ü" * 300, "'; DROP TABLE verdict; --", "1", "01"]
    tally = run(store, [Record(conversation=conversation(name)) for name in odd])
    assert counts(tally) == {"new": len(odd)}
    assert list(store.ids()) == sorted(odd)
    surrogate = replace(record("p"), path="caf\udce9.jsonl")
    assert counts(run(store, [surrogate])) == {"new": 1}
