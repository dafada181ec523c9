"""What is told of a calibration, on a terminal and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cxscore.desk.estimate import answer_json, number_json
from cxscore.estimates import Estimate, Unavailable

if TYPE_CHECKING:
    from cxscore.calibration.leniency import Leniency
    from cxscore.calibration.maps import DisplayMap
    from cxscore.calibration.reliability import Reliability
    from cxscore.calibration.trust import Trust
    from cxscore.desk.calibrate import Calibration


def calibration_json(found: Calibration) -> dict[str, Any]:
    """A calibration as plain JSON values."""
    return {
        "schema": 1,
        "judge": found.judge,
        "rubric": found.rubric,
        "leg": found.leg,
        "heuristic": found.heuristic,
        "conversations": found.conversations,
        "labels": found.labels,
        "raters": found.raters,
        "looks": found.looks,
        "halo": [{**asdict(h), "excess": h.excess} for h in found.halo],
        **({"notice": found.notice} if found.notice else {}),
        "criteria": [_criterion_json(one) for one in found.criteria],
    }


_NUMBERS = (
    "exact", "bias", "kappa", "kappa_linear", "kappa_quadratic", "sd_ratio", "spearman", "kendall",
    "lin", "proportional",
)  # fmt: skip


def _people_json(people: Reliability) -> dict[str, Any]:
    alt = people.stands_in
    return {
        "raters": people.raters,
        "rated_twice": people.twice,
        **{n: number_json(getattr(people, n)) for n in ("exact", "alpha", "ac2", "kappa")},
        "icc": people.icc,
        "judge_minus_people": number_json(people.beside),
        "alternative_annotator": {"unavailable": alt.missing}
        if isinstance(alt, Unavailable)
        else {**asdict(alt), "passes": alt.passes},
    }


def _leniency_json(found: Leniency | None) -> dict[str, Any]:
    if found is None:
        return {"bias": [], "joint": None, "compression": None}
    joint, squeezed = found.joint, found.compression
    return {
        "bias": [{**asdict(b), "bias": number_json(b.bias)} for b in found.groups],
        "joint": {"unavailable": joint.missing}
        if isinstance(joint, Unavailable)
        else [{**asdict(e), "value": number_json(e.value)} for e in joint],
        "compression": {
            "slope": number_json(squeezed.slope),
            "plain_slope": squeezed.plain,
            "leniency_at_middle": squeezed.leniency,
            "first_stage_f": squeezed.first_stage,
        },
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
            **{name: number_json(getattr(a, name)) for name in _NUMBERS},
            "n": a.n,
            "within_one": a.within_one,
            "mean_error": a.mean_error,
            "limits": list(a.limits),
            "prevalence": [list(p) for p in a.prevalence],
            "in_sample": a.in_sample,
        },
        "people": _people_json(one.people),
        "confusion": {"levels": list(one.levels), "people_by_judge": one.confusion},
        **_leniency_json(one.leniency),
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
    lines = [
        "Can we trust this judge?",
        "",
        f"judge {found.judge}, rubric {found.rubric}, {found.leg}",
    ]
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
        top = "-" if one.people.ceiling is None else f"{one.people.ceiling:.2f}"
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
        lines += _people_lines(one.people)
        lines += [] if one.leniency is None else _leniency_lines(one.leniency)
    lines.append(_looks(found))
    return "\n".join(lines)


def _people_lines(people: Reliability) -> list[str]:
    if people.ceiling is None:
        return []
    alike = f"α {_short(people.alpha, 2)}, AC2 {_short(people.ac2, 2)}"
    lines = [f"  people with people, {people.twice} conversations rated twice: {alike}"]
    if isinstance(people.beside, Estimate):
        lines.append(
            f"  judge with people − people with people: κ {_short(people.beside, 2, sign=True)}"
        )
    if not isinstance(people.stands_in, Unavailable):
        alt = people.stands_in
        lines.append(
            f"  alternative annotator test: the judge {'may' if alt.passes else 'may not'} stand in"
            f" for a person (beats {alt.winning_rate:.0%} of {alt.raters})"
        )
    return lines


def _leniency_lines(found: Leniency) -> list[str]:
    lines = [
        f"  {b.factor} {b.group}: judge − people {_short(b.bias, 2, sign=True)}, {b.n} labels"
        + ("; differs from the others" if b.differs else "")
        for b in found.groups
        if isinstance(b.bias, Estimate)
    ]
    if not isinstance(found.joint, Unavailable):
        lines += [
            f"  all else equal, {e.factor} {e.group}".rstrip()
            + f" against {e.against}: {_short(e.value, 2, sign=True)}"
            for e in found.joint
            if e.stands_out
        ]
    slope = found.compression.slope
    if isinstance(slope, Estimate) and slope.high < 1:
        lines.append(f"  compresses the scale: moves {_short(slope, 2)} levels for one of people")
    return lines


def _looks(found: Calibration) -> str:
    return f"look {found.looks} at the calibrate split of {found.rubric}" + (
        "" if found.looks == 1 else ": what was changed after the first is not proved by it"
    )


def _short(number: Estimate | Unavailable, digits: int, *, sign: bool = False) -> str:
    if isinstance(number, Unavailable):
        return "not available"
    form = f"{'+' if sign else ''}.{digits}f"
    return f"{number.value:{form}} ({number.low:{form}}…{number.high:{form}})"
