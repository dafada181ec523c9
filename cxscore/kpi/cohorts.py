"""The time since the launch: 30, 60 and 90 days, and month by month."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from cxscore.estimates import Estimate, Unavailable
from cxscore.kpi import ladder, operations
from cxscore.kpi.breaks import Drawn, carried, drawn, line_break
from cxscore.kpi.figure import Figure, missing
from cxscore.kpi.intervals import Slope, slope, weighted_slope
from cxscore.kpi.registry import Known

MARKS = ((0, 30), (30, 60), (60, 90))
"""Days after the launch."""
_TOPICS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Thirty days."""

    first_day: int
    last_day: int
    true: Figure
    """D11 of those watched for seven days: the last of them are not yet."""
    involvement: Figure
    topics: tuple[tuple[str, float], ...]
    """The commonest topics and their shares: a rate moves with its mix."""
    broken: str | None = None
    """Why it is not compared with the thirty days before; None: it is."""


def cohorts(known: Known, day: Callable[[int], float]) -> tuple[Cohort, ...]:
    """Days 1–30, 31–60 and 61–90 after the launch, as far as there are conversations.

    Args:
        known: all conversations.
        day: seconds since 1970 at which a day after the launch begins, 0 the launch itself.
    """
    found: list[Cohort] = []
    last: Drawn | None = None
    for low, high in MARKS:
        keep = (known.facts.started >= day(low)) & (known.facts.started < day(high))
        if not (keep & known.facts.eligible).any():
            continue
        part = known.within(keep)
        now = drawn(part.facts)
        broken = None if last is None else line_break(last, now)
        last = carried(last, now)
        found.append(
            Cohort(
                first_day=low + 1,
                last_day=high,
                true=ladder.d11(part.facts, part.after),
                involvement=operations.involvement(part.facts),
                topics=_topics(part),
                broken=broken,
            )
        )
    return tuple(found)


def _topics(known: Known) -> tuple[tuple[str, float], ...]:
    held = known.facts.attributes.get("topic")
    if held is None:
        return ()
    names, counts = np.unique(held[known.facts.eligible].astype(str), return_counts=True)
    order = np.argsort(-counts, kind="stable")[:_TOPICS]
    whole = int(counts.sum())
    return tuple((names[i] or "no topic", float(counts[i] / whole)) for i in order)


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One complete month since the launch."""

    first: date
    true: Figure
    broken: str | None = None
    """Why its number is not compared with those before it; None: it is."""
    topics: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    """Topic to (k, n) of the same."""


def trajectory(months: Sequence[Month]) -> Slope | Unavailable:
    """Points of D11 a month, weighted least squares over complete months since the last break.

    Estimand: the slope of the true rate over months, mix of topics as it was.

    Interval: 95 %, binomial variance of each month, customers drawn whole within it.

    Fails when: the mix of topics changed in between; fewer than three months of one judge and one
    definition have a number.

    Args:
        months: consecutive ones; a month without a number keeps its place.
    """
    held = _held(months)
    if isinstance(held, Unavailable):
        return held
    counts = [(int(m.true.k or 0), m.true.n) for _, m in held]
    sizes = [m.true.size for _, m in held]
    return weighted_slope(counts, at=[place for place, _ in held], sizes=sizes)


def standardised_trajectory(months: Sequence[Month]) -> Slope | Unavailable:
    """The same with the mix of topics held as it was over all those months (direct standard).

    Estimand: the slope the true rate would have had with the topics' shares unchanged.

    Interval: 95 %, the topics' binomial variances with two of each added (Agresti & Caffo 2000).

    Fails when: as ``trajectory``; topics that occur in every month hold less than half of the
    conversations.

    Args:
        months: consecutive ones; a month without a number keeps its place.
    """
    held = _held(months)
    if isinstance(held, Unavailable):
        return held
    shared = sorted(
        t for t in held[0][1].topics if all(m.topics.get(t, (0.0, 0))[1] for _, m in held)
    )
    # One row a month, one column a topic.
    k = np.array([[m.topics[t][0] for t in shared] for _, m in held], np.float64)
    n = np.array([[m.topics[t][1] for t in shared] for _, m in held], np.float64)
    of = sum(m.true.n for _, m in held)
    if not shared or n.sum() < of / 2:
        share = n.sum() / of if shared else 0.0
        return Unavailable(missing=f"topics of every month hold {share:.0%} of the conversations")
    weight = n.sum(axis=0) / n.sum()
    smooth = (k + 1) / (n + 2)
    return slope(
        np.array([place for place, _ in held], np.float64),
        (k / n) @ weight,
        n.sum(axis=1),
        (smooth * (1 - smooth) / (n + 2)) @ weight**2,
    )


def _held(months: Sequence[Month]) -> list[tuple[int, Month]] | Unavailable:
    """Months with a number since the last break, with their places."""
    start = max((i for i, m in enumerate(months) if m.broken is not None), default=0)
    held = [
        (place, m)
        for place, m in enumerate(months)
        if place >= start and isinstance(m.true.number, Estimate) and m.true.k is not None
    ]
    if len(held) >= 3:
        return held
    since = f" since {months[start].first:%B %Y}: {months[start].broken}" if start else ""
    return Unavailable(
        missing=f"complete months with a true rate{since}: {len(held)}; 3 are the least"
    )


def months_of(known: Known, spans: Sequence[tuple[date, float, float]]) -> tuple[Month, ...]:
    """D11 of each month; a month of another judge or definition than the last one breaks the line.

    Args:
        known: all conversations.
        spans: first day, and the seconds at which the month begins and ends.
    """
    found = []
    last: Drawn | None = None
    for first, begin, end in spans:
        keep = (known.facts.started >= begin) & (known.facts.started < end)
        part = known.within(keep)
        true = missing("no conversation began in this month")
        broken, topics = None, {}
        if part.facts.eligible.any():
            true, now = ladder.d11(part.facts, part.after), drawn(part.facts)
            broken = None if last is None else line_break(last, now)
            last = carried(last, now)
            topics = _true_by_topic(part)
        found.append(Month(first=first, true=true, broken=broken, topics=topics))
    return tuple(found)


def _true_by_topic(known: Known) -> dict[str, tuple[float, int]]:
    names = known.facts.attributes.get("topic")
    if names is None:
        return {}
    figures = {
        name: ladder.d11(part.facts, part.after)
        for name in sorted(set(names.tolist()) - {""})
        for part in (known.within(names == name),)
    }
    return {name: (f.k, f.n) for name, f in figures.items() if f.k is not None}
