"""What was lost, topic by topic, and by what: the table "fix first"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cxscore.kpi import ladder
from cxscore.kpi.facts import Facts, Mask, yes
from cxscore.kpi.registry import Known

FIX = 5
"""Topics listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixFirst:
    """A topic by what it loses."""

    topic: str
    conversations: int
    lost: int
    """Not resolved, or back about it."""
    cause: str
    """The commonest reason among the lost."""
    ids: tuple[str, ...]
    quotes: tuple[str, ...] = ()


CAUSES: tuple[tuple[str, Callable[[Facts], Mask]], ...] = (
    ("tool or false action", lambda f: f.actions_missing > 0),
    ("wrong statement", lambda f: yes(f.critical) | (f.bad_material > 0)),
    ("asked for a person", lambda f: yes(f.asked_human) | yes(f.escalated)),
    ("no answer", lambda f: f.answers == 0),
    ("answer did not solve it", lambda f: f.resolution < ladder.RESOLVED_FROM),
)


def lost_of(known: Known) -> Mask:
    """Conversations the AI was involved in that nobody solved, or that came back.

    Handed to a person who solved it is not lost.
    """
    ok, unknown = ladder.solved(known.facts)
    base = ladder.involved(known.facts)
    return np.asarray(base & ((~ok & ~unknown) | known.after.back("7d")))


def fix_first(known: Known) -> tuple[FixFirst, ...]:
    """The topics that lose most, by conversations lost."""
    facts = known.facts
    topics = facts.attributes.get("topic")
    if topics is None:
        return ()
    lost = lost_of(known)
    rows = []
    for topic in sorted(set(topics.tolist())):
        mine = ladder.involved(facts) & (topics == topic)
        gone = mine & lost
        if not gone.any():
            continue
        counts = [(int((gone & test(facts)).sum()), name) for name, test in CAUSES]
        back = int((gone & known.after.back("7d")).sum())
        n, cause = max([*counts, (back, "customers came back")])
        rows.append(
            FixFirst(
                topic=topic or "no topic",
                conversations=int(mine.sum()),
                lost=int(gone.sum()),
                cause=cause if n else "not solved",
                ids=tuple(facts.id[gone].tolist()),
            )
        )
    rows.sort(key=lambda r: (-r.lost, r.topic))
    return tuple(rows[:FIX])
