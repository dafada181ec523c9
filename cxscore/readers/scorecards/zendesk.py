"""Zendesk QA: exported reviews (JSON), or a list of rating categories (JSON)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cxscore.readers.scorecards.draft import Draft, DraftCriterion, DraftLevel

_SCALES: Mapping[int, tuple[float, ...]] = {
    2: (0, 100),
    3: (0, 50, 100),
    4: (0, 33, 67, 100),
    5: (0, 25, 50, 75, 100),
}
"""Points to the ratings they are exported as, in percent."""


@dataclass(slots=True)
class _Category:
    name: str
    description: str = ""
    group: str = "Categories"
    weight: float | None = None
    critical: bool = False
    points: int | None = None
    scores: set[float] = field(default_factory=set)
    causes: set[str] = field(default_factory=set)


def is_scorecard(value: Any) -> bool:
    """True for an export of reviews, or for categories with a weight or a critical mark."""
    return any(True for _ in _entries(value))


def draft_scorecard(value: Any) -> Draft:
    """The draft of a scorecard; ``is_scorecard`` has said yes."""
    found: dict[str, _Category] = {}
    for entry in _entries(value):
        _gather(found, entry)
    draft = Draft(source="a Zendesk QA scorecard", title=_title(value))
    for category in found.values():
        draft.criteria.append(_criterion(category, draft))
    return draft


def _title(value: Any) -> str:
    if isinstance(value, Mapping):
        named = [value, *(r.get("scorecard") or {} for r in _reviews(value))]
        for part in named:
            if isinstance(part, Mapping) and isinstance(part.get("name"), str) and part["name"]:
                return str(part["name"])
    return "Zendesk QA scorecard"


def _reviews(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        for conversation in _list(value.get("conversations")):
            yield from _list(conversation.get("reviews"))


def _list(value: Any) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []


def _entries(value: Any) -> Iterator[Mapping[str, Any]]:
    for review in _reviews(value):
        yield from (r for r in _list(review.get("ratings")) if _name(r))
    listed = value
    if isinstance(value, Mapping):
        listed = value.get("categories") or value.get("ratingCategories")
    yield from (c for c in _list(listed) if _name(c) and ("weight" in c or "critical" in c))


def _name(entry: Mapping[str, Any]) -> str:
    return str(entry.get("categoryName") or entry.get("name") or "").strip()


def _gather(found: dict[str, _Category], entry: Mapping[str, Any]) -> None:
    category = found.setdefault(_name(entry), _Category(_name(entry)))
    category.description = str(entry.get("description") or category.description)
    category.group = str(entry.get("group") or entry.get("groupName") or category.group)
    if isinstance(entry.get("weight"), int | float):
        category.weight = float(entry["weight"])
    category.critical = category.critical or entry.get("critical") is True
    scale = entry.get("scale") or entry.get("ratingScale")
    if scale in _SCALES:
        category.points = scale
    if isinstance(entry.get("score"), int | float):
        category.scores.add(float(entry["score"]))
    causes = entry.get("causes") or entry.get("cause") or entry.get("rootCauses") or []
    category.causes |= {str(c) for c in (causes if isinstance(causes, list) else [causes])}


def _criterion(category: _Category, draft: Draft) -> DraftCriterion:
    name = category.name
    points = category.points or _points(category, draft)
    if category.causes:
        told = ", ".join(sorted(category.causes))
        draft.unmapped.append(f"Root causes of “{name}” ({told}) need a group; add `reasons:`.")
    return DraftCriterion(
        name=name,
        question=category.description or f"How does the conversation rate on {name}?",
        section=category.group,
        kind="yes_no" if points == 2 else "ordinal",
        levels=(
            [DraftLevel(level="no"), DraftLevel(level="yes")]
            if points == 2
            else [DraftLevel(level=n) for n in range(1, points + 1)]
        ),
        weight=category.weight,
        auto_fail=category.critical,
    )


def _points(category: _Category, draft: Draft) -> int:
    # Reviews name ratings, not the scale: the smallest scale that holds all ratings seen.
    for points, ratings in _SCALES.items():
        if category.scores and all(
            any(abs(score - r) <= 1 for r in ratings) for score in category.scores
        ):
            draft.unmapped.append(
                f"The scale of “{category.name}” is not in the export; {points} points hold all "
                "ratings seen. Check it."
            )
            return points
    draft.unmapped.append(
        f"The scale of “{category.name}” is not in the export; yes/no was taken. Check it."
    )
    return 2
