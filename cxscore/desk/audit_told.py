"""What an audit says: on a terminal, as JSON, as a page, a letter and a dispute packet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cxscore import __version__
from cxscore.audit import contract as rule
from cxscore.audit import invoice as bill
from cxscore.audit import labels
from cxscore.desk.audit import Audit, AuditJob
from cxscore.desk.estimate import number_json
from cxscore.desk.kpis_told import figure_json, shown
from cxscore.desk.report import rubric_held
from cxscore.desk.safe_tables import csv_text, has_workbooks, write_workbook
from cxscore.desk.shown import shown_by
from cxscore.desk.whole_files import whole_file
from cxscore.errors import InputError
from cxscore.estimates import Unavailable
from cxscore.redaction import redact_text
from cxscore.report.audit_page import render, render_evidence, render_letter
from cxscore.store import Ledger

COLUMNS = ("conversation_id", "column", "reason", "amount", "currency", "invoice", "line", "detail")
BREACH, NEGOTIATE, INVOICE = "breaches the contract", "to negotiate", "on the invoice"
READ = "breaches the contract, as read"


def disputes(found: Audit) -> Iterator[tuple[str, str, str, float | None, str, str, str, str]]:
    """Every conversation or line in dispute; columns are never summed."""
    for one in found.contracts:
        currency = one.contract.currency
        for column, held in ((BREACH, one.breaches), (READ, one.read)):
            for name, breach in held.items():
                due = one.due[name]
                told = ""
                if name in one.credited:
                    told = "credited on the invoice"
                elif name in one.not_on_invoice:
                    told = "not on the invoice"
                amount = due or None
                yield name, column, rule.SENTENCES[breach], amount, currency, "", "", told
        for name, why in one.wrong.items():
            yield name, NEGOTIATE, labels.SENTENCES[why], None, currency, "", "", ""
    same = {name: v for one in found.contracts for name, v in one.same_money.items()}
    if found.invoice is not None:
        for odd in found.invoice.to_answer:
            line = odd.line
            both = same.get(line.conversation_id)
            more = f"of it {both:.2f} is the same money as its breach" if both else ""
            detail = "; ".join(part for part in (redact_text(odd.detail), more) if part)
            yield (
                line.conversation_id,
                INVOICE,
                bill.SENTENCES[odd.oddity],
                odd.disputed,
                line.currency,
                line.invoice,
                str(line.line),
                detail,
            )


def audit_json(found: Audit) -> dict[str, Any]:
    """An audit as plain JSON values."""
    fall = found.waterfall
    return {
        "schema": 1,
        "headline": found.headline,
        "vendor": found.vendor,
        "from": found.first.isoformat(),
        "to": found.last.isoformat(),
        "conversations": found.conversations,
        "exclusions": dict(found.exclusions),
        "definitions": list(found.definitions),
        "ladder": {kpi.id: figure_json(f, members=True) for kpi, f in found.ladder},
        "waterfall": {
            "involved": fall.involved,
            "claimed": fall.claimed,
            "losses": [asdict(step) for step in fall.losses],
            "undecided": asdict(fall.undecided),
            "confirmed": asdict(fall.confirmed),
            "missed": asdict(fall.missed),
        },
        "reasons": {name: why.value for name, why in found.reasons.items()},
        "precision": figure_json(found.precision, members=True),
        "recall": figure_json(found.recall, members=True),
        "one_sided_p": {"unavailable": found.one_sided.missing}
        if isinstance(found.one_sided, Unavailable)
        else found.one_sided,
        "self_grade": None if found.self_grade is None else asdict(found.self_grade),
        "tornado": [
            {"level": c.level, "window": c.window, **figure_json(c.figure, members=False)}
            for c in found.choices
        ],
        "against_claim": None
        if found.against is None
        else {
            "claim": found.against.claim,
            "gap": number_json(found.against.gap),
            "z": found.against.z,
        },
        "contracts": [
            {
                "vendor": c.contract.vendor,
                "billed": c.billed,
                "breaches": {n: b.value for n, b in c.breaches.items()},
                "breach_amount": c.breach_amount,
                "read_breaches": {n: b.value for n, b in c.read.items()},
                "read_amount": c.read_amount,
                "credited": list(c.credited),
                "not_on_invoice": list(c.not_on_invoice),
                "due": dict(c.due),
                "same_money": dict(c.same_money),
                "labels_nobody_has": list(c.foreign_labels),
                "to_negotiate": {n: w.value for n, w in c.wrong.items()},
                "to_negotiate_amount": number_json(c.wrong_amount),
                "not_shown": c.not_shown,
                "currency": c.contract.currency,
            }
            for c in found.contracts
        ],
        "invoice": None
        if found.invoice is None
        else {
            "lines": found.invoice.lines,
            "total": found.invoice.total,
            "disputed": found.invoice.disputed,
            "currency": found.invoice.currency,
            "set_aside": found.invoice.set_aside,
            "odd": [
                {
                    **asdict(o.line),
                    "day": o.line.day.isoformat(),
                    "oddity": o.oddity.value,
                    "disputed": o.disputed,
                    "note": redact_text(o.line.note),
                    "detail": redact_text(o.detail),
                }
                for o in found.invoice.odd
            ],
            "not_invoiced": list(found.invoice.not_invoiced),
        },
        "vendors": {name: figure_json(f, members=False) for name, f in found.vendors.items()},
        "duels": [
            {"one": d.one, "other": d.other, "by": d.by, "verdict": d.verdict} for d in found.duels
        ],
        "satisfied_but_wrong": list(found.satisfied_but_wrong),
        "silent_failures": list(found.silent_failures),
        "critical": list(found.critical),
        "harm": [
            {**asdict(h), "severity": str(h.severity), "cause": str(h.cause)} for h in found.harm
        ],
        "by": {
            name: [
                {
                    "value": g.value,
                    "claimed": g.claimed,
                    "precision": figure_json(g.precision, members=False),
                    "recall": figure_json(g.recall, members=False),
                }
                for g in groups
            ]
            for name, groups in found.by.items()
        },
        "experience": [
            {
                "label": e.label,
                "conversations": e.conversations,
                "positive": figure_json(e.positive, members=False),
                "satisfied": figure_json(e.satisfied, members=False),
                "back": figure_json(e.back, members=False),
            }
            for e in found.experience
        ],
        "questions": [asdict(a) for a in found.answers],
        "independence": found.independence,
        "limits": list(found.limits),
        "heuristic": found.loaded.held.heuristic,
        **({"notice": found.loaded.held.notice} if found.loaded.held.notice else {}),
    }


def audit_text(found: Audit) -> str:
    """An audit for people, on a terminal."""
    fall = found.waterfall
    span, judges = f"{found.first} to {found.last - timedelta(days=1)}", found.loaded.held.judges
    lines = [found.headline, f"{span}; judge {', '.join(judges)}"]
    if found.loaded.held.notice:
        lines.append(found.loaded.held.notice)
    if found.loaded.held.heuristic:
        lines.append("Graded by fixed rules, no language model: they leave most of it open.")
    if len(found.definitions) > 1:
        lines.append(
            f"labels of {len(found.definitions)} definitions: {', '.join(found.definitions)}"
        )
    lines += ["", "What resolved may mean"]
    lines += [f"  {kpi.id:<5} {kpi.name:<28} {shown(kpi, f)}" for kpi, f in found.ladder]
    lines += ["", f"From {fall.claimed} claimed"]
    lines += [
        f"  − {step.n:>4}  {labels.SENTENCES[labels.Reason(step.name)]}"
        for step in fall.losses
        if step.n
    ]
    if fall.undecided.n:
        lines.append(f"  ? {fall.undecided.n:>4}  nobody can tell yet")
    more = f"{fall.missed.n} more true and not claimed"
    lines.append(f"  = {fall.confirmed.n:>4}  true so far; {more}")
    favour = f"errors in the vendor's favour {len(found.reasons)}, against {fall.missed.n}"
    lines.append(f"  {favour}: {sidedness(found)}")
    for one in found.contracts:
        lines += ["", *_contract_lines(one)]
    if found.invoice is not None:
        lines += ["", *_invoice_lines(found.invoice)]
    for duel in found.duels:
        lines += ["", f"{duel.one} and {duel.other}, same {duel.by}: {duel.verdict}"]
    lines += ["", "Questions"]
    for answer in found.answers:
        lines.append(f"  {answer.question} {answer.answer}")
        if answer.ask:
            lines.append(f"    ask for: {answer.ask}")
    lines += ["", found.independence, "Limits: " + "; ".join(found.limits) + "."]
    return "\n".join(lines)


def sidedness(found: Audit) -> str:
    """Whether the vendor's errors fall on one side, in words."""
    one = found.one_sided
    if isinstance(one, Unavailable):
        return f"one-sidedness not available, {one.missing}"
    told = "p < 0.001" if one < 0.001 else f"p {one:.3f}"
    return f"one-sidedness {'shown' if one < 0.05 else 'not shown'} ({told})"


def _invoice_lines(bills: bill.Reconciled) -> list[str]:
    total = f"{bills.total:.2f} {bills.currency}"
    held = f"in dispute {bills.disputed:.2f} {bills.currency}"
    lines = [f"Invoice: {bills.lines} lines, {total}; odd {len(bills.odd)}, {held}"]
    if bills.set_aside:
        lines.append(f"  {bills.set_aside} lines of other vendors or days are left aside")
    for odd in bills.odd:
        where = f"line {odd.line.line:>3}  {odd.line.conversation_id or '–':<12}"
        detail = f" ({redact_text(odd.detail)})" if odd.detail else ""
        lines.append(f"  {where} {bill.SENTENCES[odd.oddity]}{detail}")
    if bills.not_invoiced:
        lines.append(f"  billed by the export, on no line: {', '.join(bills.not_invoiced)}")
    return lines


def _contract_lines(one: Any) -> list[str]:
    c = one.contract
    amount = one.wrong_amount
    told = (
        f"no amount: {amount.missing}"
        if isinstance(amount, Unavailable)
        else f"{amount.value:.2f} {c.currency} ({amount.low:.2f} to {amount.high:.2f})"
    )
    due = f"{one.breach_amount:.2f} {c.currency}"
    more = []
    if one.read:
        more.append(
            f"  breaches it as read or linked: {len(one.read)}, {one.read_amount:.2f} {c.currency}"
        )
    if one.credited:
        more.append(f"  credited on the invoice already, nothing due: {', '.join(one.credited)}")
    if one.not_on_invoice:
        more.append(f"  on no line of the invoice, nothing asked: {', '.join(one.not_on_invoice)}")
    if one.same_money:
        more.append(
            f"  of it {sum(one.same_money.values()):.2f} {c.currency} is in dispute on the invoice"
            " too: the same money"
        )
    if one.foreign_labels:
        more.append(f"  labels no conversation has: {', '.join(one.foreign_labels)}")
    return [
        f"{c.vendor}, {one.billed} billed at {c.price:.2f} {c.currency}; never summed:",
        f"  breaches the contract's own rule: {len(one.breaches)}, {due}",
        *more,
        f"  keeps it, evidence against it, to negotiate: {len(one.wrong)}; {told}",
        f"  not shown: {one.not_shown}",
    ]


def write_packet(found: Audit, job: AuditJob, folder: Path, *, now: datetime) -> tuple[Path, ...]:
    """Write page, letter, evidence and the dispute table into a folder.

    Personal data is replaced as in what a model is shown: a packet leaves the house.

    Raises:
        InputError: the folder or a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"the folder cannot be made: {error.strerror}"
        raise InputError(reason, path=str(folder)) from None
    rows = list(disputes(found))
    named = (found.reasons, found.critical, found.satisfied_but_wrong, found.silent_failures)
    wanted = sorted({row[0] for row in rows if row[0]}.union(*named, found.waterfall.missed.ids))
    with Ledger.open(job.store, create=False) as ledger:
        rubric = rubric_held(ledger, None)
        clean = shown_by(ledger, job.config)
        judged = [clean.judged(one) for one in ledger.judged(wanted)]
    why: dict[str, list[str]] = {}
    for row in rows:
        why.setdefault(row[0], []).append(f"{row[1]}: {row[2]}")
    page = render(
        found,
        now=now,
        method=_method(job),
        sidedness=sidedness(found),
        shown=frozenset(one.record.conversation.id for one in judged),
        clean=redact_text,
    )
    files = {
        "audit.html": page,
        "letter.html": render_letter(found, now=now),
        "evidence.html": render_evidence(found, judged, rubric, why, now=now),
        "disputes.csv": csv_text(COLUMNS, rows),
    }
    book = (folder / "disputes.xlsx",) if has_workbooks() else ()
    paths = [*(folder / name for name in files), *book]
    # Registered before the first byte: an erasure must know of a packet that was cut short.
    with Ledger.open(job.store, create=False) as ledger:
        for path in paths:
            ledger.register_export(path)
    for path in paths:
        if path.is_dir():
            raise InputError("is a folder where a file was to be written", path=str(path))
    for path in book:
        write_workbook(path, COLUMNS, rows)
    for name, text in files.items():
        with whole_file(folder / name) as file:
            file.write(text)
    return tuple(paths)


def _method(job: AuditJob) -> tuple[tuple[str, str], ...]:
    """Hashes, versions and the command that made it."""
    with Ledger.open(job.store, create=False) as ledger:
        # Of what it holds: the file itself changes with every packet it notes down.
        told = [("cxscore", __version__), ("store, its content", ledger.revision())]
    command = ["cxscore audit", f"--store {job.store.name}"]
    if job.config is not None:
        told.append((job.config.name, _digest(job.config)))
        command.append(f"--config {job.config.name}")
    command += [f"--from {job.first}"] if job.first else []
    command += [f"--to {job.last}"] if job.last else []
    if job.vendor:
        command.append(f"--vendor {job.vendor}")
    for path in job.contracts:
        told.append((path.name, _digest(path)))
        command.append(f"--contract {path.name}")
    if job.invoice is not None:
        told.append((job.invoice.name, _digest(job.invoice)))
        command.append(f"--invoice {job.invoice.name}")
    if job.claim is not None:
        command.append(f"--claim {100 * job.claim[0]:.{job.claim[1]}f}%")
    if job.by_vendor:
        command.append("--by vendor")
    return (*told, ("command", " ".join(command)))


def _digest(path: Path) -> str:
    held = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            held.update(block)
    return f"sha256 {held.hexdigest()[:16]}"
