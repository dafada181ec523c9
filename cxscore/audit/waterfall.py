"""From what the vendor claims to what is true, one step at a time; and how far choices matter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxscore.audit.labels import Reason, missed, reasons, undecided
from cxscore.estimates import Estimate, Unavailable
from cxscore.kpi.facts import Facts
from cxscore.kpi.figure import Figure, rate
from cxscore.kpi.followup import Followup
from cxscore.kpi.ladder import claimed, involved, kept, true_so_far

STEPS = (
    Reason.HUMAN_TOOK_PART,
    Reason.ACTION_NOT_IN_LOG,
    Reason.CRITICAL_HALLUCINATION,
    Reason.JUDGED_UNRESOLVED,
    Reason.NOT_ANSWERED,
    Reason.CAME_BACK,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One bar."""

    name: str
    n: int
    """Conversations taken away, or added at the last one."""
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """The bars in order; they add up."""

    involved: int
    claimed: int
    losses: tuple[Step, ...]
    undecided: Step
    """Claimed, and nobody can tell: neither taken away nor kept."""
    confirmed: Step
    """Claimed and true so far."""
    missed: Step
    """True so far, and not claimed."""


def waterfall(facts: Facts, after: Followup) -> Waterfall:
    """Every claimed conversation in exactly one bar."""
    found = reasons(facts, after)
    losses = []
    for reason in STEPS:
        ids = tuple(name for name, why in found.items() if why is reason)
        losses.append(Step(name=reason.value, n=len(ids), ids=ids))
    open_ = claimed(facts) & undecided(facts, after) & ~true_so_far(facts, after)
    kept = claimed(facts) & true_so_far(facts, after)
    extra = missed(facts, after)
    return Waterfall(
        involved=int(involved(facts).sum()),
        claimed=int(claimed(facts).sum()),
        losses=tuple(losses),
        undecided=_step("undecided", facts, open_),
        confirmed=_step("confirmed", facts, kept),
        missed=_step("missed", facts, extra),
    )


def _step(name: str, facts: Facts, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Step:
    ids = tuple(facts.id[mask].tolist())
    return Step(name=name, n=len(ids), ids=ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The true rate under one choice."""

    level: int
    window: str
    figure: Figure


def tornado(facts: Facts, after: Followup) -> tuple[Choice, ...]:
    """The true rate at other thresholds and windows: what the headline hangs on."""
    found = []
    for level in (3, 4, 5):
        for window in ("24h", "48h", "7d"):
            good, unknown = kept(facts, after, window, level=level)
            base = involved(facts) & after.watched(window)
            figure = rate(facts, good, base, unknown=unknown)
            found.append(Choice(level=level, window=window, figure=figure))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstClaim:
    """A test of the true rate against what is claimed."""

    claim: float
    gap: Estimate | Unavailable
    """Claim less true, 0–1."""
    z: float | None


def against_claim(true: Figure, claim: float) -> AgainstClaim:
    """How far the claim lies above the true rate.

    Interval: 95 %, of the true rate; the claim is taken as it was made.
    """
    number = true.number
    if isinstance(number, Unavailable):
        return AgainstClaim(claim=claim, gap=number, z=None)
    low, high = true.interval or (number.low, number.high)
    gap = Estimate(
        value=claim - number.value,
        low=claim - high,
        high=claim - low,
        n=number.n,
        method="claim less true rate",
    )
    spread = (claim * (1 - claim) / number.n) ** 0.5
    return AgainstClaim(
        claim=claim, gap=gap, z=(number.value - claim) / spread if spread > 0 else None
    )
