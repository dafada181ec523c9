"""Drives a judge in rounds: the asks of a round go out as batches, and the next round follows.

Between rounds nothing is kept but the store: every deliberation is replayed from stored replies.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from cxscore.errors import ConfigError, TranscriptError
from cxscore.providers.batch_service import BatchService
from cxscore.providers.model import Attempt
from cxscore.rubric import Rubric
from cxscore.run.asking import unpriced
from cxscore.run.batch_results import Books, discounted
from cxscore.run.joined import joined
from cxscore.run.money import Meter
from cxscore.run.panel import OpenPanel, Panel
from cxscore.run.post import Post
from cxscore.run.prepare import Rules
from cxscore.run.round_driver import BatchOptions, Left, Rounds, Watch
from cxscore.run.settling import Settling
from cxscore.run.source import JudgeSource
from cxscore.run.tally import Counting, News, Progress, Tally
from cxscore.store import Ledger
from cxscore.transcript import Record
from cxscore.verdict import Judged

__all__ = ["BatchOptions", "Finish", "OpenServices", "Watch", "score_in_batches"]

OpenServices: TypeAlias = Callable[[Panel], AbstractAsyncContextManager[Mapping[str, BatchService]]]
"""Opens the batch service of each seat of a panel."""
Finish: TypeAlias = Callable[[Iterable[Record]], Tally]
"""Judges what is still open, live."""


def score_in_batches(
    records: Iterable[Record | TranscriptError],
    *,
    ledger: Ledger,
    panel: OpenPanel,
    services: OpenServices,
    rubric: Rubric,
    finish: Finish | None = None,
    options: BatchOptions | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_news: Callable[[str], None] | None = None,
    on_result: Callable[[Judged], None] | None = None,
) -> Tally:
    """Judge what the ledger does not know yet through a provider's batches, in bounded memory.

    Interrupt or kill it whenever you like: the same call goes on from there, also with batches that
    were created and not yet noted. The store's lease is held only while something is written.

    Args:
        records: from a reader.
        ledger: open, not inside ``writing``.
        panel: opens the judge; its models are asked once each, before their first batch.
        services: opens the batch service of each seat.
        rubric: the rubric the judge grades by.
        finish: judges live what is still open after the first round; None: every round is a batch.
        options: money, patience, and what is judged again.
        on_progress: told at most ten times a second, and at the end.
        on_news: told in a sentence what happens to batches.
        on_result: called once for each conversation judged or excluded in this run.

    Returns:
        The counts; ``tally.stopped`` says why the run ended early, if it did.

    Raises:
        AttemptError: the provider does not answer; the same call goes on later.
        ConfigError: wrong key, unknown model, or a budget without a known price.
        StoreError: another run is writing, or the store cannot be written.
    """
    run = _Run(
        ledger=ledger,
        rubric=rubric,
        options=options or BatchOptions(),
        news=News(on_progress),
        tell=on_news or (lambda _: None),
        on_result=on_result,
        live=finish is not None,
    )
    tally, left = _in_own_loop(lambda: run.over(iter(records), panel, services))
    if finish is None or tally.stopped is not None or not left.ids:
        return tally
    rest = finish(left.records(ledger))
    return joined(tally, rest, updated=len(left.updated))


def _in_own_loop(work: Callable[[], Awaitable[tuple[Tally, Left]]]) -> tuple[Tally, Left]:
    """Run in a loop and a thread of its own: works inside a running loop too."""
    done: list[tuple[Tally, Left]] = []
    errors: list[BaseException] = []
    stop: list[Callable[[], object]] = []

    async def wrapped() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if task is not None:
            stop.append(lambda: loop.call_soon_threadsafe(task.cancel))
        done.append(await work())

    def target() -> None:
        try:
            asyncio.run(wrapped())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=target, name="cxscore-batches", daemon=True)
    thread.start()
    try:
        thread.join()
    except KeyboardInterrupt:
        with suppress(RuntimeError, IndexError):  # the loop has not begun, or has ended
            stop[0]()
        thread.join(timeout=10)
        raise
    if errors:
        raise errors[0]
    return done[0]


@dataclass(slots=True, kw_only=True)
class _Run:
    ledger: Ledger
    rubric: Rubric
    options: BatchOptions
    news: News
    tell: Callable[[str], None]
    on_result: Callable[[Judged], None] | None
    live: bool
    """Later rounds are finished live."""

    async def over(
        self,
        records: Iterator[Record | TranscriptError],
        open_panel: OpenPanel,
        services: OpenServices,
    ) -> tuple[Tally, Left]:
        probed: list[Attempt] = []
        async with open_panel(probed.append) as panel, services(panel) as opened:
            self._refuse_unpriced(opened)
            rounds = self._rounds(panel, opened, probed)
            left = await rounds.over(islice(records, self.options.limit))
            return rounds.tally(), left

    def _refuse_unpriced(self, services: Mapping[str, BatchService]) -> None:
        if self.options.budget_usd is None:
            return
        for service in services.values():
            if self.options.prices.of(service.id) is None:
                raise ConfigError(unpriced(service.id, self.options.prices))

    def _rounds(
        self, panel: Panel, services: Mapping[str, BatchService], probed: list[Attempt]
    ) -> Rounds:
        options, judge, ledger = self.options, panel.judge, self.ledger
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
        with ledger.writing():
            ledger.keep_rubric(self.rubric)
            number = ledger.begin_run(
                judge=rules.source.fingerprint, rubric=self.rubric.ref, heuristic=judge.heuristic
            )
        meter = Meter(discounted(options.prices))
        return Rounds(
            ledger=ledger,
            panel=panel,
            options=options,
            live=self.live,
            news=self.news,
            meter=meter,
            probes=Meter(options.prices),
            probed=probed,
            post=Post(
                ledger=ledger,
                services={panel.seats[s].answerer: service for s, service in services.items()},
                books=Books(run=number, prices=options.prices, meter=meter),
                tell=self.tell,
                sleep=options.sleep,
                settle_s=options.settle_s,
                mark=options.mark,
            ),
            settling=Settling(
                ledger=ledger,
                put=ledger.put,
                rules=rules,
                rubric=self.rubric,
                run=number,
                counting=Counting(),
                on_result=self.on_result,
                replay_known=options.replay_known,
            ),
        )
