"""All KPIs of a period, by groups, beside the period before; and what a claimed figure may mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from cxscore.desk.estimate import number_json
from cxscore.desk.kpi_facts import Loaded, load_facts
from cxscore.errors import ConfigError
from cxscore.estimates import Estimate, Unavailable
from cxscore.kpi.compare import Change, MixShift, change, mix_shift
from cxscore.kpi.figure import Figure
from cxscore.kpi.registry import KPIS, Known, Kpi

MOST_GROUPS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to compute."""

    store: Path
    first: date | None = None
    last: date | None = None
    """Exclusive."""
    by: str | None = None
    compare: bool = False
    ids: tuple[str, ...] = ()
    """KPIs; empty: all."""
    config: Path | None = None
    self_service: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One KPI of one period or group."""

    kpi: Kpi
    figure: Figure
    before: Figure | None = None
    change: Change | Unavailable | None = None
    mix: MixShift | Unavailable | None = None
    """The change of a rate split by stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpis:
    """Every KPI asked for."""

    first: date | None
    last: date | None
    """Exclusive; both None: no conversation has a time."""
    before: tuple[date, date] | None
    conversations: int
    eligible: int
    exclusions: Mapping[str, int]
    lines: tuple[Line, ...]
    groups: Mapping[str, tuple[Line, ...]]
    by: str | None
    loaded: Loaded


def kpis(asked: Asked) -> Kpis:
    """Compute.

    Raises:
        StoreError: there is no store, or it cannot be read.
        ConfigError: an unknown KPI or attribute, or a period that is none.
        InputError: the store is empty, or goes on after the settings say it ends.
    """
    chosen = _chosen(asked.ids)
    loaded = load_facts(asked.store, config=asked.config, self_service=asked.self_service)
    span = _span(loaded, asked)
    keep = loaded.started_within(*(span or (None, None)))
    if asked.first is None and asked.last is None:
        keep |= np.isnan(loaded.facts.started)
    known = loaded.known(keep)
    before: tuple[date, date] | None = None
    earlier: Known | None = None
    if asked.compare:
        first, last = span or loaded.days()
        before = (first - (last - first), first)
        earlier = loaded.known(loaded.started_within(*before))
        if not len(earlier.facts):
            raise ConfigError(
                f"no conversation in {before[0]} to {before[1]}: nothing to compare with"
            )
    facts = known.facts
    out = facts.exclusion[~facts.eligible]
    names, counts = np.unique(out.astype(str), return_counts=True)
    return Kpis(
        first=None if span is None else span[0],
        last=None if span is None else span[1],
        before=before,
        conversations=len(facts),
        eligible=int(facts.eligible.sum()),
        exclusions=dict(zip(names.tolist(), counts.tolist(), strict=True)),
        lines=tuple(_line(kpi, known, earlier) for kpi in chosen),
        groups={} if asked.by is None else _groups(loaded, keep, asked.by, chosen),
        by=asked.by,
        loaded=loaded,
    )


def _span(loaded: Loaded, asked: Asked) -> tuple[date, date] | None:
    """The days asked for; None: all, and none has a time."""
    if not loaded.dated and asked.first is None and asked.last is None and not asked.compare:
        return None
    begins, ends = loaded.days()
    first, last = asked.first or begins, asked.last or ends
    if first >= last:
        raise ConfigError(f"the period from {first} to {last} is empty; the end is not in it")
    return first, last


def _chosen(ids: tuple[str, ...]) -> tuple[Kpi, ...]:
    by_id = {kpi.id: kpi for kpi in KPIS}
    unknown = [one for one in ids if one not in by_id]
    if unknown:
        raise ConfigError(f"there is no KPI {unknown[0]!r}; allowed: {', '.join(by_id)}")
    return tuple(by_id[one] for one in ids) if ids else KPIS


def _line(kpi: Kpi, known: Known, earlier: Known | None) -> Line:
    figure = kpi.of(known)
    if earlier is None:
        return Line(kpi=kpi, figure=figure)
    before = kpi.of(earlier)
    mix: MixShift | Unavailable | None = None
    if kpi.unit == "share" and figure.k is not None and before.k is not None:
        mix = mix_shift(_by_stream(kpi, earlier), _by_stream(kpi, known))
    return Line(kpi=kpi, figure=figure, before=before, change=change(before, figure), mix=mix)


def _by_stream(kpi: Kpi, known: Known) -> dict[str, Figure]:
    found = {}
    for stream in sorted(set(known.facts.stream.tolist())):
        found[stream] = kpi.of(_within(known, known.facts.stream == stream))
    return found


def _within(known: Known, keep: np.ndarray[Any, np.dtype[np.bool_]]) -> Known:
    from dataclasses import replace

    after = known.after
    return replace(
        known,
        facts=known.facts.select(keep),
        after=replace(
            after,
            same=after.same[keep],
            any=after.any[keep],
            # Rows of others are out of reach here: what their returns cost is not of this group.
            next_same=np.full(int(keep.sum()), -1, np.int64),
            seen=after.seen[keep],
        ),
    )


def _groups(
    loaded: Loaded,
    keep: np.ndarray[Any, np.dtype[np.bool_]],
    by: str,
    chosen: tuple[Kpi, ...],
) -> dict[str, tuple[Line, ...]]:
    held = loaded.facts.attributes.get(by)
    if held is None:
        names = ", ".join(sorted(loaded.facts.attributes))
        raise ConfigError(f"no conversation has {by!r}; allowed: {names}")
    values = sorted(set(held[keep].tolist()))
    if len(values) > MOST_GROUPS:
        raise ConfigError(f"{by} has {len(values)} values; {MOST_GROUPS} are the most")
    return {
        value or "not known": tuple(Line(kpi=kpi, figure=kpi.of(group)) for kpi in chosen)
        for value in values
        for group in (loaded.known(keep & (held == value)),)
    }


def figure_json(figure: Figure, *, members: bool) -> dict[str, Any]:
    """A figure as plain JSON values."""
    told: dict[str, Any] = {**number_json(figure.number), "n": figure.n}
    if figure.k is not None:
        told["k"] = figure.k
    if figure.unknown:
        told["unknown"] = figure.unknown
        if figure.bounds is not None:
            told["bounds"] = list(figure.bounds)
    if figure.clustered is not None:
        told["clustered"] = list(figure.clustered)
    if members:
        told["numerator"] = list(figure.numerator.fetch())
        told["denominator"] = list(figure.denominator.fetch())
    return told


def kpis_json(found: Kpis, *, members: bool = False) -> dict[str, Any]:
    """All of it as plain JSON values."""
    return {
        "schema": 1,
        "from": None if found.first is None else found.first.isoformat(),
        "to": None if found.last is None else found.last.isoformat(),
        "before": None if found.before is None else [d.isoformat() for d in found.before],
        "conversations": found.conversations,
        "eligible": found.eligible,
        "exclusions": dict(found.exclusions),
        "judges": list(found.loaded.judges),
        "heuristic": found.loaded.heuristic,
        **({"notice": found.loaded.notice} if found.loaded.notice else {}),
        "kpis": [_line_json(line, members=members) for line in found.lines],
        "by": found.by,
        "groups": {
            name: [_line_json(line, members=members) for line in lines]
            for name, lines in found.groups.items()
        },
    }


def _line_json(line: Line, *, members: bool) -> dict[str, Any]:
    kpi = line.kpi
    told = {
        "id": kpi.id,
        "name": kpi.name,
        "tier": kpi.tier,
        "unit": kpi.unit,
        "better": kpi.better,
        "meaning": kpi.meaning,
        "caveat": kpi.caveat,
        "needs": kpi.needs,
        "tags": list(kpi.tags),
        **figure_json(line.figure, members=members),
    }
    if line.before is not None:
        told["before"] = figure_json(line.before, members=False)
        one = line.change
        told["change"] = (
            {"unavailable": one.missing}
            if isinstance(one, Unavailable)
            else None
            if one is None
            else {"value": one.value, "low": one.low, "high": one.high, "moved": one.moved}
        )
        if isinstance(line.mix, MixShift):
            told["mix"] = {"within": line.mix.rate, "shares": line.mix.mix}
    return told


TIERS = {1: "Resolution", 2: "Experience", 3: "Business", 4: "Operations"}


def kpis_text(found: Kpis) -> str:
    """All of it for people."""
    span = "no dates"
    if found.first is not None and found.last is not None:
        span = f"{found.first} to {found.last - timedelta(days=1)}"
    out = ", ".join(f"{n} {name}" for name, n in found.exclusions.items()) or "none"
    read = f"{found.conversations:,} conversations, {found.eligible:,} eligible; excluded: {out}"
    lines = [f"{span}: {read}"]
    if found.loaded.notice:
        lines.append(found.loaded.notice)
    if found.loaded.heuristic:
        lines.append(
            "Graded by fixed rules, no language model: decide what to read by it, no more."
        )
    for tier, name in TIERS.items():
        held = [line for line in found.lines if line.kpi.tier == tier]
        if held:
            lines += ["", name]
            lines += [f"  {told(line)}" for line in held]
    for group, rows in found.groups.items():
        lines += ["", f"{found.by} {group}"]
        lines += [f"  {told(line)}" for line in rows if isinstance(line.figure.number, Estimate)]
    return "\n".join(lines)


def told(line: Line) -> str:
    """One KPI in one line."""
    kpi, figure = line.kpi, line.figure
    text = f"{kpi.id:<30} {kpi.name:<34} {shown(kpi, figure)}"
    if isinstance(line.change, Change):
        moved = "" if line.change.moved else " (not shown)"
        text += f"   {_signed(kpi, line.change.value)}{moved}"
    return text


def shown(kpi: Kpi, figure: Figure) -> str:
    """A figure with its interval; shares under 30 conversations as k of n only."""
    number = figure.number
    if isinstance(number, Unavailable):
        return f"not available: {number.missing}"
    more = f", {figure.unknown:,} not known" if figure.unknown else ""
    if kpi.unit == "share" and figure.k is not None:
        counts = f"{figure.k:,.0f} of {figure.n:,}"
        if figure.n < 30:
            return f"{counts} ({number.low:.0%} to {number.high:.0%}{more})"
        return f"{number.value:.1%} ({number.low:.1%} to {number.high:.1%}; {counts}{more})"
    if kpi.unit == "share":
        return f"{number.value:.1%} ({number.low:.1%} to {number.high:.1%}; n {figure.n:,}{more})"
    return f"{number.value:,.2f} ({number.low:,.2f} to {number.high:,.2f}; n {figure.n:,}{more})"


def _signed(kpi: Kpi, value: float) -> str:
    return f"{100 * value:+.1f} points" if kpi.unit == "share" else f"{value:+,.2f}"
