"""Drives a judge that asks models: many conversations under way, nothing paid for twice."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, TypeAlias, TypeVar

from cxscore.errors import ConfigError, JudgeError, StoreError, TranscriptError
from cxscore.judging import MAX_ROUNDS, Ask, Reply, step
from cxscore.providers.model import Attempt
from cxscore.rubric import Rubric
from cxscore.run.asking import Asking, Case, HaltedError, unpriced
from cxscore.run.budget import Budget
from cxscore.run.collecting import collecting_rarely
from cxscore.run.journal import Journal
from cxscore.run.money import Meter, Prices
from cxscore.run.outage import OUTAGE, Outage, OutagePolicy
from cxscore.run.panel import OpenPanel, Panel
from cxscore.run.prepare import Due, Rules, prepare
from cxscore.run.redacting import deliberation
from cxscore.run.repeats import RepeatPlan, Repeats
from cxscore.run.settling import Settling
from cxscore.run.source import JudgeSource
from cxscore.run.tally import Counting, News, Progress, Tally
from cxscore.run.worker import rows_of_error
from cxscore.store import InputRegister, Ledger, VerdictRows, rows_of, unit
from cxscore.transcript import Record
from cxscore.verdict import Judged, Verdict

T = TypeVar("T")
_Stopping: TypeAlias = Callable[[], None] | None

CONCURRENCY = 16
"""Asks in flight, unless said otherwise."""
CHUNK = 16
"""Records read at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    """How a live run goes about it."""

    concurrency: int = CONCURRENCY
    """Asks in flight at most; the models keep it, the run keeps twice as many conversations going
    so that storing and judging never leave one of them idle."""
    prices: Prices = field(default_factory=Prices)
    budget_usd: float | None = None
    repeats: RepeatPlan = field(default_factory=RepeatPlan)
    outage: OutagePolicy = OUTAGE
    limit: int | None = None
    replay_known: bool = False
    rescore_kb: bool = False
    retry_failed: bool = False
    beside: bool = False


def score_live(
    records: Iterable[Record | TranscriptError],
    *,
    ledger: Ledger,
    panel: OpenPanel,
    rubric: Rubric,
    options: LiveOptions | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_result: Callable[[Judged], None] | None = None,
) -> Tally:
    """Judge what the ledger does not know yet by asking models, streaming, in bounded memory.

    Works inside a running event loop too: the run has a loop and a thread of its own, in which the
    callbacks are called. Interrupt it whenever you like: replies are on the disk before they are
    judged, and the same call goes on from there.

    Args:
        records: from a reader; iterated in other threads, one at a time.
        ledger: open; this call holds its writer's lease.
        panel: opens the judge with its models.
        rubric: the rubric the judge grades by.
        options: concurrency, money, repeats, and what is judged again.
        on_progress: told at most ten times a second, and at the end.
        on_result: called once for each conversation judged or excluded in this run, as they are
            done, not in input order.

    Returns:
        The counts; every record that was settled is counted once. ``tally.stopped`` says why the
        run ended early, if it did.

    Raises:
        ConfigError: no ask will be answered (wrong key, unknown model), or a budget is set and a
            price is not known. What was judged before stays.
        StoreError: another run is writing, or the store cannot be written.
    """
    with ledger.writing(), collecting_rarely():
        run = _Run(
            ledger=ledger,
            rubric=rubric,
            options=options or LiveOptions(),
            news=News(on_progress),
            on_result=on_result,
        )
        return in_own_thread(lambda: run.over(iter(records), panel), run.interrupt)


def in_own_thread(work: Callable[[], Coroutine[Any, Any, T]], interrupt: _Stopping = None) -> T:
    """Run a coroutine in a thread and a loop of its own: the caller may be inside a loop.

    Args:
        work: makes the coroutine.
        interrupt: called on Ctrl-C, before it is raised.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(asyncio.run(work()))
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="cxscore-live", daemon=True)
    thread.start()
    try:
        thread.join()
    except KeyboardInterrupt:
        if interrupt is not None:
            interrupt()
            thread.join(timeout=10)
        raise
    if errors:
        raise errors[0]
    return results[0]


@dataclass(slots=True, kw_only=True)
class _Run:
    ledger: Ledger
    rubric: Rubric
    options: LiveOptions
    news: News
    on_result: Callable[[Judged], None] | None
    _interrupt: Callable[[], None] | None = None

    def interrupt(self) -> None:
        """End the run at once, from another thread; what is stored stays."""
        if self._interrupt is not None:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                self._interrupt()

    async def over(self, records: Iterator[Record | TranscriptError], panel: OpenPanel) -> Tally:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def interrupt() -> None:
            if task is not None:
                loop.call_soon_threadsafe(task.cancel)

        sitting: _Sitting | None = None

        def on_attempt(attempt: Attempt) -> None:
            if sitting is not None:
                sitting.asking.attempted(attempt)

        self._interrupt = interrupt
        async with panel(on_attempt) as opened:
            self._refuse_unpriced(opened)
            sitting = self._sitting(opened, Meter(self.options.prices))
            return await sitting.over(records)

    def _refuse_unpriced(self, panel: Panel) -> None:
        if self.options.budget_usd is None:
            return
        for seat in panel.seats.values():
            if self.options.prices.of(seat.model.id) is None:
                raise ConfigError(unpriced(seat.model.id, self.options.prices))

    def _sitting(self, panel: Panel, meter: Meter) -> _Sitting:
        options, judge = self.options, panel.judge
        rules = Rules(
            source=JudgeSource(
                factory=lambda: judge,
                fingerprint=panel.fingerprint or judge.fingerprint,
                heuristic=judge.heuristic,
                knowledge_at=panel.knowledge_at,
            ),
            rubric_digest=self.rubric.digest,
            rescore_kb=options.rescore_kb,
            retry_failed=options.retry_failed,
        )
        self.ledger.keep_rubric(self.rubric)
        run = self.ledger.begin_run(
            judge=rules.source.fingerprint, rubric=self.rubric.ref, heuristic=judge.heuristic
        )
        sitting = _Sitting(
            panel=panel,
            options=options,
            meter=meter,
            news=self.news,
            repeats=Repeats(options.repeats, self.ledger.secret),
        )
        journal = Journal(self.ledger, sitting.end_with)
        sitting.asking = Asking(
            ledger=self.ledger,
            journal=journal,
            run=run,
            seats=panel.seats,
            prices=options.prices,
            meter=meter,
            budget=Budget(options.budget_usd),
            outage=Outage(options.outage, time.monotonic),
            now=self.ledger.now,
        )
        sitting.settling = Settling(
            ledger=self.ledger,
            put=journal.put,
            rules=rules,
            rubric=self.rubric,
            run=run,
            counting=Counting(),
            on_result=self.on_result,
            replay_known=options.replay_known,
            beside=options.beside,
        )
        return sitting


@dataclass(slots=True, kw_only=True)
class _Sitting:
    """One run inside its loop."""

    panel: Panel
    options: LiveOptions
    meter: Meter
    news: News
    repeats: Repeats
    asking: Asking = field(init=False)
    settling: Settling = field(init=False)
    _error: BaseException | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def end_with(self, error: BaseException) -> None:
        """Something broke that breaks every conversation: the run ends with it."""
        if self._error is None:
            self._error = error
        for task in self._tasks:
            task.cancel()

    async def over(self, records: Iterator[Record | TranscriptError]) -> Tally:
        register = InputRegister()
        try:
            await self._feed(islice(records, self.options.limit), register)
            await self._finished()
            await self._repeat_missing()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            register.close()
            tally = await self._close()
        if self._error is not None:
            raise self._error
        return tally

    async def _close(self) -> Tally:
        settling = self.settling
        try:
            await self.asking.journal.close()
        except StoreError as error:
            self.end_with(error)
        self.news.spread(settling.counting, meter=self.meter, last=True)
        source = settling.rules.source
        tally = settling.counting.tally(
            judge=source.fingerprint,
            heuristic=source.heuristic,
            spending=self.meter.spending(self.options.budget_usd),
            repeats=self.repeats.flips(),
            stopped=self.asking.stop,
        )
        with suppress(StoreError):  # it is in the error already
            # Messages may cite a transcript: they are for the caller, not for the file.
            settling.ledger.end_run(settling.run, replace(tally, messages=()).as_json())
        return tally

    def _over(self) -> bool:
        return self._error is not None or self.asking.stop is not None

    async def _feed(
        self, records: Iterator[Record | TranscriptError], register: InputRegister
    ) -> None:
        slots = asyncio.Semaphore(2 * self.options.concurrency + CHUNK)
        while not self._over():
            # In a thread: a pipe may be slow, and answers must be taken meanwhile.
            chunk = await asyncio.to_thread(lambda: list(islice(records, CHUNK)))
            if not chunk:
                return
            for item in chunk:
                await self._take(item, register, slots)
                if self._over():
                    return
            await self.asking.journal.room()

    async def _take(
        self, item: Record | TranscriptError, register: InputRegister, slots: asyncio.Semaphore
    ) -> None:
        self.news.read += 1
        settling = self.settling
        prepared = prepare(item, ledger=settling.ledger, register=register, rules=settling.rules)
        if not isinstance(prepared, Due):
            settling.settle(prepared)
            self.news.spread(settling.counting, meter=self.meter)
            return
        await slots.acquire()
        if self._over():
            slots.release()
            return
        self._start(prepared, slots)
        # Let what has come in be taken before the next conversation is prepared.
        await asyncio.sleep(0)

    def _start(self, due: Due, slots: asyncio.Semaphore) -> None:
        task = asyncio.create_task(self._conversation(due))
        self._tasks.add(task)

        def done(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            slots.release()
            if not task.cancelled() and (error := task.exception()) is not None:
                self.end_with(error)

        task.add_done_callback(done)

    async def _finished(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _conversation(self, due: Due) -> None:
        case = Case(entry=due.entry, beside=self.options.beside)
        try:
            rows = await self._judged(due, case)
            if due.failed_before and not case.asked and rows.retry is not None:
                # What is stored leads to the same failure: only asking anew can mend it.
                case.from_store = False
                rows = await self._judged(due, case)
        except HaltedError:
            return
        self.news.judged += 1
        self.settling.settle_judged(replace(due, entry=case.entry), rows)
        self.news.spread(self.settling.counting, meter=self.meter)
        if self.repeats.drawn(due, rows):
            await self._repeat(due, rows)

    async def _repeat_missing(self) -> None:
        if self._over():
            return
        pairs = iter(self.repeats.missing())
        while pair := next(pairs, None):
            task = asyncio.create_task(self._repeat(*pair))
            self._tasks.add(task)
            task.add_done_callback(self._repeated)
            if len(self._tasks) >= 2 * self.options.concurrency:
                await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        await self._finished()

    def _repeated(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.end_with(error)

    async def _repeat(self, due: Due, first: VerdictRows) -> None:
        """Ask the same once more, under a unit of its own, beside the verdict that counts."""
        # The first judgement has stored the words.
        entry = replace(due.entry, content=None, sealed=None)
        case = Case(entry=entry, repeat=1, beside=True, kept=True)
        try:
            rows = await self._judged(due, case)
        except HaltedError:
            return
        rules = self.settling.rules
        own = unit(
            conversation_id=entry.id,
            visible=due.visible,
            judge=rules.source.fingerprint,
            rubric_digest=rules.rubric_digest,
            repeat=1,
        )
        verdict = replace(self.settling.verdict(due, rows), unit=own, repeat=1)
        self.settling.put(replace(entry, verdict=verdict, beside=True))
        self.repeats.compare(first, rows)

    async def _judged(self, due: Due, case: Case) -> VerdictRows:
        """One deliberation; whatever the judge raises is a failed judgement, never an end."""
        judging = deliberation(
            self.panel.judge, due.transcript, due.record.conversation, self.panel.redactor
        )
        replies: tuple[Reply, ...] | None = None
        try:
            for _ in range(MAX_ROUNDS + 1):
                try:
                    asks = step(judging, replies)
                except Exception as error:
                    return rows_of_error(error)
                if isinstance(asks, Verdict):
                    return rows_of(asks)
                replies = await self._answers(asks, case)
        finally:
            judging.close()
        return rows_of_error(JudgeError(f"the judge asked more than {MAX_ROUNDS} rounds"))

    async def _answers(self, asks: tuple[Ask, ...], case: Case) -> tuple[Reply, ...]:
        if len(asks) == 1:
            return (await self.asking.answer(asks[0], case),)
        # Every ask of the round comes to its end, also when the run ends: it may have been paid.
        said = await asyncio.gather(
            *(self.asking.answer(a, case) for a in asks), return_exceptions=True
        )
        errors = [s for s in said if isinstance(s, BaseException)]
        for error in sorted(errors, key=lambda e: isinstance(e, HaltedError)):
            raise error
        return tuple(s for s in said if not isinstance(s, BaseException))
