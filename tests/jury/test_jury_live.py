"""A jury and a cascade in a live run: who is asked, what is stored, what an outage does."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from bench_of_judges import RUBRIC, TRANSCRIPT, abstained, graded, one

from cxscore.judges.names import assemble, parse, seats, with_fallback
from cxscore.judging import NoReply
from cxscore.run.live import LiveOptions, score_live
from cxscore.run.outage import OutagePolicy
from cxscore.run.panel import Bounded, Panel, Seat
from cxscore.run.repeats import RepeatPlan
from cxscore.store import Ledger
from cxscore.testing import ScriptedModel
from cxscore.transcript import Conversation, Leg, Record
from cxscore.verdict import Judged

RECORDS = [Record(conversation=Conversation(id=f"c{n}", turns=TRANSCRIPT.turns)) for n in range(5)]
LEVELS = {"openai:a": 4, "openai:b": 2, "openai:c": 4, "openai:spare": 1}


class House:
    """Models by name, some of them out, and the judge of a name over them."""

    def __init__(self, name: str, *out: str) -> None:
        self.spec = parse(name)
        self.models = {
            model: ScriptedModel(
                (lambda ask: NoReply(text="down")) if model in out else (lambda ask: "{}"), id=model
            )
            for model in LEVELS
        }
        self.judge = assemble(self.spec, rubric=RUBRIC, judge=self.make)

    def make(self, name: str):
        if name == "embedded":
            return one("rules", abstained(), rounds=0)
        unsure = 0.5 if name == "openai:b" else None
        return one(name, graded(LEVELS[name], certainty=unsure))

    @asynccontextmanager
    async def opened(self, on_attempt: Callable[..., None]):
        relieved = with_fallback(self.spec)
        yield Panel(
            judge=self.judge,
            seats={
                seat: Seat(
                    model=Bounded(self.models[model], 4), answerer=model, relieved=seat in relieved
                )
                for seat, model in seats(self.spec).items()
            },
        )

    def run(self, store: Ledger) -> tuple[list[Judged], object]:
        found: list[Judged] = []
        tally = score_live(
            iter(RECORDS),
            ledger=store,
            panel=self.opened,
            rubric=RUBRIC,
            options=LiveOptions(
                repeats=RepeatPlan(share=0.0, least=0),
                outage=OutagePolicy(silences=2, for_s=0.0, pause_s=0.0),
            ),
            on_result=found.append,
        )
        return found, tally

    @property
    def asked(self) -> dict[str, int]:
        return {name: len(m.asks) for name, m in self.models.items() if m.asks}


@pytest.fixture
def store(tmp_path: Path):
    with Ledger.open(tmp_path / "a.db") as ledger:
        yield ledger


def test_a_jury_asks_every_seats_model_once(store: Ledger):
    house = House("jury:openai:a,openai:b,openai:c")
    judged, tally = house.run(store)
    assert house.asked == {"openai:a": 5, "openai:b": 5, "openai:c": 5}
    assert {j.verdict.journey["level"].level for j in judged} == {4}
    assert tally.new == 5


def test_a_model_that_sits_in_two_places_is_asked_once(store: Ledger):
    house = House("cascade:embedded,openai:b,jury:openai:a,openai:b,openai:c")
    judged, _ = house.run(store)
    assert house.asked == {"openai:a": 5, "openai:b": 5, "openai:c": 5}
    assert {j.verdict.given_by[Leg.JOURNEY]["level"] for j in judged} == {"jury"}


def test_a_second_run_asks_nobody(store: Ledger):
    House("jury:openai:a,openai:b,openai:c").run(store)
    again = House("jury:openai:c,openai:b,openai:a")
    _, tally = again.run(store)
    assert (again.asked, tally.already_scored) == ({}, 5)


def test_in_an_outage_the_fallback_judges_and_the_run_goes_on(store: Ledger):
    house = House("jury:openai:a|openai:spare,openai:b,openai:c", "openai:a")
    judged, tally = house.run(store)
    assert tally.stopped is None
    assert house.asked["openai:spare"] == 5
    for j in judged:
        assert j.verdict.journey["level"].level == 2
        assert j.verdict.judge != house.judge.fingerprint
        assert "openai:a did not answer; openai:spare judged in its place" in j.verdict.seen
    (stored,) = store.summary().judges
    assert stored == judged[0].verdict.judge, "scores of another jury are never pooled"
    again = House("jury:openai:a|openai:spare,openai:b,openai:c")
    assert again.run(store)[1].already_scored == 5


def test_without_a_fallback_an_outage_stops_the_run(store: Ledger):
    _, tally = House("jury:openai:a,openai:b,openai:c", "openai:a", "openai:b", "openai:c").run(
        store
    )
    assert tally.stopped.why == "provider"
