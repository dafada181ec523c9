"""JSON Schemas of the replies, constant over a run.

No unions, no defaults, no numeric bounds, every member required: providers disagree on the rest.
Members stand in the order the work is done in; a level always comes after its reason and evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cxscore.rubric import Criterion, Rubric
from cxscore.transcript import Kind
from cxscore.verdict import Act, ClaimVerdict

NOT_APPLICABLE = "na"
NONE = "none"
POLICY_LIKE = ("policy", "price", "promise")
"""What a statement no article covers must be about to count against the agent."""
AT_STAKE = ("money", "safety", "rights", "other")
MOODS: Mapping[str, float] = {
    "very_negative": -1.0,
    "negative": -0.5,
    "neutral": 0.0,
    "positive": 0.5,
    "very_positive": 1.0,
}
YES_NO = ("yes", "no", "unclear")

_NOT_OF_CLAIMS = {
    *("wrong_action_claimed", "action_done_not_told"),
    *("unsupported_harmless", "unverifiable"),
}
"""Errors that are read off other parts of the reply."""
_TEXT = {"type": "string"}
_NUMBER = {"type": "integer"}


def grade_schema(rubric: Rubric, criteria: Sequence[Criterion]) -> dict[str, Any]:
    """The schema of a grading reply.

    Args:
        rubric: gives causes and errors.
        criteria: those the model grades.
    """
    return {
        **_record(
            requests=_list(
                _record(turn=_TEXT, quote=_TEXT, kind=_one_of(*map(str, Kind)), topic=_TEXT)
            ),
            changes=_list(_record(log=_TEXT, request=_NUMBER, finding=_TEXT)),
            rules=_list(_record(condition=_TEXT, met=_one_of(*YES_NO))),
            last_probe=_TEXT,
            unseen=_TEXT,
            transfers=_one_of(NONE, "correct", "wrongful", "unclear"),
            actions_claimed=_list(_action()),
            claims=_list(_claim(rubric)),
            facts=_facts(),
            outcome=_record(finding=_TEXT, probability=_NUMBER),
            grades=_record(**{c.id: _ref("grade") for c in criteria}),
            legs=_list(
                _record(
                    leg=_one_of("ai", "human"),
                    criterion=_one_of(*(c.id for c in criteria)),
                    grade=_ref("grade"),
                )
            ),
        ),
        "$defs": {
            "quote": _record(turn=_TEXT, quote=_TEXT),
            "fact": _record(evidence=_list(_ref("quote")), value=_one_of(*YES_NO)),
            "grade": _grade(rubric, criteria),
        },
    }


def verify_schema(rubric: Rubric, grounding: Criterion | None) -> dict[str, Any]:
    """The schema of the reply about single claims.

    Args:
        rubric: gives the errors.
        grounding: the criterion that speaks of claims, graded again; None: the rubric has none.
    """
    statement = _record(
        number=_NUMBER,
        reason=_TEXT,
        source=_TEXT,
        at_stake=_one_of(*AT_STAKE),
        error=_one_of(*claim_errors(rubric)),
        verdict=_verdict(),
    )
    if grounding is None:
        return _record(statements=_list(statement))
    levels = (*map(str, grounding.scale.values), NOT_APPLICABLE)
    return _record(
        statements=_list(statement),
        grounding=_record(reason=_TEXT, level=_one_of(*levels)),
    )


def claim_errors(rubric: Rubric) -> tuple[str, ...]:
    """Ids a claim's error may have, ``none`` first."""
    return (NONE, *(e.id for e in rubric.errors if e.id not in _NOT_OF_CLAIMS))


def _grade(rubric: Rubric, criteria: Sequence[Criterion]) -> dict[str, Any]:
    causes = [r.id for r in rubric.reasons] or [NONE]
    levels = dict.fromkeys(str(level) for c in criteria for level in c.scale.values)
    return _record(
        reason=_TEXT,
        evidence=_list(_ref("quote")),
        causes=_list(_one_of(*causes)),
        level=_one_of(*levels, NOT_APPLICABLE),
    )


def _action() -> dict[str, Any]:
    return _record(
        turn=_TEXT,
        quote=_TEXT,
        action=_TEXT,
        log=_TEXT,
        in_log=_one_of("yes", "failed", "no"),
    )


def _claim(rubric: Rubric) -> dict[str, Any]:
    return _record(
        turn=_TEXT,
        quote=_TEXT,
        about=_one_of(*POLICY_LIKE, "other"),
        source=_TEXT,
        why=_TEXT,
        error=_one_of(*claim_errors(rubric)),
        verdict=_verdict(),
        corrected=_one_of("no", "yes"),
        search=_TEXT,
    )


def _verdict() -> dict[str, Any]:
    return _one_of(*(str(v) for v in ClaimVerdict))


def _facts() -> dict[str, Any]:
    return _record(
        solved=_list(_record(request=_NUMBER, solved=_one_of(*YES_NO))),
        asked_for_human=_ref("fact"),
        confirmed=_ref("fact"),
        last_message_negative=_ref("fact"),
        acts=_list(_record(turn=_TEXT, act=_one_of(*(str(a) for a in Act)))),
        sentiment_path=_list(_record(turn=_TEXT, mood=_one_of(*MOODS))),
    )


def _one_of(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def _record(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(items)}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}
