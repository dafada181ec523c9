"""Ten questions a buyer asks a vendor, and what the data answer; limits and independence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cxscore.audit import labels
from cxscore.audit.explain import Explanation
from cxscore.audit.labels import SelfGrade
from cxscore.calibration.leniency import family
from cxscore.estimates import Unavailable
from cxscore.kpi import durability, ladder, operations, quality
from cxscore.kpi.cohorts import cohorts
from cxscore.kpi.facts import Facts, known
from cxscore.kpi.figure import Figure, rate
from cxscore.kpi.registry import Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One of the questions a buyer asks."""

    question: str
    answer: str
    ask: str = ""
    """What is to be asked of the vendor; empty: the data answer."""


def independence(facts: Facts, judges: Sequence[str], *, heuristic: bool) -> str:
    """Whether the judge grades its own family of models."""
    graders = sorted({f for j in judges if (f := family(j))})
    held = facts.attributes.get("model")
    agents = [] if held is None else sorted({f for m in set(held.tolist()) if (f := family(m))})
    if heuristic:
        return "The judge is a set of fixed rules and of no family of models."
    if not graders or not agents:
        side = "judge" if not graders else "agent"
        return f"The family of the {side}'s model is not known: whether it grades its own is open."
    if set(graders) & set(agents):
        return (
            f"Judge and agent are of one family ({', '.join(sorted(set(graders) & set(agents)))}):"
            " have a sample judged by another."
        )
    return (
        f"Judge ({', '.join(graders)}) and agent ({', '.join(agents)}) are of different families."
    )


def limits(period: Known, linked: int) -> tuple[str, ...]:
    """What the audit could not see, each with its number."""
    facts = period.facts
    _, unknown = ladder.judged(facts)
    n = int((ladder.involved(facts) & unknown).sum())
    told = []
    if n:
        told.append(f"of {n:,} conversations the judge does not say whether they are resolved")
    if linked:
        told.append(
            f"the issue of {linked:,} conversations is linked by customer, time and topic,"
            " not given; any-issue returns bound its error"
        )
    no_log = int(
        (facts.eligible & (facts.actions_claimed > 0) & np.isnan(facts.actions_missing)).sum()
    )
    if no_log:
        told.append(f"{no_log:,} conversations claim actions and brought no tool log")
    blind = int((facts.eligible & facts.blind).sum())
    if blind:
        told.append(
            f"{blind:,} handovers are out of sight: no export shows what became of this vendor's"
            " handovers; D1 takes them as reached by a person; ask for the help desk's export"
        )
    anonymous = int((facts.eligible & (facts.customer < 0)).sum())
    if anonymous:
        told.append(f"{anonymous:,} conversations have no customer id: returns are not seen")
    told.append("other channels than those delivered are not seen")
    return tuple(told)


def _share(figure: Figure) -> str:
    number = figure.number
    if isinstance(number, Unavailable):
        return f"not available: {number.missing}"
    counts = "" if figure.k is None else f"{figure.k:,.0f} of {figure.n:,}, "
    low, high = figure.interval or (number.low, number.high)
    return f"{number.value:.0%} ({counts}{low:.0%} to {high:.0%})"


def answers(
    period: Known,
    grade: SelfGrade | None,
    explanation: Explanation | None,
    *,
    days_since: Callable[[int], float] | None,
) -> tuple[Answer, ...]:
    """Ten questions to a vendor, answered from the data as far as they can be.

    Args:
        period: the conversations.
        grade: the vendor's own grades beside the judge's.
        explanation: of the claimed figure.
        days_since: seconds at which a day after go-live begins; None: go-live is not known.
    """
    facts, after = period.facts, period.after
    made_up = quality.hallucination_response(facts, material=True)
    grave = quality.hallucination_conversation(facts, "critical")
    action, informational = (_kind(period, kind) for kind in ("action", "informational"))
    return (
        _definition(explanation),
        Answer(
            question="Are deflections in it?",
            answer=f"claimed over conversations {_share(ladder.v1(facts))}; over all eligible"
            f" {_share(operations.automation_claimed(facts))}",
        ),
        Answer(
            question="How many come back?",
            answer="; ".join(
                f"{w} {_share(durability.reopen(facts, after, w))}, Kaplan–Meier"
                f" {_share(durability.reopen_survival(facts, after, w))}"
                for w in ("24h", "48h", "7d")
            ),
        ),
        Answer(
            question="Who grades, and is billing tied to it?",
            answer=_self_graded(grade),
            ask="who grades, by which model and prompt, and whether its bill depends on it",
        ),
        Answer(
            question="Actions or information?",
            answer=f"true so far: actions {action}; information {informational}; false actions"
            f" {_share(quality.false_actions(facts))}",
        ),
        Answer(question="The rate after 30, 60 and 90 days?", answer=_cohorts(period, days_since)),
        Answer(
            question="Can single ones be checked?",
            answer=_checkable(facts),
        ),
        Answer(
            question="All or a sample?",
            answer=f"{int(facts.eligible.sum()):,} eligible of {len(facts):,}; resolution judged in"
            f" {int((facts.eligible & ~np.isnan(facts.resolution)).sum()):,}",
        ),
        Answer(
            question="What happens to the unresolved?",
            answer=f"handed over {_share(operations.escalation(facts))}; a person came"
            f" {_share(operations.reached_human(facts))}; asked in vain"
            f" {_share(operations.asked_in_vain(facts))}",
        ),
        Answer(
            question="How often does it make things up?",
            answer=f"answers, material {_share(made_up)}; conversations, critical {_share(grave)}",
            ask="how the vendor's rate was measured: n, method, who confirmed",
        ),
    )


def _definition(explanation: Explanation | None) -> Answer:
    asked = "What does resolved mean?"
    if explanation is None:
        return Answer(
            question=asked,
            answer="no figure was given to explain: --claim 83%",
            ask="the definition in words, with window and denominator",
        )
    names = [f"{m.candidate.definition} of {m.candidate.denominator}" for m in explanation.matches]
    return Answer(
        question=asked,
        answer=f"{explanation.figure:.{explanation.decimals}%} is consistent with"
        f" {'; '.join(names) or 'no way to count'}",
        ask="the list of conversations counted: only it tells which",
    )


def _self_graded(grade: SelfGrade | None) -> str:
    if grade is None:
        return "not delivered"
    sided = labels.one_sided(len(grade.self_only), len(grade.judge_only))
    kappa = "–" if grade.kappa is None else f"{grade.kappa:.2f}"
    return (
        f"κ {kappa} with the independent grade over {grade.n}; {len(grade.self_only)} errors in"
        f" the vendor's favour, {len(grade.judge_only)} against (p {sided:.3f})"
    )


def _kind(period: Known, kind: str) -> str:
    facts = period.facts
    good, unknown = ladder.kept(facts, period.after)
    base = ladder.involved(facts) & (facts.kind == kind)
    return _share(rate(facts, good, base, unknown=unknown))


def _cohorts(period: Known, days_since: Callable[[int], float] | None) -> str:
    if days_since is None:
        return "not available: workspace.go_live is not set"
    told = [
        f"days {c.first_day}–{c.last_day}: {_share(c.true)}, involvement {_share(c.involvement)}"
        + (f", most about {', '.join(f'{t} {s:.0%}' for t, s in c.topics)}" if c.topics else "")
        for c in cohorts(period, days_since)
    ]
    return "; ".join(told) or "no conversation of these days"


def _checkable(facts: Facts) -> str:
    claimed = ladder.claimed(facts)
    n = int(claimed.sum())
    log = int((claimed & ~np.isnan(facts.actions_missing)).sum())
    source = int((claimed & known(facts.source_right)).sum())
    return (
        f"of {n:,} claimed, {log:,} brought a tool log or claim no action in one, {source:,} were"
        " judged on their source"
    )
