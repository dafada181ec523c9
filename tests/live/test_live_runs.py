"""What a live run keeps: replies first, nothing paid for twice, every record counted."""

import asyncio
import sqlite3
from dataclasses import replace

import pytest
from asking_judges import AskingJudge, answer, panel, record, rubric

from cxscore.errors import ConfigError, StoreError, TranscriptError
from cxscore.judging import Answered, NoReply, Refused, Truncated
from cxscore.run import JudgeSource, score_records
from cxscore.run.live import LiveOptions, score_live
from cxscore.run.outage import OutagePolicy
from cxscore.run.repeats import RepeatPlan
from cxscore.store import Ledger
from cxscore.testing import ScriptedModel

ONCE = RepeatPlan(share=0.0, least=0)


@pytest.fixture
def store(tmp_path):
    with Ledger.open(tmp_path / "a.db") as ledger:
        yield ledger


def many(n, prefix="c"):
    return [record(f"{prefix}{i:04d}", f"Where is order {i}?", "On Friday.") for i in range(n)]


def run(store, records, opened, **options):
    return score_live(
        iter(records),
        ledger=store,
        panel=opened,
        rubric=rubric(),
        options=LiveOptions(**({"repeats": ONCE, "concurrency": 4} | options)),
    )


def count(store, table, where="1"):
    with sqlite3.connect(store.path) as raw:
        (n,) = raw.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()
    raw.close()
    return n


def parts(tally):
    return (
        tally.new + tally.updated + tally.already_scored + tally.failed + tally.excluded
        + tally.duplicates
    )  # fmt: skip


def test_every_conversation_is_judged_once_and_the_second_run_asks_nothing(store):
    model = ScriptedModel(lambda ask: answer())
    first = run(store, many(50), panel(model))
    assert (first.new, first.conversations, len(model.asks)) == (50, 50, 50)
    assert first.spending.calls == 50
    second = run(store, many(50), panel(model))
    assert (second.already_scored, second.spending.calls, len(model.asks)) == (50, 0, 50)
    assert [j.verdict.journey["length"].level for j in store.judged()] == [4] * 50


def test_it_runs_inside_a_running_event_loop(store):
    async def notebook():
        return run(store, many(3), panel(lambda ask: answer()))

    assert asyncio.run(notebook()).new == 3


def test_asks_in_flight_are_bounded_and_many_are_under_way(store):
    model = ScriptedModel(lambda ask: answer(), delay_s=0.002)
    run(store, many(60), panel(model, concurrency=5), concurrency=5)
    assert model.most_in_flight == 5


def test_the_reply_is_on_the_disk_before_the_judge_sees_it(store):
    seen = []

    class Looking(AskingJudge):
        def _verdict(self, transcript, said):
            seen.append(count(store, "reply r JOIN conversation c ON c.key = r.conversation",
                              f"c.id = '{transcript.id}'"))  # fmt: skip
            return super()._verdict(transcript, said)

    run(store, many(8), panel(lambda ask: answer(), judge=Looking()))
    assert seen == [1] * 8


def test_a_changed_judge_reads_the_stored_replies_for_nothing(store):
    model = ScriptedModel(lambda ask: answer())
    run(store, many(10), panel(model))
    again = run(store, many(10), panel(model, judge=AskingJudge("asking/2")))
    assert (again.new, again.spending.replayed, len(model.asks)) == (10, 10, 10)


def test_another_model_is_asked_itself(store):
    first, second = (ScriptedModel(lambda ask: answer()) for _ in range(2))
    run(store, many(4), panel(first))
    run(store, many(4), panel(second, judge=AskingJudge("other"), answerer="scripted:second"))
    assert (len(first.asks), len(second.asks)) == (4, 4)


def test_a_second_round_is_asked_where_the_judge_wants_it(store):
    def script(ask):
        wants = ask.purpose == "grade" and "c0003" in ask.user
        return "CHECK" if wants else answer(2)

    tally = run(store, many(6), panel(script))
    assert tally.spending.purposes == {"grade": 6, "verify_claims": 1}
    assert tally.new == 6


def test_a_round_of_several_seats_is_answered_ask_by_ask(store):
    judge = AskingJudge(seats=("judge", "second"))
    assert run(store, many(3), panel(lambda ask: answer(), judge=judge)).spending.calls == 6


def test_a_seat_without_a_model_is_a_sentence(store):
    judge = AskingJudge(seats=("fourth",))
    with pytest.raises(ConfigError, match="seat 'fourth'; there are models for judge, second"):
        run(store, many(3), panel(lambda ask: answer(), judge=judge))


@pytest.mark.parametrize("said", [Refused(text="no", model="m"), Truncated(text="{", model="m")])
def test_what_a_model_will_not_do_fails_and_is_asked_again_only_on_request(store, said):
    model = ScriptedModel(lambda ask: said)
    first = run(store, many(3), panel(model))
    assert (first.failed, first.new, len(model.asks)) == (3, 0, 3)
    second = run(store, many(3), panel(model))
    assert (second.failed, len(model.asks)) == (3, 3)
    good = ScriptedModel(lambda ask: answer())
    third = run(store, many(3), panel(good), retry_failed=True)
    assert (third.new, third.failed, len(good.asks)) == (3, 0, 3)


def test_a_failure_the_code_mends_is_mended_from_the_stored_reply(store):
    class Broken(AskingJudge):
        def _verdict(self, transcript, said):
            raise ZeroDivisionError

    model = ScriptedModel(lambda ask: answer())
    assert run(store, many(3), panel(model, judge=Broken())).failed == 3
    mended = run(store, many(3), panel(model), retry_failed=True)
    assert (mended.new, len(model.asks), mended.spending.replayed) == (3, 3, 3)


def test_an_ask_the_service_never_takes_fails_alone_and_comes_back_next_run(store):
    def script(ask):
        return NoReply(text="400 odd", lasting=True) if "c0001" in ask.user else answer()

    tally = run(store, many(5), panel(script))
    assert (tally.new, tally.failed, tally.stopped) == (4, 1, None)
    assert "400 odd" in tally.messages[0]
    assert run(store, many(5), panel(lambda ask: answer())).new == 1


def test_an_outage_stops_the_run_and_loses_nothing(store):
    down = ScriptedModel(lambda ask: NoReply(text="connection refused"))
    policy = OutagePolicy(silences=3, for_s=0.02, pause_s=0.005)
    tally = run(store, many(30), panel(down), outage=policy)
    assert tally.stopped.why == "provider"
    assert "connection refused" in tally.stopped.sentence
    assert (tally.conversations, tally.failed) == (0, 0)
    after = run(store, many(30), panel(lambda ask: answer()))
    assert (after.new, after.failed) == (30, 0)


def test_an_outage_that_ends_in_time_costs_no_conversation(store):
    silences = iter(range(40))

    def script(ask):
        return answer() if next(silences, None) is None else NoReply(text="down")

    policy = OutagePolicy(silences=3, for_s=30.0, pause_s=0.001)
    tally = run(store, many(20), panel(script), outage=policy)
    assert (tally.new, tally.failed, tally.stopped) == (20, 0, None)


def test_a_wrong_key_stops_at_once_and_keeps_what_was_judged(store):
    class Expiring(ScriptedModel):
        async def answer(self, ask):
            if len(self.asks) >= 10:
                raise ConfigError("scripted: 401: check the key")
            return await super().answer(ask)

    with pytest.raises(ConfigError, match="check the key"):
        run(store, many(200), panel(Expiring(lambda ask: answer())))
    assert count(store, "reply") == 10
    assert sum(j.verdict is not None for j in store.judged()) <= 10
    model = ScriptedModel(lambda ask: answer())
    assert run(store, many(200), panel(model)).graded == 200
    assert len(model.asks) == 190  # the ten answers paid for are used


def test_a_model_that_raises_fails_its_conversation_only(store):
    class Buggy(ScriptedModel):
        async def answer(self, ask):
            if "c0002" in ask.user:
                raise ZeroDivisionError("bug")
            return await super().answer(ask)

    tally = run(store, many(5), panel(Buggy(lambda ask: answer())))
    assert (tally.new, tally.failed) == (4, 1)
    assert "ZeroDivisionError: bug" in tally.messages[0]


def test_a_judge_that_never_stops_asking_is_a_failed_judgement(store):
    class Endless(AskingJudge):
        def deliberate(self, transcript):
            asks = next(super().deliberate(transcript))
            while True:
                yield tuple(replace(a, purpose=a.purpose + "x") for a in asks)

    tally = run(store, many(1), panel(lambda ask: answer(), judge=Endless()))
    assert "more than 6 rounds" in tally.messages[0]


def test_records_of_every_kind_are_counted_once(store):
    records = [
        record("a"),
        TranscriptError("broken", path="x", line=3),
        record("a"),
        record("b", "Hello!", "Hi."),
        record("c", tags=("vip",)),
    ]
    tally = run(store, records, panel(lambda ask: answer()))
    assert tally.conversations == parts(tally) == 5
    assert (tally.duplicates, tally.unreadable) == (1, 1)


def test_changed_words_lose_their_verdict_until_they_are_judged(store):
    run(store, [record("a", "First words.", "Yes.")], panel(lambda ask: answer()))
    down = panel(lambda ask: NoReply(text="down"))
    policy = OutagePolicy(silences=1, for_s=0.0, pause_s=0.0)
    run(store, [record("a", "Other words.", "Yes.")], down, outage=policy)
    assert store.one("a").verdict is None
    run(store, [record("a", "Other words.", "Yes.")], panel(lambda ask: answer(2)))
    assert store.one("a").verdict.journey["length"].level == 2
    assert store.one("a").version == 2


def test_another_judge_leaves_the_shown_verdict_until_it_has_its_own(store):
    run(store, [record("a")], panel(lambda ask: answer(5)))
    policy = OutagePolicy(silences=1, for_s=0.0, pause_s=0.0)
    down = panel(lambda ask: NoReply(text="down"), judge=AskingJudge("second"), answerer="x")
    run(store, [record("a")], down, outage=policy)
    assert store.one("a").verdict.journey["length"].level == 5


def test_a_store_that_breaks_ends_the_run(store, monkeypatch):
    calls = []

    def flush(self):
        calls.append(1)
        if len(calls) > 3:
            raise StoreError("the disk is full")

    monkeypatch.setattr(Ledger, "flush", flush)
    with pytest.raises(StoreError, match="disk is full"):
        run(store, many(200), panel(ScriptedModel(lambda ask: answer(), delay_s=0.001)))


def test_both_drivers_store_the_same(store, tmp_path):
    """The sync driver with the same answers is the reference."""
    run(store, many(7), panel(lambda ask: answer()))
    source = JudgeSource(
        factory=AskingJudge,
        fingerprint="asking/1",
        heuristic=False,
        answer=lambda asks: tuple(answer() for _ in asks),
    )
    with Ledger.open(tmp_path / "b.db") as other:
        score_records(many(7), ledger=other, judge=source, rubric=rubric())
        assert [replace(j, scored_at=None) for j in store.judged()] == [
            replace(j, scored_at=None) for j in other.judged()
        ]


def test_answers_without_usage_are_metered_by_estimate(store):
    tally = run(store, many(2), panel(lambda ask: Answered(text='{"length": 3}', model="m")))
    (spent,) = tally.spending.models.values()
    assert spent.estimated == 2
    assert spent.input_tokens > 200
