"""Amazon Connect evaluation forms (the JSON of DescribeEvaluationForm or of the form's content)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cxscore.readers.scorecards.draft import Draft, DraftCriterion, DraftLevel, even_levels

ROOTS = ("EvaluationForm", "EvaluationFormContent")
_POINTS = (3, 4, 5)


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str
    score: float | None
    fails: bool


def is_form(value: Any) -> bool:
    """True for a form: a mapping with items that are sections or questions."""
    form = _form(value)
    items = form.get("Items") if form else None
    return isinstance(items, list) and any(
        isinstance(i, Mapping) and ("Section" in i or "Question" in i) for i in items
    )


def draft_form(value: Any) -> Draft:
    """The draft of a form; ``is_form`` has said yes."""
    form = _form(value) or {}
    draft = Draft(
        source="an Amazon Connect evaluation form", title=str(form.get("Title") or "Connect form")
    )
    mode = _mapping(form.get("ScoringStrategy")).get("Mode")
    if _mapping(form.get("ScoringStrategy")).get("Status") == "DISABLED":
        draft.unmapped.append("Scoring is disabled in the form; the weights here are equal.")
    for section, question in _questions(form.get("Items"), "Questions", draft):
        if criterion := _criterion(section, question, draft):
            draft.criteria.append(criterion)
    if mode != "QUESTION_ONLY":
        draft.section_weights = dict(_section_weights(form.get("Items")))
    return draft


def _form(value: Any) -> Mapping[str, Any] | None:
    if not isinstance(value, Mapping):
        return None
    for root in ROOTS:
        if isinstance(value.get(root), Mapping):
            return _mapping(value[root])
    return value


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _items(value: Any) -> list[Mapping[str, Any]]:
    return [i for i in value if isinstance(i, Mapping)] if isinstance(value, list) else []


def _questions(
    items: Any, section: str, draft: Draft, *, inside: bool = False
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for item in _items(items):
        if question := _mapping(item.get("Question")):
            yield section, question
        if inner := _mapping(item.get("Section")):
            title = str(inner.get("Title") or section)
            if inside:
                draft.unmapped.append(f"Subsection “{title}” was joined to section “{section}”.")
            if inner.get("Instructions"):
                draft.unmapped.append(f"Instructions of section “{title}”: {inner['Instructions']}")
            within = section if inside else title
            yield from _questions(inner.get("Items"), within, draft, inside=True)


def _section_weights(items: Any) -> Iterator[tuple[str, float]]:
    for item in _items(items):
        section = _mapping(item.get("Section"))
        weight = _weight(section)
        if weight is not None:
            yield str(section.get("Title") or "Questions"), weight


def _weight(part: Mapping[str, Any]) -> float | None:
    for key in ("Weight", "AppliedWeight"):
        if isinstance(part.get(key), int | float):
            return float(part[key])
    return None


def _criterion(section: str, question: Mapping[str, Any], draft: Draft) -> DraftCriterion | None:
    title = str(question.get("Title") or question.get("RefId") or "Question")
    kind = str(question.get("QuestionType") or "").upper()
    told = _mapping(question.get("QuestionTypeProperties"))
    if kind == "SINGLESELECT":
        answers = _selected(_mapping(told.get("SingleSelect")))
    elif kind == "NUMERIC":
        answers = _numbers(_mapping(told.get("Numeric")))
    else:
        draft.unmapped.append(f"Question “{title}” ({kind or 'no type'}) has no levels: left out.")
        return None
    if len(answers) < 2:
        draft.unmapped.append(f"Question “{title}” offers fewer than two scored answers: left out.")
        return None
    if question.get("Enablement"):
        draft.unmapped.append(f"Question “{title}” is shown on a condition; write `applies:`.")
    scale, levels = _scale(title, answers, draft)
    return DraftCriterion(
        name=title,
        question=str(question.get("Instructions") or title),
        section=section,
        kind=scale,
        levels=levels,
        weight=_weight(question),
        not_applicable=None if question.get("NotApplicableEnabled") else "never",
        auto_fail=_fails(title, answers, draft),
    )


def _selected(told: Mapping[str, Any]) -> list[_Answer]:
    return [
        _Answer(str(o.get("Text") or o.get("RefId")), _score(o), _automatic(o))
        for o in _items(told.get("Options"))
    ]


def _numbers(told: Mapping[str, Any]) -> list[_Answer]:
    if options := _items(told.get("Options")):
        return [
            _Answer(f"{o.get('MinValue')} to {o.get('MaxValue')}", _score(o), _automatic(o))
            for o in options
        ]
    low, high = told.get("MinValue"), told.get("MaxValue")
    if isinstance(low, int) and isinstance(high, int) and high - low + 1 in _POINTS:
        return [_Answer(str(n), float(n - low), False) for n in range(low, high + 1)]
    return []


def _score(option: Mapping[str, Any]) -> float | None:
    return float(option["Score"]) if isinstance(option.get("Score"), int | float) else None


def _automatic(option: Mapping[str, Any]) -> bool:
    return bool(option.get("AutomaticFail") or option.get("AutomaticFailConfiguration"))


def _scale(title: str, answers: Sequence[_Answer], draft: Draft) -> tuple[str, list[DraftLevel]]:
    if any(a.score is None for a in answers):
        draft.unmapped.append(
            f"Answers of “{title}” have no scores; the first is taken as the best, in equal steps."
        )
        return "choices", even_levels([a.text for a in reversed(answers)])
    ranked = sorted(answers, key=lambda a: a.score or 0.0)
    if [a.text for a in ranked] == [str(n) for n in range(1, len(ranked) + 1)] and (
        len(ranked) in _POINTS and not any(a.fails for a in ranked[1:])
    ):
        return "ordinal", [DraftLevel(level=n) for n in range(1, len(ranked) + 1)]
    top = max((a.score or 0.0) for a in ranked) or 1.0
    levels = [
        DraftLevel(level=a.text, credit=round(max(a.score or 0.0, 0.0) / top, 4)) for a in ranked
    ]
    plain = {a.text.casefold() for a in ranked} == {"yes", "no"}
    if plain and {d.credit for d in levels} == {0, 1}:
        return "yes_no", [
            DraftLevel(level=str(d.level).casefold(), credit=d.credit) for d in levels
        ]
    return "choices", levels


def _fails(title: str, answers: Sequence[_Answer], draft: Draft) -> bool:
    failing = [a for a in answers if a.fails]
    if not failing:
        return False
    worst = min((a.score or 0.0) for a in answers)
    for a in failing:
        if (a.score or 0.0) > worst:
            draft.unmapped.append(
                f"“{title}” also fails the form on “{a.text}”; here only the worst answer does."
            )
    return True
