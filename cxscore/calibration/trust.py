"""Can we trust this judge? One verdict for each criterion, and what it rests on."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from cxscore.calibration.agreement import Agreement, agreement, confusion
from cxscore.calibration.choose import Answer, choose
from cxscore.calibration.leniency import Leniency, leniency
from cxscore.calibration.maps import DisplayMap, display_map
from cxscore.calibration.population import population
from cxscore.calibration.reliability import Reliability, reliability
from cxscore.estimates import Estimate, Unavailable
from cxscore.label import Design, Label, Split
from cxscore.rubric import Criterion, ScaleKind
from cxscore.verdict import Level

Use = Literal["use as is", "corrected only", "do not use"]

LEAST_LABELS = 30
FACTORS = ("stream", "channel", "language", "topic", "agent_model", "same_family")
SMALL_BIAS = 0.25
"""Levels a judge may be off and still be used as is."""
GOOD_KAPPA = 0.4
"""Lower end of κ's interval from which single scores may be read, where people's own agreement is
not known."""
OF_CEILING = 0.8
"""Share of people's agreement with each other that is as good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One conversation as a judge left it."""

    id: str
    state: str
    """Of the criterion: ``graded``, ``na``, ``abstained``, ``failed``, or empty: none."""
    level: Level | None
    groups: Mapping[str, str] = field(default_factory=dict)
    """``stream``, ``channel``, ``language``, ``topic``, ``agent_model``, ``same_family``: empty
    where not known."""
    words: int = 0
    """Of all turns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What one criterion's scores are worth."""

    criterion: str
    name: str
    use: Use
    because: str
    labels: int
    """Conversations with a usable label."""
    answer: Answer | None
    """The true mean; None: no label fits a level."""
    agreement: Agreement | None
    people: Reliability
    """People with people, and the judge beside them."""
    levels: tuple[float, ...]
    confusion: tuple[tuple[float, ...], ...]
    """People in rows, judge in columns, counts weighted by 1/π."""
    leniency: Leniency | None
    """Towards whom; None: nothing to compare."""
    display: DisplayMap | Unavailable
    """What one judged level reads as; for single conversations, never for means."""
    pairs: Mapping[str, tuple[float, float]]
    """Conversation to (judge's level, people's mean level) where both gave one."""
    applies: tuple[tuple[int, int], tuple[int, int]]
    """N/A against a level: rows people, columns judge; first N/A, then a level."""
    notes: tuple[str, ...]


def trust(
    criterion: Criterion,
    scored: Sequence[Scored],
    labels: Sequence[Label],
    rng: np.random.Generator,
    *,
    frame: Mapping[str, str] | None = None,
) -> Trust:
    """Hold one criterion's scores against people's labels.

    Estimand: see ``choose`` and ``agreement``; conversations to which the judge finds the criterion
    does not apply are outside, those it abstained from or failed on are inside.

    Fails when: labels saw the judge (left out), or were used to write the rubric (left out).

    Args:
        criterion: what was asked.
        scored: every eligible conversation.
        labels: of this criterion, whole journeys.
        rng: the source of chance.
        frame: conversation to the stratum it was drawn in, of all; None: only the labels tell.
    """
    value = level_numbers(criterion)
    usable, notes = usable_labels(labels)
    people = _by_conversation(usable)
    by_id = {one.id: one for one in scored}
    applies = _applies(by_id, people)
    domain = [one for one in scored if one.state != "na"]
    human = {
        name: float(np.mean([value[v] for v in given if v in value]))
        for name, given in people.items()
        if any(v in value for v in given) and name in by_id and by_id[name].state != "na"
    }
    ends = (min(value.values()), max(value.values()))
    sampling = {one.conversation_id: one.sampling for one in usable}
    answer = None
    if human:
        answer = _answer(domain, human, usable, value, ends, frame)
    both = [n for n in human if by_id[n].state == "graded" and by_id[n].level in value]
    judge = np.array([value[by_id[n].level] for n in both])
    mean = np.array([human[n] for n in both])
    weight = _weights([sampling.get(n) for n in both])
    levels = tuple(sorted(set(value.values())))
    nearest = np.array([min(levels, key=lambda v: (abs(v - h), v)) for h in mean])
    found = None
    if len(both):
        strata = [(s.stratum or "") if (s := sampling.get(n)) else "" for n in both]
        found = agreement(judge, nearest, levels, rng, weight=weight, strata=strata)
    given = _ratings(usable, value)
    judged = {n: float(j) for n, j in zip(both, judge, strict=True)}
    people_alone = reliability(given, judged, levels, rng)
    use, because = _verdict(len(human), answer, found, people_alone.ceiling)
    return Trust(
        criterion=criterion.id,
        name=criterion.name,
        use=use,
        because=because,
        labels=len(human),
        answer=answer,
        agreement=found,
        people=people_alone,
        levels=levels,
        confusion=_table(judge, nearest, levels, weight),
        leniency=leniency(
            judge,
            mean,
            {f: [by_id[n].groups.get(f, "") for n in both] for f in FACTORS},
            words=[by_id[n].words for n in both],
            pairs=_pairs(given, judged),
            middle=sum(ends) / 2,
            weight=weight,
        )
        if len(both)
        else None,
        display=display_map(judge, mean, levels, weight=weight),
        pairs={n: (float(a), float(b)) for n, a, b in zip(both, judge, mean, strict=True)},
        applies=applies,
        notes=tuple(notes),
    )


def level_numbers(criterion: Criterion) -> dict[Level | None, float]:
    """Levels as numbers: whole ones themselves, named ones by their credit."""
    if criterion.scale.kind is ScaleKind.ORDINAL:
        return {v: float(v) for v in criterion.scale.values}
    return {d.level: d.credit for d in criterion.scale.levels}


def usable_labels(labels: Sequence[Label]) -> tuple[list[Label], list[str]]:
    """Labels given blind and not used to write the rubric, and what was left out."""
    notes = []
    blind = [one for one in labels if one.saw_judge is not True]
    if len(blind) < len(labels):
        notes.append(f"{len(labels) - len(blind)} labels given with the judge in sight: left out")
    held = [one for one in blind if one.split is Split.CALIBRATE]
    if not held:
        held = [one for one in blind if one.split is None]
        if held:
            notes.append("no label says its split: all are taken as not used to write the rubric")
    return held, notes


def _by_conversation(labels: Sequence[Label]) -> dict[str, list[Level | None]]:
    found: defaultdict[str, list[Level | None]] = defaultdict(list)
    for one in labels:
        found[one.conversation_id].append(one.level)
    return dict(found)


def _applies(
    by_id: Mapping[str, Scored], people: Mapping[str, Sequence[Level | None]]
) -> tuple[tuple[int, int], tuple[int, int]]:
    counts: Counter[tuple[bool, bool]] = Counter()
    for name, given in people.items():
        one = by_id.get(name)
        if one is not None and one.state in {"graded", "na"}:
            most_na = sum(v is None for v in given) * 2 > len(given)
            counts[most_na, one.state == "na"] += 1
    return (
        (counts[True, True], counts[True, False]),
        (counts[False, True], counts[False, False]),
    )


def _weights(sampling: Sequence[object]) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
    chances = [getattr(s, "inclusion_probability", None) for s in sampling]
    if not chances or any(c is None for c in chances):
        return None
    return np.array([1 / c for c in chances if c is not None])


def _ratings(
    labels: Sequence[Label], value: Mapping[Level | None, float]
) -> dict[str, dict[str, float]]:
    """Rater to conversation to level."""
    by: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for one in labels:
        if one.level in value:
            by[one.rater][one.conversation_id] = value[one.level]
    return dict(by)


def _pairs(
    given: Mapping[str, Mapping[str, float]], judged: Mapping[str, float]
) -> list[tuple[float, float, float]]:
    """(judge, one person, another) of every conversation with a level of each, first pair only."""
    by: defaultdict[str, list[float]] = defaultdict(list)
    for rater in sorted(given):
        for name, level in given[rater].items():
            by[name].append(level)
    return [(judged[n], v[0], v[1]) for n, v in sorted(by.items()) if len(v) > 1 and n in judged]


def _table(
    judge: np.ndarray[tuple[int], np.dtype[np.float64]],
    human: np.ndarray[tuple[int], np.dtype[np.float64]],
    levels: Sequence[float],
    weight: np.ndarray[tuple[int], np.dtype[np.float64]] | None,
) -> tuple[tuple[float, ...], ...]:
    if not len(judge):
        return ()
    scale = np.asarray(levels, np.float64)
    return tuple(tuple(map(float, row)) for row in confusion(judge, human, scale, weight))


def _answer(
    domain: Sequence[Scored],
    human: Mapping[str, float],
    labels: Sequence[Label],
    value: Mapping[Level | None, float],
    ends: tuple[float, float],
    frame: Mapping[str, str] | None,
) -> Answer:
    sampling = {one.conversation_id: one.sampling for one in labels}
    held = [sampling.get(one.id) if one.id in human else None for one in domain]
    designs = {
        s.design if s else None for one, s in zip(domain, held, strict=True) if one.id in human
    }
    design = _one_design(designs)
    strata: list[str] | None = None
    if frame is not None:
        strata = [frame.get(one.id, "not in the frame") for one in domain]
    elif design is Design.STRATIFIED:
        strata = _expanded([one.id in human for one in domain], held)
        if strata is None:
            design = None
    p = population(
        judge=[value.get(one.level) if one.state == "graded" else None for one in domain],
        human=[human.get(one.id) for one in domain],
        strata=strata,
        pi=[s.inclusion_probability if s else None for s in held]
        if design is Design.TARGETED
        else None,
        scale=ends,
    )
    if frame is None and design is Design.STRATIFIED:
        # Nobody knows the strata of the unlabelled: the judge cannot help, people alone can.
        p = population(judge=[ends[0]] * p.size, human=p.human, strata=strata, scale=ends)
    return choose(p, design)


def _one_design(designs: set[Design | None]) -> Design | None:
    """The design all labels share; the weakest where they are mixed."""
    if len(designs) == 1:
        return next(iter(designs))
    for weak in (None, Design.CONVENIENCE, Design.SURVEY_REPLY, Design.TARGETED):
        if weak in designs:
            return weak
    return Design.STRATIFIED


def _expanded(labelled: Sequence[bool], held: Sequence[object]) -> list[str] | None:
    """Strata of as many conversations as the chances say each has; None: chances are not known.

    A stratum of n labels drawn with chance π holds n/π conversations. Which ones is not known, nor
    needed where only people's labels count.
    """
    sizes: dict[str, float] = {}
    for has, one in zip(labelled, held, strict=True):
        if has:
            chance = getattr(one, "inclusion_probability", None)
            if chance is None:
                return None
            name = getattr(one, "stratum", None) or ""
            sizes[name] = sizes.get(name, 0.0) + 1 / chance
    whole = sum(sizes.values())
    names = [
        (getattr(s, "stratum", None) or "") if has else None
        for has, s in zip(labelled, held, strict=True)
    ]
    count = Counter(n for n in names if n is not None)
    rest = len(names) - sum(count.values())
    wanted = {n: max(0.0, len(names) * s / whole - count[n]) for n, s in sizes.items()}
    total = sum(wanted.values()) or 1.0
    fill: list[str] = []
    for name, share in sorted(wanted.items()):
        fill += [name] * math.floor(rest * share / total + 0.5)
    last = max(sizes, key=lambda n: sizes[n])
    fill = (fill + [last] * rest)[:rest]
    free = iter(fill)
    return [next(free) if n is None else n for n in names]


def _verdict(
    n: int, answer: Answer | None, found: Agreement | None, top: float | None
) -> tuple[Use, str]:
    if n < LEAST_LABELS:
        return "do not use", (
            f"only {n} conversations have a usable label; {LEAST_LABELS} are the least:"
            f" cxscore sample -n {LEAST_LABELS - n} more"
        )
    if found is None or answer is None:
        return "do not use", "the judge gave no level to any labelled conversation"
    kappa = found.kappa_quadratic
    if isinstance(kappa, Unavailable):
        return "do not use", kappa.missing
    if kappa.low <= 0:
        return "do not use", f"κ {kappa.value:.2f} may be 0 ({kappa.low:.2f} to {kappa.high:.2f})"
    good = kappa.low >= GOOD_KAPPA or (top is not None and kappa.value >= OF_CEILING * top > 0)
    bias = found.bias
    small = isinstance(bias, Estimate) and -SMALL_BIAS < bias.low <= bias.high < SMALL_BIAS
    if good and small:
        return "use as is", f"κ {kappa.value:.2f}, off by less than {SMALL_BIAS} levels"
    why = []
    if not small and isinstance(bias, Estimate):
        why.append(f"off by {bias.value:+.2f} levels ({bias.low:+.2f} to {bias.high:+.2f})")
    if not good:
        why.append(f"κ {kappa.value:.2f} ({kappa.low:.2f} to {kappa.high:.2f})")
    if isinstance(answer.result, Unavailable):
        return "do not use", f"{', '.join(why)}, and no correction: {answer.result.missing}"
    return "corrected only", ", ".join(why)
