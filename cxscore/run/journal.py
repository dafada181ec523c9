"""Writes to the ledger from an event loop without ever making it wait for the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cxscore.store import AttemptEntry, Entry, Ledger, ReplyEntry

PAUSE_S = 0.01
"""What comes in meanwhile is committed together."""
LAZY_S = 0.1
"""What nobody waits for is committed with the next reply, or after so long."""
MOST_WAITING = 2_000
"""Entries that may wait before the run waits for the disk."""


class Journal:
    """Takes entries at once and commits them in groups, in a thread; knows when they are durable.

    Entries are written in the order they came, each group all or nothing. Belongs to one loop.

    Args:
        ledger: inside ``writing``.
        on_error: told once when the store cannot be written any more.
    """

    def __init__(self, ledger: Ledger, on_error: Callable[[Exception], None]) -> None:
        self._ledger = ledger
        self._on_error = on_error
        self._waiting: list[Entry | ReplyEntry | AttemptEntry] = []
        self._work = asyncio.Event()
        self._group: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._error: Exception | None = None
        self._ended = False
        self._later: asyncio.TimerHandle | None = None
        self._task = asyncio.create_task(self._writing())

    def put(self, entry: Entry | ReplyEntry | AttemptEntry) -> asyncio.Future[None]:
        """Take an entry; the future is done when it is on the disk. Await it shielded.

        A reply is written at once: an ask waits for it. Words, attempts and verdicts go with the
        next one, which halves the commits; a crash in between costs no ask, as the reply is there.

        Raises:
            StoreError: the store cannot be written any more.
        """
        if self._error is not None:
            raise self._error
        self._waiting.append(entry)
        if isinstance(entry, ReplyEntry):
            self._work.set()
        elif self._later is None:
            self._later = asyncio.get_running_loop().call_later(LAZY_S, self._work.set)
        return self._group

    async def room(self) -> None:
        """Wait while too much is waiting for the disk."""
        if len(self._waiting) >= MOST_WAITING:
            self._work.set()
            await asyncio.shield(self._group)

    async def close(self) -> None:
        """Write what waits.

        Raises:
            StoreError: it could not be written.
        """
        self._ended = True
        self._work.set()
        await self._task
        if self._error is not None:
            raise self._error

    async def _writing(self) -> None:
        while not (self._ended and not self._waiting):
            await self._work.wait()
            self._work.clear()
            if self._later is not None:
                self._later.cancel()
                self._later = None
            if not self._waiting:
                continue
            group, self._waiting = self._waiting, []
            done, self._group = self._group, asyncio.get_running_loop().create_future()
            try:
                await asyncio.to_thread(self._commit, group)
            except Exception as error:
                self._fail(error, done)
                return
            done.set_result(None)
            if not self._ended:
                await asyncio.sleep(PAUSE_S)

    def _commit(self, group: list[Entry | ReplyEntry | AttemptEntry]) -> None:
        for entry in group:
            self._ledger.put(entry)
        self._ledger.flush()

    def _fail(self, error: Exception, *futures: asyncio.Future[None]) -> None:
        self._error = error
        for future in (*futures, self._group):
            future.set_exception(error)
            future.exception()  # retrieved: whoever waits gets it, and nobody need wait
        self._on_error(error)
