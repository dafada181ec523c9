"""One run in batches inside its loop: walks, sends, waits, and walks again."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace

from cxscore.errors import ConfigError, TranscriptError
from cxscore.judging import Deliberation, NoReply, Reply
from cxscore.providers.batch_service import BatchService
from cxscore.providers.endpoint import ConnectionLostError
from cxscore.providers.model import Attempt
from cxscore.providers.probe import PROBE
from cxscore.providers.tokens import AskSizes
from cxscore.run.batch_results import discounted
from cxscore.run.joined import spent
from cxscore.run.leasing import leased
from cxscore.run.money import Meter, Prices
from cxscore.run.panel import Panel, Seat
from cxscore.run.post import Post
from cxscore.run.prepare import Due, prepare
from cxscore.run.redacting import deliberation
from cxscore.run.replaying import OpenAsk, OpenRound, replayed, stored_reply
from cxscore.run.settling import Settling
from cxscore.run.spool import Spool
from cxscore.run.tally import News, Stop, Tally
from cxscore.store import AttemptEntry, InputRegister, Ledger, VerdictRows
from cxscore.transcript import Record

CHUNK = 64
"""Conversations walked over before others get a turn."""
MOST_TRIES = 3
"""Batches one ask may fail in before it counts as unanswered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """How often a batch is looked at."""

    first_s: float = 10.0
    longest_s: float = 120.0
    growth: float = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOptions:
    """How a run in batches goes about it."""

    prices: Prices = field(default_factory=Prices)
    budget_usd: float | None = None
    watch: Watch = Watch()
    limit: int | None = None
    replay_known: bool = False
    rescore_kb: bool = False
    retry_failed: bool = False
    settle_s: float = 30.0
    """A creation cut short less than so many seconds ago is looked for again: a provider's list may
    lag behind."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    mark: Callable[[], str] = lambda: f"cxscore-{secrets.token_hex(12)}"
    """Our name of a new batch."""


@dataclass(slots=True, kw_only=True)
class Left:
    """Conversations that are stored and not judged yet."""

    ids: list[str] = field(default_factory=list)
    updated: set[str] = field(default_factory=set)
    """Of them, those whose content had changed."""

    def add(self, due: Due) -> None:
        """One more."""
        self.ids.append(due.entry.id)
        if due.updated:
            self.updated.add(due.entry.id)

    def records(self, ledger: Ledger) -> Iterator[Record]:
        """Their records, as stored."""
        for name in self.ids:
            stored = ledger.one(name)
            if stored is not None:
                yield stored.record


@dataclass(slots=True, kw_only=True)
class Rounds:
    """One run inside its loop."""

    ledger: Ledger
    panel: Panel
    options: BatchOptions
    live: bool
    news: News
    meter: Meter
    probes: Meter
    """Of asks made live to find out what a model takes: at full price."""
    probed: list[Attempt]
    """Attempts the panel's models told of."""
    post: Post
    settling: Settling
    left: Left = field(default_factory=Left)
    stop: Stop | None = None
    _first: bool = True
    """In the first walk what is stored was paid for by an earlier run."""
    _spools: dict[str, Spool] = field(default_factory=dict)
    _proved: set[str] = field(default_factory=set)
    _sizes: AskSizes = field(default_factory=AskSizes)

    async def over(self, records: Iterator[Record | TranscriptError]) -> Left:
        """Round after round, until everything is judged or what is left is for others."""
        try:
            with self.ledger.writing():
                await self.post.recover()
                await self._walk(records, updated=frozenset())
                await self._send_all()
            self._stop_if_stuck()
            while self.post.out():
                await self._wait()
                self._stop_if_stuck()
                if self.live and self.stop is None and not self.post.queue_full:
                    break
                await self._next_round()
                self._stop_if_stuck()
            return self.left
        finally:
            for spool in self._spools.values():
                spool.close()
            self.news.spread(self.settling.counting, meter=self.meter, last=True)

    def tally(self) -> Tally:
        """The counts, also written down with the run."""
        source = self.settling.rules.source
        tally = self.settling.counting.tally(
            judge=source.fingerprint,
            heuristic=source.heuristic,
            spending=spent(
                self.meter.spending(self.options.budget_usd), self.probes.spending(None)
            ),
            stopped=self.stop,
        )
        # Messages may cite a transcript: they are for the caller, not for the file.
        self.ledger.end_run(self.settling.run, replace(tally, messages=()).as_json())
        return tally

    async def _next_round(self) -> None:
        before, self.left = self.left, Left()
        self._first = False
        self.post.new_round()
        async with leased(self.ledger, self.options.sleep):
            await self._walk(before.records(self.ledger), updated=frozenset(before.updated))
            await self._send_all()

    async def _walk(
        self, records: Iterator[Record | TranscriptError], *, updated: frozenset[str]
    ) -> None:
        """Judge what can be judged, and collect the open asks of the rest."""
        register = InputRegister()
        try:
            for number, item in enumerate(records):
                await self._take(item, register, updated)
                if number % CHUNK == 0:
                    await asyncio.sleep(0)
        finally:
            register.close()

    async def _take(
        self, item: Record | TranscriptError, register: InputRegister, updated: frozenset[str]
    ) -> None:
        settling = self.settling
        self.news.read += 1
        due = prepare(item, ledger=self.ledger, register=register, rules=settling.rules)
        if not isinstance(due, Due):
            settling.settle(due)
        else:
            due = replace(due, updated=due.updated or due.entry.id in updated)
            found = replayed(judging(self.panel, due), self.panel.seats, self._known)
            if isinstance(found, VerdictRows):
                self._judged(due, found)
            else:
                await self._open(due, found)
        self.news.spread(settling.counting, meter=self.meter)

    def _judged(self, due: Due, rows: VerdictRows) -> None:
        if self.live and due.failed_before and rows.retry is not None:
            # What is stored leads to the same failure: only asking anew can mend it.
            self.left.add(due)
            return
        self.news.judged += 1
        self.settling.settle_judged(due, rows)

    def _known(self, one: OpenAsk) -> Reply | None:
        stored = stored_reply(self.ledger, one)
        if stored is not None:
            self.meter.replayed += self._first
            return stored
        failure = self.post.failures.get(one.custom_id)
        if failure is None or self.live or failure.times < MOST_TRIES:
            return None
        return NoReply(text=failure.said, lasting=failure.lasting)

    async def _open(self, due: Due, round_: OpenRound) -> None:
        """Store the words of a conversation, and collect its asks unless they are for later."""
        keep_words(self.ledger, due)
        self.left.add(due)
        if self.live and round_.number:
            return
        for one in round_.asks:
            if self.stop is None and not self._is_out(one) and self._has_batches(one):
                await self._collect(due, one)

    def _has_batches(self, one: OpenAsk) -> bool:
        if one.seat.answerer in self.post.services:
            return True
        if self.live:
            return False  # asked live, beside the others
        raise ConfigError(
            f"{one.seat.model.id} has no batches here, and every round is to be one; finish live "
            "(--finish live) or use files (cxscore batch export)"
        )

    def _is_out(self, one: OpenAsk) -> bool:
        spool = self._spools.get(one.seat.answerer)
        if spool is not None and one.custom_id in spool:
            return True
        return self.ledger.batches.is_out(one.seat.answerer, one.custom_id)

    async def _collect(self, due: Due, one: OpenAsk) -> None:
        service = self.post.services[one.seat.answerer]
        await self._probe(one.seat)
        line = service.line(one.custom_id, one.ask)
        usd = self._dearest(one, service)
        if usd is None:
            return
        spool = self._spools.get(one.seat.answerer)
        if spool is not None and not spool.takes(line):
            await self._send(one.seat.answerer)
            spool = None
        if spool is None:
            spool = Spool(most_requests=service.most_requests, most_bytes=service.most_bytes)
            self._spools[one.seat.answerer] = spool
        if not spool.takes(line):
            said = f"the ask has {len(line):,} bytes, more than a batch may hold"
            self.post.failed(one.custom_id, said, times=MOST_TRIES, lasting=True)
            return
        spool.add(one, line, conversation_id=due.entry.id, usd=usd)

    async def _probe(self, seat: Seat) -> None:
        """Ask a model once before its first batch: a wrong key or a refused parameter shows now."""
        if seat.answerer in self._proved:
            return
        try:
            reply = await seat.model.answer(PROBE)
        finally:
            self._note_probes()
        if isinstance(reply, NoReply):
            raise ConnectionLostError(reply.text)
        self._proved.add(seat.answerer)

    def _note_probes(self) -> None:
        for attempt in self.probed:
            usd = self.probes.add(
                model=attempt.model,
                purpose=attempt.purpose,
                status=attempt.status,
                usage=attempt.usage,
                estimated=attempt.estimated,
            )
            self.ledger.put(
                AttemptEntry(
                    run=self.settling.run,
                    conversation_id=None,
                    at=self.ledger.now(),
                    purpose=attempt.purpose,
                    seat="",
                    model=attempt.model,
                    status=attempt.status,
                    seconds=attempt.seconds,
                    usage=attempt.usage,
                    estimated=attempt.estimated,
                    usd=usd,
                )
            )
        self.probed.clear()

    def _dearest(self, one: OpenAsk, service: BatchService) -> float | None:
        """What an ask costs at most; None when the budget has no room for it: the run stops."""
        limit = self.options.budget_usd
        price = discounted(self.options.prices).of(service.id)
        if price is None:
            return 0.0
        usd = price.dearest(
            input_tokens=self._sizes.tokens(one.ask), output_tokens=one.ask.max_output_tokens
        )
        reserved = sum(s.reserved_usd for s in self._spools.values()) + self.post.reserved_usd()
        paid = (self.meter.usd or 0.0) + (self.probes.usd or 0.0)
        if limit is not None and paid + reserved + usd > limit:
            self.stop = Stop(
                why="budget",
                sentence=f"the budget of {limit:,.2f} USD is used up ({paid:,.4f} USD spent,"
                f" {reserved:,.4f} USD set aside for batches); the same command goes on from here",
            )
            return None
        return usd

    def _stop_if_stuck(self) -> None:
        why = self.post.stuck()
        if why is not None and self.stop is None:
            self.stop = Stop(why="provider", sentence=why)

    async def _send_all(self) -> None:
        for answerer in list(self._spools):
            await self._send(answerer)

    async def _send(self, answerer: str) -> None:
        spool = self._spools.pop(answerer)
        try:
            if spool.asks:
                await self.post.send(answerer, spool)
        finally:
            spool.close()

    async def _wait(self) -> None:
        """Until nothing is out any more; what ends meanwhile is stored at once."""
        watch = self.options.watch
        pause = watch.first_s
        while True:
            ended = await self.post.look()
            self.news.spread(self.settling.counting, meter=self.meter, last=bool(ended))
            if not self.post.out():
                return
            pause = watch.first_s if ended else min(watch.longest_s, pause * watch.growth)
            await self.options.sleep(pause)


def judging(panel: Panel, due: Due) -> Deliberation:
    """A fresh deliberation over what the panel's judge is shown of a conversation."""
    conversation = due.record.conversation
    return deliberation(panel.judge, due.transcript, conversation, panel.redactor)


def keep_words(ledger: Ledger, due: Due) -> None:
    """The conversation goes into the store before asks and replies that refer to it."""
    if due.entry.content is not None or due.entry.sealed is not None:
        # Changed words leave their old verdict behind; else pages go on showing it.
        ledger.put(replace(due.entry, verdict=None, beside=due.entry.content is None))
