"""A vendor's self-graded resolutions, audited: what is claimed, what is true, what was billed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from cxscore.audit import contract as rule
from cxscore.audit import labels
from cxscore.audit.breakdown import Experience, Group, breakdown, experience
from cxscore.audit.contract import Breach, Contract
from cxscore.audit.explain import Explanation, explain
from cxscore.audit.harm import Harm, harm
from cxscore.audit.invoice import InvoiceLine, Reconciled, reconcile
from cxscore.audit.labels import Reason, SelfGrade
from cxscore.audit.questions import Answer, answers, independence, limits
from cxscore.audit.vendors import Duel, duel
from cxscore.audit.waterfall import (
    AgainstClaim,
    Choice,
    Waterfall,
    against_claim,
    tornado,
    waterfall,
)
from cxscore.desk.kpi_facts import Loaded, load_facts
from cxscore.desk.shown import shown_by
from cxscore.errors import ConfigError, InputError
from cxscore.estimates import Estimate, Unavailable
from cxscore.kpi import ladder, operations
from cxscore.kpi.facts import Facts, Mask, yes
from cxscore.kpi.figure import MOST_UNKNOWN, Figure, rate
from cxscore.kpi.registry import LADDER, Known, Kpi
from cxscore.label import Label
from cxscore.readers.contract import read_contract, read_invoice
from cxscore.store import Ledger

THRESHOLD = 4.0
ALL = "All vendors"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditJob:
    """What to audit."""

    store: Path
    vendor: str | None = None
    first: date | None = None
    last: date | None = None
    claim: tuple[float, int] | None = None
    """The vendor's figure and its decimals in percent."""
    contracts: tuple[Path, ...] = ()
    invoice: Path | None = None
    by_vendor: bool = False
    config: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractMoney:
    """Billed under one contract, in three columns that are never summed."""

    contract: Contract
    billed: int
    breaches: Mapping[str, Breach]
    """Breaks the contract's own rule: provable by code."""
    breach_amount: float
    """Of those the invoice has not credited."""
    read: Mapping[str, Breach]
    """Breaks it by words a judge read, or by a return that was linked."""
    read_amount: float
    credited: tuple[str, ...]
    """Of both, those the invoice has given back whole: nothing is due for them."""
    not_on_invoice: tuple[str, ...]
    """Of both, those no line of the invoice names: nothing is asked for them here."""
    due: Mapping[str, float]
    """Conversation to what is due: the price, or what of it the invoice still bills."""
    same_money: Mapping[str, float]
    """Conversation to what of that is in dispute on the invoice as well: asked for once."""
    foreign_labels: tuple[str, ...]
    """Labels of the contract no conversation has."""
    wrong: Mapping[str, Reason]
    """Keeps the rule, but evidence speaks against it: to negotiate."""
    wrong_amount: Estimate | Unavailable
    """Of all that keep the rule, by labels whose picking is known."""
    not_shown: int
    """Keeps the rule, and nothing speaks against it, or nobody can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Everything the audit says."""

    vendor: str
    first: date
    last: date
    loaded: Loaded
    conversations: int
    exclusions: Mapping[str, int]
    known: Known
    ladder: tuple[tuple[Kpi, Figure], ...]
    waterfall: Waterfall
    reasons: Mapping[str, Reason]
    precision: Figure
    recall: Figure
    one_sided: float | Unavailable
    """p of errors falling so one-sidedly by chance."""
    self_grade: SelfGrade | None
    choices: tuple[Choice, ...]
    explanation: Explanation | None
    against: AgainstClaim | None
    contracts: tuple[ContractMoney, ...]
    invoice: Reconciled | None
    duels: tuple[Duel, ...]
    vendors: Mapping[str, Figure]
    """Vendor to its true rate so far, under one definition."""
    definitions: tuple[str, ...]
    """Of the vendor's labels in the period; more than one: rates are not one series."""
    satisfied_but_wrong: tuple[str, ...]
    silent_failures: tuple[str, ...]
    critical: tuple[str, ...]
    harm: tuple[Harm, ...]
    """The errors of the critical ones, redacted."""
    by: Mapping[str, tuple[Group, ...]]
    """Attribute to the labels' precision and recall in each of its groups."""
    experience: tuple[Experience, ...]
    answers: tuple[Answer, ...]
    independence: str
    limits: tuple[str, ...]

    @property
    def several(self) -> int:
        """Vendors it speaks of where none was named; 0: of one alone."""
        return len(self.vendors) if self.vendor == ALL and len(self.vendors) > 1 else 0

    @property
    def headline(self) -> str:
        """The verdict in one sentence."""
        return _headline(self)


def audit(job: AuditJob) -> Audit:
    """Hold a vendor's labels against what happened.

    Raises:
        StoreError: there is no store, or it cannot be read.
        ConfigError: the contract, invoice or settings cannot be used, or there is no such vendor.
        InputError: the store is empty, or goes on after the settings say it ends.
    """
    contracts = tuple(read_contract(path) for path in job.contracts)
    lines = None if job.invoice is None else read_invoice(job.invoice)
    loaded = load_facts(job.store, config=job.config)
    begins, ends = loaded.days()
    first, last = job.first or begins, job.last or ends
    keep = loaded.started_within(first, last)
    period = loaded.known(keep)
    if job.vendor is not None:
        keep &= _of_vendor(loaded.facts, job.vendor, job.store)
    known_ = loaded.known(keep)
    facts, after = known_.facts, known_.after
    _refuse_twice(contracts)
    for contract in contracts:
        _refuse_foreign(contract, loaded.facts, job)
    if not yes(facts.involved).any():
        raise InputError("no conversation of the period was served by an AI", path=str(job.store))
    out = facts.exclusion[~facts.eligible].astype(str)
    names, counts = np.unique(out, return_counts=True)
    grade = labels.self_grade(facts)
    found = labels.reasons(facts, after)
    missed = labels.missed(facts, after)
    vendors = _vendors(period)
    with Ledger.open(job.store, create=False) as ledger:
        people = [one for one in ledger.labels() if one.criterion == "resolution"]
        critical = facts.id[facts.eligible & yes(facts.critical)].tolist()
        clean = shown_by(ledger, job.config)
        errors = harm(map(clean.judged, ledger.judged(critical)))
    explanation = None
    if job.claim is not None:
        explanation = explain(facts, after, job.claim[0], decimals=job.claim[1])
    true = ladder.d11(facts, after)
    ids = facts.id
    held = None if lines is None else _reconciled(loaded, keep, contracts, lines, job)
    return Audit(
        vendor=job.vendor or ALL,
        first=first,
        last=last,
        loaded=loaded,
        conversations=len(facts),
        exclusions=dict(zip(names.tolist(), counts.tolist(), strict=True)),
        known=known_,
        ladder=tuple((kpi, kpi.of(known_)) for kpi in LADDER),
        waterfall=waterfall(facts, after),
        reasons=found,
        precision=labels.precision(facts, after),
        recall=labels.recall(facts, after),
        one_sided=_one_sided(facts, len(found), int(missed.sum())),
        self_grade=grade,
        choices=tornado(facts, after),
        explanation=explanation,
        against=None if job.claim is None else against_claim(true, job.claim[0]),
        contracts=tuple(_money(period, c, people, held) for c in contracts),
        invoice=held,
        duels=_duels(period, vendors) if job.by_vendor else (),
        vendors=vendors,
        definitions=_definitions(facts),
        satisfied_but_wrong=tuple(ids[operations.satisfied_but_wrong(facts)].tolist()),
        silent_failures=tuple(ids[operations.silent_failure(facts, after)].tolist()),
        critical=tuple(critical),
        harm=errors,
        by=breakdown(known_, _attributes(loaded, facts)),
        experience=experience(known_),
        answers=answers(known_, grade, explanation, days_since=_since(loaded)),
        independence=independence(facts, loaded.held.judges, heuristic=loaded.held.heuristic),
        limits=limits(known_, loaded.held.linked),
    )


def _attributes(loaded: Loaded, facts: Facts) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
    """What errors of the labels are looked at by."""
    named = {n: facts.attributes[n] for n in ("topic", "channel") if n in facts.attributes}
    zone = loaded.workspace.zone
    months = [
        "" if np.isnan(s) else f"{datetime.fromtimestamp(s, zone):%Y-%m}"
        for s in facts.started.tolist()
    ]
    return {"kind": facts.kind, **named, "month": np.array(months, dtype=object)}


def _one_sided(facts: Facts, favour: int, against: int) -> float | Unavailable:
    """Where much is open, what is wrong is found and what is right is not: no side can be told."""
    _, unknown = ladder.judged(facts)
    base = ladder.involved(facts)
    n, open_ = int(base.sum()), int((base & unknown).sum())
    if open_ > MOST_UNKNOWN * n:
        return Unavailable(missing=f"of {open_:,} of {n:,} conversations nobody can tell")
    return labels.one_sided(favour, against)


def _since(loaded: Loaded) -> Callable[[int], float] | None:
    """When a day after go-live begins; None: go-live is not known."""
    start = loaded.workspace.go_live
    return None if start is None else lambda days: loaded.seconds(start + timedelta(days=days))


def _of_vendor(facts: Facts, vendor: str, store: Path) -> Mask:
    held = facts.attributes.get("vendor")
    names = [] if held is None else sorted(set(held.tolist()) - {""})
    if held is None or vendor not in names:
        there = ", ".join(names) or "none named"
        raise ConfigError(f"no conversation is by {vendor!r}; vendors: {there}", path=str(store))
    return np.asarray(held == vendor)


def _vendors(period: Known) -> dict[str, Figure]:
    held = period.facts.attributes.get("vendor")
    if held is None:
        return {}
    good, unknown = ladder.kept(period.facts, period.after)
    base = ladder.involved(period.facts)
    return {
        name: rate(period.facts, good, base & (held == name), unknown=unknown)
        for name in sorted(set(held.tolist()) - {""})
    }


def _duels(period: Known, vendors: Mapping[str, Figure]) -> tuple[Duel, ...]:
    facts = period.facts
    _, unknown = ladder.judged(facts)
    base = ladder.involved(facts) & ~unknown
    return duel(facts, vendors, ladder.true_so_far(facts, period.after), base)


def _definitions(facts: Facts) -> tuple[str, ...]:
    held = facts.attributes.get("definition")
    return () if held is None else tuple(sorted(set(held[facts.eligible].tolist()) - {""}))


def _refuse_foreign(contract: Contract, facts: Facts, job: AuditJob) -> None:
    if job.vendor is not None and contract.vendor != job.vendor:
        raise ConfigError(
            f"the contract is {contract.vendor}'s and the audit {job.vendor}'s: leave one out"
        )
    _of_vendor(facts, contract.vendor, job.store)
    held = facts.attributes.get("label")
    named = set() if held is None else set(held.tolist()) - {""}
    if not named & set(contract.labels):
        there = ", ".join(sorted(named)) or "none"
        raise ConfigError(f"no conversation has a label the contract bills; there are {there}")
    labels_here = set(_definitions(facts))
    if contract.definition is not None and contract.definition not in labels_here:
        there = ", ".join(sorted(labels_here)) or "none"
        raise ConfigError(
            f"no label has the contract's definition {contract.definition!r}; there are {there}"
        )


def _refuse_twice(contracts: Sequence[Contract]) -> None:
    seen = [(c.vendor, c.definition) for c in contracts]
    for one in set(seen):
        if seen.count(one) > 1:
            told = f"{one[0]}, {one[1]}" if one[1] else one[0]
            raise ConfigError(f"two contracts are of {told}: one conversation has one price")


def _reconciled(
    loaded: Loaded,
    period: Mask,
    contracts: Sequence[Contract],
    lines: Sequence[InvoiceLine],
    job: AuditJob,
) -> Reconciled:
    facts = loaded.facts
    mine = [one for one in lines if job.vendor is None or one.vendor in {"", job.vendor}]
    prices: dict[str, float] = {}
    for contract in contracts:
        if mine and contract.currency != mine[0].currency:
            raise ConfigError(
                f"the contract is in {contract.currency} and the invoice in {mine[0].currency}"
            )
        served = rule.under(facts, contract)
        prices |= dict.fromkeys(facts.id[served].tolist(), contract.price)

    def shown(line: InvoiceLine) -> bool:
        early = job.first is not None and line.day < job.first
        return not early and not (job.last is not None and line.day >= job.last)

    return reconcile(
        facts, mine, prices=prices, shown=shown, period=period, set_aside=len(lines) - len(mine)
    )


def _money(
    period: Known, contract: Contract, people: Sequence[Label], invoice: Reconciled | None
) -> ContractMoney:
    facts, after = period.facts, period.after
    billed = rule.of_contract(facts, contract)
    broken = rule.breaches(facts, after, contract)
    seen = {name: why for name, why in broken.items() if why not in rule.READ}
    read = {name: why for name, why in broken.items() if why in rule.READ}
    due = dict.fromkeys(broken, contract.price)
    if invoice is not None:
        # What of the price the invoice still bills, credits taken off.
        due = {n: max(0.0, min(contract.price, invoice.net.get(n, 0.0))) for n in broken}
    same = (
        {}
        if invoice is None
        else {
            n: over
            for n, amount in due.items()
            if (over := round(amount + invoice.of(n) - max(0.0, invoice.net.get(n, 0.0)), 10)) > 0
        }
    )
    held = facts.attributes.get("label")
    named = set() if held is None else set(held.tolist())

    keeps = billed & ~np.isin(facts.id.astype(str), list(broken))
    against = {
        name: why
        for name, why in labels.reasons(facts, after).items()
        if name in set(facts.id[keeps].tolist())
    }
    return ContractMoney(
        contract=contract,
        billed=int(billed.sum()),
        breaches=seen,
        breach_amount=round(sum(due[n] for n in seen), 10),
        read=read,
        read_amount=round(sum(due[n] for n in read), 10),
        credited=tuple(n for n, v in due.items() if not v and invoice and n in invoice.net),
        not_on_invoice=tuple(n for n in due if invoice is not None and n not in invoice.net),
        due=due,
        same_money=same,
        foreign_labels=tuple(one for one in contract.labels if one not in named),
        wrong=against,
        wrong_amount=_estimated(period, keeps, contract, people),
        not_shown=int(keeps.sum()) - len(against),
    )


def _estimated(
    period: Known,
    keeps: Mask,
    contract: Contract,
    people: Sequence[Label],
) -> Estimate | Unavailable:
    """The amount of what keeps the rule and is not resolved, from people's labels."""
    from cxscore.calibration.choose import choose
    from cxscore.calibration.population import population
    from cxscore.calibration.trust import usable_labels

    facts = period.facts
    ids = facts.id[keeps].tolist()
    if not ids:
        return Unavailable(missing="nothing billed keeps the rule")
    usable, _ = usable_labels(people)
    given: dict[str, list[float]] = {}
    sampling = {}
    for one in usable:
        if isinstance(one.level, int):
            given.setdefault(one.conversation_id, []).append(float(one.level >= THRESHOLD))
            sampling[one.conversation_id] = one.sampling
    human = [float(np.mean(given[i])) if i in given else None for i in ids]
    if not any(h is not None for h in human):
        return Unavailable(
            missing="no amount without people's labels drawn by a recorded design:"
            " cxscore sample, cxscore labels import"
        )
    ok, unknown = ladder.judged(facts)
    held = {s.design if s else None for i, s in sampling.items() if i in set(ids)}
    design = next(iter(held)) if len(held) == 1 else None
    chances = [s.inclusion_probability if (s := sampling.get(i)) else None for i in ids]
    some = any(c is not None for c in chances)
    answer = choose(
        population(
            judge=[
                None if u else float(k)
                for k, u in zip(ok[keeps].tolist(), unknown[keeps].tolist(), strict=True)
            ],
            human=human,
            pi=chances if some else None,
            scale=(0, 1),
        ),
        design,
    ).result
    if isinstance(answer, Unavailable):
        return Unavailable(missing=f"no amount: {answer.missing}")
    worth = len(ids) * contract.price
    return Estimate(
        value=worth * (1 - answer.value),
        low=worth * (1 - answer.high),
        high=worth * (1 - answer.low),
        n=answer.n,
        method=f"price × billed × share people do not call resolved; {answer.method}",
    )


def _headline(found: Audit) -> str:
    true = next(figure for kpi, figure in found.ladder if kpi.id == "D11p")
    claimed = found.waterfall.claimed
    touched = found.waterfall.involved
    number = true.number
    if isinstance(number, Unavailable):
        return (
            f"{found.vendor}: of {touched:,} conversations it served, {claimed:,} are claimed as"
            f" resolved; {len(found.reasons):,} of them are shown not to be,"
            f" {found.waterfall.confirmed.n:,} are confirmed, and of"
            f" {found.waterfall.undecided.n:,} nobody can tell yet."
        )
    low, high = true.interval or (number.low, number.high)
    return (
        f"{found.vendor}: {claimed:,} of {touched:,} conversations are claimed as resolved;"
        f" {number.value:.0%} ({low:.0%} to {high:.0%}) are resolved so far."
    )
