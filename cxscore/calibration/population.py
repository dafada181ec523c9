"""The plain problem: what a judge said of all, people of some, and how those were picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from cxscore.errors import LabelError

Floats = NDArray[np.float64]
Column = Sequence[Any] | NDArray[Any]

ABSENT = (None, "", "na", "n/a", "nan")
TRUTHS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
UNJUDGED = "no verdict"
"""Stratum of what the judge failed on or abstained from: it stays in the population."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where columns came from, for messages."""

    path: str | None = None
    lines: Sequence[int] = ()
    """Line of each row."""

    def error(self, reason: str, at: int | None = None) -> LabelError:
        """The error of a row, or of all."""
        line = self.lines[at] if at is not None and at < len(self.lines) else None
        if at is not None and line is None:
            reason = f"row {at}: {reason}"
        return LabelError(reason, path=self.path, line=line)


NOWHERE = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """N conversations, in id order."""

    judge: Floats
    """(N,) the judge's level or 0/1; NaN: no verdict."""
    human: Floats
    """(N,) the adjudicated level of people; NaN: not labelled."""
    strata: tuple[str, ...]
    """(N,) the stratum each was drawn in."""
    streams: tuple[str, ...]
    """(N,) who served it: strata are merged within a stream only."""
    pi: Floats
    """(N,) chance to be labelled, in (0, 1]; NaN: not known."""
    clusters: tuple[str, ...]
    """(N,) customer; each of its own where none is known."""
    low: float
    high: float
    """Ends of the scale."""
    named: bool = False
    """Whether somebody said which stratum each was drawn in."""

    @property
    def size(self) -> int:
        """N."""
        return len(self.judge)

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """(N,) who has a label."""
        return ~np.isnan(self.human)

    @property
    def cells(self) -> tuple[tuple[str, str], ...]:
        """(N,) stream and stratum each was drawn in."""
        return tuple(zip(self.streams, self.strata, strict=True))

    @property
    def binary(self) -> bool:
        """Whether people said only 0 and 1."""
        return bool(np.isin(self.human[self.labelled], (0.0, 1.0)).all()) and (
            (self.low, self.high) == (0.0, 1.0)
        )

    @property
    def verdict_strata(self) -> bool:
        """Whether the judge says the same within every stratum: λ then has nothing to tell."""
        said: dict[str, float] = {}
        for name, level in zip(self.strata, self.judge.tolist(), strict=True):
            if level != level:
                continue
            if said.setdefault(name, level) != level:
                return False
        return True


def population(
    *,
    judge: Column,
    human: Column,
    strata: Column | None = None,
    streams: Column | None = None,
    pi: Column | float | None = None,
    clusters: Column | None = None,
    scale: tuple[float, float] | None = None,
    where: Place = NOWHERE,
) -> Population:
    """Check columns and hold them together.

    Args:
        judge: (N,) numbers, yes/no or true/false; None, empty or ``na``: no verdict.
        human: (N,) alike; absent: not labelled.
        strata: (N,) names; None: one stratum.
        streams: (N,) names; None: one stream.
        pi: (N,) or one number: the chance to be labelled.
        clusters: (N,) customers; None: nobody came twice.
        scale: lowest and highest level; None: 0–1 where all are, else the range seen.
        where: the file and its lines, for messages.

    Raises:
        LabelError: lengths differ, a level is off the scale or no number, π is 0 or below or above
            1, or nobody is labelled.
    """
    j, h = numbers(judge, "judge", where), numbers(human, "human", where)
    n = len(j)
    _same_length(n, {"human": h, "strata": strata, "streams": streams, "clusters": clusters}, where)
    if n == 0:
        raise where.error("there is no conversation")
    if np.isnan(h).all():
        raise where.error("no conversation has a label by people")
    low, high = _scale(j, h, scale)
    for name, column in (("judge", j), ("human", h)):
        off = np.flatnonzero((column < low) | (column > high))
        if len(off):
            reason = f"{name} says {column[off[0]]:g}; the scale goes from {low:g} to {high:g}"
            raise where.error(reason, int(off[0]))
    return Population(
        judge=j,
        human=h,
        strata=_names(strata, n, "all"),
        streams=_names(streams, n, ""),
        pi=_chances(pi, n, h, where),
        clusters=tuple(str(i) for i in range(n)) if clusters is None else _own(clusters),
        low=low,
        high=high,
        named=strata is not None,
    )


def numbers(column: Column, name: str, where: Place = NOWHERE) -> Floats:
    """A column as numbers; absent values are NaN.

    >>> numbers([1, "yes", None, "na", 2.5], "judge").tolist()
    [1.0, 1.0, nan, nan, 2.5]

    Raises:
        LabelError: a value is no number.
    """
    if isinstance(column, np.ndarray) and column.dtype.kind in "fiub":
        found = column.astype(np.float64)
    else:
        found = np.array([_number(v, i, name, where) for i, v in enumerate(column)], np.float64)
    if np.isinf(found).any():
        at = int(np.flatnonzero(np.isinf(found))[0])
        raise where.error(f"{name} is infinite", at)
    return found


def _number(value: object, at: int, name: str, where: Place) -> float:
    text = str(value).strip().casefold() if value is not None else ""
    if value is None or text in ABSENT:
        return float("nan")
    if text in TRUTHS:
        return TRUTHS[text]
    try:
        return float(text)
    except ValueError:
        reason = f"{name} says {value!r}, which is no number; allowed: numbers, yes, no, or nothing"
        raise where.error(reason, at) from None


def _same_length(n: int, columns: dict[str, Column | Floats | None], where: Place) -> None:
    for name, column in columns.items():
        if column is not None and len(column) != n:
            raise where.error(f"judge has {n} values, {name} {len(column)}")


def _scale(j: Floats, h: Floats, scale: tuple[float, float] | None) -> tuple[float, float]:
    if scale is None:
        return range_seen(j, h)
    if not scale[0] < scale[1] or not np.isfinite(scale).all():
        raise NOWHERE.error(
            f"the scale {scale[0]:g} to {scale[1]:g} has no room or no ends; allowed: two"
            " numbers, the lower first"
        )
    return float(scale[0]), float(scale[1])


def range_seen(*columns: Floats) -> tuple[float, float]:
    """Ends of a scale nobody named: 0–1 where all levels lie within, else what was seen.

    >>> range_seen(np.array([0.0, 1.0]), np.array([1.0])), range_seen(np.array([2.0, 5.0]))
    ((0.0, 1.0), (2.0, 5.0))
    """
    both = np.concatenate(columns)
    low, high = float(np.nanmin(both)), float(np.nanmax(both))
    return (0.0, 1.0) if low >= 0 and high <= 1 else (low, high)


def _names(column: Column | None, n: int, default: str) -> tuple[str, ...]:
    if column is None:
        return (default,) * n
    return tuple("" if v is None else str(v) for v in column)


def _own(column: Column) -> tuple[str, ...]:
    """An unknown customer is a customer of its own."""
    return tuple(f"#{i}" if v is None or v == "" else str(v) for i, v in enumerate(column))


def _chances(pi: Column | float | None, n: int, h: Floats, where: Place) -> Floats:
    if pi is None:
        return np.full(n, np.nan)
    if isinstance(pi, Real) or np.ndim(pi) == 0:  # numpy's numbers too
        found = np.full(n, numbers([pi], "inclusion probability", where)[0])
    else:
        found = numbers(cast("Column", pi), "inclusion probability", where)
        _same_length(n, {"inclusion probability": found}, where)
    bad = np.flatnonzero((found <= 0) | (found > 1))
    if len(bad):
        at = int(bad[0])
        reason = f"inclusion probability {found[at]:g} is not above 0 and at most 1"
        raise where.error(reason, at)
    missing = np.flatnonzero(np.isnan(found) & ~np.isnan(h))
    if len(missing) and not np.isnan(found).all():
        at = int(missing[0])
        reason = "a labelled conversation has no inclusion probability, others have"
        raise where.error(reason, at)
    return found
