"""What true resolutions are worth against all they cost, in scenarios."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cxscore.desk.kpi_facts import load_facts
from cxscore.errors import ConfigError
from cxscore.estimates import Estimate, Unavailable
from cxscore.kpi import ladder, money
from cxscore.kpi.money import Return, Spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One way to reckon."""

    name: str
    contact_share: float
    """Cost of an avoided contact, as a share of the average human one."""
    found: Return | Unavailable
    break_even: float | None
    """True resolutions from which it pays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roi:
    """The scenarios, what was spent, and what calculators of vendors would say."""

    currency: str
    spent: Spent
    total: float | None
    scenarios: tuple[Scenario, ...]
    vendor_style: Return | Unavailable
    true: Estimate | Unavailable


SCENARIOS = {"low": 0.5, "mid": 0.75, "high": 1.0}
"""What the AI solves is easier than the average contact: its avoided cost lies below the average.
These shares are ours, not measured; name your own with ``contact_share``."""


def roi(
    store: Path,
    *,
    first: date | None = None,
    last: date | None = None,
    scenario: str | None = None,
    contact_share: float | None = None,
    config: Path | None = None,
) -> Roi:
    """Reckon a period.

    Args:
        store: a ledger with verdicts.
        first: first day.
        last: day after the last.
        scenario: one of ``SCENARIOS``; None: all.
        contact_share: a share of your own, 0–1, in place of the scenarios'.
        config: settings file with the costs.

    Raises:
        StoreError: there is no store, or it cannot be read.
        ConfigError: no such scenario, a share out of range, or settings that cannot be used.
        InputError: the store is empty, or goes on after the settings say it ends.
    """
    if scenario is not None and scenario not in SCENARIOS:
        allowed = ", ".join(SCENARIOS)
        raise ConfigError(f"there is no scenario {scenario!r}; allowed: {allowed}")
    if contact_share is not None and not 0 < contact_share <= 1:
        raise ConfigError(f"contact share {contact_share:g}; allowed: above 0, up to 1")
    shares = {n: s for n, s in SCENARIOS.items() if scenario in {None, n}}
    if contact_share is not None:
        shares = {"yours": contact_share}
    if scenario is not None and contact_share is not None:
        raise ConfigError("name a scenario or a contact share of your own, not both")
    loaded = load_facts(store, config=config)
    span = None
    if first is not None or last is not None:
        begins, ends = loaded.days()
        span = first or begins, last or ends
        if span[0] >= span[1]:
            raise ConfigError(f"the period from {span[0]} to {span[1]} is empty")
    known = loaded.known(loaded.started_within(first, last), span)
    facts, after, costs = known.facts, known.after, known.costs
    true = ladder.d11_provisional(facts, after).number
    spent = money.spent(facts, after, costs)
    return Roi(
        currency=loaded.workspace.currency,
        spent=spent,
        total=spent.total,
        scenarios=tuple(
            Scenario(
                name=name,
                contact_share=share,
                found=money.roi(facts, after, costs, true_rate=true, contact_share=share),
                break_even=money.break_even(facts, after, costs, contact_share=share),
            )
            for name, share in shares.items()
        ),
        vendor_style=money.vendor_style_roi(facts, costs),
        true=true,
    )


def roi_json(found: Roi) -> dict[str, Any]:
    """As plain JSON values."""
    return {
        "currency": found.currency,
        "fees": found.spent.fees,
        "billed": found.spent.billed,
        "returns": found.spent.repeats,
        "fixed": found.spent.fixed,
        "total": found.total,
        "scenarios": {
            s.name: {
                "contact_share": s.contact_share,
                "break_even_true_resolutions": s.break_even,
                **_return(s.found),
            }
            for s in found.scenarios
        },
        "vendor_style": _return(found.vendor_style),
    }


def _return(found: Return | Unavailable) -> dict[str, Any]:
    if isinstance(found, Unavailable):
        return {"unavailable": found.missing}
    return {
        "avoided": found.avoided,
        "low": found.low,
        "high": found.high,
        "per_unit": found.per_unit,
        "roi": found.roi,
    }


def roi_text(found: Roi) -> str:
    """For people."""
    money_of = f" {found.currency}".rstrip()
    spent = found.spent

    def amount(value: float | None) -> str:
        return "not known" if value is None else f"{value:,.2f}{money_of}"

    parts = (
        f"fees {amount(spent.fees)} ({spent.billed:,} billed)",
        f"people for returns {amount(spent.repeats)}",
        f"platform and management {amount(spent.fixed)}",
    )
    lines = [f"spent {amount(found.total)}: {', '.join(parts)}"]
    for one in found.scenarios:
        pays = (
            "" if one.break_even is None else f"; pays from {one.break_even:,.1f} true resolutions"
        )
        if isinstance(one.found, Unavailable):
            lines.append(f"{one.name}: not available, because {one.found.missing}{pays}")
            continue
        r = one.found
        lines.append(
            f"{one.name} (an avoided contact costs {one.contact_share:.0%} of the average): avoided"
            f" {r.avoided:,.2f} ({r.low:,.2f} to {r.high:,.2f}); {r.per_unit:.2f} for 1 spent{pays}"
        )
    if isinstance(found.vendor_style, Return):
        lines.append(
            f"as vendors reckon, every billed one a contact saved, fees only:"
            f" {found.vendor_style.per_unit:.2f} for 1"
        )
    return "\n".join(lines)
