"""All KPIs of a period, by groups, beside the period before; and what a claimed figure may mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from cxscore.desk.kpi_facts import Loaded, load_facts
from cxscore.errors import ConfigError
from cxscore.estimates import Unavailable
from cxscore.kpi.benchmarks import not_comparable
from cxscore.kpi.breaks import Drawn, drawn, line_break_of
from cxscore.kpi.compare import Change, MixShift, change, mix_shift
from cxscore.kpi.designs import Difference, customers_in_both, holdout
from cxscore.kpi.facts import Facts, Mask
from cxscore.kpi.figure import Figure
from cxscore.kpi.linking import LinkError, link_error
from cxscore.kpi.registry import KPIS, SO_FAR, TIERS, Known, Kpi
from cxscore.readers.benchmarks import Benchmark, read_benchmarks
from cxscore.readers.pairs import read_pairs

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
    tiers: tuple[str, ...] = ()
    """Names of tiers; empty: all."""
    tags: tuple[str, ...] = ()
    """Rows of frameworks, ``google:reliability`` or ``google``; empty: all."""
    holdout: str | None = None
    """``ATTRIBUTE=VALUE`` of those the AI, or a change, was held back from."""
    benchmarks: Path | None = None
    pairs: Path | None = None
    """CSV of labelled pairs: ``earlier, later, same_issue``."""
    config: Path | None = None
    self_service: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arms:
    """The two sides of a holdout."""

    held_out: Mask
    treated: Mask
    neither: int
    """Conversations in neither: they do not say in which they are."""
    in_both: int
    """Customers on both sides: it spills over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A published figure, and why it is not comparable; None: it is."""

    benchmark: Benchmark
    why_not: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One KPI of one period or group."""

    kpi: Kpi
    figure: Figure
    before: Figure | None = None
    change: Change | Unavailable | None = None
    mix: MixShift | Unavailable | None = None
    """The change of a rate split by stream."""
    held_out: Difference | Unavailable | None = None
    """The rest less those held out."""
    benchmarks: tuple[Beside, ...] = ()


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
    arms: Arms | None = None
    """None: no holdout was asked for."""
    link_error: LinkError | None = None
    not_asked: tuple[str, ...] = ()
    """KPIs of benchmarks that are not among those asked for."""


def kpis(asked: Asked) -> Kpis:
    """Compute.

    Raises:
        StoreError: there is no store, or it cannot be read.
        ConfigError: an unknown KPI or attribute, or a period that is none.
        InputError: the store is empty, or goes on after the settings say it ends.
    """
    chosen = _chosen(asked)
    others = () if asked.benchmarks is None else read_benchmarks(asked.benchmarks)
    labelled = None if asked.pairs is None else read_pairs(asked.pairs)
    loaded = load_facts(asked.store, config=asked.config, self_service=asked.self_service)
    span = _span(loaded, asked)
    keep = loaded.started_within(*(span or (None, None)))
    if asked.first is None and asked.last is None:
        keep |= np.isnan(loaded.facts.started)
    known = loaded.known(keep, span)
    before: tuple[date, date] | None = None
    earlier: Known | None = None
    equal: Known | None = None
    if asked.compare:
        first, last = span or loaded.days()
        before = (first - (last - first), first)
        earlier = loaded.known(loaded.started_within(*before), before)
        # Returns are looked for as long after both periods; of a period that is not over yet the
        # one before is cut off at the same place.
        until = loaded.seconds(first) + loaded.until - loaded.seconds(last)
        equal = earlier.within(earlier.facts.started < until).as_known_at(until)
        equal = replace(equal, costs=earlier.costs, sessions=earlier.sessions)
        if not len(earlier.facts):
            raise ConfigError(
                f"no conversation in {before[0]} to {before[1]}: nothing to compare with"
            )
    facts = known.facts
    arms = _arms(known, asked.holdout)
    beside = None
    if earlier is not None and equal is not None:
        beside = _compared(known, earlier, equal)
    out = facts.exclusion[~facts.eligible]
    names, counts = np.unique(out.astype(str), return_counts=True)
    return Kpis(
        first=None if span is None else span[0],
        last=None if span is None else span[1],
        before=before,
        conversations=len(facts),
        eligible=int(facts.eligible.sum()),
        exclusions=dict(zip(names.tolist(), counts.tolist(), strict=True)),
        lines=tuple(
            replace(
                _line(kpi, known, beside),
                held_out=None if arms is None else holdout(kpi, known, arms.held_out, arms.treated),
                benchmarks=tuple(published(b, facts) for b in others if b.kpi == kpi.id),
            )
            for kpi in chosen
        ),
        groups={} if asked.by is None else _groups(known, asked.by, chosen),
        by=asked.by,
        loaded=loaded,
        arms=arms,
        not_asked=tuple(sorted({b.kpi for b in others} - {k.id for k in chosen})),
        link_error=None if labelled is None else link_error(loaded.facts, labelled),
    )


def _arms(known: Known, named: str | None) -> Arms | None:
    if named is None:
        return None
    facts = known.facts
    name, _, value = named.partition("=")
    held = facts.attributes.get(name)
    if held is None or not value:
        names = ", ".join(sorted(facts.attributes))
        raise ConfigError(f"holdout is {named!r}; allowed: ATTRIBUTE=VALUE with one of {names}")
    mask: Mask = held == value
    # Who says nothing of it is in neither arm.
    others: Mask = (held != "") & ~mask
    if not mask.any() or not others.any():
        values = ", ".join(sorted(set(held.tolist()) - {""})[:MOST_GROUPS])
        raise ConfigError(f"holdout {named!r} leaves one side empty; values of {name}: {values}")
    return Arms(
        held_out=mask,
        treated=others,
        neither=int((facts.eligible & ~mask & ~others).sum()),
        in_both=customers_in_both(known, mask, others),
    )


def published(one: Benchmark, facts: Facts) -> Beside:
    """A published figure, and whether it may stand beside that of these conversations."""
    labels = facts.attributes.get("definition")
    held = frozenset() if labels is None else frozenset(labels[facts.eligible].tolist()) - {""}
    return Beside(benchmark=one, why_not=not_comparable(one.kpi, one.definition, held))


def _span(loaded: Loaded, asked: Asked) -> tuple[date, date] | None:
    """The days asked for; None: all, and none has a time."""
    if not loaded.dated and asked.first is None and asked.last is None and not asked.compare:
        return None
    begins, ends = loaded.days()
    first, last = asked.first or begins, asked.last or ends
    if first >= last:
        raise ConfigError(f"the period from {first} to {last} is empty; the end is not in it")
    return first, last


def _chosen(asked: Asked) -> tuple[Kpi, ...]:
    by_id = {kpi.id: kpi for kpi in KPIS}
    tiers = {name.casefold(): tier for tier, name in TIERS.items()}
    tags = {t for kpi in KPIS for tag in kpi.tags for t in (tag, tag.split(":")[0])}
    for what, given, allowed in (
        ("KPI", asked.ids, by_id),
        ("tier", asked.tiers, tiers),
        ("tag", asked.tags, sorted(tags)),
    ):
        unknown = [one for one in given if one not in allowed]
        if unknown:
            raise ConfigError(f"there is no {what} {unknown[0]!r}; allowed: {', '.join(allowed)}")
    found = tuple(by_id[one] for one in asked.ids) if asked.ids else KPIS
    if asked.tiers:
        found = tuple(k for k in found if k.tier in {tiers[t] for t in asked.tiers})
    if asked.tags:
        wanted = set(asked.tags)
        found = tuple(
            k for k in found if wanted & {t for tag in k.tags for t in (tag, tag.split(":")[0])}
        )
    if not found:
        raise ConfigError(
            "no KPI is all that was asked for: --kpi, --tier and --tag narrow each other"
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """Two periods, looked at once for all KPIs."""

    before: Known
    equal: Known
    """The same, watched as long as the period itself."""
    drawn: tuple[Drawn, Drawn]
    streams: tuple[Mapping[str, Known], Mapping[str, Known], Mapping[str, Known]]
    """Of the period before, of the same watched equally long, and of the period."""


def _compared(known: Known, before: Known, equal: Known) -> _Compared:
    return _Compared(
        before=before,
        equal=equal,
        drawn=(drawn(before.facts), drawn(known.facts)),
        streams=(_streams(before), _streams(equal), _streams(known)),
    )


def _streams(known: Known) -> dict[str, Known]:
    names = sorted(set(known.facts.stream.tolist()))
    return {name: known.within(known.facts.stream == name) for name in names}


def _line(kpi: Kpi, known: Known, beside: _Compared | None) -> Line:
    figure = kpi.of(known)
    if beside is None:
        return Line(kpi=kpi, figure=figure)
    so_far = kpi.id in SO_FAR
    before = kpi.of(beside.equal if so_far else beside.before)
    broken = line_break_of(kpi, *beside.drawn)
    if broken is not None:
        return Line(kpi=kpi, figure=figure, before=before, change=Unavailable(missing=broken))
    mix: MixShift | Unavailable | None = None
    if kpi.unit == "share" and figure.k is not None and before.k is not None:
        plain, equal, now = beside.streams
        then = {name: kpi.of(part) for name, part in (equal if so_far else plain).items()}
        here = {name: kpi.of(part) for name, part in now.items()}
        mix = mix_shift(then, here, whole=(before, figure))
    return Line(kpi=kpi, figure=figure, before=before, change=change(before, figure), mix=mix)


def _groups(known: Known, by: str, chosen: tuple[Kpi, ...]) -> dict[str, tuple[Line, ...]]:
    held = known.facts.attributes.get(by)
    if held is None:
        names = ", ".join(sorted(known.facts.attributes))
        raise ConfigError(f"no conversation has {by!r}; allowed: {names}")
    values = sorted(set(held.tolist()))
    if len(values) > MOST_GROUPS:
        raise ConfigError(f"{by} has {len(values)} values; {MOST_GROUPS} are the most")
    return {
        value or "not known": tuple(Line(kpi=kpi, figure=kpi.of(group)) for kpi in chosen)
        for value in values
        for group in (known.within(held == value),)
    }
