"""The lines of a verdict as they are read: grades, claims, actions, facts, composite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cxscore.estimates import Unavailable
from cxscore.kpi.findings import LogExcerpt, excerpts
from cxscore.kpi.reading import credit
from cxscore.report import words
from cxscore.rubric import Rubric
from cxscore.transcript import Conversation, Json, Sealed
from cxscore.verdict import (
    ActionCheck,
    ActionVerdict,
    ClaimCheck,
    ClaimVerdict,
    Composite,
    Fact,
    Facts,
    Failed,
    Graded,
    Knowledge,
    Level,
    Outcome,
    Quote,
    State,
    Verdict,
    state,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeLine:
    """One criterion and what the judge made of it."""

    criterion: str
    name: str
    state: State
    level: str | None
    """As read, with the scale's top, e.g. ``2 of 5``; None when there is none."""
    credit: float | None
    """Share of full credit, 0–1; None where it is not known."""
    reason: str
    evidence: tuple[Quote, ...]
    log: tuple[LogExcerpt, ...]
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLine:
    """One claim beside its passage."""

    check: ClaimCheck
    verdict: str
    error: str | None
    log: tuple[LogExcerpt, ...]
    bad: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionLine:
    """One claimed action beside the log."""

    check: ActionCheck
    verdict: str
    log: tuple[LogExcerpt, ...]
    bad: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FactLine:
    """One fact found by the judge."""

    name: str
    value: str
    evidence: tuple[Quote, ...] = ()


def outcome_lines(
    conversation: Conversation, verdict: Verdict, rubric: Rubric | None
) -> tuple[OutcomeLine, ...]:
    """The journey's outcomes in the rubric's order; unknown criteria follow by id."""
    journey = verdict.journey
    known = [c.id for c in rubric.criteria if c.id in journey] if rubric else []
    order = known + sorted(set(journey) - set(known))
    return tuple(_outcome(conversation, c, journey[c], rubric) for c in order)


def _outcome(
    conversation: Conversation, criterion: str, outcome: Outcome, rubric: Rubric | None
) -> OutcomeLine:
    graded = outcome if isinstance(outcome, Graded) else None
    reason = outcome.error if isinstance(outcome, Failed) else outcome.reason
    level = graded.level if graded else None
    return OutcomeLine(
        criterion=criterion,
        name=criterion_name(criterion, rubric),
        state=state(outcome),
        level=None if level is None else _level_of(criterion, level, rubric),
        credit=None if level is None or rubric is None else credit(rubric, criterion, level),
        reason=reason,
        evidence=graded.evidence if graded else (),
        log=excerpts(conversation, graded.log) if graded else (),
        causes=_causes(graded, rubric) if graded else (),
    )


def criterion_name(criterion: str, rubric: Rubric | None) -> str:
    """A criterion's name, or its id in words where no rubric knows it."""
    for known in rubric.criteria if rubric else ():
        if known.id == criterion:
            return known.name
    return criterion.replace("_", " ")


def _level_of(criterion: str, level: Level, rubric: Rubric | None) -> str:
    text = words.level(level)
    for known in rubric.criteria if rubric else ():
        if known.id == criterion and isinstance(level, int):
            return f"{text} of {known.scale.top}"
    return text


def _causes(graded: Graded, rubric: Rubric | None) -> tuple[str, ...]:
    names = {r.id: r.name for r in rubric.reasons} if rubric else {}
    return tuple(names.get(c, c.replace("_", " ")) for c in graded.causes)


def claim_line(conversation: Conversation, check: ClaimCheck, rubric: Rubric | None) -> ClaimLine:
    """One claim with its verdict in words."""
    return ClaimLine(
        check=check,
        verdict=words.CLAIM[check.verdict],
        error=error_name(check.error, rubric),
        log=excerpts(conversation, check.log),
        bad=check.verdict is ClaimVerdict.CONTRADICTED,
    )


def error_name(error: str | None, rubric: Rubric | None) -> str | None:
    """The name of an error of the taxonomy, or its id in words."""
    if error is None:
        return None
    names = {e.id: e.name for e in rubric.errors} if rubric else {}
    return names.get(error, error.replace("_", " "))


def action_line(conversation: Conversation, check: ActionCheck) -> ActionLine:
    """One claimed action with what the log says."""
    return ActionLine(
        check=check,
        verdict=words.ACTION[check.verdict],
        log=excerpts(conversation, check.log),
        bad=check.verdict in (ActionVerdict.MISSING, ActionVerdict.FAILED),
    )


def fact_lines(facts: Facts) -> tuple[FactLine, ...]:
    """The facts that are known; unknown ones are left out."""
    said: tuple[tuple[str, Fact | None], ...] = (
        ("Asked for a person", facts.asked_for_human),
        ("A person came", facts.human_joined),
        ("Customer says it is solved", facts.confirmed),
        ("Last message is negative", facts.last_message_negative),
    )
    lines = [
        FactLine(name=name, value="yes" if fact.value else "no", evidence=fact.evidence)
        for name, fact in said
        if fact is not None
    ]
    if facts.kind is not None:
        lines.append(FactLine(name="Kind of request", value=str(facts.kind)))
    return tuple(lines)


def composite_line(verdict: Verdict) -> str | None:
    """The composite, or why there is none; None where the rubric defines none."""
    composite = verdict.composite
    if composite is None:
        return None
    if isinstance(composite, Unavailable):
        return f"not available: {composite.missing}"
    text = f"{composite.value:.2f} on a scale of 1 to 5"
    if composite.capped_by is not None and composite.uncapped is not None:
        error = composite.capped_by.replace("_", " ")
        text += f"; capped by a proved critical error ({error}), {composite.uncapped:.2f} without"
    return text


def composite_parts(verdict: Verdict, rubric: Rubric | None) -> tuple[tuple[str, float], ...]:
    """What the composite is made of: name and weight, heaviest first."""
    if not isinstance(verdict.composite, Composite):
        return ()
    weights = sorted(verdict.composite.weights.items(), key=lambda kv: (-kv[1], kv[0]))
    return tuple((_part(name, rubric), weight) for name, weight in weights)


def _part(name: str, rubric: Rubric | None) -> str:
    if rubric and name in rubric.sections:
        return rubric.sections[name]
    return criterion_name(name, rubric)


def knowledge_line(knowledge: Knowledge | None) -> str:
    """Which articles the verdict rests on."""
    if knowledge is None:
        return "no knowledge base was at hand"
    text = (
        "in a snapshot without a date"
        if knowledge.as_of is None
        else f"as of {words.day(knowledge.as_of)}"
    )
    if knowledge.gap_days is None:
        return f"articles {text}; whether they held at the conversation's time is not known"
    gap = abs(round(knowledge.gap_days))
    side = "after" if knowledge.gap_days >= 0 else "before"
    when = f"{words.plural(gap, 'day')} {side} that" if gap else "that day"
    return f"articles {text}; the conversation began {when}"


def sealed_lines(sealed: Sealed) -> tuple[tuple[str, str], ...]:
    """What the judge did not see, by name."""
    rows: list[tuple[str, str]] = []
    claim = sealed.vendor_claim
    if claim is not None:
        rows.append(("Vendor says", claim.value))
        rows += _known("Vendor's definition", claim.definition)
        rows += _known("Vendor's window", claim.window)
        rows += _known("Graded by", claim.graded_by)
        if claim.billed is not None:
            rows.append(("Billed", "yes" if claim.billed else "no"))
    for survey in sealed.surveys:
        answer = "not answered" if survey.value is None else str(survey.value)
        scale = f" (scale {survey.scale})" if survey.scale else ""
        comment = f": “{survey.comment}”" if survey.comment else ""
        rows.append((f"Survey {survey.kind}", f"{answer}{scale}{comment}"))
    rows += [(f"Cost {name}", _brief(value)) for name, value in sealed.costs.items()]
    rows += [(f"Answer key {name}", _brief(value)) for name, value in sealed.answer_key.items()]
    for event in sealed.events:
        place = "" if event.at_turn is None else f", before turn {event.at_turn}"
        rows.append((f"{event.kind.replace('_', ' ').capitalize()}{place}", event.text))
    return tuple((words.one_line(name), words.one_line(value)) for name, value in rows)


def _known(name: str, value: str | None) -> list[tuple[str, str]]:
    return [] if value is None else [(name, value)]


def _brief(value: Json) -> str:
    if isinstance(value, Mapping):
        value = ", ".join(f"{k}: {v}" for k, v in value.items())
    text = str(value)
    return text if len(text) <= 300 else text[:299] + "…"
