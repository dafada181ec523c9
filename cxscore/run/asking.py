"""Answers a judge's asks: from the store, or by a model within the budget; and keeps the books."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime

from cxscore.errors import ConfigError, ProviderError, StoreError
from cxscore.judging import Answered, Ask, NoReply, Reply, Usage, ask_digest
from cxscore.providers.model import STATUSES, Attempt
from cxscore.providers.slots import PLACE, Place
from cxscore.providers.tokens import AskSizes, tokens_of
from cxscore.run.budget import Budget
from cxscore.run.journal import Journal
from cxscore.run.money import Meter, Prices
from cxscore.run.outage import Outage
from cxscore.run.panel import Seat
from cxscore.run.tally import Stop
from cxscore.store import AttemptEntry, Entry, Ledger, ReplyEntry, reply_key, storable


class HaltedError(Exception):
    """The run ends: this conversation is left as it is, for the next run."""


@dataclass(slots=True, kw_only=True)
class Case:
    """One conversation under way."""

    entry: Entry
    """Its words as they go into the store; they go before the first reply does."""
    repeat: int = 0
    beside: bool = False
    from_store: bool = True
    """Whether a stored reply may answer."""
    asked: bool = False
    """Whether a model was asked."""
    kept: bool = False
    """Whether the words are in the store."""


@dataclass(slots=True)
class _Call:
    """The ask that attempts belong to while it is under way."""

    case: Case
    seat: str
    answers: int
    """What the service had answered when the last attempt failed, or when the ask was put."""
    answers_before: int
    """The same, one attempt earlier."""
    attempts: int = 0

    def failed(self, answers: int) -> None:
        """An attempt failed when the service had answered so many asks."""
        self.answers_before, self.answers = self.answers, answers


_CALL: ContextVar[_Call | None] = ContextVar("cxscore_call", default=None)


@dataclass(slots=True, kw_only=True)
class Asking:
    """Answers asks for a whole run."""

    ledger: Ledger
    journal: Journal
    run: int
    seats: Mapping[str, Seat]
    prices: Prices
    meter: Meter
    budget: Budget
    outage: Outage
    now: Callable[[], datetime]
    stop: Stop | None = None
    """Why nothing is asked any more."""
    _sizes: AskSizes = field(default_factory=AskSizes)

    async def answer(self, ask: Ask, case: Case) -> Reply:
        """The reply to an ask.

        Raises:
            HaltedError: the run ends before there is one.
            ConfigError: no ask will be answered.
            StoreError: the reply cannot be kept.
        """
        seat = self._seat(ask)
        digest = ask_digest(ask)
        if case.from_store:
            key = reply_key(digest, answerer=seat.answerer, repeat=case.repeat)
            stored = self.ledger.reply(key)
            if stored is not None:
                self.meter.replayed += 1
                return stored
        place = Place()
        before = PLACE.set(place)
        try:
            return await self._kept(ask, seat, case, digest)
        finally:
            PLACE.reset(before)
            place.leave()

    async def _kept(self, ask: Ask, seat: Seat, case: Case, digest: str) -> Reply:
        """A model's reply, on the disk; its place in flight is free only then."""
        reply = await self._within_budget(ask, seat, case)
        said = storable(reply)
        if said is not None:
            # On the disk before anybody judges it: what was paid for is never paid for twice.
            kept = self.journal.put(
                ReplyEntry(
                    conversation_id=case.entry.id,
                    customer=case.entry.customer,
                    at=self.now(),
                    digest=digest,
                    answerer=seat.answerer,
                    purpose=ask.purpose,
                    reply=said,
                    repeat=case.repeat,
                )
            )
            await asyncio.shield(kept)
        return reply

    def attempted(self, attempt: Attempt) -> None:
        """Note an attempt a model tells of; it is told inside the ask it belongs to."""
        call = _CALL.get()
        if call is not None:
            call.attempts += 1
            call.failed(self.outage.answers)
        usd = self.meter.add(
            model=attempt.model,
            purpose=attempt.purpose,
            status=attempt.status,
            usage=attempt.usage,
            estimated=attempt.estimated,
        )
        self.budget.spend(usd or 0.0)
        self.journal.put(
            AttemptEntry(
                run=self.run,
                conversation_id=call.case.entry.id if call else None,
                at=self.now(),
                purpose=attempt.purpose,
                seat=call.seat if call else "",
                model=attempt.model,
                status=attempt.status,
                seconds=attempt.seconds,
                usage=attempt.usage,
                estimated=attempt.estimated,
                usd=usd,
            )
        )

    def _seat(self, ask: Ask) -> Seat:
        seat = self.seats.get(ask.seat)
        if seat is None:
            known = ", ".join(sorted(self.seats))
            raise ConfigError(f"the judge asks the seat {ask.seat!r}; there are models for {known}")
        return seat

    async def _within_budget(self, ask: Ask, seat: Seat, case: Case) -> Reply:
        self._go_on()
        dearest = self._dearest(ask, seat)
        if not await self.budget.reserve(dearest):
            self.stop = self.stop or Stop(
                why="budget",
                sentence=f"the budget of {self.budget.limit_usd:g} USD is used up "
                f"({self.budget.spent:,.4f} USD spent); the same command goes on from here",
            )
            raise HaltedError
        try:
            self._go_on()
            self._keep_words(case)
            return await self._until_answered(ask, seat, case)
        finally:
            self.budget.release(dearest)

    def _go_on(self) -> None:
        if self.stop is not None:
            raise HaltedError

    def _dearest(self, ask: Ask, seat: Seat) -> float:
        if self.budget.limit_usd is None:
            return 0.0
        price = self.prices.of(seat.model.id)
        if price is None:
            raise ConfigError(unpriced(seat.model.id, self.prices))
        return price.dearest(
            input_tokens=self._sizes.tokens(ask), output_tokens=ask.max_output_tokens
        )

    def _keep_words(self, case: Case) -> None:
        """The conversation goes into the store before replies that refer to it."""
        case.asked = True
        if not case.kept:
            case.kept = True
            if case.entry.content is not None or case.entry.sealed is not None:
                # Changed words leave their old verdict behind; else pages go on showing it.
                stays = case.beside or case.entry.content is None
                self.journal.put(replace(case.entry, verdict=None, beside=stays))
                case.entry = replace(case.entry, content=None, sealed=None)

    async def _until_answered(self, ask: Ask, seat: Seat, case: Case) -> Reply:
        while True:
            reply, mark = await self._ask(ask, seat, case)
            if not isinstance(reply, NoReply):
                self.outage.answered()
                return reply
            if reply.lasting or seat.relieved:
                return reply
            self.outage.silent()
            if self.outage.lasting and self.stop is None:
                self.stop = Stop(
                    why="provider",
                    sentence=f"{reply.text}; nothing is lost, the same command goes on from here",
                )
            self._go_on()
            if self.outage.answered_since(mark):
                return reply
            await asyncio.sleep(self.outage.pause_s)
            self._go_on()

    async def _ask(self, ask: Ask, seat: Seat, case: Case) -> tuple[Reply, int]:
        """A reply, and how much the service had answered when the last but one attempt failed.

        Answers from before tell nothing of an outage that began meanwhile: all that were under way
        when a service goes down would count as refused one by one.
        """
        answers = self.outage.answers
        call = _Call(case=case, seat=ask.seat, answers=answers, answers_before=answers)
        token = _CALL.set(call)
        started = time.monotonic()
        try:
            reply = await self._answered(ask, seat)
            if not call.attempts:
                self.attempted(self._supposed(ask, seat, reply, started))
            return reply, call.answers_before
        except asyncio.CancelledError:
            # It may have been billed all the same: the ledger says that it left.
            self.attempted(
                Attempt(
                    purpose=ask.purpose,
                    model=seat.model.id,
                    status="abandoned",
                    started_at=started,
                    seconds=time.monotonic() - started,
                    usage=None,
                )
            )
            raise
        finally:
            _CALL.reset(token)

    async def _answered(self, ask: Ask, seat: Seat) -> Reply:
        try:
            return await seat.model.answer(ask)
        except (ConfigError, StoreError):
            raise
        except Exception as error:  # a plug-in's model may raise anything; the run goes on
            outage = isinstance(error, ProviderError)
            text = str(error) if outage else f"{type(error).__name__}: {error}"
            return NoReply(text=text, lasting=not outage)

    def _supposed(self, ask: Ask, seat: Seat, reply: Reply, started: float) -> Attempt:
        """The one attempt of a model that tells of none."""
        usage, estimated = None, False
        if isinstance(reply, NoReply):
            status = "connection"
        else:
            status = STATUSES[type(reply)]
            usage = reply.usage
            if usage.input_tokens is None and isinstance(reply, Answered):
                sent = self._sizes.tokens(ask)
                usage = Usage(input_tokens=sent, output_tokens=tokens_of(reply.text))
                estimated = True
        return Attempt(
            purpose=ask.purpose,
            model=seat.model.id,
            status=status,
            started_at=started,
            seconds=time.monotonic() - started,
            usage=usage,
            estimated=estimated,
        )


def unpriced(model: str, prices: Prices) -> str:
    """What to say when a budget is set and a model's price is not known."""
    return (
        f"no price is known for {model}, so a budget cannot be kept; add it to a prices file "
        f"([prices] file = … in cxscore.toml; the packaged one is {prices.path or 'missing'}) "
        "or leave the budget out"
    )
