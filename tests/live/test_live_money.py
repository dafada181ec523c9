"""Budgets, prices, the ledger of attempts, and repeats."""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from asking_judges import AskingJudge, answer, panel, record, rubric
from hypothesis import given, settings
from hypothesis import strategies as st

from cxscore.errors import ConfigError
from cxscore.judging import NoReply, Refused, Usage
from cxscore.run.live import LiveOptions, score_live
from cxscore.run.money import Price, Prices
from cxscore.run.outage import OutagePolicy
from cxscore.run.repeats import RepeatPlan
from cxscore.store import Ledger
from cxscore.testing import ScriptedModel

ONCE = RepeatPlan(share=0.0, least=0)
PRICE = Price(model="scripted:*", input=1.0, output=4.0, date="2026-11-22", source="test")
PRICES = Prices(prices=(PRICE,), path="prices.yaml")
DEAREST = PRICE.dearest(input_tokens=200, output_tokens=100)


@pytest.fixture
def store(tmp_path):
    with Ledger.open(tmp_path / "a.db") as ledger:
        yield ledger


def many(n):
    return [record(f"c{i:04d}", f"Where is order {i}?", "On Friday.") for i in range(n)]


def run(store, records, opened, **options):
    return score_live(
        iter(records),
        ledger=store,
        panel=opened,
        rubric=rubric(),
        options=LiveOptions(**({"repeats": ONCE, "concurrency": 4, "prices": PRICES} | options)),
    )


def rows(store, sql):
    with closing(sqlite3.connect(store.path)) as raw:
        return raw.execute(sql).fetchall()


def test_the_run_stops_at_its_budget_and_goes_on_from_there(store):
    model = ScriptedModel(lambda ask: answer(tokens=(150, 50)))
    one = 150e-6 + 200e-6
    first = run(store, many(40), panel(model), budget_usd=10 * one + DEAREST)
    assert first.stopped.why == "budget"
    assert "the same command goes on" in first.stopped.sentence
    assert 0 < len(model.asks) < 40
    assert first.spending.usd == pytest.approx(len(model.asks) * one)
    assert first.conversations == first.new == len(model.asks)
    second = run(store, many(40), panel(model), budget_usd=1.0)
    assert (second.new, second.already_scored, len(model.asks)) == (
        40 - first.new, first.new, 40,
    )  # fmt: skip


def test_a_budget_smaller_than_one_ask_asks_nothing(store):
    model = ScriptedModel(lambda ask: answer())
    tally = run(store, many(3), panel(model), budget_usd=1e-9)
    assert (tally.stopped.why, len(model.asks), tally.conversations) == ("budget", 0, 0)


def test_a_stored_reply_needs_no_budget(store):
    run(store, many(3), panel(lambda ask: answer()))
    again = panel(lambda ask: answer(), judge=AskingJudge("asking/2"))
    assert run(store, many(3), again, budget_usd=0.0).new == 3


def test_a_budget_without_a_price_is_refused_before_anything_is_asked(store):
    model = ScriptedModel(lambda ask: answer())
    with pytest.raises(ConfigError, match=r"no price is known for scripted:model.*prices\.yaml"):
        run(store, many(3), panel(model), budget_usd=5.0, prices=Prices(path="prices.yaml"))
    assert model.asks == []
    assert rows(store, "SELECT * FROM run") == []


def test_without_a_price_the_cost_is_unknown_and_not_zero(store):
    tally = run(store, many(3), panel(lambda ask: answer()), prices=Prices())
    assert tally.spending.usd is None
    assert rows(store, "SELECT usd FROM attempt") == [(None,)] * 3


@settings(max_examples=25, deadline=None)
@given(
    budget=st.floats(0, 0.02),
    concurrency=st.integers(1, 6),
    used=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 100)), min_size=1, max_size=30),
)
def test_a_budget_is_never_exceeded_by_more_than_the_asks_in_flight(budget, concurrency, used):
    todo = iter(used * 40)
    largest = max(PRICE.usd(Usage(input_tokens=i, output_tokens=o)) for i, o in used)
    model = ScriptedModel(lambda ask: answer(tokens=next(todo)))
    with tempfile.TemporaryDirectory() as folder, Ledger.open(Path(folder) / "a.db") as store:
        tally = run(
            store, many(30), panel(model, concurrency=concurrency),
            budget_usd=budget, concurrency=concurrency,
        )  # fmt: skip
        assert tally.spending.usd <= budget + concurrency * largest + 1e-12
        assert len(rows(store, "SELECT * FROM attempt")) == len(model.asks) == tally.spending.calls
        stored = rows(store, "SELECT coalesce(sum(usd), 0) FROM attempt")[0][0]
        assert stored == pytest.approx(tally.spending.usd)
        assert tally.conversations == tally.new == tally.spending.calls
        assert (tally.stopped is None) == (tally.new == 30)


def test_attempts_that_failed_are_in_the_books(store):
    def script(ask):
        if "c0001" in ask.user:
            return NoReply(text="400", lasting=True)
        return Refused(text="no", model="m") if "c0002" in ask.user else answer()

    tally = run(store, many(4), panel(script))
    (spent,) = tally.spending.models.values()
    assert spent.attempts == {"answered": 2, "connection": 1, "refused": 1}
    found = rows(
        store,
        "SELECT a.status, c.id FROM attempt a JOIN conversation c ON c.key = a.conversation"
        " ORDER BY c.id",
    )
    assert [s for s, _ in found] == ["answered", "connection", "refused", "answered"]


def test_asks_of_an_outage_are_in_the_books_too(store):
    down = ScriptedModel(lambda ask: NoReply(text="down"))
    policy = OutagePolicy(silences=5, for_s=0.0, pause_s=0.0)
    tally = run(store, many(30), panel(down), outage=policy)
    assert tally.spending.calls == len(down.asks) == len(rows(store, "SELECT 1 FROM attempt"))


def test_cached_tokens_cost_what_the_price_says():
    price = Price(model="m", input=2, output=8, cache_read=0.2, cache_write=2.5, date="", source="")
    usage = Usage(
        input_tokens=1_000_000, output_tokens=0, cache_read_tokens=500_000,
        cache_write_tokens=100_000,
    )  # fmt: skip
    assert price.usd(usage) == pytest.approx(0.4 * 2 + 0.5 * 0.2 + 0.1 * 2.5)


def test_the_first_pattern_that_fits_is_the_price():
    special = Price(model="openai:a-mini", input=1, output=1, date="", source="")
    general = Price(model="openai:a-*", input=9, output=9, date="", source="")
    prices = Prices(prices=(special, general))
    assert prices.of("openai:a-mini") is special
    assert prices.of("openai:a-big") is general
    assert prices.of("anthropic:a-big") is None


def test_at_least_twenty_are_asked_twice_and_flips_are_counted(store):
    seen = set()

    def script(ask):
        again = ask.user in seen
        seen.add(ask.user)
        return answer(5 if again and "7" in ask.user.split("\n")[0] else 4)

    tally = run(store, many(100), panel(script), repeats=RepeatPlan(share=0.01, least=20))
    flips = tally.repeats["length"]
    assert 20 <= flips.asked <= 30
    assert tally.spending.calls == 100 + flips.asked
    shown = {j.record.conversation.id: j.verdict.journey["length"].level for j in store.judged()}
    assert set(shown.values()) == {4}  # a repeat never takes the place of the verdict
    twice = rows(store, "SELECT c.id FROM verdict v JOIN conversation c ON c.key = v.conversation"
                        " WHERE v.repeat = 1")  # fmt: skip
    assert len(twice) == flips.asked
    assert flips.flipped == sum("7" in name for (name,) in twice)
    assert tally.conversations == tally.new == 100


def test_repeats_of_a_fixed_number_and_none(store):
    fixed = run(store, many(30), panel(lambda a: answer()), repeats=RepeatPlan(share=0, least=7))
    assert fixed.spending.calls == 37
    assert fixed.repeats["tone"].flipped == 0
    few = run(store, many(33), panel(lambda a: answer()), repeats=RepeatPlan(share=0, least=20))
    assert few.spending.calls == 6
    again = run(store, many(33), panel(lambda a: answer()), repeats=RepeatPlan())
    assert (again.spending.calls, again.repeats) == (0, {})


def test_repeats_stay_inside_the_budget(store):
    one = 1000e-6 + 200e-6
    model = ScriptedModel(lambda ask: answer())
    tally = run(
        store, many(10), panel(model, concurrency=1), budget_usd=12 * one, concurrency=1,
        repeats=RepeatPlan(share=0.0, least=10),
    )  # fmt: skip
    assert tally.new == 10
    assert len(model.asks) <= 12
    assert tally.stopped.why == "budget"
