"""The experience composite: one number from several levels, or the reason why there is none.

A part is a criterion or a section named in the rubric's ``composite.weights``. Levels come in as
credit 0–1 and count as ``1 + 4 · credit``, so a five-point scale keeps its own numbers. What is
done about missing parts is decided once, here, and published in docs/rubrics.md:

* N/A drops out and the other weights are scaled up to sum to 1.
* Missing judgement (Abstained, Failed, never judged) is not N/A. In a criterion that is a part, or
  that is ``required``, it makes the composite Unavailable. A section stands on the criteria that
  were graded while these hold more than half of the weight due; else Unavailable.
* Only a *proved* critical error caps. A suspected one is listed by ``suspected``, nothing more.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cxscore.estimates import Unavailable
from cxscore.rubric import Applies, CompositeRule, Criterion, Rubric
from cxscore.verdict import (
    Abstained,
    ActionCheck,
    ActionVerdict,
    ClaimCheck,
    ClaimVerdict,
    Composite,
    Failed,
    Graded,
    Outcome,
    Proof,
    Severity,
)

QUORUM = 0.5
"""A section needs more than this share of its weight graded."""

ZENDESK_PASS = 0.5
"""Under zendesk_iqs a critical criterion below this credit makes the whole review 0."""

FALSE_ACTION = "wrong_action_claimed"
"""Id in the error taxonomy of a claimed action the log does not hold."""

_PROVED = frozenset({Proof.TOOL_LOG, Proof.VERIFIED, Proof.PERSON})
_STANDS = frozenset({ClaimVerdict.SUPPORTED_BY_ARTICLE, ClaimVerdict.SUPPORTED_BY_CONVERSATION})
_DISPROVED = frozenset({ActionVerdict.MISSING, ActionVerdict.FAILED})


@dataclass(frozen=True, slots=True)
class _NotApplicable:
    """The part is N/A: it drops out of the weights."""


@dataclass(frozen=True, slots=True)
class _Unjudged:
    """The part lacks judgement: there is no composite."""

    why: str


_Part = float | _NotApplicable | _Unjudged
"""Credit 0–1, or why there is none."""


def composite(
    rubric: Rubric,
    outcomes: Mapping[str, Outcome],
    claims: Iterable[ClaimCheck] = (),
    actions: Iterable[ActionCheck] = (),
) -> Composite | Unavailable:
    """The composite of one leg of one conversation.

    Args:
        rubric: the rubric the outcomes were judged by.
        outcomes: criterion id to outcome. A criterion with ``applies`` that is absent was not asked
            and counts as N/A; any other absent criterion counts as not judged.
        claims: checked claims of the conversation; a proved critical error caps.
        actions: checked actions; one missing from a delivered log, or failed in it, caps.

    Returns:
        The composite on 1–5 (0–100 under ``zendesk_iqs``), or what is missing, as a sentence.

    Raises:
        KeyError: a graded level is not on its criterion's scale.
    """
    rule = rubric.composite
    if rule is None:
        return Unavailable(missing=f"rubric {rubric.id} defines no composite")
    present: dict[str, float] = {}
    for name in _required(rubric, rule):
        if isinstance(lack := _criterion(rubric.criterion(name), outcomes), _Unjudged):
            return Unavailable(missing=lack.why)
    for name in rule.weights:
        part = _part(rubric, name, outcomes)
        if isinstance(part, _Unjudged):
            return Unavailable(missing=part.why)
        if isinstance(part, float):
            present[name] = part
    if not present:
        return Unavailable(
            missing=f"every part of the composite ({', '.join(rule.weights)}) is N/A"
        )
    weights = _renormalised(rule.weights, present)
    if rule.aggregate == "zendesk_iqs":
        return _zendesk(rubric, outcomes, present, weights)
    value = _mean({name: 1 + 4 * credit for name, credit in present.items()}, weights)
    return _capped(value, weights, rule.cap, proved(rubric, claims, actions))


def proved(
    rubric: Rubric, claims: Iterable[ClaimCheck], actions: Iterable[ActionCheck]
) -> tuple[str, ...]:
    """Error ids of the critical errors that are proved, in the order they were checked.

    A claim the agent corrected in the same conversation does not cap: the customer left with the
    right information, and the error still counts where errors are counted.
    """
    false = (FALSE_ACTION for a in actions if a.verdict in _DISPROVED)
    told = (_error(c) for c in claims if _critical(c) and c.proof in _PROVED and not c.corrected)
    return (*(false if _severity_of_false_action(rubric) is Severity.CRITICAL else ()), *told)


def suspected(claims: Iterable[ClaimCheck]) -> tuple[ClaimCheck, ...]:
    """Claims that look like critical errors and are not proved: listed, never capping."""
    return tuple(c for c in claims if _critical(c) and c.proof not in _PROVED)


def _critical(claim: ClaimCheck) -> bool:
    return claim.severity is Severity.CRITICAL and claim.verdict not in _STANDS


def _error(claim: ClaimCheck) -> str:
    return claim.error or claim.verdict.value


def _severity_of_false_action(rubric: Rubric) -> Severity:
    # A rubric's own taxonomy may hold a false action to be less than critical.
    return next((e.severity for e in rubric.errors if e.id == FALSE_ACTION), Severity.CRITICAL)


def _members(rubric: Rubric, name: str) -> tuple[Criterion, ...]:
    single = tuple(c for c in rubric.criteria if c.id == name)
    return single or tuple(c for c in rubric.criteria if c.section == name)


def _required(rubric: Rubric, rule: CompositeRule) -> Iterator[str]:
    for name in rule.required:
        yield from (c.id for c in _members(rubric, name))


def _part(rubric: Rubric, part: str, outcomes: Mapping[str, Outcome]) -> _Part:
    members = _members(rubric, part)
    judged = {c.id: _criterion(c, outcomes) for c in members}
    if len(members) == 1:
        return judged[members[0].id]
    due = {c.id: c.weight for c in members if not isinstance(judged[c.id], _NotApplicable)}
    if not due:
        return _NotApplicable()
    graded = {name: got for name, got in judged.items() if isinstance(got, float)}
    held = math.fsum(due[name] for name in graded)
    if held <= QUORUM * math.fsum(due.values()):
        return _Unjudged(_short_of_quorum(part, len(graded), len(due), judged))
    return _mean(graded, _renormalised(due, graded))


def _short_of_quorum(section: str, graded: int, due: int, judged: Mapping[str, _Part]) -> str:
    lacking = ", ".join(name for name, got in judged.items() if isinstance(got, _Unjudged))
    return (
        f"{section} was graded on {graded} of {due} criteria, too few to stand for the section "
        f"(missing: {lacking})"
    )


def _criterion(criterion: Criterion, outcomes: Mapping[str, Outcome]) -> _Part:
    match outcomes.get(criterion.id):
        case Graded(level=None):
            return _NotApplicable()
        case Graded(level=level) if level is not None:
            return criterion.scale.credit(level)
        case Abstained(reason=reason):
            return _Unjudged(f"the judge abstained on {criterion.id}: {reason}")
        case Failed(error=error):
            return _Unjudged(f"{criterion.id} could not be judged: {error}")
        case _ if criterion.applies != Applies():
            return _NotApplicable()
        case _:
            return _Unjudged(f"{criterion.id} was not judged")


def _renormalised(weights: Mapping[str, float], present: Iterable[str]) -> dict[str, float]:
    kept = {name: weights[name] for name in weights if name in set(present)}
    total = math.fsum(kept.values())
    return {name: weight / total for name, weight in kept.items()}


def _mean(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    mean = math.fsum(weights[name] * value for name, value in values.items())
    # Rounding must not push the mean outside its parts.
    return min(max(mean, min(values.values())), max(values.values()))


def _capped(
    value: float, weights: Mapping[str, float], cap: float | None, errors: tuple[str, ...]
) -> Composite:
    if cap is None or not errors or value <= cap:
        return Composite(value=value, weights=weights)
    return Composite(value=cap, weights=weights, capped_by=errors[0], uncapped=value)


def _zendesk(
    rubric: Rubric,
    outcomes: Mapping[str, Outcome],
    present: Mapping[str, float],
    weights: Mapping[str, float],
) -> Composite:
    value = _mean({name: 100 * credit for name, credit in present.items()}, weights)
    for c in rubric.criteria:
        credit = _criterion(c, outcomes) if c.auto_fail else None
        if isinstance(credit, float) and credit < ZENDESK_PASS:
            return Composite(value=0.0, weights=weights, capped_by=c.id, uncapped=value)
    return Composite(value=value, weights=weights)
