"""An invoice held against the conversations: every line, and what no line bills."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import numpy as np

from cxscore.kpi.facts import Facts, Mask


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
    disputed: float = 0.0
    """Of its amount, what is in dispute and no credit has given back."""


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
    net: Mapping[str, float] = field(default_factory=dict)
    """Conversation to what its own vendor's lines bill for it, credits taken off."""
    set_aside: int = 0
    """Lines of other vendors, or of days that were not asked for."""

    @property
    def to_answer(self) -> tuple[Odd, ...]:
        """Odd lines that are no credit."""
        return tuple(o for o in self.odd if o.oddity is not Oddity.CREDIT)

    def of(self, conversation_id: str) -> float:
        """What is in dispute of a conversation."""
        return sum(o.disputed for o in self.odd if o.line.conversation_id == conversation_id)


def reconcile(
    facts: Facts,
    lines: Sequence[InvoiceLine],
    *,
    prices: Mapping[str, float] | None = None,
    shown: Callable[[InvoiceLine], object] = bool,
    period: Mask | None = None,
    set_aside: int = 0,
) -> Reconciled:
    """Hold every line against the conversations; times are read in UTC days.

    An invoice's month is the one most of its lines lie in; a day more at either end is let pass.
    Every line counts, whatever is shown: a credit of another day gives back all the same.

    Args:
        facts: all conversations.
        lines: of one currency.
        prices: conversation to its contract's price; without one the price most lines have.
        shown: which lines are told of.
        period: (N,) conversations that may be missing on the invoice; None: all.
        set_aside: lines of the file that are not among these.
    """
    books = _Books(facts, lines, dict(prices or {}))
    for line in sorted(lines, key=lambda one: (one.day, one.line)):
        books.take(line)
    told = [one for one in lines if shown(one)]
    odd = tuple(one for one in books.listed() if shown(one.line))
    return Reconciled(
        lines=len(told),
        total=round(sum(line.amount for line in told), 10),
        odd=odd,
        not_invoiced=books.missing(period),
        disputed=round(sum(o.disputed for o in odd), 10),
        currency=lines[0].currency if lines else "",
        net={name: round(amount, 10) for name, amount in books.net.items() if name},
        set_aside=set_aside + len(lines) - len(told),
    )


_CENT = 1e-9
_NOT_DISPUTED = frozenset({Oddity.CARRIED_OVER, Oddity.PRICE})


@dataclass(slots=True)
class _Entry:
    """What one line billed, and how much of it stands."""

    amount: float
    disputed: float
    rightful: bool
    """It bills the conversation, if for the first time: another is then a duplicate."""

    @property
    def stands(self) -> bool:
        return self.rightful and self.amount > _CENT


def _settle(entries: Sequence[_Entry], given: float) -> float:
    """A credit takes back what is in dispute first, the latest first; then the rest.

    Returns:
        What is left of it.
    """
    for disputed in (True, False):
        for entry in reversed(entries):
            part = min(given, entry.disputed if disputed else entry.amount)
            entry.amount -= part
            entry.disputed = max(0.0, min(entry.disputed - part * disputed, entry.amount))
            given -= part
    return given


class _Books:
    """An account for each vendor and conversation, line by line."""

    def __init__(
        self, facts: Facts, lines: Sequence[InvoiceLine], prices: Mapping[str, float]
    ) -> None:
        self.net: defaultdict[str, float] = defaultdict(float)
        self._export = _Export(facts)
        self._lines = lines
        self._prices = prices
        self._months, self._usual = _months(lines), _usual(lines)
        self._accounts: defaultdict[tuple[str, str], list[_Entry]] = defaultdict(list)
        self._spare: defaultdict[tuple[str, str], float] = defaultdict(float)
        self._odd: list[tuple[InvoiceLine, Oddity, str, _Entry | None]] = []

    def take(self, line: InvoiceLine) -> None:
        """Enter the next line; they come by day."""
        if self._export.own(line):
            self.net[line.conversation_id] += line.amount
        # A line that names nothing is settled by no credit.
        key = self._export.vendor_of(line), line.conversation_id or f"line {line.line}"
        if line.amount < 0:
            # A credit may stand before what it gives back.
            self._spare[key] += _settle(self._accounts[key], -line.amount)
            self._odd.append((line, Oddity.CREDIT, line.note, None))
            return
        price = self._prices.get(line.conversation_id)
        found = _oddity(
            line,
            self._export,
            self._months[line.invoice],
            self._usual[line.vendor] if price is None else price,
            billed_before=any(e.stands for e in self._accounts[key]),
        )
        oddity = None if found is None else found[0]
        settled = oddity is None or oddity in _NOT_DISPUTED
        above = 0.0 if price is None else max(0.0, line.amount - price)
        entry = _Entry(
            amount=line.amount,
            disputed=above if settled else line.amount,
            rightful=settled or oddity is Oddity.DUPLICATE,
        )
        self._accounts[key].append(entry)
        self._spare[key] = _settle([entry], self._spare[key])
        if found is not None:
            self._odd.append((line, *found, entry))

    def listed(self) -> Iterator[Odd]:
        """Odd lines in the file's order, with what is still in dispute of each."""
        for line, oddity, detail, entry in sorted(self._odd, key=lambda o: o[0].line):
            left = 0.0 if entry is None else round(entry.disputed, 10)
            yield Odd(line=line, oddity=oddity, detail=detail, disputed=left)

    def missing(self, period: Mask | None) -> tuple[str, ...]:
        """Billed by the export's word, by a vendor of the invoice, and on no line."""
        export, facts = self._export, self._export.facts
        seen = {line.conversation_id for line in self._lines}
        vendors = {export.vendor_of(line) for line in self._lines}
        found = (
            name
            for name, i in export.place.items()
            if facts.billed[i] == 1
            and name not in seen
            and str(export.vendor[i]) in vendors
            and (period is None or period[i])
        )
        return tuple(sorted(found))


class _Export:
    """What the conversations say of themselves."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.place = {name: i for i, name in enumerate(facts.id.tolist())}
        none = np.full(len(facts), "", object)
        self.vendor = facts.attributes.get("vendor", none)
        self.says_billed = frozenset(self.vendor[facts.billed >= 0].tolist())
        """Vendors whose export tells what was billed."""

    def vendor_of(self, line: InvoiceLine) -> str:
        """Who bills it: the line says it, or the conversation."""
        at = self.place.get(line.conversation_id)
        return line.vendor or ("" if at is None else str(self.vendor[at]))

    def own(self, line: InvoiceLine) -> bool:
        """Whether who bills a conversation is the vendor that served it, as far as is known."""
        at = self.place.get(line.conversation_id)
        served = "" if at is None else str(self.vendor[at])
        return not served or self.vendor_of(line) == served

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


def _usual(lines: Sequence[InvoiceLine]) -> dict[str, float]:
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
) -> tuple[Oddity, str] | None:
    if not line.conversation_id:
        return Oddity.NO_ID, ""
    at = export.place.get(line.conversation_id)
    if at is None:
        return Oddity.NO_SUCH, ""
    if billed_before:
        return Oddity.DUPLICATE, ""
    facts = export.facts
    if facts.exclusion[at]:
        return Oddity.EXCLUDED, str(facts.exclusion[at])
    vendor = str(export.vendor[at])
    if vendor and line.vendor and vendor != line.vendor:
        return Oddity.OTHER_VENDOR, vendor
    if facts.involved[at] == 0:
        return Oddity.NO_AI, ""
    if facts.billed[at] == 0 or (facts.billed[at] < 0 and vendor in export.says_billed):
        return Oddity.NOT_CLAIMED, ""
    dated = _of_its_day(line, export.began(at), month)
    if dated is not None:
        return dated
    if abs(line.amount - price) > _CENT:
        return Oddity.PRICE, f"{line.amount:.2f}, else {price:.2f}"
    return None


def _of_its_day(
    line: InvoiceLine, began: date | None, month: tuple[int, int]
) -> tuple[Oddity, str] | None:
    """Whether the line, or its conversation, lies elsewhere than in the invoice's month."""
    near = {line.day + timedelta(days=d) for d in (-1, 0, 1)}
    if month not in {(day.year, day.month) for day in near}:
        return Oddity.OUT_OF_PERIOD, line.day.isoformat()
    if began is None:
        return None
    if began - timedelta(days=1) > line.day:
        return Oddity.OUT_OF_PERIOD, f"began {began}"
    later = began + timedelta(days=1)
    if (later.year, later.month) < month:
        return Oddity.CARRIED_OVER, f"began {began}"
    return None
