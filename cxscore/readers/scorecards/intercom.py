"""Intercom scorecards: the results that conversations carry under ``scorecards``.

The API delivers results by evaluator id, not the definitions: names, answers nobody got, weights
and instructions have to be written by hand, and the import says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cxscore.readers.rubrics.wording import UNWRITTEN
from cxscore.readers.scorecards.draft import Draft, DraftCriterion, DraftLevel, even_levels

_CREDIT = {"fail": 0.0, "failed": 0.0, "no": 0.0, "pass": 1.0, "passed": 1.0, "yes": 1.0}


def is_scorecard(value: Any) -> bool:
    """True when there is at least one scorecard with evaluators."""
    return any(True for _ in _scorecards(value))


def draft_scorecard(value: Any) -> Draft:
    """The draft of all scorecards in the file; ``is_scorecard`` has said yes."""
    names: list[str] = []
    answers: dict[tuple[str, str], set[str]] = {}
    reasons: set[str] = set()
    for card in _scorecards(value):
        name = str(card.get("name") or card.get("scorecard_id") or "Scorecard")
        names.append(name)
        for evaluator in _list(card.get("evaluators")):
            seen = answers.setdefault((name, str(evaluator.get("evaluator_id") or "?")), set())
            result = evaluator.get("result")
            if isinstance(result, Mapping):
                reasons |= {str(r) for r in result.get("reason_ids") or []}
                if result.get("value") is not None:
                    seen.add(str(result["value"]))
    draft = Draft(source="Intercom scorecard results", title=names[0])
    draft.unmapped += [
        "The API names evaluators by id only: write names and questions.",
        "Weights, instructions and answers that never occurred are not in the API.",
    ]
    if reasons:
        told = ", ".join(sorted(reasons))
        draft.unmapped.append(f"Reason ids need names and groups under `reasons:`: {told}.")
    for (card_name, id_), seen in answers.items():
        draft.criteria.append(_criterion(card_name, id_, seen, draft))
    return draft


def _list(value: Any) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []


def _scorecards(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _scorecards(item)
    elif isinstance(value, Mapping):
        if _list(value.get("evaluators")):
            yield value
        for key in ("scorecards", "conversations"):
            yield from _scorecards(value.get(key))


def _criterion(card: str, evaluator: str, seen: set[str], draft: Draft) -> DraftCriterion:
    known = all(answer.casefold() in _CREDIT for answer in seen)
    if known:
        answers = {_CREDIT[a.casefold()]: a for a in seen}
        fail, good = answers.get(0.0, "fail"), answers.get(1.0, "pass")
        levels = [DraftLevel(level=fail, credit=0.0), DraftLevel(level=good, credit=1.0)]
    else:
        names = sorted(seen) if len(seen) > 1 else [f"not {next(iter(seen))}", *seen]
        levels = even_levels(names)
        draft.unmapped.append(
            f"The order of the answers of evaluator {evaluator} ({', '.join(names)}) is not in "
            "the API: sort them worst to best and correct their credit."
        )
    if not seen:
        draft.unmapped.append(f"Evaluator {evaluator} has no result in the file; pass/fail taken.")
    return DraftCriterion(
        name=f"Evaluator {evaluator}",
        question=f"{UNWRITTEN} the question of evaluator {evaluator}.",
        section=card,
        kind="choices",
        levels=levels,
    )
