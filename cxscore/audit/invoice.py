"""An invoice held against the conversations: every line, and what no line bills."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from cxscore.kpi.facts import Facts


class Oddity(StrEnum):
    """What is odd about a line, first that holds."""

    NO_ID = "no_conversation_id"
    NO_SUCH = "no_such_conversation"
    CREDIT = "credit"
    DUPLICATE = "duplicate"
    EXCLUDED = "billed_excluded"
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
    Oddity.NOT_CLAIMED: "the export does not say that it was billed",
    Oddity.OUT_OF_PERIOD: "lies outside the invoice's month",
    Oddity.CARRIED_OVER: "its conversation began in a month before",
    Oddity.PRICE: "another price than the other lines",
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
    """Sum of the amounts of odd lines that are no credit."""


def reconcile(facts: Facts, lines: Sequence[InvoiceLine]) -> Reconciled:
    """Hold every line against the conversations; times are read in UTC days.

    An invoice's month is the one most of its lines lie in; a day more at either end is let pass.
    """
    place = {name: i for i, name in enumerate(facts.id.tolist())}
    months = _months(lines)
    prices = _prices(lines)
    open_: defaultdict[tuple[str, str], int] = defaultdict(int)
    odd: list[Odd] = []
    for line in sorted(lines, key=lambda one: one.line):
        key = line.vendor, line.conversation_id
        found = _oddity(line, facts, place, months[line.invoice], prices[line.vendor], open_[key])
        if found is not None:
            odd.append(found)
        open_[key] += -1 if line.amount < 0 else 1
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
        disputed=round(
            sum(
                o.line.amount
                for o in odd
                if o.oddity not in {Oddity.CREDIT, Oddity.CARRIED_OVER, Oddity.PRICE}
            ),
            10,
        ),
    )


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
    facts: Facts,
    place: dict[str, int],
    month: tuple[int, int],
    price: float,
    billed_before: int,
) -> Odd | None:
    at = place.get(line.conversation_id)
    if not line.conversation_id:
        return Odd(line=line, oddity=Oddity.NO_ID)
    if at is None:
        return Odd(line=line, oddity=Oddity.NO_SUCH)
    if line.amount < 0:
        return Odd(line=line, oddity=Oddity.CREDIT, detail=line.note)
    if billed_before > 0:
        return Odd(line=line, oddity=Oddity.DUPLICATE)
    if facts.exclusion[at]:
        return Odd(line=line, oddity=Oddity.EXCLUDED, detail=str(facts.exclusion[at]))
    if facts.billed[at] == 0:
        return Odd(line=line, oddity=Oddity.NOT_CLAIMED)
    near = {line.day + timedelta(days=d) for d in (-1, 0, 1)}
    if month not in {(day.year, day.month) for day in near}:
        return Odd(line=line, oddity=Oddity.OUT_OF_PERIOD, detail=line.day.isoformat())
    if abs(line.amount - price) > 1e-9:
        return Odd(line=line, oddity=Oddity.PRICE, detail=f"{line.amount:.2f}, else {price:.2f}")
    return None
