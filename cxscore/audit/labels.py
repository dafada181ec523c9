"""The vendor's labels against the truth: precision, recall, and why each wrong one is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cxscore.kpi.facts import Facts, Mask, known, yes
from cxscore.kpi.figure import Figure, rate
from cxscore.kpi.followup import Followup
from cxscore.kpi.ladder import RESOLVED_FROM, answered, claimed, judged, true_so_far


class Reason(StrEnum):
    """Why a claimed resolution is none, first that holds."""

    HUMAN_TOOK_PART = "human_took_part"
    ACTION_NOT_IN_LOG = "action_not_in_log"
    CRITICAL_HALLUCINATION = "critical_hallucination"
    JUDGED_UNRESOLVED = "judged_unresolved"
    CAME_BACK = "came_back"
    NOT_ANSWERED = "not_answered"


SENTENCES = {
    Reason.HUMAN_TOOK_PART: "a person took part or was asked in",
    Reason.ACTION_NOT_IN_LOG: "the agent says it did what the tool log does not hold",
    Reason.CRITICAL_HALLUCINATION: "a critical statement that articles contradict or do not hold",
    Reason.JUDGED_UNRESOLVED: "judged not resolved",
    Reason.CAME_BACK: "the customer came back about the same issue",
    Reason.NOT_ANSWERED: "the AI gave no answer",
}


def undecided(facts: Facts, after: Followup) -> Mask:
    """Claimed conversations of which nobody can say yet whether they are true."""
    return judged(facts)[1] & ~after.back("7d")


def precision(facts: Facts, after: Followup) -> Figure:
    """Claimed that are true so far, of all claimed."""
    return rate(facts, true_so_far(facts, after), claimed(facts), unknown=undecided(facts, after))


def overclaim(facts: Facts, after: Followup) -> Figure:
    """Claimed that are not true, of all claimed."""
    base = claimed(facts)
    return rate(facts, ~true_so_far(facts, after), base, unknown=undecided(facts, after))


def recall(facts: Facts, after: Followup) -> Figure:
    """True so far that the vendor claims, of all that are true so far."""
    return rate(facts, claimed(facts), true_so_far(facts, after))


def missed(facts: Facts, after: Followup) -> Mask:
    """True so far, and the vendor does not claim it."""
    return true_so_far(facts, after) & ~yes(facts.claimed)


def reasons(facts: Facts, after: Followup) -> dict[str, Reason]:
    """Every claimed conversation that is not true, with the first reason that holds."""
    wrong = claimed(facts) & ~true_so_far(facts, after) & ~undecided(facts, after)
    needs = yes(facts.action_needed) & (facts.actions_missing > 0)
    unlogged = (facts.actions_missing > 0) | needs
    masks = (
        (Reason.HUMAN_TOOK_PART, yes(facts.human) | yes(facts.escalated)),
        (Reason.ACTION_NOT_IN_LOG, unlogged),
        (Reason.CRITICAL_HALLUCINATION, yes(facts.critical)),
        (Reason.JUDGED_UNRESOLVED, facts.resolution < RESOLVED_FROM),
        (Reason.CAME_BACK, after.back("7d")),
        (Reason.NOT_ANSWERED, facts.answers == 0),
        (Reason.JUDGED_UNRESOLVED, np.ones(len(facts), np.bool_)),
    )
    found: dict[str, Reason] = {}
    left = wrong.copy()
    for reason, mask in masks:
        for one in facts.id[left & mask].tolist():
            found[one] = reason
        left &= ~mask
    return dict(sorted(found.items()))


def billed_but_ineligible(facts: Facts) -> Mask:
    """Billed, and excluded by the ladder: spam, merged, tests."""
    return yes(facts.billed) & ~facts.eligible


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfGrade:
    """The vendor's own check of its words beside the independent one, over answered ones."""

    both_yes: int
    self_only: tuple[str, ...]
    judge_only: tuple[str, ...]
    both_no: int

    @property
    def n(self) -> int:
        """Compared."""
        return self.both_yes + self.both_no + len(self.self_only) + len(self.judge_only)

    @property
    def agreement(self) -> float:
        """Share of the same grade, 0–1."""
        return (self.both_yes + self.both_no) / self.n

    @property
    def kappa(self) -> float | None:
        """Cohen's κ; None: one side knows one grade only."""
        mine = (self.both_yes + len(self.self_only)) / self.n
        theirs = (self.both_yes + len(self.judge_only)) / self.n
        chance = mine * theirs + (1 - mine) * (1 - theirs)
        return None if chance >= 1 else (self.agreement - chance) / (1 - chance)


def self_grade(facts: Facts) -> SelfGrade | None:
    """Compare where both spoke; None: the vendor's grades were not delivered."""
    ok, unknown = judged(facts)
    base = answered(facts) & known(facts.self_grade) & ~unknown
    if not base.any():
        return None
    mine = yes(facts.self_grade)
    return SelfGrade(
        both_yes=int((base & mine & ok).sum()),
        self_only=tuple(facts.id[base & mine & ~ok].tolist()),
        judge_only=tuple(facts.id[base & ~mine & ok].tolist()),
        both_no=int((base & ~mine & ~ok).sum()),
    )


def one_sided(favour: int, against: int) -> float:
    """P of errors falling so one-sidedly by chance: two-sided sign test.

    Four of four is p .125: not shown.

    >>> one_sided(4, 0), round(one_sided(12, 1), 4)
    (0.125, 0.0034)
    """
    from scipy.stats import binomtest

    n = favour + against
    return 1.0 if n == 0 else float(binomtest(favour, n, 0.5).pvalue)
