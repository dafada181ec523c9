"""Can we trust this judge? The labels of a store against its verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxscore.desk.estimate import answer_json, number_json
from cxscore.desk.report import rubric_held
from cxscore.desk.whole_files import whole_file
from cxscore.errors import InputError
from cxscore.estimates import Estimate, Unavailable
from cxscore.label import Design, Label, Split
from cxscore.rubric import Rubric
from cxscore.store import Draw, FrameUnit, Ledger
from cxscore.verdict import Judged, state

if TYPE_CHECKING:
    from cxscore.calibration.halo import Halo
    from cxscore.calibration.maps import DisplayMap
    from cxscore.calibration.trust import Scored, Trust

SEED = 20_261_127
"""Of the bootstrap: the same store gives the same page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Every labelled criterion of a store."""

    judge: str
    rubric: str
    heuristic: bool
    conversations: int
    labels: int
    raters: int
    criteria: tuple[Trust, ...]
    halo: tuple[Halo, ...]
    """Pairs of criteria and how judge and people tie them together."""
    looks: int
    """How often this rubric was held against its calibrate split, this time counted."""
    notice: str | None


def calibrate(store: Path, *, rubric: str | None = None) -> Calibration:
    """Hold every labelled criterion against people.

    Args:
        store: a ledger with verdicts and labels.
        rubric: id or file the verdicts were made with, where it is not a packaged one.

    Raises:
        StoreError: there is no store, or it cannot be read.
        InputError: it holds no label, no verdict, or verdicts of a rubric that is not known.
    """
    import numpy as np

    from cxscore.calibration.halo import halo
    from cxscore.calibration.trust import trust

    with Ledger.open(store, create=False) as ledger:
        labels = [one for one in ledger.labels() if one.leg == "journey"]
        if not labels:
            raise InputError("holds no labels; cxscore labels import FILE", path=str(store))
        held = rubric_held(ledger, rubric)
        by_criterion, judges, heuristic, n = _scored(ledger.judged(), held)
        if not judges:
            raise InputError("holds no verdicts; cxscore score PATH", path=str(store))
        looks = ledger.count_look(f"{held.id}@{held.digest[:12]}")
        notice = ledger.notice
        drawn = ledger.draw()
    rng = np.random.default_rng(SEED)
    criteria = tuple(
        trust(c, by_criterion.get(c.id, []), mine, rng, frame=_frame(drawn, mine))
        for c in held.criteria
        if (mine := [one for one in labels if one.criterion == c.id])
    )
    return Calibration(
        judge=" · ".join(sorted(judges)),
        rubric=held.id,
        heuristic=heuristic,
        conversations=n,
        labels=len(labels),
        raters=len({one.rater for one in labels}),
        criteria=criteria,
        halo=halo(
            *(
                {t.criterion: {c: v[i] for c, v in t.pairs.items()} for t in criteria}
                for i in (0, 1)
            )
        ),
        looks=looks,
        notice=notice,
    )


def _frame(
    drawn: tuple[Draw, tuple[FrameUnit, ...]] | None, labels: list[Label]
) -> dict[str, str] | None:
    """The strata of all conversations, where every usable label was drawn from that frame."""
    if drawn is None or drawn[0].design is not Design.STRATIFIED:
        return None
    strata = {u.conversation_id: u.stratum for u in drawn[1]}
    chosen = {u.conversation_id for u in drawn[1] if u.drawn}
    mine = {one.conversation_id for one in labels if one.split is Split.CALIBRATE}
    return strata if mine <= chosen else None


def _scored(
    judged: Iterable[Judged], rubric: Rubric
) -> tuple[dict[str, list[Scored]], set[str], bool, int]:
    from cxscore.calibration.trust import Scored

    found: dict[str, list[Scored]] = {c.id: [] for c in rubric.criteria}
    judges: set[str] = set()
    heuristic, n = False, 0
    for one in judged:
        if one.exclusion is not None:
            continue
        n += 1
        heuristic = heuristic or one.heuristic
        conversation, verdict = one.record.conversation, one.verdict
        if verdict is not None:
            judges.add(verdict.judge)
        groups = {
            "stream": conversation.stream or "",
            "channel": conversation.channel or "",
            "language": conversation.language or "",
            "topic": conversation.topic or "",
        }
        for criterion, rows in found.items():
            outcome = None if verdict is None else verdict.journey.get(criterion)
            rows.append(
                Scored(
                    id=conversation.id,
                    state="" if outcome is None else state(outcome),
                    level=getattr(outcome, "level", None),
                    groups=groups,
                )
            )
    return found, judges, heuristic, n


def write_page(found: Calibration, out: Path, *, now: datetime) -> Path:
    """Write "Can we trust this judge?" as one self-contained HTML file.

    Raises:
        ConfigError: it cannot be written.
    """
    from cxscore.report.trust_page import render

    with whole_file(out) as file:
        file.write(render(found, now=now))
    return out


def calibration_json(found: Calibration) -> dict[str, Any]:
    """A calibration as plain JSON values."""
    return {
        "schema": 1,
        "judge": found.judge,
        "rubric": found.rubric,
        "heuristic": found.heuristic,
        "conversations": found.conversations,
        "labels": found.labels,
        "raters": found.raters,
        "looks": found.looks,
        "halo": [{**asdict(h), "excess": h.excess} for h in found.halo],
        **({"notice": found.notice} if found.notice else {}),
        "criteria": [_criterion_json(one) for one in found.criteria],
    }


def _criterion_json(one: Trust) -> dict[str, Any]:
    a = one.agreement
    return {
        "criterion": one.criterion,
        "use": one.use,
        "because": one.because,
        "labels": one.labels,
        "true_mean": None if one.answer is None else answer_json(one.answer),
        "agreement": None if a is None else {
            **{
                name: number_json(getattr(a, name))
                for name in ("exact", "bias", "kappa", "kappa_linear", "kappa_quadratic")
            },
            "n": a.n,
            "within_one": a.within_one,
            "mean_error": a.mean_error,
            "sd_ratio": a.sd_ratio,
            "spearman": a.spearman,
            "kendall": a.kendall,
            "lin": a.lin,
            "limits": list(a.limits),
            "prevalence": [list(p) for p in a.prevalence],
            "in_sample": a.in_sample,
        },
        "ceiling": one.ceiling,
        "confusion": {"levels": list(one.levels), "people_by_judge": one.confusion},
        "bias": [{**asdict(b), "bias": number_json(b.bias)} for b in one.bias],
        "display": _display(one.display),
        "applies": {"people_na": list(one.applies[0]), "people_level": list(one.applies[1])},
        "notes": list(one.notes),
    }  # fmt: skip


def _display(found: DisplayMap | Unavailable) -> dict[str, Any]:
    if isinstance(found, Unavailable):
        return {"unavailable": found.missing}
    return {"kind": found.kind, "reads_as": [list(p) for p in found.reads_as], "n": found.n}


def calibration_text(found: Calibration) -> str:
    """A calibration for people, on a terminal."""
    lines = ["Can we trust this judge?", "", f"judge {found.judge}, rubric {found.rubric}"]
    if found.notice:
        lines.append(found.notice)
    head = f"{'criterion':<18} {'verdict':<15} {'labels':>6}  {'κ quadratic':<18} {'people':<7}"
    lines += [
        f"{found.labels:,} labels by {found.raters} raters, {found.conversations:,} conversations",
        "",
        f"{head} {'judge − people':<20} true mean",
    ]
    for one in found.criteria:
        a = one.agreement
        kappa = "-" if a is None else _short(a.kappa_quadratic, 2)
        bias = "-" if a is None else _short(a.bias, 2, sign=True)
        top = "-" if one.ceiling is None else f"{one.ceiling:.2f}"
        mean = "-" if one.answer is None else _short(one.answer.result, 2)
        lines.append(
            f"{one.criterion:<18} {one.use:<15} {one.labels:>6}  {kappa:<18} {top:<7} {bias:<20}"
            f" {mean}"
        )
    lines.append("")
    for one in found.criteria:
        lines.append(f"{one.criterion}: {one.use}, because {one.because}")
        if one.answer is not None and isinstance(one.answer.result, Unavailable):
            lines.append(f"  no true mean: {one.answer.result.missing}")
        if one.agreement is not None and one.agreement.in_sample:
            lines.append("  agreement is of this sample: its chances to be drawn are not known")
        lines += [f"  {note}" for note in one.notes]
        lines += [
            f"  {b.factor} {b.group}: judge − people {_short(b.bias, 2, sign=True)}, {b.n} labels"
            + ("; differs from the others" if b.differs else "")
            for b in one.bias
            if isinstance(b.bias, Estimate)
        ]
    lines.append(_looks(found))
    return "\n".join(lines)


def _looks(found: Calibration) -> str:
    return f"look {found.looks} at the calibrate split of {found.rubric}" + (
        "" if found.looks == 1 else ": what was changed after the first is not proved by it"
    )


def _short(number: Estimate | Unavailable, digits: int, *, sign: bool = False) -> str:
    if isinstance(number, Unavailable):
        return "not available"
    form = f"{'+' if sign else ''}.{digits}f"
    return f"{number.value:{form}} ({number.low:{form}}…{number.high:{form}})"
