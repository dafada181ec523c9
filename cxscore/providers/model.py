"""A chat model: an endpoint with retries, pacing and a record of every attempt."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt

from cxscore.judging import Ask, NoReply, Reply, Usage
from cxscore.providers.endpoint import AttemptError, Endpoint, ThrottledError
from cxscore.providers.pacing import Pacer
from cxscore.providers.tokens import estimate_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request that left, for the money ledger: failed ones cost too."""

    purpose: str
    model: str
    status: str
    """``answered``, ``refused``, ``truncated``, ``filtered``, ``too_long``, ``throttled``,
    ``server_error`` or ``connection``."""
    started_at: float
    """Seconds of the clock handed in."""
    seconds: float
    usage: Usage | None
    """None when no answer came: what it cost is not known."""
    estimated: bool = False
    """True when the server sent no usage and the tokens are our estimate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """The one retry policy."""

    attempts: int = 6
    first_wait_s: float = 0.5
    longest_wait_s: float = 20.0
    retry_after_cap_s: float = 60.0
    """A longer Retry-After ends the ask: the run is told rather than kept waiting."""


class PacedModel:
    """A ``ChatModel`` over one endpoint. Failures of the service come back as ``NoReply``."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        pacer: Pacer,
        in_flight: asyncio.Semaphore,
        clock: Callable[[], float],
        rng: random.Random,
        patience: Patience = Patience(),
        on_attempt: Callable[[Attempt], None] | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._pacer = pacer
        self._in_flight = in_flight
        self._clock = clock
        self._rng = rng
        self._patience = patience
        self._on_attempt = on_attempt

    @property
    def id(self) -> str:
        """``provider:model``."""
        return self._endpoint.id

    @property
    def settings(self) -> str:
        """Sampling settings in force."""
        return self._endpoint.settings

    async def answer(self, ask: Ask, /) -> Reply:
        """Ask until there is an answer or patience ends.

        Raises:
            ConfigError: no attempt will succeed: wrong key, unknown model, no quota.
        """
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(AttemptError),
            stop=self._stop,
            wait=self._wait,
            reraise=True,
        )
        try:
            return await retrying(self._attempt, ask)
        except AttemptError as error:
            return NoReply(text=str(error))

    async def close(self) -> None:
        """Give the connections back."""
        await self._endpoint.close()

    async def _attempt(self, ask: Ask) -> Reply:
        async with self._in_flight:
            await self._pacer.turn(estimate_tokens(ask))
            started = self._clock()
            try:
                sent = await self._endpoint.send(ask)
            except AttemptError as error:
                self._pacer.note(error.limits, throttled=isinstance(error, ThrottledError))
                self._record(ask, error.status, started, None)
                raise
            self._pacer.note(sent.limits, throttled=False)
            self._record(ask, status(sent.reply), started, sent.reply)
            return sent.reply

    def _stop(self, state: RetryCallState) -> bool:
        asked = _retry_after(state)
        if asked is not None and asked > self._patience.retry_after_cap_s:
            return True
        return stop_after_attempt(self._patience.attempts)(state)

    def _wait(self, state: RetryCallState) -> float:
        backoff = min(
            self._patience.longest_wait_s,
            self._patience.first_wait_s * 2 ** (state.attempt_number - 1),
        )
        jittered = backoff * self._rng.uniform(0.5, 1.0)
        asked = _retry_after(state)
        # Asked to wait, wait that long and a little more: all waiters would come back at once.
        return jittered if asked is None else asked + self._rng.uniform(0.0, 0.25)

    def _record(self, ask: Ask, status: str, started: float, reply: Reply | None) -> None:
        if self._on_attempt is None:
            return
        usage = None if reply is None or isinstance(reply, NoReply) else reply.usage
        estimated = usage is not None and usage.input_tokens is None
        if estimated and reply is not None:
            usage = Usage(input_tokens=estimate_tokens(ask), output_tokens=len(reply.text) // 4 + 1)
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


def status(reply: Reply) -> str:
    """The name tables count an answer by."""
    names = {"Answered": "answered", "TooLong": "too_long", "NoReply": "connection"}
    kind = type(reply).__name__
    return names.get(kind, kind.lower())


def _retry_after(state: RetryCallState) -> float | None:
    error = state.outcome.exception() if state.outcome else None
    return error.retry_after_s if isinstance(error, AttemptError) else None
