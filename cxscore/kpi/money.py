"""What a resolution costs, and whether it pays."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from cxscore.estimates import Estimate, Part, Unavailable
from cxscore.kpi.facts import Facts, Floats, Mask, yes
from cxscore.kpi.figure import MOST_UNKNOWN, Figure, missing
from cxscore.kpi.followup import Followup
from cxscore.kpi.intervals import Z95, clustered
from cxscore.kpi.ladder import claimed, involved, kept, true_so_far


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Of the period looked at, in the workspace's currency; None is not known."""

    currency: str = ""
    human_minute: float | None = None
    human_contact: float | None = None
    """What one contact cost before the AI, fully loaded."""
    fee: float | None = None
    """For a billed resolution, where conversations do not carry their fee."""
    platform: float | None = None
    management: float | None = None
    implementation: float | None = None
    """Share of the period."""

    @property
    def fixed(self) -> float | None:
        """Platform, management and implementation; None: none is known."""
        given = [v for v in (self.platform, self.management, self.implementation) if v is not None]
        return math.fsum(given) if given else None

    def without_fixed(self) -> Costs:
        """Of a group of conversations: no share of what is fixed is its own."""
        return replace(self, platform=None, management=None, implementation=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Sums of the period; None where a part is not known."""

    fees: float | None
    billed: int
    repeats: float | None
    """Human minutes of contacts that followed a claimed resolution."""
    humans: float | None
    """All human minutes."""
    fixed: float | None
    overbilled: float | None
    """Fees of billed conversations that are not truly resolved so far."""
    overbilled_ids: tuple[str, ...]

    @property
    def total(self) -> float | None:
        """Cost of the period with the returns it caused."""
        parts = (self.fees, self.repeats, self.fixed)
        known = [v for v in parts if v is not None]
        return math.fsum(known) if len(known) == len(parts) else None


def fees_of(facts: Facts, costs: Costs) -> Floats:
    """(N,) fee of every billed conversation, 0 elsewhere; NaN where it is not known."""
    single = np.nan if costs.fee is None else costs.fee
    each = np.where(np.isnan(facts.fee), single, facts.fee)
    return np.where(yes(facts.billed), each, 0.0)


def repeat_minutes(facts: Facts, after: Followup) -> Floats:
    """(N,) human minutes of the contact that followed a claimed resolution, at the claimed one."""
    return np.where(claimed(facts), after.next_minutes, 0.0)


def spent(facts: Facts, after: Followup, costs: Costs) -> Spent:
    """Sums of the period."""
    fees, billed = fees_of(facts, costs), yes(facts.billed)
    good, unknown = kept(facts, after)
    wrong = billed & ~good & ~unknown
    minute = costs.human_minute
    own = np.where(facts.eligible, facts.human_minutes, 0.0)
    return Spent(
        fees=_sum(fees),
        billed=int(billed.sum()),
        repeats=None if minute is None else _times(minute, repeat_minutes(facts, after)),
        humans=None if minute is None else _times(minute, own),
        fixed=costs.fixed,
        overbilled=_sum(fees[wrong]),
        overbilled_ids=tuple(facts.id[wrong].tolist()),
    )


def _sum(values: Floats) -> float | None:
    return None if np.isnan(values).any() else float(values.sum())


def _times(minute: float, minutes: Floats) -> float:
    """Minutes nobody wrote down cost nothing here: the sum is a lower bound then."""
    return minute * float(np.nansum(minutes))


def cost_per_billed(facts: Facts, costs: Costs) -> Figure:
    """Fees over billed conversations."""
    return _ratio(
        facts, fees_of(facts, costs), yes(facts.billed), "billed conversation", chance=False
    )


def cost_per_claimed(facts: Facts, costs: Costs) -> Figure:
    """All fees, those of spam and merged ones too, over eligible claimed conversations."""
    return _ratio(facts, fees_of(facts, costs), claimed(facts), "claimed resolution")


def _open(facts: Facts, after: Followup) -> str | None:
    """Why true resolutions cannot be counted; None: they can."""
    return _too_many(facts, kept(facts, after)[1])


def _too_many(facts: Facts, unknown: Mask) -> str | None:
    base = involved(facts)
    n, open_ = int(np.count_nonzero(base)), int(np.count_nonzero(base & unknown))
    if open_ > MOST_UNKNOWN * n:
        return f"of {open_:,} of {n:,} conversations it is not known whether they are resolved"
    return None


def cost_per_true(facts: Facts, after: Followup, costs: Costs, *, loaded: bool) -> Figure:
    """Fees and human cost of the returns over true resolutions so far; ``loaded``: all costs.

    Interval: 95 %, of the ratio, customers drawn whole; fixed costs are no chance.
    """
    if costs.human_minute is None:
        return missing("costs.human_minute is not set: what returns cost is not known")
    total = fees_of(facts, costs) + costs.human_minute * np.nan_to_num(repeat_minutes(facts, after))
    good, unknown = kept(facts, after)
    if (why := _too_many(facts, unknown)) is not None:
        return missing(why)
    fixed = costs.fixed if loaded else 0.0
    if fixed is None:
        return missing(
            "no fixed costs are set (platform, management, implementation), or this is a group and"
            " they belong to all"
        )
    found = _ratio(facts, total, good & ~unknown, "true resolution", fixed=fixed)
    open_ = int(np.count_nonzero(involved(facts) & unknown))
    if not open_ or not isinstance(found.number, Estimate):
        return found
    # Were all of them true, the same money would have bought more.
    least = found.number.value * found.n / (found.n + open_)
    number = replace(found.number, low=min(found.number.low, least))
    return replace(found, number=number, unknown=open_)


def _ratio(
    facts: Facts,
    amounts: Floats,
    counted: Mask,
    what: str,
    *,
    fixed: float = 0.0,
    chance: bool = True,
) -> Figure:
    """Money over conversations; without ``chance`` a price, which one customer's tells too."""
    if np.isnan(amounts).any():
        return missing("a fee is not known: neither the conversations nor costs.ai_fee say it")
    n = int(counted.sum())
    if not n:
        return missing(f"no {what}: nothing to divide by")
    value = (float(amounts.sum()) + fixed) / n
    # Every conversation carries its share of what is fixed, so that the ratio's error is right.
    shares = amounts + fixed / len(facts)
    error, customers = clustered(shares, counted, facts.customer)
    if customers < 2 and chance:
        return missing(f"all from one customer ({value:,.2f}): how far others differ is not known")
    half = Z95 * error
    number = Estimate(
        value=value,
        low=max(0.0, value - half),
        high=value + half,
        n=n,
        method="ratio, customers drawn whole",
        parts=(Part(name="sampling", half_width=half),),
    )
    return Figure(number=number, k=None, n=n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """What came back for what was spent."""

    avoided: float
    total: float
    low: float
    high: float
    """Of ``avoided``, at the ends of the true rate's interval."""

    @property
    def roi(self) -> float:
        """(avoided − total) / total."""
        return (self.avoided - self.total) / self.total

    @property
    def per_unit(self) -> float:
        """Avoided for each unit spent."""
        return self.avoided / self.total


def roi(
    facts: Facts,
    after: Followup,
    costs: Costs,
    *,
    true_rate: Estimate | Unavailable,
    contact_share: float = 1.0,
) -> Return | Unavailable:
    """Human contacts avoided by true resolutions, against all costs.

    Args:
        facts: all conversations.
        after: their returns.
        costs: of the period.
        true_rate: of D11, for the scenarios at its ends.
        contact_share: cost of an avoided contact as a share of the average human one, 0–1: what the
            AI solves is easier than the average.
    """
    if (why := _open(facts, after)) is not None:
        return Unavailable(missing=why)
    total = spent(facts, after, costs).total
    if total is None or costs.human_contact is None:
        return Unavailable(
            missing="costs.human_contact_before_ai, costs.human_minute, fees and fixed costs are"
            " all needed"
        )
    if total <= 0:
        return Unavailable(missing="nothing was spent")
    n = int(true_so_far(facts, after).sum())
    each = costs.human_contact * contact_share
    low = high = n * each
    if isinstance(true_rate, Estimate):
        low, high = (true_rate.n * end * each for end in (true_rate.low, true_rate.high))
    return Return(avoided=n * each, total=total, low=low, high=high)


def vendor_style_roi(facts: Facts, costs: Costs) -> Return | Unavailable:
    """As vendors reckon: every billed conversation a human contact saved, fees only."""
    fees = _sum(fees_of(facts, costs))
    if fees is None or costs.human_contact is None or fees <= 0:
        return Unavailable(missing="fees and costs.human_contact_before_ai are needed")
    avoided = int(yes(facts.billed).sum()) * costs.human_contact
    return Return(avoided=avoided, total=fees, low=avoided, high=avoided)


def break_even(
    facts: Facts, after: Followup, costs: Costs, *, contact_share: float = 1.0
) -> float | None:
    """True resolutions from which the period pays; None: costs are not known.

    Args:
        facts: all conversations.
        after: their returns.
        costs: of the period.
        contact_share: cost of an avoided contact as a share of the average human one, 0–1.
    """
    total = spent(facts, after, costs).total
    if total is None or not costs.human_contact:
        return None
    return total / (costs.human_contact * contact_share)
