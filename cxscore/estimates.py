"""A number with its honesty, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Members:
    """The conversations behind a number, fetched only when asked for."""

    fetch: Callable[[], Iterable[str]]

    def ids(self) -> tuple[str, ...]:
        """Conversation ids, sorted.

        >>> Members(lambda: ["b", "a"]).ids()
        ('a', 'b')
        """
        return tuple(sorted(self.fetch()))


def _nobody() -> Members:
    return Members(tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One source of uncertainty: half-width of its own 95 % interval, in the number's unit."""

    name: str
    """``sampling`` or ``measurement``."""
    half_width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number, its interval and where both come from."""

    value: float
    low: float
    high: float
    """95 % interval unless ``method`` says otherwise; ``low <= value <= high``."""
    n: int
    """How many conversations (or labels) it rests on."""
    method: str
    """Estimator and interval in the trade's words."""
    parts: tuple[Part, ...] = ()
    members: Members = field(default_factory=_nobody)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and self.low <= self.value <= self.high):  # and no NaN
            raise ValueError(f"no interval: low {self.low}, value {self.value}, high {self.high}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """There is no number, and this is why."""

    missing: str
    """What is missing, as a sentence a reader can act on."""
    members: Members = field(default_factory=_nobody)
