"""What makes a usable rubric measure badly: vague words, overlaps, rules left out."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import combinations

from cxscore.readers.rubrics.document import Document, Place
from cxscore.readers.rubrics.finding import Finding
from cxscore.readers.rubrics.rules import Complaint
from cxscore.readers.rubrics.shape import CriterionShape, LevelShape, RubricShape

CHANNELS = (
    *("chat", "messaging", "email", "phone", "voice", "video", "sms"),
    *("whatsapp", "social", "web", "form", "app", "in_person"),
)

UNWRITTEN = "Not in the source:"
"""Starts every text an imported scorecard did not hold and a person must write."""

NEAR = 0.8
"""Share of words two anchors of one criterion may have in common (Jaccard)."""

_VAGUE = re.compile(  # words two raters fill with different meanings
    r"""\b(
    acceptable|(in)?adequate(ly)?|(in)?appropriate(ly)?|average|bad(ly)?|decent|excellent|fair(ly)?|
    good|great|(in)?sufficient(ly)?|mediocre|nice(ly)?|okay|perfect(ly)?|poor(ly)?|proper(ly)?|
    (un)?reasonabl[ey]|(un)?satisfactory|somewhat|(un)?suitabl[ey]|terrible|unacceptable|
    etc|et\ cetera|and\ so\ on|and\ the\ like|as\ needed|if\ needed|as\ necessary
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_RANGE = re.compile(r"\b(\d+)\s*(?:-|–|to)\s*(\d+)\s+([^\W\d_]+)", re.IGNORECASE)
_MIN_WORDS = 3


def warnings(
    document: Document, rubric: RubricShape, rules: Collection[str] | None = None
) -> list[Finding]:
    """Every weakness of a rubric whose shape is right."""
    found = [*_sections(rubric), *_reasons(rubric), *_composite(rubric)]
    for index, criterion in enumerate(rubric.criteria):
        at = ("criteria", index)
        if rules is not None and criterion.rule is not None and criterion.rule not in rules:
            told = ", ".join(rules)
            found.append(
                ((*at, "rule"), f"the embedded judge has no rule `{criterion.rule}`; it has {told}")
            )
        found += _left_out(rubric, criterion, at)
        found += _anchors(criterion.id, criterion.scale.levels, (*at, "scale", "levels"))
    return [
        Finding(path=document.path, line=document.line(at), severity="warning", message=message)
        for at, message in found
    ]


def _left_out(rubric: RubricShape, criterion: CriterionShape, at: Place) -> Iterator[Complaint]:
    if criterion.not_applicable is None:
        yield (
            at,
            (
                f"`{criterion.id}` has no N/A rule; add `not_applicable:` with the case in which "
                "nobody can answer, or `not_applicable: never`"
            ),
        )
    if criterion.evidence is None and rubric.evidence is None:
        yield (
            at,
            (
                f"`{criterion.id}` has no evidence rule; add `evidence:` here or at the top of the "
                "file, saying what must be quoted below the top level"
            ),
        )
    if criterion.auto_fail and criterion.criticality is None:
        yield (
            (*at, "auto_fail"),
            (
                f"`{criterion.id}` fails the conversation without saying whom it hits; add "
                "`criticality: customer`, `business` or `compliance`"
            ),
        )
    for key in ("question", "not_applicable"):
        if (getattr(criterion, key) or "").startswith(UNWRITTEN):
            yield (*at, key), f"`{key}` of `{criterion.id}` is still to be written"
    for index, channel in enumerate(criterion.applies.channels):
        if channel not in CHANNELS:
            yield (
                (*at, "applies", "channels", index),
                (
                    f"channel `{channel}` is not one of the usual ({', '.join(CHANNELS)}); "
                    "check that your transcripts spell it so"
                ),
            )


def _anchors(id: str, levels: Sequence[LevelShape], at: Place) -> Iterator[Complaint]:
    for index, d in enumerate(levels):
        here = (*at, index, "anchor")
        if d.anchor.startswith(UNWRITTEN):
            yield here, f"the anchor of `{id}` level {d.level} is still to be written"
            continue
        if hit := _VAGUE.search(d.anchor):
            yield (
                here,
                (
                    f"the anchor of `{id}` level {d.level} says “{hit[0]}”, which two raters read "
                    "differently; say what is seen in the conversation"
                ),
            )
        if len(_WORD.findall(d.anchor)) < _MIN_WORDS:
            yield (
                here,
                (
                    f"the anchor of `{id}` level {d.level} has fewer than {_MIN_WORDS} words; say "
                    "what is seen in the conversation"
                ),
            )
    for (_, a), (j, b) in combinations(enumerate(levels), 2):
        if complaint := _too_close(a.anchor, b.anchor):
            yield (
                (*at, j, "anchor"),
                f"the anchors of `{id}` levels {a.level} and {b.level} {complaint}",
            )


def _too_close(a: str, b: str) -> str | None:
    if a.startswith(UNWRITTEN) or b.startswith(UNWRITTEN):
        return None
    one, two = _words(a), _words(b)
    if one == two:
        return "say the same; a rater cannot choose between them"
    if len(one & two) / max(len(one | two), 1) >= NEAR:
        return "differ in a word or two; say what separates them first"
    if min(len(one), len(two)) > _MIN_WORDS and (one < two or two < one):
        return "overlap: all words of one stand in the other; say what the other lacks"
    if shared := _shared_range(a, b):
        return f"overlap: both hold {shared}"
    return None


def _words(text: str) -> frozenset[str]:
    return frozenset(w.casefold() for w in _WORD.findall(text))


def _shared_range(a: str, b: str) -> str | None:
    for low, high, unit in _RANGE.findall(a):
        for low2, high2, unit2 in _RANGE.findall(b):
            start, end = max(int(low), int(low2)), min(int(high), int(high2))
            if unit.casefold() == unit2.casefold() and start <= end:
                return f"{start} {unit}"
    return None


def _sections(rubric: RubricShape) -> Iterator[Complaint]:
    for section in rubric.sections:
        weights = [c.weight for c in rubric.criteria if c.section == section]
        total = math.fsum(weights)
        if not weights:
            yield (
                ("sections", section),
                f"section `{section}` has no criterion; remove it or fill it",
            )
        elif max(weights) < 1 and not math.isclose(total, 1, abs_tol=1e-3):
            yield (
                ("sections", section),
                (
                    f"the weights in section `{section}` look like shares and sum to {total:g}; "
                    "make them sum to 1, or use 1, 2, 3 …"
                ),
            )


def _reasons(rubric: RubricShape) -> Iterator[Complaint]:
    for index, reason in enumerate(rubric.reasons):
        if reason.group in {"policy", "product"} and reason.agents_fault:
            yield (
                ("reasons", index, "agents_fault"),
                (
                    f"reason `{reason.id}` blames the agent for {reason.group}; set it to false, "
                    "or move the reason to agent_quality"
                ),
            )


def _composite(rubric: RubricShape) -> Iterator[Complaint]:
    rule = rubric.composite
    parts = {c.id for c in rubric.criteria}
    # A criterion that is itself a part is needed anyway; a section can stand on some of its own.
    if rule is not None and not rule.required and not parts & set(rule.weights):
        yield (
            ("composite",),
            "no criterion is required; name in `required:` what a composite may not lack",
        )
    for index, criterion in enumerate(rubric.criteria):
        given = [d.credit for d in criterion.scale.levels if d.credit is not None]
        if criterion.scale.kind == "choices" and (
            min(given, default=0),
            max(given, default=1),
        ) != (0, 1):
            yield (
                ("criteria", index, "scale"),
                (
                    f"the credits of `{criterion.id}` do not reach from 0 to 1; the part can then "
                    "never be the worst or the best"
                ),
            )
