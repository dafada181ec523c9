"""Sends batches, watches them and takes in what they bring; safe against a kill at any point."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from cxscore.errors import ConfigError, ProviderError
from cxscore.providers.batch_calls import FIRST_WAIT_S, LONGEST_WAIT_S, TRIES, patiently
from cxscore.providers.batch_service import (
    BatchLostError,
    BatchRefusedError,
    BatchService,
    Intent,
    Result,
    Standing,
)
from cxscore.providers.endpoint import AttemptError, ThrottledError
from cxscore.run.batch_results import Books
from cxscore.run.leasing import leased
from cxscore.run.spool import Spool
from cxscore.store import Batch, BatchPlan, Ledger


@dataclass(slots=True, kw_only=True)
class Failure:
    """An ask that batches did not answer."""

    said: str
    lasting: bool
    times: int


@dataclass(slots=True, kw_only=True)
class Post:
    """The batches of one run, and those an earlier run left behind.

    The order of writing makes every crash recoverable: a batch is noted before it is created, its
    id before it is watched, its results before it is closed, and it is deleted last.
    """

    ledger: Ledger
    services: Mapping[str, BatchService]
    """By answerer."""
    books: Books
    tell: Callable[[str], None]
    sleep: Callable[[float], Awaitable[None]]
    settle_s: float
    mark: Callable[[], str]
    failures: dict[str, Failure] = field(default_factory=dict)
    """By custom id."""
    refused: str | None = None
    """Why no more batches make sense now."""
    queue_full: bool = False
    """A batch was refused only because others were enqueued: its asks can go out again."""
    progressed: bool = False
    """A batch has ended since the round began."""
    _phases: dict[int, str] = field(default_factory=dict)

    def out(self) -> tuple[Batch, ...]:
        """Batches at a provider that have not been taken in."""
        return tuple(b for b in self._mine() if b.state == "submitted")

    def reserved_usd(self) -> float:
        """What those out may cost at most."""
        return sum(b.reserved_usd for b in self.out())

    def failed(self, custom_id: str, said: str, *, times: int = 1, lasting: bool = False) -> None:
        """Note that an ask was not answered."""
        before = self.failures.get(custom_id)
        times += before.times if before else 0
        self.failures[custom_id] = Failure(said=said, lasting=lasting, times=times)

    async def recover(self) -> None:
        """Settle what an earlier run left half done."""
        for batch in self._mine():
            if batch.state == "intended":
                await self._recover(batch)
            elif batch.state == "taken":
                await self._discard(batch)

    async def send(self, answerer: str, spool: Spool) -> None:
        """Create a batch; when it cannot be known whether that worked, the next run finds out."""
        plan = BatchPlan(
            run=self.books.run,
            kind="provider",
            answerer=answerer,
            mark=self.mark(),
            at=self.ledger.now(),
            asks=tuple(spool.asks),
            schemas=spool.schemas,
            reserved_usd=spool.reserved_usd,
        )
        key = self.ledger.batches.intend(plan)
        batch = next(b for b in self._mine() if b.key == key)
        try:
            remote = await self._created(batch, spool)
        except (BatchRefusedError, ConfigError) as error:
            await self._forget(batch)
            if isinstance(error, ConfigError):
                raise
            self._refused(batch, str(error), queue_full=True)
            return
        self.ledger.batches.set_state(key, "submitted", remote)
        self.tell(f"batch {remote}: {batch.asks:,} asks sent to {self.services[answerer].id}")

    async def look(self) -> int:
        """Look at every batch once, and take in those that have ended; returns how many had."""
        ended = 0
        for batch in self.out():
            standing = await self._standing(batch)
            if standing.state == "working":
                self._tell_phase(batch, standing)
                continue
            async with leased(self.ledger, self.sleep):
                if not self._is_out(batch):
                    continue  # the same command, run twice: the other one has taken it
                if standing.state == "refused":
                    self.ledger.batches.close(batch.key, "refused")
                    self._refused(batch, standing.note, queue_full=standing.queue_full)
                else:
                    await patiently(self._taking(batch), sleep=self.sleep)
                    ended += 1
                await self._discard(batch)
        self.progressed = self.progressed or bool(ended)
        return ended

    def stuck(self) -> str | None:
        """Why no more batches make sense now; None while they do."""
        if self.refused is None and self.queue_full and not self.progressed and not self.out():
            return (
                "the provider's queue takes fewer tokens than one batch holds; make batches "
                "smaller (--batch-requests) and run the same command again"
            )
        return self.refused

    def new_round(self) -> None:
        """What could not be enqueued can be, once others have ended."""
        self.queue_full = self.progressed = False

    def _mine(self) -> tuple[Batch, ...]:
        return tuple(
            b
            for b in self.ledger.batches.all()
            if b.kind == "provider" and b.answerer in self.services and b.state != "discarded"
        )

    def _is_out(self, batch: Batch) -> bool:
        return any(b.key == batch.key for b in self.out())

    def _service(self, batch: Batch) -> BatchService:
        return self.services[batch.answerer]

    async def _created(self, batch: Batch, spool: Spool) -> str:
        """Its id; never created twice, however the connection behaves."""
        wait = FIRST_WAIT_S
        for left in range(TRIES - 1, -1, -1):
            spool.file.seek(0)
            try:
                return await self._service(batch).create(spool.file, mark=batch.mark)
            except AttemptError as error:
                if not error.mendable or not left:
                    raise
                await self.sleep(min(LONGEST_WAIT_S, max(wait, error.retry_after_s or 0.0)))
                wait *= 2
                if isinstance(error, ThrottledError):
                    continue  # turned away at the door
                found = await self._found(batch)
                if found is not None:
                    return found
        raise AssertionError("unreachable")

    async def _found(self, batch: Batch) -> str | None:
        book = self.ledger.batches
        intent = Intent(
            mark=batch.mark,
            made_at=batch.made_at,
            size=batch.asks,
            known=frozenset(b.remote for b in book.all() if b.remote is not None),
            holds=lambda custom_id: book.ask(batch.key, custom_id) is not None,
        )
        return await patiently(lambda: self._service(batch).find(intent), sleep=self.sleep)

    async def _recover(self, batch: Batch) -> None:
        remote = await self._found(batch)
        age = (self.ledger.now() - batch.made_at).total_seconds()
        if remote is None and age < self.settle_s:
            await self.sleep(self.settle_s - age)
            remote = await self._found(batch)
        if remote is None:
            await self._forget(batch)
            return
        self.ledger.batches.set_state(batch.key, "submitted", remote)
        self.tell(f"batch {remote}: found again, an earlier run had created it")

    async def _forget(self, batch: Batch) -> None:
        try:
            await patiently(lambda: self._service(batch).forget(batch.mark), sleep=self.sleep)
        except (ProviderError, ConfigError):
            self.tell(f"files of the batch {batch.mark} may be left at the provider")
        self.ledger.batches.drop(batch.key)

    async def _standing(self, batch: Batch) -> Standing:
        try:
            return await patiently(
                lambda: self._service(batch).standing(_remote(batch)), sleep=self.sleep
            )
        except BatchLostError as error:
            if not self._is_out(batch):
                return Standing(state="working", phase="gone")
            raise ConfigError(
                f"{error}; use the key it was created with, or, if it is gone for good, open its "
                f"asks again: cxscore batch forget {batch.remote}"
            ) from None

    def _tell_phase(self, batch: Batch, standing: Standing) -> None:
        done = "" if standing.done is None else f", {standing.done:,} of {batch.asks:,} done"
        phase = f"{standing.phase}{done}"
        if self._phases.get(batch.key) != phase:
            self._phases[batch.key] = phase
            self.tell(f"batch {batch.remote}: {phase}")

    def _refused(self, batch: Batch, note: str, *, queue_full: bool) -> None:
        self.tell(f"batch {batch.remote or batch.mark}: refused: {note}")
        if queue_full:
            self.queue_full = True
        else:
            self.refused = (
                f"{self._service(batch).id} refused a batch: {note}; its asks are open again"
            )

    def _taking(self, batch: Batch) -> Callable[[], Awaitable[None]]:
        seen: set[str] = set()

        async def take() -> None:
            await self._take(batch, seen)

        return take

    async def _take(self, batch: Batch, seen: set[str]) -> None:
        """Store every result; a second time brings only what the first did not."""
        book = self.ledger.batches

        def schema(custom_id: str) -> Mapping[str, object]:
            ask = book.ask(batch.key, custom_id)
            return {} if ask is None else book.schema(ask.schema)

        foreign = 0
        async for result in self._service(batch).results(_remote(batch), schema):
            ask = book.ask(batch.key, result.custom_id)
            foreign += ask is None
            if ask is None or ask.status is not None or result.custom_id in seen:
                continue
            seen.add(result.custom_id)
            self._note(result)
            self.ledger.put(
                self.books.taking(
                    result,
                    ask,
                    batch=batch.key,
                    answerer=batch.answerer,
                    model=self._service(batch).id,
                    at=self.ledger.now(),
                )
            )
            if len(seen) % 256 == 0:
                await asyncio.sleep(0)
        self.ledger.flush()
        self._close(batch, foreign)

    def _note(self, result: Result) -> None:
        if result.reply is None:
            self.failed(result.custom_id, result.said, lasting=result.lasting)
        if result.status == "cancelled":
            self.refused = "a batch was cancelled; run the same command again to ask what is open"

    def _close(self, batch: Batch, foreign: int) -> None:
        book = self.ledger.batches
        for custom_id in book.open_ids(batch.key):
            self.failed(custom_id, "the batch ended without a word about this ask")
        book.close(batch.key, "missing")
        counts = ", ".join(f"{n:,} {status}" for status, n in book.counts(batch.key).items())
        others = f", {foreign:,} results of other asks left out" if foreign else ""
        self.tell(f"batch {batch.remote}: ended: {counts}{others}")

    async def _discard(self, batch: Batch) -> None:
        """Delete it at the provider; what cannot be deleted now is deleted by the next run."""
        try:
            await patiently(lambda: self._service(batch).discard(_remote(batch)), sleep=self.sleep)
        except BatchLostError:
            pass  # somebody else deleted it
        except (ProviderError, ConfigError) as error:
            self.tell(f"batch {batch.remote}: its files could not be deleted yet: {error}")
            return
        self.ledger.batches.set_state(batch.key, "discarded")


def _remote(batch: Batch) -> str:
    if batch.remote is None:
        raise ValueError(f"the batch {batch.mark} has no id yet")
    return batch.remote
