"""Where judge and people differ, with both reasons: what a rubric's next version is made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cxscore.desk.report import rubric_held
from cxscore.desk.safe_tables import csv_text, write_workbook
from cxscore.desk.shown import shown_by
from cxscore.desk.whole_files import whole_file
from cxscore.errors import InputError
from cxscore.label import Label, Split
from cxscore.report.disagreements import render
from cxscore.rubric import Rubric
from cxscore.store import Ledger
from cxscore.verdict import Graded, Judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One conversation on which a rater and the judge gave different levels."""

    conversation_id: str
    criterion: str
    name: str
    people: str
    judge: str
    """A level, ``na``."""
    rater: str
    comment: str | None
    reason: str
    quotes: tuple[str, ...]
    apart: float
    """Difference in credit, 0–1; 1 for N/A against a level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreements:
    """All of a split."""

    split: str
    rubric: str
    compared: int
    """Labels of the split that have a verdict of the judge."""
    found: tuple[Disagreement, ...]
    """By criterion, then by cell, the farthest apart first."""
    looks: int
    notice: str | None

    def cells(self) -> Mapping[tuple[str, str, str], int]:
        """(criterion, people, judge) to how often."""
        counts: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        for one in self.found:
            counts[one.criterion, one.people, one.judge] += 1
        return dict(counts)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def disagreements(
    store: Path,
    *,
    split: Split = Split.TUNE,
    criterion: str | None = None,
    rubric: str | None = None,
    config: Path | None = None,
) -> Disagreements:
    """Every label of a split the judge gave another level, redacted as pages are.

    Args:
        store: a ledger with verdicts and labels.
        split: ``tune`` by default: reading the others is a look that is counted.
        criterion: only this one.
        rubric: id or file the verdicts were made with, where it is not a packaged one.
        config: settings file with redaction rules.

    Raises:
        InputError: there are no such labels, or the rubric has no such criterion.
        StoreError: there is no store.
    """
    with Ledger.open(store, create=False) as ledger:
        held = rubric_held(ledger, rubric)
        known = {c.id for c in held.criteria}
        if criterion is not None and criterion not in known:
            reason = f"{criterion!r} is no criterion of {held.id}; allowed: {', '.join(known)}"
            raise InputError(reason)
        labels = [
            one
            for one in ledger.labels()
            if one.split is split
            and one.leg == "journey"
            and one.saw_judge is not True
            and one.criterion in known
            and criterion in {None, one.criterion}
        ]
        if not labels:
            raise InputError(
                f"no labels of the {split.value} split by raters who had not seen the judge",
                path=str(store),
            )
        by_id: defaultdict[str, list[Label]] = defaultdict(list)
        for one in labels:
            by_id[one.conversation_id].append(one)
        clean = shown_by(ledger, config)
        compared, found = 0, []
        for judged in map(clean.judged, ledger.judged(by_id)):
            for label in by_id[judged.record.conversation.id]:
                pair = _pair(clean.label(label), judged, held)
                compared += pair is not None
                if pair is not None and pair.people != pair.judge:
                    found.append(pair)
        looks = 0
        if split is Split.CALIBRATE:
            looks = ledger.count_look(f"{held.id}@{held.digest[:12]}")
        notice = ledger.notice
    order = {c.id: i for i, c in enumerate(held.criteria)}
    return Disagreements(
        split=split.value,
        rubric=held.id,
        compared=compared,
        found=tuple(
            sorted(
                found,
                key=lambda d: (
                    order[d.criterion], -d.apart, d.people, d.judge, d.conversation_id, d.rater,
                ),
            )
        ),
        looks=looks,
        notice=notice,
    )  # fmt: skip


def _pair(label: Label, judged: Judged, rubric: Rubric) -> Disagreement | None:
    outcome = None if judged.verdict is None else judged.verdict.journey.get(label.criterion)
    if not isinstance(outcome, Graded):
        return None
    criterion = rubric.criterion(label.criterion)
    credit = {d.level: d.credit for d in criterion.scale.levels}
    people, judge = credit.get(label.level or 0), credit.get(outcome.level or 0)
    apart = 1.0 if people is None or judge is None else abs(people - judge)
    return Disagreement(
        conversation_id=label.conversation_id,
        criterion=label.criterion,
        name=criterion.name,
        people=_text(label.level),
        judge=_text(outcome.level),
        rater=label.rater,
        comment=label.comment,
        reason=outcome.reason,
        quotes=tuple(q.text for q in outcome.evidence),
        apart=apart,
    )


def _text(level: int | str | None) -> str:
    return "na" if level is None else str(level)


COLUMNS = ("criterion", "people", "judge", "conversation_id", "rater", "comment", "reason", "quote")


def write_disagreements(found: Disagreements, out: Path, *, now: datetime, store: Path) -> Path:
    """Write them as .html, .csv or .xlsx, by the name's ending.

    Raises:
        InputError: another ending, or the file cannot be written.
    """
    suffix = out.suffix.casefold()
    rows = [
        (d.criterion, d.people, d.judge, d.conversation_id, d.rater, d.comment, d.reason,
         d.quotes[0] if d.quotes else None)
        for d in found.found
    ]  # fmt: skip
    if suffix == ".html":
        with whole_file(out) as file:
            file.write(render(found, now=now))
    elif suffix == ".csv":
        with whole_file(out) as file:
            file.write(csv_text(COLUMNS, rows))
    elif suffix == ".xlsx":
        write_workbook(out, COLUMNS, rows)
    else:
        raise InputError(f"“{suffix}” is not written; allowed: .html, .csv, .xlsx", path=str(out))
    with Ledger.open(store, create=False) as ledger:
        ledger.register_export(out)
    return out


def disagreements_text(found: Disagreements, *, most: int) -> str:
    """Disagreements for people, on a terminal.

    Args:
        found: all of a split.
        most: how many of each criterion are listed.
    """
    differ = f"{len(found.found):,} of {found.compared:,} labels of the {found.split} split"
    lines = [f"{differ} differ from the judge"]
    for criterion in dict.fromkeys(d.criterion for d in found.found):
        mine = [d for d in found.found if d.criterion == criterion]
        cells = ", ".join(
            f"people {p}, judge {j}: {n}"
            for (c, p, j), n in found.cells().items()
            if c == criterion
        )
        lines += ["", f"{criterion}: {cells}"]
        for d in mine[:most]:
            lines.append(f"  {d.conversation_id}  people {d.people} ({d.rater}), judge {d.judge}")
            if d.comment:
                lines.append(f"    rater: {d.comment}")
            lines.append(f"    judge: {d.reason}" + (f" “{d.quotes[0]}”" if d.quotes else ""))
        if len(mine) > most:
            lines.append(f"  and {len(mine) - most:,} more; --out FILE.html holds all")
    if found.looks:
        lines.append(f"look {found.looks} at the calibrate split of {found.rubric}")
    return "\n".join(lines)
