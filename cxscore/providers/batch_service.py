"""A provider's batch API as a run sees it: lines go up, a batch is watched, results come back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Literal, Protocol

from cxscore.judging import Ask, Reply
from cxscore.providers.endpoint import AttemptError

CUSTOM_ID_DIGITS = 40
"""Of the ask's SHA-256, in hex: both providers allow 64 characters, and a repeat needs some."""


class BatchRefusedError(AttemptError):
    """The provider took a batch and then refused it as a whole."""

    status = "rejected"
    mendable = False


class BatchLostError(AttemptError):
    """The account knows no such batch."""

    status = "rejected"
    mendable = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A batch that was about to be created when its run ended: was it?"""

    mark: str
    """Our name of it, sent along where the provider keeps one."""
    made_at: datetime
    size: int
    """Requests in it."""
    known: frozenset[str]
    """Ids of batches known to be other ones."""
    holds: Callable[[str], bool]
    """Whether a custom id belongs to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a batch is."""

    state: Literal["working", "ended", "refused"]
    phase: str
    """As the provider calls it, for people."""
    done: int | None = None
    """Requests done so far; None where the provider tells only at the end."""
    note: str = ""
    """Why it was refused."""
    queue_full: bool = False
    """Refused only because too much is enqueued already: later it is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one request of a batch."""

    custom_id: str
    status: str
    """As ``Attempt.status``, or ``expired`` or ``cancelled``."""
    reply: Reply | None = None
    """None: there is none."""
    said: str = ""
    """What the provider said where there is no reply."""
    lasting: bool = False
    """Asked again, it would be refused again."""


class BatchService(Protocol):
    """One model behind a provider's batch API."""

    @property
    def id(self) -> str:
        """``provider:model``, the same as of the live endpoint."""
        ...

    @property
    def most_requests(self) -> int:
        """Requests a batch may hold."""
        ...

    @property
    def most_bytes(self) -> int:
        """Bytes a batch may hold."""
        ...

    def line(self, custom_id: str, ask: Ask) -> bytes:
        """One request, as one line without its end."""
        ...

    async def create(self, lines: BinaryIO, *, mark: str) -> str:
        """Create a batch and return its id.

        Args:
            lines: requests, one a line, from the start.
            mark: our name of the batch.

        Raises:
            AttemptError: it is not known whether the batch was created, or it was refused.
            ConfigError: wrong key, unknown model, no quota.
        """
        ...

    async def find(self, intent: Intent) -> str | None:
        """The id of a batch that may have been created, None when it was not.

        Where the provider keeps no name of ours this may wait until a batch has ended.
        """
        ...

    async def forget(self, mark: str) -> None:
        """Delete what a creation that came to nothing left at the provider."""
        ...

    async def standing(self, batch_id: str) -> Standing:
        """How far a batch is."""
        ...

    def results(
        self, batch_id: str, schema: Callable[[str], Mapping[str, Any]]
    ) -> AsyncIterator[Result]:
        """Every result of a batch that has ended, in any order.

        Args:
            batch_id: the provider's.
            schema: custom id to the schema of its ask.
        """
        ...

    async def discard(self, batch_id: str) -> None:
        """Delete a batch that has ended, with its files."""
        ...


def custom_id(digest: str, repeat: int = 0) -> str:
    """What a result is found by: the same for the same ask, at most 64 characters.

    >>> custom_id("ab" * 32, repeat=1)
    'abababababababababababababababababababab-1'
    """
    return f"{digest[:CUSTOM_ID_DIGITS]}-{repeat}" if repeat else digest[:CUSTOM_ID_DIGITS]
