"""Tells a service that is down from one that will not answer this ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OutagePolicy:
    """When a run gives a service up."""

    silences: int = 3
    """So many asks in a row without any answer …"""
    for_s: float = 60.0
    """… over so many seconds end the run; the asks are repeated meanwhile."""
    pause_s: float = 2.0
    """Between two times the same ask is put, on top of the provider's own retries."""


OUTAGE = OutagePolicy()


class Outage:
    """What the run knows of the service's silence.

    Args:
        policy: when to give up.
        clock: monotonic seconds.
    """

    def __init__(self, policy: OutagePolicy, clock: Callable[[], float]) -> None:
        self._policy = policy
        self._clock = clock
        self._since: float | None = None
        self._silences = 0
        self._answers = 0

    @property
    def answers(self) -> int:
        """Answers so far: a mark to ask ``answered_since`` about."""
        return self._answers

    def answered(self) -> None:
        """The service answered."""
        self._since, self._silences = None, 0
        self._answers += 1

    def silent(self) -> None:
        """An ask was given up without an answer."""
        self._silences += 1
        if self._since is None:
            self._since = self._clock()

    def answered_since(self, mark: int) -> bool:
        """Whether others were answered since: then it is this ask, not the service."""
        return self._answers > mark

    @property
    def lasting(self) -> bool:
        """Whether it is time to give up."""
        return (
            self._since is not None
            and self._silences >= self._policy.silences
            and self._clock() - self._since >= self._policy.for_s
        )

    @property
    def pause_s(self) -> float:
        """Seconds to wait before the same ask is put again."""
        return self._policy.pause_s
