"""The reply of the one-pass judge: its JSON Schema, constant over a run, and its reading.

No unions, no defaults, no numeric bounds: providers disagree on them. One shared grade type by
``$ref``; levels and N/A are values of one enum; reasons and evidence stand before the level.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cxscore.errors import ReplyError
from cxscore.rubric import Criterion, Rubric

NOT_APPLICABLE = "na"
NONE = "none"

_TEXT = {"type": "string"}
_NUMBER = {"type": "integer"}


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


CLAIM_VERDICTS = (
    "supported_by_article",
    "supported_by_conversation",
    "contradicted",
    "not_in_knowledge_base",
    "unverifiable",
)
ACTS = ("greeting", "question", "answer", "action", "handoff", "ack", "other")
YES_NO = ("yes", "no", "unclear")


def grade_schema(rubric: Rubric, criteria: tuple[Criterion, ...]) -> dict[str, Any]:
    """The JSON Schema of a grading reply for these criteria of a rubric."""
    levels = sorted({str(level) for c in criteria for level in c.scale.values})
    errors = (NONE, *(e.id for e in rubric.errors))
    causes = [r.id for r in rubric.reasons]
    kinds = ("informational", "action")
    return {
        **_record(
            requests=_list(
                _record(turn=_TEXT, quote=_TEXT, kind=_one_of(*kinds), topic=_TEXT)
            ),
            changes=_list(_record(log=_TEXT, request=_NUMBER, finding=_TEXT)),
            rules=_list(_record(about=_TEXT, condition=_TEXT, met=_one_of(*YES_NO))),
            last_probe=_TEXT,
            transfers=_one_of(NONE, "correct", "wrongful", "unclear"),
            actions_claimed=_list(_record(turn=_TEXT, quote=_TEXT, action=_TEXT, log=_TEXT)),
            claims=_list(
                _record(
                    turn=_TEXT,
                    quote=_TEXT,
                    passage=_TEXT,
                    why=_TEXT,
                    about=_one_of("policy", "price", "promise", "other"),
                    verdict=_one_of(*CLAIM_VERDICTS),
                    error=_one_of(*errors),
                    corrected=_one_of("yes", "no"),
                )
            ),
            facts=_record(
                solved=_list(_record(request=_NUMBER, solved=_one_of(*YES_NO))),
                asked_for_human=_ref("fact"),
                human_joined=_ref("fact"),
                confirmed=_ref("fact"),
                last_message_negative=_ref("fact"),
                acts=_list(_record(turn=_TEXT, act=_one_of(*ACTS))),
                sentiment_path=_list(
                    _record(turn=_TEXT, mood=_one_of("--", "-", "0", "+", "++"))
                ),
            ),
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
            "grade": _record(
                reason=_TEXT,
                evidence=_list(_ref("quote")),
                causes=_list(_one_of(*causes)) if causes else _list(_TEXT),
                level=_one_of(*levels, NOT_APPLICABLE),
            ),
        },
    }


VERIFY_SCHEMA: Mapping[str, Any] = {
    **_record(
        statements=_list(
            _record(
                number=_NUMBER,
                passage=_TEXT,
                quote=_TEXT,
                reason=_TEXT,
                verdict=_one_of(*CLAIM_VERDICTS),
            )
        )
    )
}


def parse(text: str) -> dict[str, Any]:
    """The JSON object of a reply; a member given twice is refused.

    Raises:
        ReplyError: the text is no JSON object.
    """
    try:
        value = json.loads(_unfenced(text), object_pairs_hook=_without_twins)
    except (ValueError, RecursionError) as error:
        raise ReplyError(f"the reply is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ReplyError("the reply is not a JSON object")
    return value


def faults(value: object, schema: Mapping[str, Any]) -> list[str]:
    """What of a reply does not fit its schema, as sentences; empty when it fits.

    Only what our schemas use is checked: objects, lists, enums, strings and whole numbers. A number
    written as a string, or a level written as a number, is taken for what it plainly means.
    """
    found: list[str] = []
    _check(value, schema, schema, "reply", found)
    return found


def _check(
    value: object, schema: Mapping[str, Any], root: Mapping[str, Any], at: str, found: list[str]
) -> None:
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    kind = schema["type"]
    if kind == "object":
        _check_object(value, schema, root, at, found)
    elif kind == "array":
        if not isinstance(value, list):
            found.append(f"{at} is not a list")
            return
        for n, item in enumerate(value):
            _check(item, schema["items"], root, f"{at}[{n}]", found)
    elif "enum" in schema:
        if plain(value) not in schema["enum"]:
            found.append(f"{at} is {value!r}, allowed are {', '.join(schema['enum'])}")
    elif kind == "integer":
        if not plain(value).lstrip("-").isdigit():
            found.append(f"{at} is {value!r}, not a whole number")
    elif not isinstance(value, str):
        found.append(f"{at} is {value!r}, not text")


def _check_object(
    value: object, schema: Mapping[str, Any], root: Mapping[str, Any], at: str, found: list[str]
) -> None:
    if not isinstance(value, dict):
        found.append(f"{at} is not an object")
        return
    for name, member in schema["properties"].items():
        if name not in value:
            found.append(f"{at}.{name} is missing")
        else:
            _check(value[name], member, root, f"{at}.{name}", found)


def plain(value: object) -> str:
    """A level or number as text: ``4`` and ``"4"`` mean the same, ``True`` is no number.

    >>> plain(4), plain(" 4 "), plain(True), plain(None)
    ('4', '4', 'True', 'None')
    """
    return str(value).strip()


def _unfenced(text: str) -> str:
    text = text.strip()
    if text.startswith("```"):
        text = text.strip("`").removeprefix("json")
    return text


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twin!r} is given twice")
    return found
