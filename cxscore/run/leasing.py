"""The writer's lease for a moment, in a run that waits for hours between its moments."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager

from cxscore.errors import StoreBusyError
from cxscore.store import Ledger

TRIES = 120
PAUSE_S = 5.0


@asynccontextmanager
async def leased(ledger: Ledger, sleep: Callable[[float], Awaitable[None]]) -> AsyncIterator[None]:
    """Hold the lease; another run that holds it now is waited for, ten minutes long.

    Raises:
        StoreBusyError: it held it longer.
        StoreError: the store cannot be written.
    """
    with ExitStack() as stack:
        for left in range(TRIES - 1, -1, -1):
            try:
                stack.enter_context(ledger.writing())
                break
            except StoreBusyError:
                if not left:
                    raise
                await sleep(PAUSE_S)
        yield
