"""Calls that steer a batch: a handful an hour, so patient and never in a hurry."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from cxscore.providers.endpoint import AttemptError

T = TypeVar("T")

TRIES = 6
FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 60.0

Sleep = Callable[[float], Awaitable[None]]


async def patiently(call: Callable[[], Awaitable[T]], *, sleep: Sleep = asyncio.sleep) -> T:
    """Make a call that may be made twice, again while its failure may pass.

    Args:
        call: makes one attempt.
        sleep: waits so many seconds.

    Raises:
        AttemptError: it failed for good, or ``TRIES`` times.
    """
    wait = FIRST_WAIT_S
    for left in range(TRIES - 1, -1, -1):
        try:
            return await call()
        except AttemptError as error:
            if not error.mendable or not left:
                raise
            await sleep(min(LONGEST_WAIT_S, max(wait, error.retry_after_s or 0.0)))
            wait *= 2
    raise AssertionError("unreachable")


async def lines_of(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The lines of a stream; only a line feed ends one, as in JSON Lines."""
    rest = b""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n") if b"\n" in chunk else (rest + chunk,)
        for line in whole:
            if line.strip():
                yield line
    if rest.strip():
        yield rest
