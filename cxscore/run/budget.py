"""A budget that holds while asks are in flight."""

from __future__ import annotations

import asyncio


class Budget:
    """Lets an ask go only when its dearest outcome still fits beside all that are in flight.

    Args:
        limit_usd: None: no limit.
    """

    def __init__(self, limit_usd: float | None) -> None:
        self.limit_usd = limit_usd
        self.spent = 0.0
        self.reserved = 0.0
        self._in_flight = 0
        self._freed = asyncio.Event()

    async def reserve(self, usd: float) -> bool:
        """Set an ask's dearest cost aside, waiting for asks in flight to give theirs back.

        Returns:
            False when it does not fit although nothing is in flight: the budget is used up.
        """
        while self.limit_usd is not None and self.spent + self.reserved + usd > self.limit_usd:
            if not self._in_flight:
                return False
            self._freed.clear()
            await self._freed.wait()
        self.reserved += usd
        self._in_flight += 1
        return True

    def spend(self, usd: float) -> None:
        """An attempt has cost this much."""
        self.spent += usd

    def release(self, usd: float) -> None:
        """An ask is over; what it cost was told by ``spend``."""
        self._in_flight -= 1
        self.reserved = self.reserved - usd if self._in_flight else 0.0
        self._freed.set()
