"""The pages of Monday, of the month and of the quarter: a period beside those before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from cxscore.desk.kpi_facts import Loaded, load_facts
from cxscore.desk.kpis import Beside as Published
from cxscore.desk.kpis import published
from cxscore.desk.report import rubric_held
from cxscore.desk.shipped import Moved, what_moved
from cxscore.desk.shown import shown_by
from cxscore.desk.since_launch import Launch, since_launch
from cxscore.desk.waiting import Waiting, waiting
from cxscore.errors import InputError
from cxscore.estimates import Estimate, Unavailable
from cxscore.kpi import ladder, money, operations
from cxscore.kpi.breaks import Drawn, drawn, line_break
from cxscore.kpi.compare import Change, MixShift, change, mix_shift
from cxscore.kpi.facts import Facts, Mask, yes
from cxscore.kpi.figure import Figure, rate
from cxscore.kpi.followup import followup
from cxscore.kpi.intervals import newcombe
from cxscore.kpi.losses import FixFirst, fix_first
from cxscore.kpi.overview import overview
from cxscore.kpi.patterns import Moves, Pattern, fired, moves, one_side_falls, quantile, spike
from cxscore.kpi.periods import Cadence, spans
from cxscore.kpi.propagation import OneArticle, one_article
from cxscore.kpi.reading import ToRead
from cxscore.kpi.registry import BY_ID, SO_FAR, Known, Kpi
from cxscore.kpi.weekdays import Day, Spike, spikes
from cxscore.readers.baseline import Baseline, Before, read_baseline
from cxscore.readers.benchmarks import read_benchmarks
from cxscore.readers.changes import read_changes
from cxscore.rubric import Rubric
from cxscore.store import Ledger

LEADS: Mapping[str, tuple[str, ...]] = {
    "weekly": ("D11", "cx_positive", "reopen_48h", "reached_human", "negative_end"),
    "monthly": ("automation_true", "automation_claimed", "csat_ai", "csat_hybrid", "csat_human",
                "cost_true", "fcr"),
    "quarterly": ("automation_true", "D11", "V1", "repeat_same", "csat_all", "cost_true_loaded"),
}  # fmt: skip
TESTED = (
    "V1", "D11p", "D11", "cx_positive", "reopen_48h", "reopen_7d", "repeat_same", "reached_human",
    "negative_end", "escalation", "asked_in_vain", "involvement", "csat_all", "response_all",
    "hallucination_conversation_critical", "false_actions", "self_grade_kappa",
)  # fmt: skip
"""Every move a page may colour: the error budget is shared by all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One period with its figures."""

    first: date
    last: date
    """Exclusive."""
    conversations: int
    eligible: int
    figures: Mapping[str, Figure]
    drawn: Drawn
    """What its numbers rest on: where it changes the line breaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A figure now beside the baseline's."""

    kpi: Kpi
    before: Before
    now: Figure
    low: float
    high: float
    """95 % interval of now less before; of a change, not of an effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A figure as it was first known, and as it is now."""

    first: Figure
    now: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class CadenceReport:
    """Everything a page of a cadence shows."""

    cadence: Cadence
    loaded: Loaded
    rubric: Rubric
    """The verdicts' own."""
    periods: tuple[Period, ...]
    """Oldest first; the last is the one reported."""
    moves: Moves
    broken: str | None
    """Why nothing is compared with the period before; None: it is."""
    patterns: tuple[Pattern, ...]
    fix: tuple[FixFirst, ...]
    critical: tuple[str, ...]
    to_read: tuple[ToRead, ...]
    articles: tuple[OneArticle, ...]
    """Articles behind three errors or more (W6)."""
    waiting: Waiting
    moved: tuple[Moved, ...]
    """What was shipped in the period, and what moved after."""
    settled: Settled | None
    tests: int
    """Tests that share the page's error budget."""
    csat_change: Change | Unavailable
    csat_mix: MixShift | Unavailable
    """The change of CSAT over all streams, split."""
    published: tuple[tuple[Kpi, Published], ...]
    kinds: Mapping[str, tuple[Figure, Figure]]
    """Action and informational: claimed and true so far."""
    back: money.Return | Unavailable
    vendor_style: money.Return | Unavailable
    spent: money.Spent
    baseline: Baseline | None
    beside: tuple[Beside, ...]
    launch: Launch | None

    @property
    def now(self) -> Period:
        """The period reported."""
        return self.periods[-1]

    @property
    def leads(self) -> tuple[Kpi, ...]:
        """The numbers of the first row."""
        return tuple(BY_ID[name] for name in LEADS[self.cadence])


def cadence_report(
    store: Path,
    cadence: Cadence,
    *,
    now: datetime,
    at: date | None = None,
    changes: Path | None = None,
    baseline: Path | None = None,
    benchmarks: Path | None = None,
    config: Path | None = None,
    rubric: str | None = None,
) -> CadenceReport:
    """The last complete period, or the one that holds a day.

    Args:
        store: a ledger with verdicts.
        cadence: weekly, monthly or quarterly.
        now: when it is made.
        at: a day of the period wanted.
        changes: CSV of what was changed: ``date, kind, what, ref, topic``.
        baseline: YAML of the figures before the AI.
        benchmarks: YAML of published figures.
        config: settings file.
        rubric: the one the verdicts were made with, where the store does not keep it.

    Raises:
        StoreError: there is no store, or it cannot be read.
        ConfigError: the settings or changes cannot be used.
        InputError: the store holds no complete period.
    """
    shipped = () if changes is None else read_changes(changes)
    before = None if baseline is None else read_baseline(baseline)
    others = () if benchmarks is None else read_benchmarks(benchmarks)
    loaded = load_facts(store, config=config)
    begins, ends = loaded.days()
    held = spans(cadence, begins, ends, at)
    if not held:
        raise InputError(
            f"no complete {cadence} period between {begins} and {ends - timedelta(days=1)};"
            " cxscore kpis shows any period",
            path=str(store),
        )
    # Looked at beside a published figure, and no test: the page's error budget is TESTED's.
    names = sorted({*TESTED, *LEADS[cadence], *(b.kpi for b in others)})
    knowns = [loaded.known(loaded.started_within(*span), span) for span in held]
    equal = _equally_watched(loaded, held, knowns)
    periods = tuple(
        _period(span, known, fair, names)
        for span, known, fair in zip(held, knowns, equal, strict=True)
    )
    current, known = periods[-1], knowns[-1]
    broken = _broken(periods, begins)
    tested: dict[str, Figure] = {n: current.figures[n] for n in TESTED}
    found = Moves(changes={})
    patterns: tuple[Pattern, ...] = ()
    days = 7 if cadence == "weekly" else 0
    if broken is None:
        earlier = {n: periods[-2].figures[n] for n in TESTED}
        found = moves(earlier, tested, more=days)
        high = _spikes(loaded, held, quantile(len(TESTED) + days)) if days else ()
        patterns = (*fired(found, tested), *_sides(found, equal[-2], equal[-1]), *spike(high))
    facts = known.facts
    with Ledger.open(store, create=False) as ledger:
        made_with = rubric_held(ledger, rubric)
        clean = shown_by(ledger, config)
        ids = facts.id.tolist()
        seen = clean.overview(
            overview(ledger.judged(ids), made_with, now=now),
            ledger,
        )
        fix = tuple(_quoted(row, clean, ledger) for row in fix_first(known))
        bad = facts.id[facts.eligible & (facts.bad_material > 0)].tolist()
        articles = one_article(ledger.judged(bad))
        queue = waiting(known, ledger)
    first, last = held[-1]
    return CadenceReport(
        cadence=cadence,
        loaded=loaded,
        rubric=made_with,
        periods=periods,
        moves=found,
        broken=broken,
        patterns=patterns,
        fix=fix,
        critical=tuple(facts.id[facts.eligible & yes(facts.critical)].tolist()),
        to_read=seen.to_read,
        articles=articles,
        waiting=queue,
        moved=what_moved(loaded, [s for s in shipped if first <= s.day < last]),
        tests=len(found.changes) + days,
        csat_change=Unavailable(missing="there is no period before")
        if len(periods) < 2
        else change(periods[-2].figures["csat_all"], current.figures["csat_all"]),
        csat_mix=_csat_mix(knowns),
        published=tuple((BY_ID[b.kpi], published(b, facts)) for b in others),
        settled=_settled(loaded, first, last),
        kinds={kind: _of_kind(known, kind) for kind in ("action", "informational")},
        back=money.roi(
            facts,
            known.after,
            known.costs,
            true_rate=ladder.d11_provisional(facts, known.after).number,
        ),
        vendor_style=money.vendor_style_roi(facts, known.costs),
        spent=money.spent(facts, known.after, known.costs),
        baseline=before,
        beside=() if before is None else _beside(before, known),
        launch=since_launch(loaded),
    )


def _equally_watched(
    loaded: Loaded, held: list[tuple[date, date]], knowns: list[Known]
) -> list[Known]:
    """Each period with the returns seen as long after its end as after the last one's.

    An earlier period has had longer for its customers to come back; as known now it would seem to
    hold less well, whatever happened. What counts a whole window only needs none of it.
    """
    since = loaded.until - loaded.seconds(held[-1][1])
    return [
        known.as_known_at(loaded.seconds(span[1]) + since)
        for span, known in zip(held, knowns, strict=True)
    ]


def _period(span: tuple[date, date], known: Known, equal: Known, names: list[str]) -> Period:
    facts = known.facts
    return Period(
        first=span[0],
        last=span[1],
        conversations=len(facts),
        eligible=int(facts.eligible.sum()),
        figures={n: BY_ID[n].of(equal if n in SO_FAR else known) for n in names},
        drawn=drawn(facts),
    )


def _broken(periods: tuple[Period, ...], begins: date) -> str | None:
    if len(periods) < 2:
        return "there is no period before"
    if not periods[-2].eligible:
        return "the period before holds no conversation"
    if periods[-2].first < begins:
        return f"the period before is not whole: the data begin on {begins}"
    return line_break(periods[-2].drawn, periods[-1].drawn)


def _sides(found: Moves, before: Known, now: Known) -> tuple[Pattern, ...]:
    """W5: the whole rose while one kind fell."""
    groups = {}
    for kind in ("action", "informational"):
        pair = [_of_kind(k, kind)[1] for k in (before, now)]
        one = moves({"D11p": pair[0]}, {"D11p": pair[1]})
        groups[kind] = one.direction("D11p")
    fallen = one_side_falls(found.direction("D11p"), groups)
    if not fallen:
        return ()
    return (
        Pattern(
            id="W5",
            name="Growth hides a fall",
            sentence=f"true resolutions rose, and fell for {', '.join(fallen)}",
            first_action="read the fallen kind first",
        ),
    )


def _of_kind(known: Known, kind: str) -> tuple[Figure, Figure]:
    facts = known.facts
    base = ladder.involved(facts) & (facts.kind == kind)
    good, unknown = ladder.kept(facts, known.after)
    return (
        rate(facts, yes(facts.claimed), base),
        rate(facts, good, base, unknown=unknown),
    )


def _quoted(row: FixFirst, clean: Any, ledger: Ledger) -> FixFirst:
    """With up to three first words of customers, redacted."""
    from dataclasses import replace

    quotes = []
    for one in ledger.judged(row.ids[:3]):
        conversation = clean.judged(one).record.conversation
        said = next((t.text for t in conversation.turns if t.role.value == "customer"), "")
        if said:
            quotes.append(said if len(said) <= 120 else said[:119] + "…")
    return replace(row, quotes=tuple(quotes))


def _settled(loaded: Loaded, first: date, last: date) -> Settled | None:
    """The true rate so far as it was known when the period ended, and as it is now."""
    end = loaded.seconds(last)
    facts = loaded.facts
    keep = loaded.started_within(first, last)
    seen = ~(np.fmax(facts.started, facts.ended) > end)
    early = facts.select(seen)
    then = followup(early, end)
    inside = keep[seen]
    good, unknown = ladder.kept(early, then)
    base = ladder.involved(early) & inside
    if not base.any():
        return None
    known = loaded.known(keep)
    return Settled(
        first=rate(early, good, base, unknown=unknown),
        now=ladder.d11_provisional(known.facts, known.after),
    )


def _beside(baseline: Baseline, known: Known) -> tuple[Beside, ...]:
    found = []
    for one in baseline.figures:
        now = BY_ID[one.kpi].of(known)
        if isinstance(now.number, Estimate) and now.k is not None:
            low, high = newcombe(now.number.value * now.size, now.size, one.k, one.n)
            found.append(Beside(kpi=BY_ID[one.kpi], before=one, now=now, low=low, high=high))
    return tuple(found)


def _csat_mix(knowns: list[Known]) -> MixShift | Unavailable:
    if len(knowns) < 2:
        return Unavailable(missing="there is no period before")
    before, now = (
        {s: operations.satisfied(k.facts, s) for s in operations.STREAMS} for k in knowns[-2:]
    )
    return mix_shift(before, now)


def _customers(facts: Facts, base: Mask) -> int:
    """How many; one who is not known counts as one."""
    held = facts.customer[base]
    return len(np.unique(held[held >= 0])) + int(np.count_nonzero(held < 0))


def _spikes(loaded: Loaded, held: list[tuple[date, date]], z: float) -> tuple[Spike, ...]:
    """Days of the week reported against the same weekday of the weeks before."""
    facts = loaded.facts
    handed = ladder.involved(facts) & yes(facts.escalated)
    days = []
    for first, last in held:
        for n in range((last - first).days):
            day = first + timedelta(days=n)
            there = loaded.started_within(day, day + timedelta(days=1)) & ladder.involved(facts)
            ids = facts.id[there & handed].tolist()
            # Customers, not contacts: who writes ten times that day is one.
            days.append(
                Day(
                    day=day,
                    handed=_customers(facts, there & handed),
                    involved=_customers(facts, there),
                    ids=tuple(ids),
                )
            )
    return spikes(days, held[-1][0], z=z)
