"""Weeks, months and quarters of a calendar."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

EARLIEST, LATEST = date(1970, 1, 2), date(2999, 12, 31)
"""Days with others around them on every calendar, and with seconds on every clock."""
Cadence = Literal["weekly", "monthly", "quarterly"]
BACK = {"weekly": 8, "monthly": 6, "quarterly": 4}
"""Periods drawn."""


def spans(
    cadence: Cadence, begins: date, ends: date, at: date | None = None
) -> list[tuple[date, date]]:
    """Complete periods up to the wanted one, oldest first, at most ``BACK``.

    Args:
        cadence: weekly (from Monday), monthly or quarterly.
        begins: first day of the data.
        ends: day after the last.
        at: a day of the last period; None: the last that is complete.

    >>> [d.isoformat() for d in spans("weekly", date(2026, 9, 1), date(2026, 9, 16))[-1]]
    ['2026-09-07', '2026-09-14']
    """
    last = _start(cadence, ends if at is None else at)
    if at is not None:
        last = _next(cadence, last)
    found: list[tuple[date, date]] = []
    while len(found) < BACK[cadence]:
        first = _start(cadence, last - timedelta(days=1))
        if last > ends or last <= begins:
            break
        found.append((first, last))
        last = first
    # A first period that begins before the data is kept: the launch lies in it.
    return found[::-1]


def _start(cadence: Cadence, day: date) -> date:
    if cadence == "weekly":
        return day - timedelta(days=day.weekday())
    if cadence == "monthly":
        return day.replace(day=1)
    return day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)


def _next(cadence: Cadence, start: date) -> date:
    days = {"weekly": 7, "monthly": 32, "quarterly": 93}[cadence]
    return _start(cadence, start + timedelta(days=days))


def complete_months(first: date, ends: date) -> list[tuple[date, date]]:
    """Months from the one of ``first`` that end by ``ends``; the first may begin within.

    >>> [m[0].isoformat() for m in complete_months(date(2026, 8, 31), date(2026, 11, 2))]
    ['2026-08-01', '2026-09-01', '2026-10-01']
    """
    found = []
    at = first.replace(day=1)
    while (then := _next("monthly", at)) <= ends:
        found.append((at, then))
        at = then
    return found
