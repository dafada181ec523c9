"""An invoice held against the conversations: every line, and what no line bills."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import numpy as np

from cxscore.kpi.facts import Facts


class Oddity(StrEnum):
    """What is odd about a line, first that holds."""

    NO_ID = "no_conversation_id"
    NO_SUCH = "no_such_conversation"
    CREDIT = "credit"
    DUPLICATE = "duplicate"
    EXCLUDED = "billed_excluded"
    OTHER_VENDOR = "other_vendor"
    NO_AI = "no_ai"
    NOT_CLAIMED = "not_claimed"
    OUT_OF_PERIOD = "out_of_period"
    CARRIED_OVER = "carried_over"
    PRICE = "wrong_price"


SENTENCES = {
    Oddity.NO_ID: "names no conversation",
    Oddity.NO_SUCH: "the export holds no such conversation",
    Oddity.CREDIT: "a credit",
    Oddity.DUPLICATE: "billed before, and not credited in between",
    Oddity.EXCLUDED: "spam, test, merged, empty or without a request",
    Oddity.OTHER_VENDOR: "another vendor's AI served it",
    Oddity.NO_AI: "no AI took part in it",
    Oddity.NOT_CLAIMED: "the export does not say that it was billed",
    Oddity.OUT_OF_PERIOD: "lies outside the invoice's month, or before its conversation began",
    Oddity.CARRIED_OVER: "its conversation began in a month before",
    Oddity.PRICE: "another price than the contract's, or than the other lines",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """One line as billed."""

    line: int
    """Of the file."""
    invoice: str
    vendor: str
    conversation_id: str
    day: date
    outcome: str
    amount: float
    currency: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """A line with what is odd about it."""

    line: InvoiceLine
    oddity: Oddity
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """The invoice beside the export."""

    lines: int
    total: float
    """Sum of all amounts, credits taken off."""
    odd: tuple[Odd, ...]
    not_invoiced: tuple[str, ...]
    """Billed by the export's word, and on no line."""
    disputed: float
    """What odd lines bill and no credit has given back; of a wrong price what it is above the
    contract's."""
    currency: str = ""
    credited: frozenset[str] = frozenset()
    """Conversations whose lines add up to nothing: what was billed is given back."""
    set_aside: int = 0
    """Lines of other vendors, or of days that were not asked for."""


def reconcile(
    facts: Facts,
    lines: Sequence[InvoiceLine],
    *,
    prices: Mapping[str, float] | None = None,
    set_aside: int = 0,
) -> Reconciled:
    """Hold every line against the conversations; times are read in UTC days.

    An invoice's month is the one most of its lines lie in; a day more at either end is let pass.

    Args:
        facts: all conversations.
        lines: of one currency.
        prices: vendor to its contract's price; without one the price most of its lines have.
        set_aside: lines of the file that are not among these.
    """
    export = _Export(facts)
    months = _months(lines)
    agreed = _prices(lines) | dict(prices or {})
    open_: defaultdict[str, float] = defaultdict(float)
    odd: list[Odd] = []
    for line in sorted(lines, key=lambda one: one.line):
        found = _oddity(
            line,
            export,
            months[line.invoice],
            agreed[line.vendor],
            billed_before=open_[line.conversation_id] > _CENT,
        )
        if found is not None:
            odd.append(found)
        open_[line.conversation_id] += line.amount
    place = export.place
    seen = {line.conversation_id for line in lines}
    vendors = {line.vendor for line in lines}
    mine = facts.attributes.get("vendor")
    missing = tuple(
        name
        for name, i in place.items()
        if facts.billed[i] == 1 and name not in seen and mine is not None and mine[i] in vendors
    )
    return Reconciled(
        lines=len(lines),
        total=round(sum(line.amount for line in lines), 10),
        odd=tuple(odd),
        not_invoiced=tuple(sorted(missing)),
        disputed=_disputed(lines, odd, dict(prices or {})),
        currency=lines[0].currency if lines else "",
        credited=frozenset(
            name
            for name in {line.conversation_id for line in lines if line.amount < 0} - {""}
            if open_[name] <= _CENT
        ),
        set_aside=set_aside,
    )


_CENT = 1e-9
_NOT_DISPUTED = frozenset({Oddity.CREDIT, Oddity.CARRIED_OVER, Oddity.PRICE})


def _disputed(
    lines: Sequence[InvoiceLine], odd: Sequence[Odd], prices: Mapping[str, float]
) -> float:
    """What odd lines bill, less what credits of the same conversation have given back."""
    strange = {o.line.line: o.oddity for o in odd}
    open_: defaultdict[str, float] = defaultdict(float)
    above = 0.0
    for line in sorted(lines, key=lambda one: one.line):
        oddity = strange.get(line.line)
        # A line that names nothing is settled by no credit.
        key = line.conversation_id or f"line {line.line}"
        if oddity is Oddity.CREDIT:
            open_[key] = max(0.0, open_[key] + line.amount)
        elif oddity is Oddity.PRICE and line.vendor in prices:
            above += max(0.0, line.amount - prices[line.vendor])
        elif oddity is not None and oddity not in _NOT_DISPUTED:
            open_[key] += line.amount
    return round(sum(open_.values()) + above, 10)


class _Export:
    """What the conversations say of themselves."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.place = {name: i for i, name in enumerate(facts.id.tolist())}
        none = np.full(len(facts), "", object)
        self.vendor = facts.attributes.get("vendor", none)
        self.vendors = frozenset(self.vendor.tolist()) - {""}
        self.says_billed = frozenset(self.vendor[facts.billed >= 0].tolist())
        """Vendors whose export tells what was billed."""

    def began(self, at: int) -> date | None:
        seconds = float(self.facts.started[at])
        return None if np.isnan(seconds) else datetime.fromtimestamp(seconds, UTC).date()


def _months(lines: Sequence[InvoiceLine]) -> dict[str, tuple[int, int]]:
    counts: defaultdict[str, defaultdict[tuple[int, int], int]] = defaultdict(
        lambda: defaultdict(int)
    )
    for line in lines:
        counts[line.invoice][line.day.year, line.day.month] += 1
    return {name: max(held, key=lambda m: (held[m], m)) for name, held in counts.items()}


def _prices(lines: Sequence[InvoiceLine]) -> dict[str, float]:
    counts: defaultdict[str, defaultdict[float, int]] = defaultdict(lambda: defaultdict(int))
    for line in lines:
        counts[line.vendor][abs(line.amount)] += 1
    return {name: max(held, key=lambda p: (held[p], p)) for name, held in counts.items()}


def _oddity(
    line: InvoiceLine,
    export: _Export,
    month: tuple[int, int],
    price: float,
    *,
    billed_before: bool,
) -> Odd | None:
    def odd(oddity: Oddity, detail: str = "") -> Odd:
        return Odd(line=line, oddity=oddity, detail=detail)

    if line.amount < 0:
        return odd(Oddity.CREDIT, line.note)
    if not line.conversation_id:
        return odd(Oddity.NO_ID)
    at = export.place.get(line.conversation_id)
    if at is None:
        return odd(Oddity.NO_SUCH)
    if billed_before:
        return odd(Oddity.DUPLICATE)
    facts = export.facts
    if facts.exclusion[at]:
        return odd(Oddity.EXCLUDED, str(facts.exclusion[at]))
    vendor = str(export.vendor[at])
    if vendor and line.vendor and vendor != line.vendor:
        return odd(Oddity.OTHER_VENDOR, vendor)
    if facts.involved[at] == 0:
        return odd(Oddity.NO_AI)
    if facts.billed[at] == 0 or (facts.billed[at] < 0 and vendor in export.says_billed):
        return odd(Oddity.NOT_CLAIMED)
    return _of_its_day(line, export.began(at), month) or (
        odd(Oddity.PRICE, f"{line.amount:.2f}, else {price:.2f}")
        if abs(line.amount - price) > _CENT
        else None
    )


def _of_its_day(line: InvoiceLine, began: date | None, month: tuple[int, int]) -> Odd | None:
    """Whether the line, or its conversation, lies elsewhere than in the invoice's month."""
    near = {line.day + timedelta(days=d) for d in (-1, 0, 1)}
    if month not in {(day.year, day.month) for day in near}:
        return Odd(line=line, oddity=Oddity.OUT_OF_PERIOD, detail=line.day.isoformat())
    if began is None:
        return None
    if began - timedelta(days=1) > line.day:
        return Odd(line=line, oddity=Oddity.OUT_OF_PERIOD, detail=f"began {began}")
    later = began + timedelta(days=1)
    if (later.year, later.month) < month:
        return Odd(line=line, oddity=Oddity.CARRIED_OVER, detail=f"began {began}")
    return None
