"""A judge with the models that answer it, opened inside the event loop of a run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from cxscore.judging import Ask, ChatModel, Judge, Reply
from cxscore.providers.model import Attempt
from cxscore.redaction import Redactor


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Who answers the asks of one seat."""

    model: ChatModel
    answerer: str
    """Under which its replies are stored: the model and everything asked of it that changes what it
    says. It must not change while a run goes on."""
    relieved: bool = False
    """True when the judge has somebody to stand in: it is told of an outage at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A judge and who answers its asks."""

    judge: Judge
    seats: Mapping[str, Seat]
    """By ``Ask.seat``."""
    fingerprint: str = ""
    """That of the judge, or with a plug-in's origin before it; empty: the judge's own."""
    knowledge_at: Callable[[datetime | None], str | None] | None = None
    """As ``JudgeSource.knowledge_at``."""
    redactor: Redactor | None = None
    """Takes personal data out of what the judge is shown; None: it is shown as it is."""


OnAttempt: TypeAlias = Callable[[Attempt], None]

OpenPanel: TypeAlias = Callable[[OnAttempt], AbstractAsyncContextManager[Panel]]
"""Opens a panel whose models tell every attempt they make."""


class Bounded:
    """A model without a bound of its own, with one.

    Args:
        model: any ``ChatModel``.
        concurrency: asks in flight at most.
    """

    def __init__(self, model: ChatModel, concurrency: int) -> None:
        self._model = model
        self._in_flight = asyncio.Semaphore(concurrency)

    @property
    def id(self) -> str:
        """That of the model."""
        return self._model.id

    async def answer(self, ask: Ask, /) -> Reply:
        """As the model answers."""
        async with self._in_flight:
            return await self._model.answer(ask)
