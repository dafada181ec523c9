"""From the checked shape of a file to the nouns."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from cxscore import wire
from cxscore.readers.rubrics.shape import (
    CompositeShape,
    CriterionShape,
    LevelShape,
    RubricShape,
    ScaleShape,
)
from cxscore.rubric import (
    Applies,
    CompositeRule,
    Criterion,
    ErrorType,
    Example,
    LevelDef,
    Reason,
    Rubric,
    Scale,
    ScaleKind,
)
from cxscore.transcript import Kind, Stream
from cxscore.verdict import Severity

NEVER = "never"
"""Written as ``not_applicable: never``: the author has decided that N/A does not exist here."""


def build(shape: RubricShape) -> Rubric:
    """The rubric a file means, with the digest of its content."""
    rubric = Rubric(
        id=shape.id,
        version=shape.version,
        title=shape.title,
        criteria=tuple(_criterion(c, shape.evidence or "") for c in shape.criteria),
        digest="",
        sections=dict(shape.sections),
        reasons=tuple(
            Reason(id=r.id, name=r.name, group=r.group, agents_fault=r.agents_fault)
            for r in shape.reasons
        ),
        errors=tuple(
            ErrorType(id=e.id, name=e.name, severity=Severity(e.severity), detector=e.detector)
            for e in shape.errors
        ),
        composite=None if shape.composite is None else _composite(shape.composite),
        credit=shape.credit or "",
        language=shape.language,
    )
    return replace(rubric, digest=digest(rubric))


def digest(rubric: Rubric) -> str:
    """SHA-256 (hex) of what the rubric says; its own ``digest`` field does not count."""
    # Members at their default are left out, so a later release that adds one moves no digest.
    said = json.loads(wire.dump(replace(rubric, digest="")))
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _criterion(shape: CriterionShape, evidence: str) -> Criterion:
    rule = shape.not_applicable
    return Criterion(
        id=shape.id,
        name=shape.name,
        question=shape.question,
        scale=_scale(shape.scale),
        section=shape.section,
        not_applicable=None if rule is None or rule.casefold() == NEVER else rule,
        evidence=shape.evidence or evidence,
        weight=shape.weight,
        auto_fail=shape.auto_fail,
        criticality=shape.criticality,
        applies=Applies(
            channels=tuple(shape.applies.channels),
            streams=tuple(Stream(s) for s in shape.applies.streams),
            kinds=tuple(Kind(k) for k in shape.applies.kinds),
        ),
        rule=shape.rule,
    )


def _scale(shape: ScaleShape) -> Scale:
    levels = [_level(d, _credit(shape, d)) for d in shape.levels]
    return Scale(kind=ScaleKind(shape.kind), levels=tuple(sorted(levels, key=lambda d: d.credit)))


def _credit(scale: ScaleShape, level: LevelShape) -> float:
    if level.credit is not None:
        return level.credit
    if isinstance(level.level, int):
        return (level.level - 1) / (len(scale.levels) - 1)
    return 1.0 if level.level == "yes" else 0.0


def _level(shape: LevelShape, credit: float) -> LevelDef:
    return LevelDef(
        level=shape.level,
        anchor=shape.anchor,
        credit=credit,
        examples=tuple(Example(transcript=e.transcript, why=e.why) for e in shape.examples),
    )


def _composite(shape: CompositeShape) -> CompositeRule:
    return CompositeRule(
        weights=dict(shape.weights),
        required=tuple(shape.required),
        cap=shape.cap,
        aggregate=shape.aggregate,
    )
