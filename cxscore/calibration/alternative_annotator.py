"""Whether a judge may stand in for a person: the alternative annotator test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cxscore.errors import LabelError

Scoring = Literal["accuracy", "neg_rmse"]
LEAST_ITEMS = 30
ALPHA = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class AltTest:
    """The verdict of the test."""

    winning_rate: float
    """ω: share of people the judge may replace; it passes from one half on."""
    advantage: float
    """ρ: how often the judge is at least as near to the other people as a person is, 0–1."""
    raters: int

    @property
    def passes(self) -> bool:
        """Whether the judge may stand in for a person."""
        return self.winning_rate >= 0.5


def alternative_annotator_test(
    people: Mapping[str, Mapping[str, float]],
    judge: Mapping[str, float],
    *,
    epsilon: float = 0.15,
    scoring: Scoring = "neg_rmse",
) -> AltTest:
    """Compare a judge with each person, held against the other people.

    Estimand: the share of people for whom mean(person wins) − mean(judge wins) < ε.

    Interval: none; one-sided t-tests, Benjamini–Yekutieli at .05 over the people.

    Fails when: fewer than two people, or fewer than ``LEAST_ITEMS`` conversations each.

    Source: Calderon, Reichart & Dror, The Alternative Annotator Test (2025).

    Args:
        people: rater to conversation to level.
        judge: conversation to level.
        epsilon: what a person costs more: .2 for experts, .15 for skilled, .1 for crowds.
        scoring: nearness; ``accuracy`` lets noisy judges of ordinal levels through.

    Raises:
        LabelError: too few people or conversations.
    """
    from scipy.stats import ttest_1samp

    if len(people) < 2:
        raise LabelError("the alternative annotator test needs two raters or more")
    p_values, advantages = [], []
    for rater, mine in people.items():
        person, model = [], []
        for item, level in mine.items():
            others = [r[item] for name, r in people.items() if name != rater and item in r]
            if item in judge and others:
                by_judge = _near(judge[item], others, scoring)
                by_person = _near(level, others, scoring)
                model.append(float(by_judge >= by_person))
                person.append(float(by_person >= by_judge))
        if len(model) < LEAST_ITEMS:
            raise LabelError(
                f"rater {rater!r} shares {len(model)} conversations with others; {LEAST_ITEMS} are"
                " the least for the alternative annotator test"
            )
        difference = np.array(person) - np.array(model)
        if difference.std() == 0:
            p_values.append(0.0 if difference.mean() < epsilon else 1.0)
        else:
            p_values.append(float(ttest_1samp(difference, epsilon, alternative="less").pvalue))
        advantages.append(float(np.mean(model)))
    return AltTest(
        winning_rate=float(np.mean(rejected(p_values, dependent=True))),
        advantage=float(np.mean(advantages)),
        raters=len(people),
    )


def _near(level: float, others: list[float], scoring: Scoring) -> float:
    if scoring == "accuracy":
        return float(np.mean([level == other for other in others]))
    return -float(np.sqrt(np.mean([(level - other) ** 2 for other in others])))


def rejected(p_values: list[float], *, dependent: bool = False, rate: float = ALPHA) -> list[bool]:
    """Which hypotheses fall at a false discovery rate.

    Benjamini–Hochberg (1995); ``dependent``: Benjamini–Yekutieli (2001).

    >>> rejected([0.01, 0.04, 0.03, 0.2])
    [True, False, False, False]
    >>> rejected([0.01, 0.02, 0.03, 0.2])
    [True, True, True, False]
    """
    m = len(p_values)
    order = sorted(range(m), key=lambda i: p_values[i])
    factor = sum(1 / i for i in range(1, m + 1)) if dependent else 1.0
    last = max(
        (k for k, i in enumerate(order, 1) if p_values[i] <= k * rate / (m * factor)), default=0
    )
    fallen = set(order[:last])
    return [i in fallen for i in range(m)]
