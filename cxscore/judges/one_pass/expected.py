"""Expected levels: the mean over what the model might have written in a level's place.

Small models write 3 or 4 for everything; the probabilities behind the digit tell more.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from cxscore.judges.one_pass.grading import Outcomes
from cxscore.judging import Answered, TokenChoice
from cxscore.rubric import Criterion, ScaleKind
from cxscore.verdict import Graded, Outcome

LEAST_COVERAGE = 0.8
"""Less probability than this on levels of the scale, and the expected level is discarded."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],]')


def with_expected(
    outcomes: Mapping[str, Outcome], criteria: Iterable[Criterion], said: Answered
) -> Outcomes:
    """The outcomes, with an expected level where the answer came with probabilities.

    Args:
        outcomes: of the journey, by criterion id, read from ``said``.
        criteria: those asked for; scales that are not whole numbers have no expected level.
        said: the answer.
    """
    found = dict(outcomes)
    places = level_places(said.text) if said.choices else {}
    choices = {c.start: c for c in said.choices}
    for criterion in criteria:
        graded = found.get(criterion.id)
        choice = choices.get(places.get(criterion.id, -1))
        if isinstance(graded, Graded) and graded.level is not None and choice is not None:
            found[criterion.id] = replace(graded, expected=expected_level(criterion, choice))
    return found


def expected_level(criterion: Criterion, choice: TokenChoice) -> float | None:
    """The mean level over the alternatives of one token; None below the least coverage."""
    if criterion.scale.kind is not ScaleKind.ORDINAL:
        return None
    levels = {str(v): float(v) for v in criterion.scale.values}
    likely = {s: math.exp(p) for s, p in choice.alternatives if s in levels}
    coverage = math.fsum(likely.values())
    if coverage < LEAST_COVERAGE:
        return None
    return math.fsum(levels[s] * p for s, p in likely.items()) / coverage


def level_places(text: str) -> dict[str, int]:
    """Where the level of each grade begins in a reply's text, behind its quotation mark."""
    found: dict[str, int] = {}
    path: list[str] = []
    name: str | None = None
    for token in _TOKEN.finditer(text):
        word = token.group()
        if word in "{[":
            path.append(name or "")
            name = None
        elif word in "}]":
            path = path[:-1]
            name = None
        elif word == ",":
            name = None
        elif name is None:
            name = word[1:-1]
        elif name == "level" and len(path) == 3 and path[1] == "grades":
            found.setdefault(path[2], token.start() + 1)
    return found
