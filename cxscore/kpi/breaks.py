"""Where a line breaks: another judge, or another definition of a vendor's labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cxscore.kpi.facts import Facts
from cxscore.kpi.registry import Kpi

_BY_THE_VENDOR = ("vendor labels", "vendor_llm", "fees")
_BY_THE_RECORD = frozenset({"surveys", "human minutes", "times", "customer ids and times"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What the numbers of a period rest on."""

    judges: frozenset[str]
    definitions: Mapping[str, frozenset[str]]
    """Vendor to the definitions of its labels."""


def drawn(facts: Facts) -> Drawn:
    """Judges and definitions of the eligible conversations."""
    empty = np.full(len(facts), "", object)
    vendors = facts.attributes.get("vendor", empty)[facts.eligible]
    labels = facts.attributes.get("definition", empty)[facts.eligible]
    judges = facts.attributes.get("judge", empty)[facts.eligible]
    pairs = set(zip(vendors.tolist(), labels.tolist(), strict=True))
    return Drawn(
        judges=frozenset(judges.tolist()) - {""},
        definitions={
            vendor: frozenset(label for v, label in pairs if v == vendor)
            for vendor in {v for v, label in pairs if label}
        },
    )


def judge_changed(before: Drawn, now: Drawn) -> str | None:
    """Why two periods are not of one judge; None: they are, or one of them has none."""
    if before.judges and now.judges and before.judges != now.judges:
        return "the judge changed (W8): numbers of two judges are not one line"
    return None


def definition_changed(before: Drawn, now: Drawn) -> str | None:
    """Why a vendor's labels do not mean the same in both periods; None: they do.

    A vendor that is there in one period only has changed no definition.
    """
    changed = sorted(
        label
        for vendor in before.definitions.keys() & now.definitions.keys()
        for label in (before.definitions[vendor] ^ now.definitions[vendor])
        if label
    )
    if not changed:
        return None
    return f"the vendor's labels changed their definition (W8): {', '.join(changed)}"


def line_break(before: Drawn, now: Drawn) -> str | None:
    """Why a page compares nothing of two periods; None: it may."""
    return judge_changed(before, now) or definition_changed(before, now)


def line_break_of(kpi: Kpi, before: Drawn, now: Drawn) -> str | None:
    """Why this KPI is not compared; what rests on neither judge nor label never breaks."""
    if any(word in kpi.needs for word in _BY_THE_VENDOR):
        return line_break(before, now)
    return None if kpi.needs in _BY_THE_RECORD else judge_changed(before, now)
