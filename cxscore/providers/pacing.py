"""How fast to ask: token buckets fed by rate headers, with a decrease that does not collapse.

Halving at every 429 keeps 11-17 % of clean throughput when a random 5 % of answers are 429. One
decrease of x0.9 at most per second, and only when the share of 429 is high or a header says nothing
remains, keeps nearly all of it (``tests/providers/test_pacing.py``).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from cxscore.providers.endpoint import Limits

WINDOW = 100
"""So many last answers are looked at, none older than this:"""
WINDOW_S = 20.0
ENOUGH = 20
"""Fewer answers than this say nothing about a share."""
THROTTLED_SHARE = 0.15
DECREASE = 0.9
DECREASE_EVERY_S = 1.0
INCREASE_PER_S = 0.02
"""Additive increase: share of the reference rate regained per second."""
FLOOR = 0.2
"""Share of the reference rate no decrease goes below: a header that says "0 left" at every answer
must not stop the run."""
SLOWEST_PER_S = 0.5
MEASURED = 1000
"""So many last answers that were no 429 tell the rate where no header does."""
BURST_S = 1.0
AMPLE = 0.5
"""Share of a minute's tokens that, still there beyond what is in flight, shows that the provider
counts fewer than we do: what a cache served, or what an ask might have answered and did not."""


class Bucket:
    """A token bucket that refills at ``rate`` units a second and holds one second of them."""

    def __init__(self) -> None:
        self.limit: float | None = None
        """Units a second the provider's headers allow; None: they do not say."""
        self.rate: float | None = None
        """Units a second in force; None: no pacing."""
        self._reference = 0.0
        self._level = 0.0
        self._at: float | None = None

    def learn(self, limit: float | None, left: float | None, now: float) -> bool:
        """Take in what a header allows (units a second) and what it says is left (units).

        Returns:
            Whether this is the first limit heard of.
        """
        first = bool(limit) and self.limit is None
        if limit and limit != self.limit:
            if self.rate is None:
                self._level, self._at = limit * BURST_S, now
            self.rate = limit if first or self.rate is None else min(self.rate, limit)
            self.limit = self._reference = limit
        if left is not None and self.rate is not None:
            # Others may share the account: never hold more than the provider says is there.
            self._level = min(self._level, left)
        return first

    def decrease(self, measured: float, now: float) -> None:
        """Slow down once; where no header named a limit, from the measured rate."""
        if self.rate is None:
            self._reference, self._level, self._at = measured, 0.0, now
            self.rate = measured
        self.rate = max(self.rate * DECREASE, FLOOR * self._reference)

    def increase(self, seconds: float) -> None:
        """Speed up additively, up to the provider's limit where it is known."""
        if self.rate is not None:
            grown = self.rate + INCREASE_PER_S * self._reference * seconds
            self.rate = grown if self.limit is None else min(self.limit, grown)

    def take(self, units: float, now: float) -> float:
        """Take ``units``, on credit if they are not there.

        Returns:
            Seconds until the credit is paid back; 0 when nothing was owed.
        """
        if self.rate is None:
            return 0.0
        elapsed = 0.0 if self._at is None else now - self._at
        self._at = now
        full = max(1.0, self.rate * BURST_S)
        self._level = min(full, self._level + elapsed * self.rate) - units
        return max(0.0, -self._level / self.rate)

    def forgive(self) -> None:
        """Drop what is owed: the provider says that it is there."""
        self._level = max(self._level, 0.0)

    def settle(self, units: float) -> None:
        """Charge what was taken too little, or give back what was taken too much."""
        if self.rate is not None:
            self._level -= units


class Pacer:
    """Paces the asks to one model of one account, whoever asks.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.requests = Bucket()
        self.tokens = Bucket()
        self._recent: deque[tuple[float, bool]] = deque(maxlen=WINDOW)
        self._answered: deque[float] = deque(maxlen=MEASURED)
        self._decreased_at = float("-inf")
        self._noted_at = self._began_at = clock()
        self._out = 0.0
        """Tokens of asks in flight: the headers of an answer may not know of them."""

    async def turn(self, tokens: int) -> None:
        """Wait until one request of about ``tokens`` tokens may go out; ``back`` when it is."""
        self._out += tokens
        now = self._clock()
        wait = max(self.requests.take(1.0, now), self.tokens.take(float(tokens), now))
        if wait > 0:
            await asyncio.sleep(wait)

    def back(self, tokens: int) -> None:
        """A request of so many tokens is no longer in flight, however it ended."""
        self._out -= tokens

    def note(self, limits: Limits, *, throttled: bool, more_tokens: int = 0) -> None:
        """Take in how one attempt ended.

        Args:
            limits: the answer's rate headers.
            throttled: whether the answer was a 429.
            more_tokens: tokens it used beyond those its ``turn`` was asked for.
        """
        now = self._clock()
        self._recent.append((now, throttled))
        while now - self._recent[0][0] > WINDOW_S:
            self._recent.popleft()
        if not throttled:
            self._answered.append(now)
        learnt = self.requests.learn(
            _per_second(limits.requests_per_minute), limits.requests_left, now
        ) | self.tokens.learn(_per_second(limits.tokens_per_minute), limits.tokens_left, now)
        if learnt:
            self._recent.clear()  # those were throttled for want of the rate now known
        self.tokens.settle(more_tokens)
        left, minute = limits.tokens_left, limits.tokens_per_minute
        if left is not None and minute and left - self._out >= AMPLE * minute:
            self.tokens.forgive()
        for bucket in (self.requests, self.tokens):
            bucket.increase(now - self._noted_at)
        self._noted_at = now
        if now - self._decreased_at >= DECREASE_EVERY_S and self._must_slow_down(limits):
            measured = self._answered_per_s(now)
            if self.requests.rate is None and measured is None:
                return  # nobody has said, and nothing shows yet, what the right rate is
            self._decreased_at = now
            self.requests.decrease(measured or SLOWEST_PER_S, now)
            if self.tokens.limit is not None:
                self.tokens.decrease(self.tokens.limit, now)

    def _must_slow_down(self, limits: Limits) -> bool:
        seen = len(self._recent)
        throttled = sum(t for _, t in self._recent)
        crowded = seen >= ENOUGH and throttled > THROTTLED_SHARE * seen
        return crowded or limits.exhausted

    def _answered_per_s(self, now: float) -> float | None:
        """Answers a second that were no 429; None before they span a second."""
        span = now - self._answered[0] if self._answered else now - self._began_at
        if span < DECREASE_EVERY_S:
            return None
        return max(SLOWEST_PER_S, len(self._answered) / span)


def _per_second(per_minute: float | None) -> float | None:
    return None if per_minute is None else per_minute / 60
