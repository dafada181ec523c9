"""Which conversations are asked about twice, and how often the second answer differs."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from heapq import heappush, heappushpop

from cxscore.run.prepare import Due
from cxscore.run.tally import Flips
from cxscore.store import VerdictRows


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatPlan:
    """How many of a run's judgements are made twice."""

    share: float = 0.01
    """Of the conversations judged, 0–1, drawn at random."""
    least: int = 20
    """At least so many, or all when fewer are judged."""

    @property
    def off(self) -> bool:
        """Whether nothing is asked twice."""
        return not self.share and not self.least


class Repeats:
    """Draws the conversations while they come, and compares the two judgements.

    A draw depends on the store's secret and the judgement's identity: the input's order and a
    restart do not change it.
    """

    def __init__(self, plan: RepeatPlan, secret: bytes) -> None:
        self._plan = plan
        self._secret = secret
        self._drawn = 0
        # The lowest draws not yet repeated, highest first: they fill up to the least number.
        self._reserve: list[tuple[float, int, Due, VerdictRows]] = []
        self._counter = 0
        self._asked: Counter[str] = Counter()
        self._flipped: Counter[str] = Counter()

    def drawn(self, due: Due, rows: VerdictRows) -> bool:
        """Whether a judgement just made is to be repeated now; others may be at the end."""
        if self._plan.off or rows.code is not None:
            return False
        digest = hashlib.sha256(self._secret + due.unit).digest()
        draw = int.from_bytes(digest[:8]) / 2**64
        if draw < self._plan.share:
            self._drawn += 1
            return True
        self._counter += 1
        entry = (-draw, self._counter, due, rows)
        if len(self._reserve) < self._plan.least:
            heappush(self._reserve, entry)
        elif self._reserve:
            heappushpop(self._reserve, entry)
        return False

    def missing(self) -> list[tuple[Due, VerdictRows]]:
        """The judgements to repeat at the end so that the least number is reached."""
        lacking = max(0, self._plan.least - self._drawn)
        lowest = sorted(self._reserve, reverse=True)[:lacking]
        return [(due, rows) for _, _, due, rows in lowest]

    def compare(self, first: VerdictRows, second: VerdictRows) -> None:
        """Count what came out otherwise; an outcome that failed either time is left out."""
        before, after = _outcomes(first), _outcomes(second)
        for criterion in before.keys() & after.keys():
            if "failed" in (before[criterion][0], after[criterion][0]):
                continue
            self._asked[criterion] += 1
            self._flipped[criterion] += before[criterion] != after[criterion]

    def flips(self) -> Mapping[str, Flips]:
        """Criterion to how often it flipped."""
        return {c: Flips(asked=n, flipped=self._flipped[c]) for c, n in sorted(self._asked.items())}


def _outcomes(rows: VerdictRows) -> dict[str, tuple[object, object]]:
    """Criterion to (state, level), whole journey."""
    return {str(r[1]): (r[2], r[3]) for r in rows.scores if r[0] == "journey"}
