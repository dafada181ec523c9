"""What is wrong with a set of labels before any number is made of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cxscore.label import Design, Label, Split
from cxscore.rubric import Rubric

FEW_OF_LEVEL = 8
"""Labels of a level under which a cell carries no variance of its own (CALIBRATION.md 0.2)."""
FEW = 30
"""Labels of a criterion under which an estimate is mostly its own noise."""
DOUBLE_RATED = 100
"""Conversations two people must have rated for the bias test by instrument (CALIBRATION.md 0.6)."""

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong with the labels, with what to do."""

    severity: Severity
    """``error``: a number made of these labels would be wrong."""
    criterion: str | None
    """None: it concerns all."""
    message: str


def check_labels(labels: Iterable[Label], rubric: Rubric) -> tuple[Finding, ...]:
    """Everything wrong with a set of labels, the gravest first.

    Args:
        labels: of any criteria and raters; those of criteria the rubric has not are left out.
        rubric: gives the levels.
    """
    held = [one for one in labels if one.leg == "journey"]
    by_criterion: defaultdict[str, list[Label]] = defaultdict(list)
    for one in held:
        by_criterion[one.criterion].append(one)
    found = [*_leaks(held), *_splits(held), *_saw_judge(held)]
    for criterion in rubric.criteria:
        mine = by_criterion.get(criterion.id, [])
        if mine:
            allowed = [str(v) for v in criterion.scale.values]
            found += _of_criterion(criterion.id, mine, allowed)
    return tuple(sorted(found, key=lambda f: f.severity != "error"))


def _leaks(labels: Sequence[Label]) -> list[Finding]:
    """A conversation the rubric was tuned on proves nothing about that rubric."""
    splits: defaultdict[str, set[Split]] = defaultdict(set)
    for one in labels:
        if one.split is not None:
            splits[one.conversation_id].add(one.split)
    leaked = sorted(name for name, held in splits.items() if len(held) > 1)
    if not leaked:
        return []
    message = (
        f"{len(leaked):,} conversations stand in more than one split, first {leaked[0]!r};"
        " a conversation belongs to tune, calibrate or anchor alone"
    )
    return [Finding(severity="error", criterion=None, message=message)]


def _splits(labels: Sequence[Label]) -> list[Finding]:
    without = sum(one.split is None for one in labels)
    if not without:
        return []
    message = (
        f"{without:,} labels have no split; say which were used to write the rubric (tune) and"
        " which were not (calibrate): only these calibrate"
    )
    return [Finding(severity="warning", criterion=None, message=message)]


def _saw_judge(labels: Sequence[Label]) -> list[Finding]:
    saw = sum(one.saw_judge is True for one in labels)
    unknown = sum(one.saw_judge is None for one in labels)
    found = []
    if saw:
        message = (
            f"{saw:,} labels were given with the judge's score in sight; they flatter it and are"
            " left out of agreement and estimates"
        )
        found.append(Finding(severity="warning", criterion=None, message=message))
    if unknown:
        message = f"for {unknown:,} labels it is not known whether the rater saw the judge"
        found.append(Finding(severity="warning", criterion=None, message=message))
    return found


def _of_criterion(name: str, labels: Sequence[Label], allowed: Sequence[str]) -> list[Finding]:
    def warn(message: str, severity: Severity = "warning") -> Finding:
        return Finding(severity=severity, criterion=name, message=message)

    levels = Counter("na" if one.level is None else str(one.level) for one in labels)
    raters = {one.rater for one in labels}
    found = []
    if len(levels) == 1:
        only = next(iter(levels))
        found.append(warn(f"every answer is {only}: nothing can be calibrated on it", "error"))
    else:
        short = [f"{v} ({levels.get(v, 0)})" for v in allowed if levels.get(v, 0) < FEW_OF_LEVEL]
        if short:
            found.append(warn(f"under {FEW_OF_LEVEL} labels of level {', '.join(short)}"))
    conversations = {one.conversation_id for one in labels}
    if len(conversations) < FEW:
        found.append(warn(f"{len(conversations)} conversations; {FEW} are the least for a number"))
    found += [warn(message) for message in _raters(labels, raters)]
    found += [warn(message, severity) for severity, message in _sampling(labels)]
    return found


def _raters(labels: Sequence[Label], raters: set[str]) -> list[str]:
    if len(raters) == 1:
        return [f"one rater only ({next(iter(raters))}): how well people agree cannot be known"]
    found = []
    for rater in sorted(raters):
        answers = {one.level for one in labels if one.rater == rater}
        given = sum(one.rater == rater for one in labels)
        if len(answers) == 1 and given >= FEW_OF_LEVEL:
            found.append(f"rater {rater!r} gave one answer {given} times")
    twice = Counter({one.conversation_id: 0 for one in labels})
    for name in {(one.conversation_id, one.rater) for one in labels}:
        twice[name[0]] += 1
    double = sum(n > 1 for n in twice.values())
    if double < DOUBLE_RATED:
        found.append(
            f"{double} conversations rated by two people; from {DOUBLE_RATED} on bias can be told"
            " from noise"
        )
    return found


def _sampling(labels: Sequence[Label]) -> list[tuple[Severity, str]]:
    found: list[tuple[Severity, str]] = []
    none = sum(one.sampling is None for one in labels)
    if none:
        found.append(
            ("warning", f"{none:,} labels do not say how they were picked: descriptive only")
        )
    blind: Counter[Design] = Counter(
        one.sampling.design
        for one in labels
        if one.sampling is not None and one.sampling.inclusion_probability is None
    )
    for design, n in blind.items():
        message = (
            f"{n:,} labels picked as {design.value} without an inclusion probability:"
            " no true rate follows from them"
        )
        found.append(("warning", message))
    chances: defaultdict[str, set[float]] = defaultdict(set)
    for one in labels:
        if one.sampling is not None and one.sampling.inclusion_probability is not None:
            chances[one.conversation_id].add(one.sampling.inclusion_probability)
    two = sorted(name for name, values in chances.items() if len(values) > 1)
    if two:
        found.append(
            ("error", f"{two[0]!r} stands with two inclusion probabilities; it had one chance")
        )
    return found


def counts(labels: Iterable[Label]) -> Mapping[str, Mapping[str, int]]:
    """Criterion to level (``na`` for N/A) to number of labels of the whole journey."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in labels:
        if one.leg == "journey":
            found[one.criterion]["na" if one.level is None else str(one.level)] += 1
    return {name: dict(sorted(levels.items())) for name, levels in found.items()}
