"""Pacing, simulated: the real ``PacedModel`` on a loop whose clock jumps instead of waiting."""

from __future__ import annotations

import asyncio
import random
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest
from fault_server import ASK
from hypothesis import given
from hypothesis import strategies as st

from cxscore.judging import Answered, Usage
from cxscore.providers.endpoint import Limits, Sent, ThrottledError
from cxscore.providers.model import PacedModel
from cxscore.providers.pacing import FLOOR, Bucket, Pacer
from cxscore.providers.slots import PLACE, Place, Slots

T = TypeVar("T")
LATENCY_S = 0.3


class JumpingLoop(asyncio.SelectorEventLoop):
    """Waits for nothing: when only timers are left, the clock jumps to the next one."""

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_NoWait(self))

    def time(self) -> float:
        return self._now

    def jump(self, seconds: float) -> None:
        self._now += seconds


class _NoWait(selectors.SelectSelector):
    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        if timeout:
            self._loop.jump(timeout)
        return super().select(0)


def simulate(scenario: Callable[[], Coroutine[Any, Any, T]]) -> T:
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(scenario())


class Service:
    """An endpoint that throttles at random, or above a rate it may name in its headers."""

    id = "simulated:model"
    settings = ""
    refused: frozenset[str] = frozenset()

    def __init__(
        self,
        *,
        share_429: float = 0.0,
        retry_after_s: float | None = None,
        rpm: float | None = None,
        tpm: float | None = None,
        says_rates: bool = True,
        always_empty: bool = False,
        counts: float | None = None,
    ) -> None:
        self._rng = random.Random(3)
        self._share, self._retry_after_s = share_429, retry_after_s
        self._rpm, self._tpm, self._says = rpm, tpm, says_rates
        self._always_empty = always_empty
        self._counts = counts  # tokens of an ask; None: it keeps no count of them
        self._tokens = tpm or 0.0
        self._tokens_at = 0.0
        self._credit = 1.0 + (rpm or 0) / 60
        self._at = 0.0
        self.sent: list[float] = []
        self.throttled = 0

    async def send(self, ask: Any) -> Sent:
        now = asyncio.get_running_loop().time()
        self.sent.append(now)
        if self._refuses(now):
            self.throttled += 1
            await asyncio.sleep(LATENCY_S / 10)
            raise ThrottledError("429", retry_after_s=self._retry_after_s, limits=self._limits())
        await asyncio.sleep(LATENCY_S)
        usage = Usage(input_tokens=100, output_tokens=20)
        return Sent(reply=Answered(text="{}", model="m", usage=usage), limits=self._limits())

    async def close(self) -> None: ...

    def _refuses(self, now: float) -> bool:
        if self._tpm and self._counts is not None:
            passed, self._tokens_at = now - self._tokens_at, now
            self._tokens = min(self._tpm, self._tokens + passed * self._tpm / 60)
            if self._tokens < self._counts:
                return True
            self._tokens -= self._counts
        if self._rpm:
            full = 1.0 + self._rpm / 60
            self._credit = min(full, self._credit + (now - self._at) * self._rpm / 60)
            self._at = now
            if self._credit < 1:
                return True
            self._credit -= 1
        return self._rng.random() < self._share

    def _limits(self) -> Limits:
        if not self._says:
            return Limits()
        left = 0.0 if self._always_empty else None
        return Limits(
            requests_per_minute=self._rpm,
            tokens_per_minute=self._tpm,
            requests_left=left,
            tokens_left=None if self._counts is None else self._tokens,
        )


def work(service: Service, *, asks: int, concurrency: int = 50) -> float:
    """Seconds a run of ``asks`` takes; every ask must be answered."""

    async def scenario() -> float:
        loop = asyncio.get_running_loop()
        model = PacedModel(
            service,
            pacer=Pacer(loop.time),
            in_flight=Slots(concurrency),
            clock=loop.time,
            rng=random.Random(5),
        )
        replies = await asyncio.gather(*(model.answer(ASK) for _ in range(asks)))
        assert {type(r) for r in replies} == {Answered}
        return loop.time()

    return simulate(scenario)


@pytest.mark.parametrize("retry_after_s", [None, 1.0])
def test_a_random_twentieth_of_429_keeps_most_of_the_clean_throughput(retry_after_s):
    clean = work(Service(), asks=3000)
    throttled = work(Service(share_429=0.05, retry_after_s=retry_after_s), asks=3000)
    assert clean == pytest.approx(3000 * LATENCY_S / 50, rel=0.01)
    assert clean / throttled >= 0.85


def test_a_limit_the_headers_name_is_respected():
    service = Service(rpm=1200)
    seconds = work(service, asks=1000)
    assert service.throttled <= 50, "only the first asks go out before a header was seen"
    assert seconds == pytest.approx(1000 / 20, rel=0.1)
    starts = [t for t in service.sent if t > 2.0]
    busiest = max(sum(s <= t < s + 1.0 for t in starts) for s in starts)
    assert busiest <= 2 * 1200 / 60


def test_a_token_limit_the_headers_name_is_respected():
    service = Service(tpm=60_000)
    seconds = work(service, asks=500, concurrency=20)
    assert seconds == pytest.approx(500 * 120 / 1000, rel=0.15)


def test_a_provider_that_counts_fewer_tokens_than_we_slows_nothing_down():
    """Of 120 tokens an ask it counts 12, as most came from its cache, and says what is left."""
    service = Service(tpm=600_000, counts=12)
    assert work(service, asks=3000) == pytest.approx(3000 * LATENCY_S / 50, rel=0.05)
    assert service.throttled == 0


@pytest.mark.parametrize("concurrency", [20, 200])
def test_what_is_left_is_spent_and_no_more(concurrency):
    """A minute's tokens are there at the start; then its rate holds, with hardly a refusal."""
    service = Service(tpm=60_000, counts=120)
    seconds = work(service, asks=1500, concurrency=concurrency)
    assert seconds >= (1500 * 120 - 60_000) / 1000 * 0.95
    assert seconds <= 1500 * 120 / 1000 * 1.05
    assert service.throttled <= 0.1 * 1500


def test_a_limit_nobody_names_is_found():
    service = Service(rpm=1200, says_rates=False)
    seconds = work(service, asks=6000)
    assert seconds <= 1.1 * 6000 / 20
    early = sum(t < 30 for t in service.sent)
    assert (len(service.sent) - early) / (6000 - 30 * 20) <= 1.25, "asks a reply, once it is found"


def test_a_header_that_always_says_nothing_is_left_does_not_stop_the_run():
    service = Service(rpm=6000, always_empty=True)
    seconds = work(service, asks=2000)
    assert seconds <= 2000 / (FLOOR * 100) * 1.1


@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from([None, 0.0, 5.0]), st.floats(0, 3)), max_size=200
    )
)
def test_the_rate_stays_between_floor_and_limit(events):
    now = 0.0
    pacer = Pacer(lambda: now)
    for throttled, left, pause in events:
        now += pause
        before = pacer.requests.rate
        pacer.note(Limits(requests_per_minute=600, requests_left=left), throttled=throttled)
        rate = pacer.requests.rate
        assert rate is not None
        assert FLOOR * 10 - 1e-9 <= rate <= 10
        assert before is None or rate >= before * 0.9 - 1e-9


@given(st.lists(st.floats(0, 50), min_size=1, max_size=60), st.floats(1, 100))
def test_a_bucket_never_gives_more_than_its_rate_allows(units, limit):
    bucket = Bucket()
    bucket.learn(limit, None, 0.0)
    now = 0.0
    for taken in units:
        now += bucket.take(taken, now)
    assert sum(units) <= limit * (now + 1.0) + 1e-6


def test_a_few_429_at_the_start_slow_nothing_down():
    now = 0.0
    pacer = Pacer(lambda: now)
    for _ in range(15):
        pacer.note(Limits(), throttled=True)
    assert pacer.requests.rate is None


def test_one_decrease_a_second():
    now = 0.0
    pacer = Pacer(lambda: now)
    for n in range(200):
        now = n / 1000
        pacer.note(Limits(requests_per_minute=6000), throttled=True)
    assert pacer.requests.rate == pytest.approx(90, rel=0.01)


def test_who_waited_through_more_attempts_is_served_first():
    async def scenario() -> list[str]:
        slots, served = Slots(1), []

        async def ask(name: str, attempt: int) -> None:
            async with slots.slot(attempt):
                served.append(name)
                await asyncio.sleep(1)

        await asyncio.gather(
            ask("now", 0), ask("new", 0), ask("newer", 0), ask("second try", 1), ask("third", 2)
        )
        return served

    assert simulate(scenario) == ["now", "third", "second try", "new", "newer"]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), max_size=12))
def test_slots_are_never_lost_to_cancelled_waiters(plans):
    async def scenario() -> int:
        slots, holding, peak = Slots(2), 0, 0

        async def ask(attempt: int) -> None:
            nonlocal holding, peak
            async with slots.slot(attempt):
                holding += 1
                peak = max(peak, holding)
                try:
                    await asyncio.sleep(1)
                finally:
                    holding -= 1

        async def cancelled_after(task: asyncio.Task[None], seconds: int) -> None:
            await asyncio.sleep(seconds)
            task.cancel()

        tasks = [asyncio.create_task(ask(attempt)) for attempt, _ in plans]
        cancels = [cancelled_after(t, s) for t, (_, s) in zip(tasks, plans, strict=True)]
        await asyncio.gather(*tasks, *cancels, return_exceptions=True)
        await asyncio.wait_for(asyncio.gather(ask(0), ask(0)), 3)
        return peak

    assert simulate(scenario) <= 2


def test_an_answer_keeps_its_place_until_it_is_on_the_disk_and_a_failure_does_not():
    async def run():
        slots, place, order = Slots(1), Place(), []
        PLACE.set(place)
        with pytest.raises(ConnectionError):
            async with slots.slot(1):
                raise ConnectionError
        async with slots.slot(2):
            order.append("answered")

        async def next_one():
            PLACE.set(None)
            async with slots.slot(1):
                order.append("next")

        task = asyncio.create_task(next_one())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        order.append("on the disk")
        place.leave()
        place.leave()
        await task
        async with slots.slot(1):
            order.append("one place, not two")
        return order

    assert asyncio.run(run()) == ["answered", "on the disk", "next", "one place, not two"]
