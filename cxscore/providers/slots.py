"""The bound on asks in flight."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


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
        try:
            yield
        finally:
            self._leave()

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
