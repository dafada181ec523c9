"""The bound on asks in flight."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar


class Place:
    """Keeps an ask's slot beyond its answer, until the answer is on the disk.

    Without it an answer that a kill finds on its way to the disk is asked again on top of those in
    flight. Only an answer's slot is kept: a failed attempt gives its own back at once, and waits
    for its retry without one.
    """

    def __init__(self) -> None:
        self._leave: Callable[[], None] | None = None

    def take(self, leave: Callable[[], None]) -> None:
        """Keep a slot; one kept before is given back."""
        self.leave()
        self._leave = leave

    def leave(self) -> None:
        """Give back what is kept."""
        leave, self._leave = self._leave, None
        if leave is not None:
            leave()


PLACE: ContextVar[Place | None] = ContextVar("cxscore_place", default=None)
"""Of the ask under way; None: a slot is given back with the answer."""


class Slots:
    """A semaphore that lets who has waited through more attempts go first.

    A queue in order of arrival would put every retry behind all asks not yet begun, and a run would
    end with a long tail of retries.

    Args:
        count: asks in flight at most, at least 1.
    """

    def __init__(self, count: int) -> None:
        if count < 1:
            raise ValueError(f"{count} asks in flight: nothing would ever be asked")
        self._free = count
        self._arrived = 0
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def slot(self, attempt: int) -> AsyncIterator[None]:
        """Hold one slot; a higher ``attempt`` number is served first."""
        if self._free:
            self._free -= 1
        else:
            await self._turn(attempt)
        place = PLACE.get()
        try:
            yield
        except BaseException:
            self._leave()
            raise
        if place is None:
            self._leave()
        else:
            place.take(self._leave)

    async def _turn(self, attempt: int) -> None:
        self._arrived += 1
        called = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (-attempt, self._arrived, called))
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self._leave()  # called and cancelled at once: the slot goes to the next
            raise

    def _leave(self) -> None:
        while self._waiting:
            called = heapq.heappop(self._waiting)[2]
            if not called.done():
                called.set_result(None)
                return
        self._free += 1
