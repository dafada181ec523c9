"""Two judges, rubrics, prompts or models on the same stored conversations."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cxscore.calibration.agreement_change import (
    AgreementChange,
    HumanLevels,
    agreement_change,
    human_levels,
)
from cxscore.desk.show import rubric_of
from cxscore.errors import ConfigError, InputError
from cxscore.estimates import Estimate, Unavailable
from cxscore.label import Split
from cxscore.rubric import Rubric
from cxscore.store import JudgeHeld, Ledger, Outcomes
from cxscore.verdict import Level

Found = tuple[str, Level | None]
"""(state, level) of one outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """One conversation that came out otherwise."""

    conversation_id: str
    a: str
    """Level, or state where there is none."""
    b: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionDifference:
    """How two judges differ in one criterion."""

    criterion: str
    credit: Estimate | Unavailable
    """Mean credit of B minus that of A, −1 … 1, over conversations both gave a level."""
    mean_a: float | None
    mean_b: float | None
    """Mean credit, 0–1, over the same conversations."""
    changed: Estimate | Unavailable
    """Share with another outcome (level or state), 0–1."""
    flips: tuple[Flip, ...]
    """All of them, by id."""
    people: AgreementChange | None
    """Agreement with people; None where nobody labelled the criterion in this split."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """B against A."""

    a: JudgeHeld
    b: JudgeHeld
    shared: int
    """Conversations both judged in their newest words."""
    judged: int
    """Conversations at least one of them judged."""
    criteria: tuple[CriterionDifference, ...]
    only_a: tuple[str, ...]
    """Criteria B does not grade."""
    only_b: tuple[str, ...]
    split: Split
    """Whose labels agreement is held against."""
    looks: int
    """How often B's rubric was held against the calibrate split, this time counted."""


def compare(
    store: Path, a: str, b: str, *, rubric: str | None = None, split: Split = Split.TUNE
) -> Comparison:
    """Compare two judges on the conversations both have judged.

    Args:
        store: the ledger's file.
        a: words that single one judge out: its fingerprint, a rubric's ``id@digest``, a prompt's
            version or a model, or several of them, separated by blanks.
        b: as ``a``.
        rubric: gives the credit of levels where the store has not kept a verdict's rubric.
        split: whose labels agreement with people is held against. A look at ``calibrate`` is
            counted: a rubric changed after it was looked at there is no longer proved by it.

    Raises:
        InputError: words fit no judge or more than one, or fewer than two conversations are shared.
        StoreError: there is no store, or it cannot be read.
    """
    with Ledger.open(store, create=False) as ledger:
        held = ledger.judges_held()
        first, second = _chosen(a, held, store), _chosen(b, held, store)
        if first == second:
            raise ConfigError(f"“{a}” and “{b}” are the same judge and rubric: {_named(first)}")
        rubrics = tuple(_rubric(ledger, of, rubric) for of in (first, second))
        seen = _Pairs(rubrics[0], rubrics[1], human_levels(ledger.labels(), split))
        judged = 0
        with Ledger.open(store, create=False) as other:
            for x, y in _joined(ledger.outcomes(first), other.outcomes(second)):
                judged += 1
                if x is not None and y is not None:
                    seen.add(x, y)
        looks = 0
        if seen.shared >= 2 and seen.people and split is Split.CALIBRATE:
            looks = ledger.count_look(second.rubric)
    if seen.shared < 2:
        raise InputError(
            f"only {seen.shared} of {judged} conversations were judged by both {_named(first)} and"
            f" {_named(second)}; cxscore rejudge makes the verdicts that are missing",
            path=str(store),
        )
    return Comparison(
        a=first,
        b=second,
        shared=seen.shared,
        judged=judged,
        criteria=tuple(seen.difference(c) for c in seen.criteria()),
        only_a=tuple(sorted(seen.of_a - seen.of_b)),
        only_b=tuple(sorted(seen.of_b - seen.of_a)),
        split=split,
        looks=looks,
    )


def _named(of: JudgeHeld) -> str:
    return f"{of.judge} with {of.rubric}"


def _chosen(words: str, held: Sequence[JudgeHeld], store: Path) -> JudgeHeld:
    exact = [of for of in held if words in (of.judge, of.rubric, _named(of))]
    fitting = exact if len(exact) == 1 else [of for of in held if _fits(words, of)]
    if len(fitting) == 1:
        return fitting[0]
    what = "fits no judge" if not fitting else f"fits {len(fitting)} judges"
    listed = "; ".join(
        f"{_named(of)} ({of.conversations:,} conversations)" for of in fitting or held
    )
    raise InputError(f"“{words}” {what} of this store. Known: {listed or 'none'}", path=str(store))


def _fits(words: str, of: JudgeHeld) -> bool:
    text = _named(of).casefold()
    return bool(words.split()) and all(word in text for word in words.casefold().split())


def _rubric(ledger: Ledger, of: JudgeHeld, named: str | None) -> Rubric:
    found = ledger.rubric(of.rubric) or rubric_of(of.rubric, named)
    if found is None:
        raise InputError(
            f"the store has not kept the rubric {of.rubric}; name its file with --rubric",
            path=str(ledger.path),
        )
    return found


def _joined(
    a: Iterator[Outcomes], b: Iterator[Outcomes]
) -> Iterator[tuple[Outcomes | None, Outcomes | None]]:
    """Both by id; None where one did not judge a conversation. Both come ordered."""
    x, y = next(a, None), next(b, None)
    while x is not None or y is not None:
        if y is None or (x is not None and x.conversation_id < y.conversation_id):
            yield x, None
            x = next(a, None)
        elif x is None or y.conversation_id < x.conversation_id:
            yield None, y
            y = next(b, None)
        else:
            yield x, y
            x, y = next(a, None), next(b, None)


@dataclass(slots=True)
class _Sums:
    """One criterion while pairs come in."""

    both: int = 0
    credit_a: float = 0.0
    credit_b: float = 0.0
    mean: float = 0.0
    spread: float = 0.0
    """Sum of squared deviations of the differences, kept by Welford's method."""
    compared: int = 0
    flips: list[Flip] = field(default_factory=list)
    labelled: list[tuple[Sequence[Level | None], Level | None, Level | None]] = field(
        default_factory=list
    )

    def add(self, a: float, b: float) -> None:
        self.both += 1
        self.credit_a += a
        self.credit_b += b
        off = (b - a) - self.mean
        self.mean += off / self.both
        self.spread += off * ((b - a) - self.mean)


class _Pairs:
    def __init__(self, a: Rubric, b: Rubric, people: HumanLevels) -> None:
        self.people = people
        self._credits = (_credits(a), _credits(b))
        self._order = [c.id for c in a.criteria]
        self._sums: dict[str, _Sums] = {}
        self.shared = 0
        self.of_a: set[str] = set()
        self.of_b: set[str] = set()

    def add(self, a: Outcomes, b: Outcomes) -> None:
        self.shared += 1
        self.of_a |= a.outcomes.keys()
        self.of_b |= b.outcomes.keys()
        for criterion in a.outcomes.keys() & b.outcomes.keys():
            self._pair(criterion, a.conversation_id, a.outcomes[criterion], b.outcomes[criterion])

    def _pair(self, criterion: str, id: str, a: Found, b: Found) -> None:
        if "failed" in (a[0], b[0]):
            return  # nothing was found: neither the same nor another outcome
        sums = self._sums.setdefault(criterion, _Sums())
        sums.compared += 1
        if a != b:
            sums.flips.append(Flip(conversation_id=id, a=_said(a), b=_said(b)))
        levels = self.people.get((id, criterion))
        if levels and {a[0], b[0]} <= {"graded", "na"}:
            sums.labelled.append((levels, a[1], b[1]))
        credit_a = self._credits[0].get((criterion, a[1])) if a[0] == "graded" else None
        credit_b = self._credits[1].get((criterion, b[1])) if b[0] == "graded" else None
        if credit_a is not None and credit_b is not None:
            sums.add(credit_a, credit_b)

    def criteria(self) -> list[str]:
        """Those both grade, in the order of A's rubric."""
        return [c for c in self._order if c in self.of_a & self.of_b]

    def difference(self, criterion: str) -> CriterionDifference:
        sums = self._sums.get(criterion, _Sums())
        return CriterionDifference(
            criterion=criterion,
            credit=_mean_difference(sums),
            mean_a=sums.credit_a / sums.both if sums.both else None,
            mean_b=sums.credit_b / sums.both if sums.both else None,
            changed=_share(len(sums.flips), sums.compared),
            flips=tuple(sums.flips),
            people=agreement_change(sums.labelled) if sums.labelled else None,
        )


def _credits(rubric: Rubric) -> Mapping[tuple[str, Level | None], float]:
    return {(c.id, d.level): d.credit for c in rubric.criteria for d in c.scale.levels}


def _said(found: Found) -> str:
    state, level = found
    return str(level) if state == "graded" else state


def _mean_difference(sums: _Sums) -> Estimate | Unavailable:
    from scipy.stats import t

    n = sums.both
    if n < 2:
        return Unavailable(missing=f"both gave a level to {n} conversations; at least 2 are needed")
    half = float(t.ppf(0.975, n - 1)) * math.sqrt(sums.spread / (n - 1) / n)
    return Estimate(
        value=sums.mean,
        low=sums.mean - half,
        high=sums.mean + half,
        n=n,
        method="mean of paired differences, t interval"
        if sums.spread > 0
        else "mean of paired differences, all equal: no spread to make an interval of",
    )


def _share(hits: int, n: int) -> Estimate | Unavailable:
    if not n:
        return Unavailable(missing="no conversation has an outcome from both")
    z, p = 1.959964, hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Estimate(
        value=p,
        low=min(p, max(0.0, middle - half)),
        high=max(p, min(1.0, middle + half)),
        n=n,
        method="share, Wilson interval",
    )


def comparison_json(found: Comparison) -> dict[str, Any]:
    """A comparison as plain JSON values."""
    return {
        "a": {"judge": found.a.judge, "rubric": found.a.rubric},
        "b": {"judge": found.b.judge, "rubric": found.b.rubric},
        "shared": found.shared,
        "judged": found.judged,
        "criteria": [
            {
                "criterion": c.criterion,
                "mean_a": c.mean_a,
                "mean_b": c.mean_b,
                "difference": _plain(c.credit),
                "changed": _plain(c.changed),
                "agreement": _people_json(c.people),
                "flips": [{"id": f.conversation_id, "a": f.a, "b": f.b} for f in c.flips],
            }
            for c in found.criteria
        ],
        "only_a": list(found.only_a),
        "only_b": list(found.only_b),
        "split": found.split.value,
        "looks": found.looks,
    }


def _people_json(found: AgreementChange | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"a": found.agree_a, "b": found.agree_b, "change": _plain(found.change)}


def _plain(number: Estimate | Unavailable) -> dict[str, Any]:
    if isinstance(number, Unavailable):
        return {"missing": number.missing}
    return {
        "value": number.value,
        "low": number.low,
        "high": number.high,
        "n": number.n,
        "method": number.method,
    }


def comparison_text(found: Comparison, *, flips: int) -> str:
    """A comparison for people.

    Args:
        found: the comparison.
        flips: how many flips of each criterion are listed.
    """
    lines = [
        f"A: {_named(found.a)}",
        f"B: {_named(found.b)}",
        f"{found.shared:,} of {found.judged:,} conversations were judged by both.",
        "",
        "criterion            A      B      B − A (95 % interval)        n   changed (95 %)",
    ]
    lines += [_row(one) for one in found.criteria]
    lines += [
        "",
        "A and B are mean credits, 0–1, where both gave a level. Intervals: paired t; Wilson for",
        "the share with another outcome. Of many intervals, one in twenty misses zero by chance.",
        "Where all differences are equal there is no spread, and the interval is a point.",
    ]
    lines += _people_lines(found)
    for name, only in (("A", found.only_a), ("B", found.only_b)):
        if only:
            lines.append(f"only {name} grades: {', '.join(only)}")
    for one in found.criteria:
        lines += _flip_lines(one, flips)
    return "\n".join(lines)


def _row(one: CriterionDifference) -> str:
    changed = one.changed
    share = "-"
    if isinstance(changed, Estimate):
        share = f"{changed.value:.0%} ({changed.low:.0%} to {changed.high:.0%}), {len(one.flips)}"
    if isinstance(one.credit, Unavailable):
        return f"{one.criterion:<19}      -      -      -{'':<24}{'':>3}   {share}"
    d = one.credit
    return (
        f"{one.criterion:<19} {one.mean_a or 0:6.3f} {one.mean_b or 0:6.3f} {d.value:+7.3f}"
        f" ({d.low:+.3f} to {d.high:+.3f}) {d.n:>7}   {share}"
    )


def _people_lines(found: Comparison) -> list[str]:
    told = [c for c in found.criteria if c.people is not None]
    if not told:
        return []
    lines = ["", f"Agreement with people, labels of the {found.split.value} split:"]
    for c in told:
        if c.people is None:
            continue
        change = c.people.change
        if isinstance(change, Unavailable):
            lines.append(f"  {c.criterion:<19} {change.missing}")
            continue
        lines.append(
            f"  {c.criterion:<19} A {c.people.agree_a:.0%}, B {c.people.agree_b:.0%},"
            f" change {change.value:+.3f} ({change.low:+.3f} to {change.high:+.3f}), {change.n}"
            " conversations"
        )
    if found.looks:
        lines.append(
            f"  look {found.looks} of {found.b.rubric} at the calibrate split"
            + ("" if found.looks == 1 else ": what was changed after the first is not proved by it")
        )
    return lines


def _flip_lines(one: CriterionDifference, most: int) -> list[str]:
    if not one.flips:
        return []
    moves = Counter((f.a, f.b) for f in one.flips)
    summary = ", ".join(f"{a} → {b}: {n}" for (a, b), n in moves.most_common(6))
    lines = ["", f"{one.criterion}: {summary}"]
    lines += [f"  {f.conversation_id}: {f.a} → {f.b}" for f in one.flips[:most]]
    if len(one.flips) > most:
        lines.append(f"  and {len(one.flips) - most:,} more; --json lists all")
    return lines
