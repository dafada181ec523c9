"""Grades of a reply become outcomes: a level of the scale with located evidence, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from cxscore.judges.one_pass.reading import Reading
from cxscore.judges.one_pass.reply import Parsed, plain
from cxscore.judges.one_pass.schema import NOT_APPLICABLE
from cxscore.rubric import Criterion, Rubric, ScaleKind
from cxscore.transcript import AGENT_ROLES, Kind, Leg, Role, Transcript
from cxscore.verdict import Abstained, Failed, Graded, Level, LogLine, Outcome

Outcomes: TypeAlias = dict[str, Outcome]

LEG_ROLES: Mapping[Leg, Role] = {Leg.AI: Role.AI_AGENT, Leg.HUMAN: Role.HUMAN_AGENT}
_NOT_ASKED = Graded(level=None, reason="not asked of this channel, stream or kind of request")


def by_code(criterion: Criterion) -> bool:
    """Whether a criterion is read off the checked actions instead of being asked for."""
    return criterion.rule == "false_action" and criterion.scale.kind is not ScaleKind.ORDINAL


def asked(rubric: Rubric) -> tuple[Criterion, ...]:
    """The criteria a model grades."""
    return tuple(c for c in rubric.criteria if not by_code(c))


def journey(
    reading: Reading, parsed: Parsed, criteria: Sequence[Criterion], kind: Kind | None
) -> Outcomes:
    """The outcome of each criterion over the whole conversation.

    Args:
        reading: the conversation as shown.
        parsed: the reply.
        criteria: those the model was asked for.
        kind: of the hardest request, for criteria that apply to one kind only.
    """
    found: Outcomes = {}
    for criterion in criteria:
        if not _applies(criterion, reading.transcript, kind):
            found[criterion.id] = _NOT_ASKED
        elif fault := parsed.fault("grades", criterion.id):
            found[criterion.id] = Failed(error=fault.text, code="reply")
        else:
            given = parsed.value["grades"][criterion.id]
            found[criterion.id] = outcome(reading, criterion, given)
    return _with_acts(found, reading, parsed)


def outcome(
    reading: Reading, criterion: Criterion, given: Mapping[str, Any], *, part: bool = False
) -> Outcome:
    """One grade: a level with located evidence, N/A, or Failed with what is wrong.

    Args:
        reading: the conversation as shown.
        criterion: what was asked.
        given: the grade, of the schema's shape.
        part: the grade is of one leg only, which may hold nothing to judge.
    """
    text = plain(given["level"])
    if text == NOT_APPLICABLE:
        if criterion.not_applicable is None and not part:
            return Failed(error=f"grades.{criterion.id}: na is never right here", code="reply")
        return Graded(level=None, reason=given["reason"], windowed=reading.shown.omitted > 0)
    level = level_of(criterion, text)
    if level is None:
        allowed = ", ".join(str(v) for v in criterion.scale.values)
        return Failed(error=f"grades.{criterion.id}: {text} is not one of {allowed}", code="reply")
    evidence = tuple(q for q in map(reading.quote, given["evidence"]) if q is not None)
    if level != criterion.scale.top and not evidence:
        return Failed(error=_no_evidence(criterion, text, given["evidence"]), code="evidence")
    known = {r.id for r in reading.rubric.reasons}
    return Graded(
        level=level,
        reason=given["reason"],
        evidence=evidence,
        causes=tuple(dict.fromkeys(c for c in given["causes"] if c in known)),
        windowed=reading.shown.omitted > 0,
    )


def level_of(criterion: Criterion, text: str) -> Level | None:
    """The level of the scale a text spells; None: it spells none."""
    return next((v for v in criterion.scale.values if str(v) == text), None)


def legs(
    reading: Reading, parsed: Parsed, criteria: Sequence[Criterion], whole: Mapping[str, Outcome]
) -> dict[Leg, Outcomes]:
    """The outcomes of the AI's and of the person's part of a hybrid conversation.

    A criterion the reply grades for a leg stands; one it does not grade is as in the journey where
    that rests on nothing, or on words, of this leg; where it rests on the other leg's words only,
    the leg has no grade.
    """
    ids = {c.id: c for c in criteria}
    entries = parsed.items("legs")
    found: dict[Leg, Outcomes] = {}
    for leg in LEG_ROLES:
        turns = leg_turns(reading.transcript, leg)
        found[leg] = {name: _inherited(whole[name], turns) for name in ids if name in whole}
        found[leg] |= _broken(parsed, leg, ids)
        for name, given in _by_criterion(g for g in entries if g["leg"] == leg).items():
            found[leg][name] = (
                outcome(reading, ids[name], given[0], part=True)
                if len(given) == 1
                else Failed(error=f"legs: {leg} {name} is graded {len(given)} times", code="reply")
            )
    return found


def _broken(parsed: Parsed, leg: Leg, ids: Iterable[str]) -> Outcomes:
    """What of a leg must not stand in for broken entries of the reply."""
    failed: Outcomes = {}
    entries = parsed.value.get("legs")
    for fault in parsed.faults:
        if fault.path[:1] != ("legs",) and fault.path:
            continue
        at = fault.path[1] if len(fault.path) > 1 else None
        entry = entries[at] if isinstance(entries, list) and isinstance(at, int) else {}
        named = entry if isinstance(entry, Mapping) else {}
        if plain(named.get("leg", leg)) in {str(other) for other in LEG_ROLES if other != leg}:
            continue
        criterion = plain(named.get("criterion"))
        hit = [criterion] if criterion in set(ids) else list(ids)
        failed |= {name: Failed(error=fault.text, code="reply") for name in hit}
    return failed


def leg_turns(transcript: Transcript, leg: Leg) -> frozenset[int]:
    """Indexes of a leg's turns: its agent's, and the customer's to whoever spoke last."""
    roles = [t.role for t in transcript.turns if t.role in AGENT_ROLES and t.text]
    partner = roles[0] if roles else None
    found = set()
    for index, turn in enumerate(transcript.turns):
        if turn.role in AGENT_ROLES and turn.text:
            partner = turn.role
        if partner is LEG_ROLES[leg]:
            found.add(index)
    return frozenset(found)


def problems(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """What a repair has to put right, as sentences."""
    yield from (o.error for o in outcomes if isinstance(o, Failed))


def better(second: Mapping[str, Outcome], first: Mapping[str, Outcome]) -> Outcomes:
    """The outcomes of a repaired reply; what it breaks that had been right stays as it was."""
    return {
        name: first[name] if isinstance(o, Failed) and name in first else o
        for name, o in second.items()
    }


def _inherited(whole: Outcome, turns: frozenset[int]) -> Outcome:
    if not isinstance(whole, Graded) or not whole.evidence:
        return whole
    if any(q.turn in turns for q in whole.evidence):
        own = tuple(q for q in whole.evidence if q.turn in turns)
        return replace(whole, evidence=own, expected=None)
    reason = "the journey's level rests on the other leg's words, and this leg was not graded"
    return Abstained(reason=reason, code="leg_not_graded")


def _by_criterion(entries: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        found.setdefault(plain(entry["criterion"]), []).append(entry["grade"])
    return found


def _no_evidence(criterion: Criterion, level: str, given: Sequence[Mapping[str, Any]]) -> str:
    said = "; ".join(f"“{str(q['quote'])[:80]}” in turn {q['turn']}" for q in given)
    return (
        f"grades.{criterion.id}: level {level} needs a quote that stands in the transcript; "
        f"given was {said or 'none'}"
    )


def _applies(criterion: Criterion, transcript: Transcript, kind: Kind | None) -> bool:
    """Whether the criterion is asked; what is unknown does not rule it out."""
    rule, stream, channel = criterion.applies, transcript.stream, transcript.channel
    return (
        (not rule.channels or channel is None or channel in rule.channels)
        and (not rule.streams or stream is None or stream in rule.streams)
        and (not rule.kinds or kind is None or kind in rule.kinds)
    )


def _with_acts(found: Outcomes, reading: Reading, parsed: Parsed) -> Outcomes:
    """Resolution beside the writes it was judged by, and how sure the judge is of it."""
    graded = found.get("resolution")
    if not isinstance(graded, Graded) or graded.level is None:
        return found
    named = (reading.log(c["log"]) for c in parsed.items("changes"))
    lines: tuple[LogLine, ...] = tuple(dict.fromkeys(line for line in named if line is not None))
    found["resolution"] = replace(
        graded, log=lines, certainty=_certainty(reading.rubric, graded.level, parsed)
    )
    return found


def _certainty(rubric: Rubric, level: Level, parsed: Parsed) -> float | None:
    """The probability that all was handled correctly, or that it was not, as the level says."""
    percent = parsed.at("outcome", "probability")
    if percent is None or not 0 <= int(plain(percent)) <= 100:
        return None
    right = int(plain(percent)) / 100
    solved = rubric.criterion("resolution").scale.credit(level) >= 0.75
    return right if solved else 1 - right
