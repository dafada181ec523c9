"""A chat model: an endpoint with retries, pacing and a record of every attempt."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import NoReturn

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from cxscore.judging import (
    Answered,
    Ask,
    Filtered,
    NoReply,
    Refused,
    Reply,
    TooLong,
    Truncated,
    Usage,
)
from cxscore.providers.endpoint import (
    AttemptError,
    ConnectionLostError,
    Endpoint,
    MalformedError,
    Sent,
    ThrottledError,
)
from cxscore.providers.pacing import Pacer
from cxscore.providers.slots import Slots
from cxscore.providers.tokens import AskSizes, tokens_of

STATUSES = {
    Answered: "answered",
    Refused: "refused",
    Truncated: "truncated",
    Filtered: "filtered",
    TooLong: "too_long",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request that left, for the money ledger: failed ones may cost too."""

    purpose: str
    model: str
    """Id of the endpoint, ``provider:model``."""
    status: str
    """``answered``, ``refused``, ``truncated``, ``filtered``, ``too_long``, ``throttled``,
    ``server_error``, ``malformed``, ``connection`` or ``rejected``."""
    started_at: float
    """Seconds of the clock handed in."""
    seconds: float
    usage: Usage | None
    """None when nothing was billed as far as we know."""
    estimated: bool = False
    """True when the server sent no usage and the tokens are our estimate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """The one retry policy."""

    attempts: int = 6
    throttled_attempts: int = 20
    """As ``attempts``, where the last failure was a 429: the service works, it is only our turn."""
    first_wait_s: float = 0.5
    longest_wait_s: float = 20.0
    retry_after_cap_s: float = 60.0
    """A longer Retry-After ends the ask: the run is told rather than kept waiting."""
    answer_within_s: float = 180.0
    """One attempt that takes longer counts as lost."""


PATIENCE = Patience()


class PacedModel:
    """A ``ChatModel`` over one endpoint. Failures of the service come back as ``NoReply``.

    Args:
        endpoint: makes one attempt.
        pacer: shared by all who ask the same model with the same account.
        in_flight: bounds the attempts under way; not held while backing off.
        clock: monotonic seconds.
        rng: for jitter.
        patience: the retry policy.
        on_attempt: told of every attempt, failed ones too.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        pacer: Pacer,
        in_flight: Slots,
        clock: Callable[[], float],
        rng: random.Random,
        patience: Patience = PATIENCE,
        on_attempt: Callable[[Attempt], None] | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._pacer = pacer
        self._in_flight = in_flight
        self._clock = clock
        self._rng = rng
        self._patience = patience
        self._on_attempt = on_attempt
        self._sizes = AskSizes()

    @property
    def id(self) -> str:
        """``provider:model``."""
        return self._endpoint.id

    @property
    def settings(self) -> str:
        """Wire format and sampling in force."""
        return self._endpoint.settings

    @property
    def endpoint(self) -> Endpoint:
        """What makes the attempts; a probe asks it directly."""
        return self._endpoint

    async def answer(self, ask: Ask, /) -> Reply:
        """Ask until there is an answer or patience ends.

        Raises:
            ConfigError: no ask will be answered: wrong key, unknown model, no quota.
        """
        retrying = AsyncRetrying(
            sleep=asyncio.sleep,
            retry=retry_if_exception(_mendable),
            stop=self._stop,
            wait=self._wait,
            reraise=True,
        )
        try:
            return await retrying(self._attempt, ask, self._sizes.tokens(ask), count())
        except AttemptError as error:
            return NoReply(text=self._explained(error), lasting=not error.mendable)

    async def close(self) -> None:
        """Give the connections back."""
        await self._endpoint.close()

    async def _attempt(self, ask: Ask, size: int, attempts: Iterator[int]) -> Reply:
        async with self._in_flight.slot(next(attempts)):
            try:
                await self._pacer.turn(size)
                return await self._sent(ask, size)
            finally:
                self._pacer.back(size)

    async def _sent(self, ask: Ask, size: int) -> Reply:
        started = self._clock()
        try:
            sent = await self._send(ask)
        except AttemptError as error:
            self._failed(ask, size, started, error)
        usage, estimated = _metered(sent.reply, size)
        spent = sent.rated_tokens
        if spent is None:
            spent = (usage.input_tokens or 0) + (usage.output_tokens or 0)
        self._pacer.note(sent.limits, throttled=False, more_tokens=spent - size)
        self._record(ask, STATUSES[type(sent.reply)], started, usage, estimated=estimated)
        return sent.reply

    async def _send(self, ask: Ask) -> Sent:
        allowed = self._patience.answer_within_s
        try:
            # SDK timeouts run per read: a server that sends a byte now and then would never end.
            async with asyncio.timeout(allowed):
                return await self._endpoint.send(ask)
        except TimeoutError:
            raise ConnectionLostError(f"{self.id}: no answer within {allowed:g} s") from None

    def _failed(self, ask: Ask, size: int, started: float, error: AttemptError) -> NoReturn:
        self._pacer.note(error.limits, throttled=isinstance(error, ThrottledError))
        # An answer that came garbled was most likely billed; what it held is not known.
        usage = Usage(input_tokens=size) if isinstance(error, MalformedError) else None
        self._record(ask, error.status, started, usage, estimated=usage is not None)
        raise error

    def _stop(self, state: RetryCallState) -> bool:
        asked = _retry_after(state)
        too_long = asked is not None and asked > self._patience.retry_after_cap_s
        return too_long or state.attempt_number >= self._allowed(_failure(state))

    def _allowed(self, error: BaseException | None) -> int:
        throttled = isinstance(error, ThrottledError)
        return self._patience.throttled_attempts if throttled else self._patience.attempts

    def _wait(self, state: RetryCallState) -> float:
        policy = self._patience
        doubled = policy.first_wait_s * 2.0 ** (state.attempt_number - 1)
        backoff = min(policy.longest_wait_s, doubled)
        asked = _retry_after(state)
        if asked is None:
            return backoff * self._rng.uniform(0.5, 1.0)
        # Never earlier than asked, and not all at once.
        return asked + self._rng.uniform(0.0, 0.25 * max(1.0, asked))

    def _explained(self, error: AttemptError) -> str:
        cap, asked = self._patience.retry_after_cap_s, error.retry_after_s
        if asked is not None and asked > cap:
            return f"{error} (asks to wait {asked:g} s, more than the {cap:g} s a run waits)"
        if not error.mendable:
            return str(error)
        return f"{error} (given up after {self._allowed(error)} attempts)"

    def _record(
        self, ask: Ask, status: str, started: float, usage: Usage | None, *, estimated: bool
    ) -> None:
        if self._on_attempt is not None:
            self._on_attempt(
                Attempt(
                    purpose=ask.purpose,
                    model=self.id,
                    status=status,
                    started_at=started,
                    seconds=self._clock() - started,
                    usage=usage,
                    estimated=estimated,
                )
            )


def _metered(reply: Reply, size: int) -> tuple[Usage, bool]:
    """The reply's usage, and whether it is our estimate."""
    if isinstance(reply, NoReply):
        raise TypeError("an endpoint raises AttemptError instead of returning NoReply")
    if isinstance(reply, TooLong) and reply.usage == Usage():
        return reply.usage, False  # refused before it was read: nothing is billed
    if reply.usage.input_tokens is not None:
        return reply.usage, False
    return Usage(input_tokens=size, output_tokens=tokens_of(reply.text)), True


def _mendable(error: BaseException) -> bool:
    return isinstance(error, AttemptError) and error.mendable


def _failure(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _retry_after(state: RetryCallState) -> float | None:
    error = _failure(state)
    return error.retry_after_s if isinstance(error, AttemptError) else None
