"""How to build the judge, in a form that can be sent to another process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cxscore.judging import Ask, Judge, Reply

Answer = Callable[[tuple[Ask, ...]], tuple[Reply, ...]]
"""Answers one round of asks, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSource:
    """A judge yet to be built: every worker process builds its own, once.

    ``factory`` and its arguments must be picklable: a function or class at the top of a module,
    with plain data. A source whose parts cannot be sent judges in this process instead.
    """

    factory: Callable[..., Judge]
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    fingerprint: str
    """That of the judge the factory builds."""
    heuristic: bool
    knowledge_at: Callable[[datetime | None], str | None] | None = None
    """The digest of the knowledge base a conversation of that start would be judged by; needed
    for ``rescore_kb`` only, stays in this process."""
    answer: Answer | None = None
    """Answers the judge's asks; None for a judge that asks nothing. Stays in this process, and
    with it the judging."""

    def build(self) -> Judge:
        """The judge itself."""
        return self.factory(*self.args, **self.kwargs)
