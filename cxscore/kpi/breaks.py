"""Where a line breaks: another judge, or another definition of a vendor's labels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cxscore.kpi.facts import Facts
from cxscore.kpi.registry import Kpi

_BY_THE_VENDOR = ("vendor labels", "vendor_llm", "fees")
_BY_THE_RECORD = frozenset(
    {"surveys", "human minutes", "times", "customer ids and times", "self-service sessions"}
)
_BY_RECORD_AND_VENDOR = frozenset({"fees"})
TOLERATED = 0.05
"""Share of a period by which its judges or definitions may differ from another's: what a fallback
graded in an outage moves no figure by more."""

Shares = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What the numbers of a period rest on."""

    judges: Shares
    """Of the conversations with a verdict."""
    definitions: Mapping[str, Shares]
    """Vendor to the definitions of its labels, shares of those with one."""


def drawn(facts: Facts) -> Drawn:
    """Judges of the eligible conversations, and definitions of all: V0 counts excluded ones."""
    empty = np.full(len(facts), "", object)
    vendors = facts.attributes.get("vendor", empty).tolist()
    labels = facts.attributes.get("definition", empty).tolist()
    judges = facts.attributes.get("judge", empty)[facts.eligible].tolist()
    pairs = Counter(zip(vendors, labels, strict=True))
    by: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (vendor, label), n in pairs.items():
        if label:
            by[vendor][label] += n
    return Drawn(
        judges=_shares(Counter(judges)),
        definitions={vendor: _shares(counts) for vendor, counts in by.items()},
    )


def _shares(counts: Counter[str]) -> dict[str, float]:
    named = {name: n for name, n in counts.items() if name}
    whole = sum(named.values())
    return {name: n / whole for name, n in sorted(named.items())}


def _apart(before: Shares, now: Shares) -> float:
    """Share that would have to change hands: half the sum of the differences."""
    return sum(abs(before.get(k, 0.0) - now.get(k, 0.0)) for k in before.keys() | now.keys()) / 2


def carried(last: Drawn | None, now: Drawn) -> Drawn:
    """What the next period is compared with: one nobody judged is no break, and hides none."""
    return now if now.judges or last is None else replace(now, judges=last.judges)


def judge_changed(before: Drawn, now: Drawn) -> str | None:
    """Why two periods are not of one judge; None: they are, or one of them has none."""
    if before.judges and now.judges and _apart(before.judges, now.judges) > TOLERATED:
        return "the judge changed (W8): numbers of two judges are not one line"
    return None


def definition_changed(before: Drawn, now: Drawn) -> str | None:
    """Why a vendor's labels do not mean the same in both periods; None: they do.

    A vendor that is there in one period only has changed no definition.
    """
    changed = sorted(
        label
        for vendor in before.definitions.keys() & now.definitions.keys()
        for old, new in ((before.definitions[vendor], now.definitions[vendor]),)
        if _apart(old, new) > TOLERATED
        for label in old.keys() | new.keys()
        if abs(old.get(label, 0.0) - new.get(label, 0.0)) > TOLERATED
    )
    if not changed:
        return None
    return f"the vendor's labels changed their definition (W8): {', '.join(changed)}"


def line_break(before: Drawn, now: Drawn) -> str | None:
    """Why a page compares nothing of two periods; None: it may."""
    return judge_changed(before, now) or definition_changed(before, now)


def line_break_of(kpi: Kpi, before: Drawn, now: Drawn) -> str | None:
    """Why this KPI is not compared; what rests on neither judge nor label never breaks."""
    if kpi.needs in _BY_RECORD_AND_VENDOR:
        return definition_changed(before, now)
    if any(word in kpi.needs for word in _BY_THE_VENDOR):
        return line_break(before, now)
    return None if kpi.needs in _BY_THE_RECORD else judge_changed(before, now)
