"""What a rubric must keep beyond its shape: errors that make it unusable."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from cxscore.readers.rubrics.document import Place
from cxscore.readers.rubrics.shape import CriterionShape, RubricShape, ScaleShape

MAX_EXAMPLES = 3
POINTS = (3, 4, 5)

Complaint = tuple[Place, str]
"""Where, and the sentence."""


def complaints(rubric: RubricShape) -> Iterator[Complaint]:
    """Every breach, in no particular order."""
    yield from _same_ids("criteria", [c.id for c in rubric.criteria])
    yield from _same_ids("reasons", [r.id for r in rubric.reasons])
    yield from _same_ids("errors", [e.id for e in rubric.errors])
    for index, criterion in enumerate(rubric.criteria):
        yield from _criterion(rubric, criterion, ("criteria", index))
    yield from _composite(rubric)


def _same_ids(key: str, ids: Sequence[str]) -> Iterator[Complaint]:
    for index, name in enumerate(ids):
        if name in ids[:index]:
            yield (key, index, "id"), f"the id `{name}` stands twice in {key}; ids are unique"


def _criterion(rubric: RubricShape, criterion: CriterionShape, at: Place) -> Iterator[Complaint]:
    if criterion.section not in rubric.sections:
        known = ", ".join(rubric.sections) or "none"
        yield (
            (*at, "section"),
            (
                f"section `{criterion.section}` of `{criterion.id}` is not listed under "
                f"`sections:` (listed: {known}); add it there"
            ),
        )
    if not math.isfinite(criterion.weight):
        yield (*at, "weight"), f"the weight of `{criterion.id}` is not a finite number"
    here = (*at, "scale", "levels")
    yield from _SCALES[criterion.scale.kind](criterion.scale, criterion.id, here)
    for index, level in enumerate(criterion.scale.levels):
        if len(level.examples) > MAX_EXAMPLES:
            yield (
                (*here, index, "examples"),
                (
                    f"level {level.level} of `{criterion.id}` has {len(level.examples)} examples; "
                    f"at most {MAX_EXAMPLES} are allowed: every one is sent with every question"
                ),
            )


def _twice(scale: ScaleShape, id: str, at: Place) -> Iterator[Complaint]:
    names = [str(d.level).casefold() for d in scale.levels]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield (*at, index, "level"), f"level {name} of `{id}` stands twice; names are unique"


def _ordinal(scale: ScaleShape, id: str, at: Place) -> Iterator[Complaint]:
    yield from _twice(scale, id, at)
    found = {d.level for d in scale.levels}
    numbers = {n for n in found if isinstance(n, int)}
    if names := found - numbers:
        name = next(iter(names))
        yield at, f"`{id}` is ordinal and has a level `{name}`; ordinal levels are numbers from 1"
        return
    top = max(numbers, default=0)
    if missing := [n for n in range(1, top) if n not in numbers]:
        told = ", ".join(map(str, missing))
        yield at, f"`{id}` has no level {told}; an ordinal scale has every level from 1 to {top}"
    elif len(numbers) not in POINTS or min(numbers) != 1:
        yield (
            at,
            (
                f"`{id}` has the levels {_listed(numbers)}; an ordinal scale runs 1–3, 1–4 or 1–5 "
                "(for two levels use kind: yes_no)"
            ),
        )
    yield from _rising(scale, id, at)


def _listed(numbers: set[int]) -> str:
    return ", ".join(str(n) for n in sorted(numbers)) or "none"


def _rising(scale: ScaleShape, id: str, at: Place) -> Iterator[Complaint]:
    given = [d.credit is not None for d in scale.levels]
    if any(given) and not all(given):
        yield at, f"`{id}` gives credit to some levels only; give it to all or to none"
    elif all(given):
        ranked = sorted(scale.levels, key=lambda d: int(d.level))
        rising = [d.credit or 0.0 for d in ranked]
        if rising != sorted(set(rising)):
            yield at, f"the credits of `{id}` do not rise from level to level; make them rise"


def _yes_no(scale: ScaleShape, id: str, at: Place) -> Iterator[Complaint]:
    yield from _twice(scale, id, at)
    found = {str(d.level) for d in scale.levels}
    if found != {"yes", "no"}:
        told = ", ".join(sorted(found)) or "none"
        yield at, f"`{id}` is yes_no and has the levels {told}; write exactly `yes` and `no`"
        return
    given = {d.credit for d in scale.levels}
    if given not in ({None}, {0.0, 1.0}):
        yield (
            at,
            f"`{id}` needs credit 1 for one answer and 0 for the other, or none (then yes is 1)",
        )


def _choices(scale: ScaleShape, id: str, at: Place) -> Iterator[Complaint]:
    yield from _twice(scale, id, at)
    if len(scale.levels) < 2:
        yield at, f"`{id}` has {len(scale.levels)} choice; write at least two"
    for index, level in enumerate(scale.levels):
        if isinstance(level.level, int):
            yield (
                (*at, index, "level"),
                (
                    f"choice {level.level} of `{id}` is a number; choices are names (kind: ordinal "
                    "takes numbers)"
                ),
            )
        if level.credit is None:
            yield (
                (*at, index),
                (
                    f"choice `{level.level}` of `{id}` has no credit; give each choice a share of "
                    "full credit from 0 to 1"
                ),
            )


_SCALES: dict[str, Callable[[ScaleShape, str, Place], Iterator[Complaint]]] = {
    "ordinal": _ordinal,
    "yes_no": _yes_no,
    "choices": _choices,
}


def _composite(rubric: RubricShape) -> Iterator[Complaint]:
    rule = rubric.composite
    if rule is None:
        return
    criteria = {c.id: c.section for c in rubric.criteria}
    filled = set(criteria.values())
    for part in rule.weights:
        at = ("composite", "weights", part)
        if part not in criteria and part not in filled:
            yield at, f"`{part}` is neither a criterion nor a section with criteria; correct the id"
        elif part in criteria and part not in filled and criteria[part] in rule.weights:
            yield at, f"`{part}` counts twice: itself and in section `{criteria[part]}`; keep one"
        elif part in criteria and part in filled:
            yield at, f"`{part}` is a criterion and a section; rename one"
    total = math.fsum(rule.weights.values())
    if not math.isclose(total, 1, abs_tol=1e-6):
        yield ("composite", "weights"), f"the weights sum to {total:g}; make them sum to 1"
    for index, part in enumerate(rule.required):
        if part not in criteria and part not in filled:
            yield ("composite", "required", index), f"`{part}` is neither a criterion nor a section"
    yield from _cap(rule.cap, rule.aggregate)


def _cap(cap: float | None, aggregate: str) -> Iterator[Complaint]:
    if cap is None:
        return
    if aggregate == "zendesk_iqs":
        yield (
            ("composite", "cap"),
            "zendesk_iqs has no cap: a failed critical criterion makes it 0; remove `cap`",
        )
    elif not 1 <= cap <= 5:
        yield ("composite", "cap"), f"the cap is {cap:g}; the composite runs from 1 to 5"
