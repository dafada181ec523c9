"""Reviews as other systems deliver them: one question of a form becomes one answer.

Shapes: Intercom conversations with ``scorecards`` (API 2.x), Amazon Connect contact evaluations
(``Evaluation`` with ``Answers`` and ``Notes``), Google Cloud quality AI (``qaScorecardResults``
with ``qaAnswers``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cxscore.errors import LabelError
from cxscore.readers.labels.answers import Answer
from cxscore.readers.labels.tables import text_of

_FORMS = (
    "Intercom conversations with scorecards, Amazon Connect evaluations, or Google qaAnswers;"
    " tables are read from .csv, .tsv, .jsonl and .xlsx"
)


def answers(path: Path) -> Iterator[Answer]:
    """Every answer in a file of forms.

    Raises:
        LabelError: it is no JSON, or none of the forms understood.
    """
    try:
        value = json.loads(text_of(path))
    except ValueError as error:
        raise LabelError(f"is no JSON: {error}", path=str(path)) from None
    found = False
    for number, one in enumerate(_records(value), 1):
        for cells in (*_intercom(one), *_connect(one), *_google(one)):
            found = True
            yield Answer(line=number, cells={k: str(v) for k, v in cells.items() if v is not None})
    if not found:
        raise LabelError(f"found no review; allowed: {_FORMS}", path=str(path))


def _records(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        for one in value:
            yield from _records(one)
    elif isinstance(value, Mapping):
        inner = next(
            (
                value[k]
                for k in ("conversations", "evaluations", "qaScorecardResults", "Evaluations")
                if isinstance(value.get(k), list)
            ),
            None,
        )
        if inner is None:
            yield value
        else:
            yield from _records(inner)


def _maps(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (v for v in value if isinstance(v, Mapping))


def _intercom(one: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for card in _maps(one.get("scorecards")):
        for evaluator in _maps(card.get("evaluators")):
            result = evaluator.get("result")
            if isinstance(result, Mapping) and result.get("value") is not None:
                reviewer = card.get("reviewer") or card.get("author") or {}
                yield {
                    "conversation_id": one.get("id"),
                    "criterion": evaluator.get("name") or evaluator.get("evaluator_id"),
                    "level": result["value"],
                    "rater": reviewer.get("id")
                    if isinstance(reviewer, Mapping)
                    else str(reviewer) or None,
                    "comment": result.get("comment"),
                    "time": card.get("completed_at"),
                }


def _connect(one: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    form = one.get("Evaluation", one)
    if not isinstance(form, Mapping) or not isinstance(form.get("Answers"), Mapping):
        return
    about = form.get("Metadata")
    about = about if isinstance(about, Mapping) else {}
    notes = form.get("Notes")
    notes = notes if isinstance(notes, Mapping) else {}
    rater = str(about.get("EvaluatorArn") or "").rpartition("/")[2] or None
    for question, answer in form["Answers"].items():
        value = answer.get("Value") if isinstance(answer, Mapping) else None
        if not isinstance(value, Mapping):
            continue
        level = "na" if value.get("NotApplicable") else next(iter(value.values()), None)
        note = notes.get(question)
        yield {
            "conversation_id": about.get("ContactId"),
            "criterion": question,
            "level": level,
            "rater": rater,
            "comment": note.get("Value") if isinstance(note, Mapping) else None,
            "time": form.get("LastModifiedTime"),
        }


def _google(one: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for answer in _maps(one.get("qaAnswers")):
        value = answer.get("answerValue")
        value = value if isinstance(value, Mapping) else {}
        level = "na" if value.get("naValue") else _google_value(value)
        sources = {s.get("sourceType") for s in _maps(answer.get("answerSources"))}
        # A label is a person's: an answer only the system gave is none.
        if level is None or sources == {"SYSTEM_GENERATED"}:
            continue
        conversation = str(answer.get("conversation") or one.get("conversation") or "")
        yield {
            "conversation_id": conversation.rpartition("/")[2] or None,
            "criterion": str(answer.get("qaQuestion") or "").rpartition("/")[2] or None,
            "level": level,
            "rater": one.get("rater"),
            "time": one.get("createTime"),
        }


def _google_value(value: Mapping[str, Any]) -> Any:
    for key in ("strValue", "numValue", "boolValue", "key"):
        if value.get(key) is not None:
            got = value[key]
            if isinstance(got, bool):
                return "yes" if got else "no"
            return int(got) if isinstance(got, float) and got.is_integer() else got
    return None
