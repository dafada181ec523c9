"""Counts that know their conversations, in memory that does not grow with the ledger."""

from __future__ import annotations

from bisect import insort
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cxscore.transcript import Json

ID_CAP = 500
"""Ids kept per count; the count itself is always whole."""

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many conversations, and which."""

    n: int
    """All of them."""
    ids: tuple[str, ...] = ()
    """Their ids, sorted; only the first ``ID_CAP`` when there are more."""

    @property
    def more(self) -> int:
        """How many ids are left out."""
        return self.n - len(self.ids)


class Tally:
    """A count being taken. The result does not depend on the order of arrival.

    >>> tally = Tally(cap=2)
    >>> for id in ("c", "a", "b"):
    ...     tally.add(id)
    >>> tally.count()
    Count(n=3, ids=('a', 'b'))
    """

    def __init__(self, *, cap: int = ID_CAP) -> None:
        self._cap = cap
        self._n = 0
        self._ids: list[str] = []

    def add(self, id: str) -> None:
        """Count one conversation; each may be added once."""
        self._n += 1
        if len(self._ids) < self._cap:
            insort(self._ids, id)
        elif id < self._ids[-1]:
            insort(self._ids, id)
            self._ids.pop()

    def count(self) -> Count:
        """What was counted so far."""
        return Count(n=self._n, ids=tuple(self._ids))


class Tallies(Generic[K]):
    """One tally per key."""

    def __init__(self) -> None:
        self._by_key: dict[K, Tally] = {}

    def add(self, key: K, id: str) -> None:
        """Count one conversation under a key."""
        if key not in self._by_key:
            self._by_key[key] = Tally()
        self._by_key[key].add(id)

    def count(self, key: K) -> Count:
        """What was counted under a key; zero when nothing was."""
        tally = self._by_key.get(key)
        return tally.count() if tally else Count(n=0)

    def counts(self) -> dict[K, Count]:
        """Every key with its count, in order of first arrival."""
        return {key: tally.count() for key, tally in self._by_key.items()}

    def largest_first(self) -> tuple[tuple[K, Count], ...]:
        """Every key with its count, largest first, equal ones by name."""
        return tuple(sorted(self.counts().items(), key=lambda kv: (-kv[1].n, str(kv[0]))))


class Top(Generic[T]):
    """The first few of many values by a sortable key, whatever the order of arrival.

    Keys must be distinct, else values are compared.
    """

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._kept: list[tuple[Json, T]] = []
        self.total = 0

    def add(self, key: Json, value: T) -> None:
        """Offer one value."""
        self.total += 1
        if len(self._kept) == self._cap:
            if key >= self._kept[-1][0]:
                return
            self._kept.pop()
        insort(self._kept, (key, value), key=lambda kv: kv[0])

    def values(self) -> tuple[T, ...]:
        """The kept values in order of their keys."""
        return tuple(value for _, value in self._kept)
