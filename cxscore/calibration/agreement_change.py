"""Whether another judge agrees more with people: the loop that calibrates a rubric."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cxscore.estimates import Estimate, Unavailable
from cxscore.label import Label, Split
from cxscore.verdict import Level

LEAST = 10
"""Conversations with labels under which no change is told."""

HumanLevels = Mapping[tuple[str, str], Sequence[Level | None]]
"""(conversation, criterion) to the levels of raters who had not seen the judge."""


def human_levels(labels: Iterable[Label], split: Split) -> HumanLevels:
    """What people said of whole journeys in one split; raters who saw the judge are left out.

    Args:
        labels: of any split.
        split: the one that counts.
    """
    found: defaultdict[tuple[str, str], list[Level | None]] = defaultdict(list)
    for one in labels:
        if one.split is split and one.leg == "journey" and one.saw_judge is not True:
            found[one.conversation_id, one.criterion].append(one.level)
    return dict(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementChange:
    """How often each of two judges gave a person's level, and the change."""

    agree_a: float | None
    agree_b: float | None
    """Share of raters agreed with, 0–1, mean over the same conversations."""
    change: Estimate | Unavailable


def agreement_change(
    pairs: Iterable[tuple[Sequence[Level | None], Level | None, Level | None]],
) -> AgreementChange:
    """Change in exact agreement with people from judge A to judge B.

    Estimand: mean over conversations of (share of their raters whose level B gave − share whose
    level A gave), −1 … 1, in this sample: labels used to write a rubric were not drawn to stand for
    all conversations.

    Interval: 95 %, t over the paired differences of conversations.

    Fails when: fewer than ``LEAST`` conversations have labels and an outcome of both judges.

    Args:
        pairs: (levels of the raters, level of A, level of B) of each conversation; None is N/A.

    >>> same = agreement_change([([4, 5], 4, 4)] * 10)
    >>> same.agree_a, same.change.value
    (0.5, 0.0)
    >>> agreement_change([([4], 4, 5)]).change.missing
    '1 conversations have labels and an outcome of both judges; 10 are needed'
    """
    a, b = [], []
    for levels, of_a, of_b in pairs:
        if levels:
            a.append(sum(level == of_a for level in levels) / len(levels))
            b.append(sum(level == of_b for level in levels) / len(levels))
    n = len(a)
    mean_a = sum(a) / n if n else None
    mean_b = sum(b) / n if n else None
    return AgreementChange(agree_a=mean_a, agree_b=mean_b, change=_change(a, b))


def _change(a: Sequence[float], b: Sequence[float]) -> Estimate | Unavailable:
    n = len(a)
    if n < LEAST:
        return Unavailable(
            missing=f"{n} conversations have labels and an outcome of both judges;"
            f" {LEAST} are needed"
        )
    from scipy.stats import t

    differences = [y - x for x, y in zip(a, b, strict=True)]
    mean = sum(differences) / n
    spread = sum((d - mean) ** 2 for d in differences)
    half = float(t.ppf(0.975, n - 1)) * math.sqrt(spread / (n - 1) / n)
    return Estimate(
        value=mean,
        low=mean - half,
        high=mean + half,
        n=n,
        method="paired difference of exact agreement, t interval"
        if spread
        else "paired difference of exact agreement, all equal: no spread to make an interval of",
    )
