"""What was changed in a period, and what moved after it: by the design the change allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from cxscore.desk.kpi_facts import DAY, Loaded
from cxscore.estimates import Unavailable
from cxscore.kpi.designs import Difference, before_after, staggered
from cxscore.kpi.registry import BY_ID, SO_FAR, Kpi
from cxscore.readers.changes import Shipped

WATCHED = ("D11p", "cx_positive", "repeat_same")
LONGEST = 28
"""Days before and after a change that are looked at, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One change and what followed."""

    shipped: Shipped
    days: int
    """Looked at before it, and after it."""
    differences: tuple[tuple[Kpi, Difference | Unavailable], ...]


def what_moved(loaded: Loaded, shipped: Sequence[Shipped]) -> tuple[Moved, ...]:
    """Before and after each change; for one topic, less the same of the other topics.

    Every interval is one at 95 % of its own: none of it is part of a page's error budget, and
    nothing of it is coloured.
    """
    return tuple(_moved(loaded, one) for one in shipped)


def _moved(loaded: Loaded, one: Shipped) -> Moved:
    begins, ends = loaded.days()
    days = min(LONGEST, (ends - one.day).days, (one.day - begins).days)
    if days < 1:
        return Moved(shipped=one, days=0, differences=())
    known, at = loaded.known(), loaded.seconds(one.day)
    topics = loaded.facts.attributes.get("topic")
    kpis = [BY_ID[name] for name in WATCHED]
    found: list[tuple[Kpi, Difference | Unavailable]]
    if one.topic:
        reached = np.zeros(len(known.facts), np.bool_) if topics is None else topics == one.topic
        if reached.any():
            found = [
                (k, staggered(k, known, reached, at, days * DAY, until=loaded.until)) for k in kpis
            ]
        else:
            # Mistyped, perhaps: over all topics it would be another question.
            named = [] if topics is None else sorted(set(topics.tolist()) - {""})
            there = ", ".join(named) or "none"
            why = f"no conversation has the topic {one.topic!r}; there are {there}"
            found = [(k, Unavailable(missing=why)) for k in kpis]
    else:
        back, on = one.day - timedelta(days=days), one.day + timedelta(days=days)
        since = loaded.until - loaded.seconds(on)
        before = loaded.known(loaded.started_within(back, one.day))
        equal = before.as_known_at(at + since)
        after = loaded.known(loaded.started_within(one.day, on))
        found = [(k, before_after(k, equal if k.id in SO_FAR else before, after)) for k in kpis]
    return Moved(shipped=one, days=days, differences=tuple(found))
