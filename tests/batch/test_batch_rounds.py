"""Rounds over both batch APIs: what goes wrong at a provider, and what a run makes of it."""

import asyncio
import json
import random
from contextlib import asynccontextmanager
from dataclasses import replace

import batched
import pytest
from aiohttp import web
from asking_judges import AskingJudge, rubric
from asking_judges import panel as live_panel
from batch_server import BatchServer, Weather, _openai_error
from batched import PRICES, grade, many, point_at, run

from cxscore.errors import ConfigError, StoreBusyError, TranscriptError
from cxscore.judging import Answered
from cxscore.providers.batch_opening import BatchLimits
from cxscore.providers.endpoint import AttemptError
from cxscore.providers.opening import Providers
from cxscore.run.live import LiveOptions, score_live
from cxscore.run.money import Prices
from cxscore.run.panel import Panel, Seat
from cxscore.run.repeats import RepeatPlan
from cxscore.run.rounds import BatchOptions, score_in_batches
from cxscore.store import Ledger
from cxscore.testing import ScriptedModel

BOTH = pytest.mark.parametrize("provider", ["openai", "anthropic"])


@pytest.fixture
def store(tmp_path):
    with Ledger.open(tmp_path / "a.db") as ledger:
        yield ledger


@pytest.fixture
def server():
    with BatchServer(grade) as one:
        point_at(one)
        yield one


def verdicts(store):
    """What was found, without who found it."""
    return [(j.record.conversation.id, j.verdict) for j in store.judged()]


def words(server):
    """How often each ask's words were enqueued."""
    return server.asked


@BOTH
def test_each_round_is_a_batch_and_a_second_run_asks_nothing(store, server, provider):
    first = run(store, many(20, every=4), provider)
    assert (first.new, first.failed) == (20, 0)
    assert first.spending.purposes == {"grade": 20, "probe": 1, "verify_claims": 5}
    assert len(server.bodies) == 2
    assert server.live == 0
    second = run(store, many(20, every=4), provider)
    assert (second.already_scored, second.spending.calls) == (20, 0)
    assert len(server.bodies) == 2


@BOTH
def test_nothing_of_a_conversation_stays_at_the_provider(store, server, provider):
    run(store, many(6), provider)
    assert not server.files
    assert provider == "openai" or not server.batches


@BOTH
def test_later_rounds_are_finished_live(store, server, provider):
    tally = run(store, many(20, every=4), provider, finish="live")
    assert (tally.new, tally.failed, tally.conversations) == (20, 0, 20)
    assert len(server.bodies) == 1
    assert server.live == 5
    assert tally.spending.purposes == {"grade": 20, "probe": 1, "verify_claims": 5}
    # Twenty at half price, five and the probe at the whole: 1,000 tokens in and 100 out each.
    assert tally.spending.usd == pytest.approx(20 * 0.0014 + 6 * 0.0028)


@BOTH
def test_identical_replies_lead_to_identical_verdicts_live_and_in_batches(
    tmp_path, server, provider
):
    found = []
    for number, finish in enumerate(("batch", "live")):
        batched._CHECKED.clear()
        with Ledger.open(tmp_path / f"{number}.db") as store:
            run(store, many(24, every=5), provider, finish=finish)
            found.append(verdicts(store))
    batched._CHECKED.clear()
    with Ledger.open(tmp_path / "live.db") as store:
        score_live(
            iter(many(24, every=5)),
            ledger=store,
            panel=batched.panel(provider),
            rubric=rubric(),
            options=LiveOptions(repeats=RepeatPlan(share=0, least=0)),
        )
        found.append(verdicts(store))
    assert found[0] == found[1] == found[2]
    levels = {v.journey["length"].level for _, v in found[0]}
    assert len(levels) > 1


@BOTH
def test_a_batch_is_split_by_count_and_by_bytes(store, server, provider):
    run(store, many(20), provider, limits=BatchLimits(requests=7))
    assert [len(b["lines"]) for b in server.batches.values()] in ([7, 7, 6], [])
    assert sorted(len(json_lines(provider, b)) for b in server.bodies) == [6, 7, 7]
    server.bodies.clear()
    most = 5_000
    run(store, [r for r in many(40) if r not in many(20)], provider, limits=BatchLimits(bytes=most))
    assert len(server.bodies) > 2
    assert all(len(b) <= most for b in server.bodies)
    # Full: the next line would not have fitted.
    assert all(len(b) > most - 1_500 for b in server.bodies[:-1])


def json_lines(provider, body):
    return body.splitlines() if provider == "openai" else json.loads(body)["requests"]


@BOTH
def test_an_ask_larger_than_a_batch_fails_alone(store, server, provider):
    long = batched.record("long", "word " * 2_000, "Friday.")
    tally = run(store, [*many(3), long], provider, limits=BatchLimits(bytes=6_000))
    assert (tally.new, tally.failed) == (3, 1)
    assert "more than a batch may hold" in tally.messages[0]


@BOTH
@pytest.mark.parametrize("finish", ["batch", "live"])
def test_what_expired_is_asked_again(store, server, provider, finish):
    server.weather = Weather(expired=frozenset({"order 3?", "order 5?"}))
    tally = run(store, many(8), provider, finish=finish)
    assert (tally.new, tally.failed) == (8, 0)
    assert tally.spending.models[batched.MODELS[provider]].attempts == {
        "answered": 8 + 1,
        "expired": 2,
    }
    assert (len(server.bodies), server.live) == ((2, 0) if finish == "batch" else (1, 2))


@BOTH
@pytest.mark.parametrize("finish", ["batch", "live"])
def test_a_cancelled_batch_stops_the_run_and_the_next_one_asks_again(
    store, server, provider, finish
):
    server.weather = Weather(cancelled=frozenset({"order 3?"}))
    tally = run(store, many(6), provider, finish=finish)
    assert (tally.new, tally.stopped.why, server.live) == (5, "provider", 0)
    assert "cancelled" in tally.stopped.sentence
    again = run(store, many(6), provider, finish=finish)
    assert (again.new, again.already_scored, again.stopped) == (1, 5, None)


@BOTH
def test_failed_lines_are_asked_again_and_those_that_never_work_fail(store, server, provider):
    code = "server_error" if provider == "openai" else "api_error"
    error = {"status": 500, "code": code, "message": "broke"}
    server.weather = Weather(errors={"order 1?": error})
    assert run(store, many(4), provider).new == 4
    server.weather = Weather(errors={"order 6?": error}, errors_last=True)
    tally = run(store, many(8), provider)
    assert (tally.new, tally.failed, tally.already_scored) == (3, 1, 4)
    assert "broke" in tally.messages[0]
    server.weather = Weather()
    again = run(store, many(8), provider)  # a provider's failure is asked again by the next run
    assert (again.new, again.failed) == (1, 0)


@BOTH
def test_an_ask_that_does_not_fit_the_window_is_an_outcome(store, server, provider):
    error = (
        {"status": 400, "code": "context_length_exceeded", "message": "maximum context length"}
        if provider == "openai"
        else {"status": 400, "code": "invalid_request_error", "message": "prompt is too long: 9"}
    )
    server.weather = Weather(errors={"order 1?": error}, errors_last=True)
    tally = run(store, many(3), provider)
    assert (tally.new, tally.failed) == (2, 1)
    assert len(server.bodies) == 1
    assert tally.spending.models[batched.MODELS[provider]].attempts["too_long"] == 1


@BOTH
def test_results_that_never_come_and_those_of_others(store, server, provider):
    server.weather = Weather(lost=frozenset({"order 2?"}), foreign=3)
    news: list[str] = []
    tally = run(store, many(5), provider, news=news)
    assert (tally.new, tally.failed) == (5, 0)
    assert any("1 missing" in line for line in news)
    assert provider == "anthropic" or any("3 results of other asks" in line for line in news)


@BOTH
def test_429_and_lost_answers_to_a_creation_create_no_second_batch(store, server, provider):
    server.weather = Weather(throttle=2, reset_after_create=1)
    tally = run(store, many(5), provider)
    assert tally.new == 5
    assert set(server.asked.values()) == {1}


def test_a_refused_batch_stops_the_run_and_opens_its_asks_again(store, server):
    server.weather = Weather(refused="invalid_json_line")
    tally = run(store, many(5), "openai")
    assert tally.stopped.why == "provider"
    assert "invalid_json_line: no (line 1)" in tally.stopped.sentence
    assert tally.conversations == 0
    server.weather = Weather()
    assert run(store, many(5), "openai").new == 5


@pytest.mark.parametrize("finish", ["batch", "live"])
def test_a_full_queue_is_served_in_waves(store, server, finish):
    server.weather = Weather(queue=8, looks=2)
    tally = run(store, many(20), "openai", finish=finish, limits=BatchLimits(requests=4))
    assert (tally.new, tally.stopped, server.live) == (20, None, 0)
    assert max(server.asked.values()) > 1  # what was turned away was enqueued again


def test_a_queue_too_small_for_one_batch_is_said(store, server):
    server.weather = Weather(queue=3)
    tally = run(store, many(5), "openai", finish="live")
    assert tally.stopped.why == "provider"
    assert "--batch-requests" in tally.stopped.sentence
    assert server.live == 0


def test_a_budget_stops_between_asks_and_the_next_run_goes_on(store, server):
    # An ask costs at most about 0.0006 USD in a batch.
    tally = run(store, many(20), "openai", budget_usd=0.008)
    assert tally.stopped.why == "budget"
    done = tally.new
    assert 0 < done < 20
    for _ in range(10):
        tally = run(store, many(20), "openai", budget_usd=0.02)
    assert (tally.already_scored, tally.stopped) == (20, None)
    assert set(server.asked.values()) == {1}


def test_a_budget_without_a_price_is_refused(store, server):
    with pytest.raises(ConfigError, match="no price is known for openai:gpt-test"):
        run(store, many(2), "openai", budget_usd=1.0, prices=Prices())


@BOTH
def test_a_batch_the_account_does_not_know(store, server, provider):
    server.weather = Weather(looks=10_000)
    stopped = Interrupted()
    with pytest.raises(Interrupted):
        run(store, many(3), provider, sleep=stopped.soon)
    server.batches.clear()
    with pytest.raises(ConfigError, match="cxscore batch forget"):
        run(store, many(3), provider)


class Interrupted(Exception):
    async def soon(self, seconds):
        raise self


@BOTH
def test_the_lease_is_free_while_a_batch_is_out(store, server, provider, tmp_path):
    server.weather = Weather(looks=5)
    written = []

    async def look_in(seconds):
        with Ledger.open(tmp_path / "a.db") as other, other.writing():
            written.append(seconds)

    assert run(store, many(3), provider, sleep=look_in).new == 3
    assert written


@BOTH
def test_another_run_that_writes_is_waited_for(store, server, provider, tmp_path):
    server.weather = Weather(looks=2)
    held = []

    async def hold(seconds):
        if not held:
            other = Ledger.open(tmp_path / "a.db")
            lease = other.writing()
            lease.__enter__()
            held.append((other, lease))
        elif len(held) == 1 and seconds == 5.0:
            other, lease = held[0]
            lease.__exit__(None, None, None)
            other.close()
            held.append(())

    assert run(store, many(3), provider, sleep=hold).new == 3
    assert len(held) == 2


def test_a_lease_held_at_the_start_is_refused_at_once(store, server, tmp_path):
    with (
        Ledger.open(tmp_path / "a.db") as other,
        other.writing(),
        pytest.raises(StoreBusyError, match="another run"),
    ):
        run(store, many(3), "openai")


@BOTH
def test_a_conversation_erased_while_its_batch_is_out_leaves_nothing(store, server, provider):
    server.weather = Weather(looks=3)
    erased = []

    async def erase(seconds):
        if not erased:
            erased.append(store.erase(["c0001"], reason="customer"))

    tally = run(store, many(3), provider, sleep=erase)
    assert (tally.new, tally.exclusions) == (2, {"erased": 1})
    replies = "SELECT count(*) FROM reply r JOIN conversation c ON c.key = r.conversation"
    (left,) = store._connection.execute(f"{replies} WHERE c.id = 'c0001'").fetchone()
    assert left == 0
    (billed,) = store._connection.execute(
        "SELECT count(*) FROM attempt WHERE purpose = 'grade'"
    ).fetchone()
    assert billed == 3


@BOTH
def test_two_conversations_with_one_ask_share_one_answer(store, server, provider):
    class Alike(AskingJudge):
        def deliberate(self, transcript, /):
            verdict = yield from super().deliberate(replace(transcript, id="same"))
            return replace(verdict, conversation_id=transcript.id)

    twins = [batched.record(f"t{n}", "Where is it?", "Friday.") for n in range(4)]
    tally = run(store, twins, provider, judge=Alike())
    assert (tally.new, sum(server.asked.values())) == (4, 1)


def test_every_record_is_counted_once(store, server):
    records = [
        *many(6, every=2),
        many(6)[1],
        TranscriptError("broken", path="in.jsonl", line=7),
        batched.record("empty", ""),
        batched.record("c0003", "Other words?", "Friday."),
    ]
    tally = run(store, records, "openai", finish="live")
    assert tally.conversations == len(records)
    assert tally.conversations == (
        tally.new + tally.updated + tally.failed + tally.excluded + tally.duplicates
    )
    assert (tally.new, tally.duplicates, tally.unreadable, tally.excluded) == (6, 1, 2, 1)


@pytest.mark.parametrize("finish", ["batch", "live"])
def test_changed_words_count_as_updated(store, server, finish):
    run(store, many(4), "openai")
    changed = [batched.record(f"c{n:04d}", f"New words {n} CHECK", "Friday.") for n in range(3)]
    tally = run(store, changed, "openai", finish=finish)
    assert (tally.new, tally.updated) == (0, 3)


def test_results_seen_by_the_caller_come_once_each(store, server):
    seen = []
    opened = batched.panel("openai")
    score_in_batches(
        iter(many(6, every=2)),
        ledger=store,
        panel=opened,
        services=batched.services(),
        rubric=rubric(),
        options=BatchOptions(watch=batched.QUICK, settle_s=0, sleep=batched.no_sleep),
        on_result=lambda judged: seen.append(judged.record.conversation.id),
    )
    assert sorted(seen) == [f"c{n:04d}" for n in range(6)]


def test_a_model_without_batches_is_refused(store, server):
    @asynccontextmanager
    async def compatible(on_attempt):
        clock = asyncio.get_running_loop().time
        async with Providers(clock=clock, rng=random.Random(1)) as providers:
            model = providers.open_model(f"compatible:llama@{server.openai}")
            yield Panel(judge=AskingJudge(), seats={"judge": Seat(model=model, answerer="x")})

    with pytest.raises(ConfigError, match="cxscore batch export"):
        score_in_batches(
            iter(many(1)),
            ledger=store,
            panel=compatible,
            services=batched.services(),
            rubric=rubric(),
        )


def test_no_network_is_said_and_nothing_is_lost(store, monkeypatch):
    with pytest.raises(AttemptError, match="openai:gpt-test"):
        run(store, many(3), "openai")
    with BatchServer(grade) as server:
        point_at(server)
        assert run(store, many(3), "openai").new == 3


def test_a_wrong_key_is_said_before_anything_is_sent(store, server):
    server.refuse_live = _openai_error(401, "Incorrect API key provided")
    with pytest.raises(ConfigError, match="check the key"):
        run(store, many(3), "openai")
    assert not server.bodies
    server.refuse_live = None
    assert run(store, many(3), "openai").new == 3


def test_what_the_model_refuses_is_left_out_of_its_batch(store, server, monkeypatch):
    told = server._completion

    def picky(body):
        if "temperature" in body:
            raise web.HTTPBadRequest(
                text=json.dumps(
                    {"error": {"message": "Unsupported value", "param": "temperature", "code": "x"}}
                ),
                content_type="application/json",
            )
        return told(body)

    monkeypatch.setattr(server, "_completion", picky)
    assert run(store, many(3), "openai").new == 3
    assert all("temperature" not in line["body"] for line in server.lines)


def test_replies_of_a_live_run_are_not_paid_again(store, server):
    """What a live run had answered before it was stopped is not sent in a batch."""
    model = ScriptedModel(lambda ask: Answered(text=json.dumps({"length": 3}), model="m"))
    score_live(
        iter(many(3)),
        ledger=store,
        panel=live_panel(
            model,
            judge=AskingJudge("asking/other"),
            answerer="openai:gpt-test chat;temperature=0",
        ),
        rubric=rubric(),
        options=LiveOptions(repeats=RepeatPlan(share=0, least=0), prices=PRICES),
    )
    tally = run(store, many(5), "openai")
    assert (tally.new, tally.spending.replayed, sum(server.asked.values())) == (5, 3, 2)
