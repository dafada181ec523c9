"""How far the conversations of a cascade went, and what that cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cxscore.judges.cascade.cascade import DRAWN
from cxscore.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Counts over the verdicts of one cascade."""

    conversations: int
    judged_by: Mapping[str, int]
    """Step to the conversations it judged."""
    given_by: Mapping[str, int]
    """Step to the outcomes taken from it, all legs."""
    drawn: int
    """Conversations drawn for audit."""

    def lines(self, usd: Mapping[str, float | None] | None = None) -> tuple[str, ...]:
        """One line per step, for people.

        Args:
            usd: what was spent, by ``Ask.seat``; None for a seat whose price is not known.
        """
        outcomes = sum(self.given_by.values())
        steps = [
            f"{step}: judged {n:,} of {self.conversations:,} conversations "
            f"({_percent(n, self.conversations)}), decided {self.given_by.get(step, 0):,} of "
            f"{outcomes:,} outcomes ({_percent(self.given_by.get(step, 0), outcomes)})"
            for step, n in self.judged_by.items()
        ]
        audit = [f"drawn for audit: {self.drawn:,}"] if self.drawn else []
        return (*steps, *audit, *(self._cost(seat, spent) for seat, spent in (usd or {}).items()))

    def _cost(self, seat: str, spent: float | None) -> str:
        if spent is None:
            return f"{seat}: cost unknown, no price is given"
        each = 1000 * spent / self.conversations if self.conversations else 0.0
        return f"{seat}: {spent:,.4f} USD, {each:,.2f} USD per 1,000 conversations of the run"


class ShareCount:
    """Counts verdicts of one cascade as they come; those of other judges are passed over."""

    def __init__(self) -> None:
        self._conversations = 0
        self._drawn = 0
        self._judged: Counter[str] = Counter()
        self._given: Counter[str] = Counter()

    def add(self, verdict: Verdict) -> None:
        """Count one."""
        if not verdict.given_by:
            return
        self._conversations += 1
        self._drawn += DRAWN in verdict.seen
        seats = (v.seat for leg in verdict.votes.values() for votes in leg.values() for v in votes)
        steps = dict.fromkeys(seats)
        self._judged.update(s for s in steps if not _is_inner(s, steps))
        self._given.update(step for leg in verdict.given_by.values() for step in leg.values())

    def shares(self) -> Shares:
        """What was counted so far."""
        return Shares(
            conversations=self._conversations,
            judged_by=dict(self._judged),
            given_by=dict(self._given),
            drawn=self._drawn,
        )


def shares(verdicts: Iterable[Verdict]) -> Shares:
    """Count verdicts of one cascade, streaming."""
    count = ShareCount()
    for verdict in verdicts:
        count.add(verdict)
    return count.shares()


def _is_inner(seat: str, all_seats: Iterable[str]) -> bool:
    """Whether it is a seat of a jury within a step; a model's own name may hold a slash."""
    return any(seat.startswith(f"{other}/") for other in all_seats)


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"
