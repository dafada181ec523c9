"""A service that goes down under asks which began while it still answered."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from asking_judges import AskingJudge, answer, record, rubric

from cxscore.judging import NoReply
from cxscore.providers.model import Attempt
from cxscore.run.live import LiveOptions, score_live
from cxscore.run.outage import OutagePolicy
from cxscore.run.panel import Bounded, Panel, Seat
from cxscore.run.repeats import RepeatPlan
from cxscore.store import Ledger


class GoesDown:
    """Two asks wait until all others are answered, and fail as a service does that is down."""

    id, settings = "scripted:model", ""
    others = 8

    def __init__(self, on_attempt, *, answering_meanwhile):
        self.on_attempt, self.answering_meanwhile = on_attempt, answering_meanwhile
        self.answered, self.put, self.changed = 0, {}, asyncio.Condition()

    async def answer(self, ask):
        name = ask.user[:5]
        self.put[name] = self.put.get(name, 0) + 1
        if name in {"c0000", "c0001"} and self.put[name] == 1:
            early = self.answering_meanwhile and name == "c0000"
            await self._until(2 if early else self.others)
            self._failed(ask)
            self._failed(ask)
            await self._until(self.others)  # others are answered between two of its attempts
            self._failed(ask)
            return NoReply(text="down")
        await asyncio.sleep(0.1)  # one at a time: two of three places are waiting
        async with self.changed:
            self.answered += 1
            self.changed.notify_all()
        return answer()

    async def _until(self, count):
        async with self.changed:
            await self.changed.wait_for(lambda: self.answered >= count)
        await asyncio.sleep(0.1)  # what is answered is settled

    def _failed(self, ask):
        self.on_attempt(
            Attempt(purpose=ask.purpose, model=self.id, status="connection",
                    started_at=0.0, seconds=0.0, usage=None)
        )  # fmt: skip


@pytest.mark.parametrize(("answering_meanwhile", "failed"), [(False, 0), (True, 1)])
def test_answers_from_before_an_outage_do_not_fail_what_it_interrupts(
    tmp_path, answering_meanwhile, failed
):
    records = [record(f"c{i:04d}", f"Where is order {i}?", "On Friday.") for i in range(10)]

    @asynccontextmanager
    async def opened(on_attempt):
        model = GoesDown(on_attempt, answering_meanwhile=answering_meanwhile)
        seat = Seat(model=Bounded(model, 3), answerer="scripted:model")
        yield Panel(judge=AskingJudge(), seats={"judge": seat})

    with Ledger.open(tmp_path / "a.db") as store:
        tally = score_live(
            iter(records),
            ledger=store,
            panel=opened,
            rubric=rubric(),
            options=LiveOptions(
                concurrency=3,
                repeats=RepeatPlan(share=0.0, least=0),
                outage=OutagePolicy(silences=50, for_s=30.0, pause_s=0.01),
            ),
        )
    assert (tally.new, tally.failed, tally.stopped) == (10 - failed, failed, None)
