"""A store's conversations as facts, with what the workspace settings tell of times and money."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from cxscore.desk.store_facts import StoreFacts, store_contacts, store_facts
from cxscore.errors import ConfigError, InputError
from cxscore.kpi.facts import Contact, Facts, Floats, Mask
from cxscore.kpi.followup import Followup, followup
from cxscore.kpi.money import Costs
from cxscore.kpi.operations import SelfService
from cxscore.kpi.periods import EARLIEST, LATEST
from cxscore.kpi.registry import Known
from cxscore.kpi.topics import Topics
from cxscore.readers import settings
from cxscore.readers.csv_file import read_rows

DAYS_A_MONTH = 365.25 / 12
AMORTISED_MONTHS = 12
"""Implementation is spread over a year."""
DAY = 86_400.0
COSTS = (
    "human_minute", "human_contact_before_ai", "ai_fee", "ai_platform_month",
    "ai_management_month", "ai_implementation",
)  # fmt: skip
"""What ``[costs]`` may hold, in the workspace's currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """What ``cxscore.toml`` tells of a workspace."""

    name: str = ""
    zone: ZoneInfo
    currency: str = ""
    go_live: date | None = None
    observed_until: date | None = None
    """Exclusive."""
    target: float | None = None
    """Of D11, for time to value."""
    costs: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Every conversation of a store, ready for KPIs."""

    facts: Facts
    after: Followup
    until: float
    """Seconds; the data end here."""
    workspace: Workspace
    held: StoreFacts
    visits: Visits | None = None

    def known(
        self,
        keep: np.ndarray[Any, np.dtype[np.bool_]] | None = None,
        span: tuple[date, date] | None = None,
    ) -> Known:
        """What KPIs look at: all, or some of the conversations with the returns they had.

        Args:
            keep: (N,) conversations; None: all.
            span: the days they are of, the last not among them: help-centre sessions of other
                days do not count; None: all days.
        """
        if keep is None:
            keep = np.ones(len(self.facts), np.bool_)
        facts = self.facts.select(keep)
        return Known(
            facts=facts,
            after=self.after.select(keep),
            costs=self.costs(span),
            sessions=None if self.visits is None else self._sessions(span),
        )

    def _sessions(self, span: tuple[date, date] | None) -> SelfService | None:
        if self.visits is None or span is None:
            return None if self.visits is None else self.visits.within(-math.inf, math.inf)
        return self.visits.within(*map(self.seconds, span))

    def costs(self, span: tuple[date, date] | None = None) -> Costs:
        """Of the days from the first, before the last; None: of all the data's days."""
        given = self.workspace.costs
        months = 0.0
        if self.dated:
            begins, ends = self.days()
            # Nothing is paid before the launch, and for what is not delivered nothing is known.
            begins = self.workspace.go_live or begins
            first, last = span or (begins, ends)
            months = max(0, (min(last, ends) - max(first, begins)).days) / DAYS_A_MONTH

        def share(name: str, by: float = 1.0) -> float | None:
            return None if name not in given else given[name] * months / by

        return Costs(
            currency=self.workspace.currency,
            human_minute=given.get("human_minute"),
            human_contact=given.get("human_contact_before_ai"),
            fee=given.get("ai_fee"),
            platform=share("ai_platform_month"),
            management=share("ai_management_month"),
            implementation=share("ai_implementation", AMORTISED_MONTHS),
        )

    def started_within(
        self, first: date | None, last: date | None
    ) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Conversations that began on a day from ``first``, before ``last``."""
        keep = np.ones(len(self.facts), np.bool_)
        if first is not None:
            keep &= self.facts.started >= self.seconds(first)
        if last is not None:
            keep &= self.facts.started < self.seconds(last)
        return keep

    def seconds(self, day: date) -> float:
        """When a day begins where the company works."""
        return datetime.combine(day, time(), self.workspace.zone).timestamp()

    @property
    def dated(self) -> bool:
        """Whether any conversation has a time."""
        return not bool(np.isnan(self.facts.started).all())

    def days(self) -> tuple[date, date]:
        """First day of the data and the day after the last.

        Raises:
            InputError: no conversation has a time.
        """
        times = self.facts.started[~np.isnan(self.facts.started)]
        if not len(times):
            raise InputError(
                "no conversation of the store has a time: periods and returns cannot be told;"
                " cxscore kpis without --from and --to counts all the same"
            )
        first = datetime.fromtimestamp(float(times.min()), self.workspace.zone).date()
        last = datetime.fromtimestamp(self.until - 1, self.workspace.zone).date()
        return first, min(last, LATEST) + timedelta(days=1)


def load_facts(
    store: Path, *, config: Path | None = None, self_service: Path | None = None
) -> Loaded:
    """Read a store's conversations as facts.

    Raises:
        StoreError: there is no store, or it cannot be read.
        ConfigError: the settings cannot be used.
        InputError: the store is empty, or goes on after the settings say it ends.
    """
    path = config or settings.beside(Path())
    told = settings.load(path)
    workspace = _workspace(told, path)
    held = store_facts(store, Topics(words=told.topics))
    facts = held.facts
    ends = np.fmax(facts.started, facts.ended)
    last = float(np.nanmax(ends)) if not np.isnan(ends).all() else 0.0
    until = last
    if workspace.observed_until is not None:
        until = datetime.combine(workspace.observed_until, time(), workspace.zone).timestamp()
    loaded = Loaded(
        facts=facts, after=followup(facts, until), until=until, workspace=workspace, held=held
    )
    if self_service is None:
        return loaded
    return replace(loaded, visits=read_self_service(self_service, store_contacts(store)))


def _workspace(found: settings.Settings, path: Path | None) -> Workspace:
    place = None if path is None else str(path)
    held = found.workspace
    name = str(held.get("time_zone", "UTC"))
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        reason = f"workspace.time_zone {name!r} is no time zone; for example Europe/Berlin"
        raise ConfigError(reason, path=place) from None
    costs = {}
    for key, value in found.costs.items():
        if key not in COSTS:
            allowed = ", ".join(COSTS)
            raise ConfigError(f"costs.{key} is no such cost; allowed: {allowed}", path=place)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 <= value < math.inf:
            raise ConfigError(f"costs.{key} is {value!r}; allowed: numbers from 0", path=place)
        costs[key] = float(value)
    return Workspace(
        name=str(held.get("name", "")),
        zone=zone,
        currency=str(held.get("currency", "")),
        go_live=_day(held.get("go_live"), "go_live", place),
        observed_until=_day(held.get("observed_until"), "observed_until", place),
        target=_share(held.get("target"), place),
        costs=costs,
    )


def _day(value: object, name: str, place: str | None) -> date | None:
    if value is None:
        return None
    if isinstance(value, date) and not isinstance(value, datetime) and EARLIEST <= value <= LATEST:
        return value
    raise ConfigError(f"workspace.{name} is {value!r}; allowed: a date, 2026-08-31", path=place)


def _share(value: object, place: str | None) -> float | None:
    if value is None:
        return None
    if isinstance(value, int | float) and 0 < value <= 1:
        return float(value)
    raise ConfigError(f"workspace.target is {value!r}; allowed: a share, 0.45", path=place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """Help-centre sessions, one a row."""

    started: Floats
    """(V,) seconds since 1970."""
    alone: Mask
    """(V,) not followed by a contact of the same visitor within 24 h."""
    nobody: Mask
    """(V,) of a visitor who is not known."""

    def within(self, begin: float, end: float) -> SelfService:
        """Those that began from ``begin``, before ``end``."""
        keep = (self.started >= begin) & (self.started < end)
        return SelfService(
            sessions=int(keep.sum()),
            without_contact=int((keep & self.alone).sum()),
            unknown_visitors=int((keep & self.nobody).sum()),
        )


def read_self_service(path: Path, contacts: Sequence[Contact]) -> Visits:
    """Help-centre sessions: ``session_id``, ``customer_id``, ``started_at``.

    Raises:
        ConfigError: the file cannot be read, or a column is missing.
        InputError: a line cannot be used.
    """
    begun: dict[str, list[float]] = {}
    for one in contacts:
        if one.customer is not None and one.started is not None and one.exclusion is None:
            begun.setdefault(one.customer, []).append(one.started)
    rows: list[tuple[float, bool, bool]] = []
    for line, row in read_rows(path, ("customer_id", "started_at")):
        who = row["customer_id"].strip()
        try:
            at = datetime.fromisoformat(row["started_at"].strip())
            start = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            reason = f"started_at says {row['started_at']!r}; allowed: 2026-09-01T12:00:00Z"
            raise InputError(reason, path=str(path), line=line) from None
        later = any(0 <= s - start <= DAY for s in begun.get(who, ()))
        rows.append((start, not later, not who))
    return Visits(
        started=np.array([r[0] for r in rows], np.float64),
        alone=np.array([r[1] for r in rows], np.bool_),
        nobody=np.array([r[2] for r in rows], np.bool_),
    )
