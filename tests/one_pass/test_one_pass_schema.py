"""The reply schemas hold what OpenAI's strict mode and Anthropic's output format accept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from one_pass_replies import HYBRID, REFUND, ask_of, claim, cx, judge, reply, run, shop

from cxscore import resources
from cxscore.judges.one_pass.grading import asked
from cxscore.judges.one_pass.schema import grade_schema, verify_schema
from cxscore.judging import Ask, NoReply
from cxscore.readers import rubrics
from cxscore.rubric import Rubric

FORBIDDEN = {"anyOf", "oneOf", "allOf", "not", "default", "minimum", "maximum", "pattern", "const"}
FORBIDDEN |= {"minItems", "maxItems", "minLength", "maxLength", "format", "if", "exclusiveMinimum"}


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for key, inner in schema.items():
            if key in {"properties", "$defs"}:
                for named in inner.values():
                    yield from nodes(named)
            elif key == "items":
                yield from nodes(inner)


def schemas(rubric: Rubric) -> list[dict[str, Any]]:
    criteria = asked(rubric)
    grounding = next((c for c in criteria if c.rule == "grounding"), None)
    return [grade_schema(rubric, criteria), verify_schema(rubric, grounding)]


@pytest.fixture(params=resources.rubric_names())
def schema(request) -> list[dict[str, Any]]:
    return schemas(rubrics.load(resources.rubric_path(request.param)))


def test_schemas_use_only_what_both_providers_accept(schema):
    for each in schema:
        jsonschema.Draft202012Validator.check_schema(each)
        for node in nodes(each):
            assert not FORBIDDEN & set(node)
            if "$ref" in node:
                assert set(node) == {"$ref"}
                continue
            assert isinstance(node["type"], str), "no union of types"
            if node["type"] == "object":
                assert node["additionalProperties"] is False
                assert node["required"] == list(node["properties"])
            if "enum" in node:
                assert all(isinstance(v, str) for v in node["enum"])
                assert len(set(node["enum"])) == len(node["enum"])


def test_the_steps_of_the_work_stand_in_order_before_any_level():
    order = list(schemas(cx())[0]["properties"])
    assert order == [
        *("requests", "changes", "rules", "last_probe", "unseen", "transfers", "actions_claimed"),
        *("claims", "facts", "outcome", "grades", "legs"),
    ]


def test_one_grade_type_is_shared_and_its_level_comes_last():
    schema = schemas(cx())[0]
    grades = schema["properties"]["grades"]["properties"]
    assert {tuple(g.items()) for g in grades.values()} == {(("$ref", "#/$defs/grade"),)}
    grade = schema["$defs"]["grade"]["properties"]
    assert list(grade) == ["reason", "evidence", "causes", "level"]
    assert grade["level"]["enum"] == ["1", "2", "3", "4", "5", "na"]


def test_the_criterion_read_off_the_log_is_not_asked_for():
    grades = schemas(cx())[0]["properties"]["grades"]["properties"]
    assert set(grades) == {c.id for c in cx().criteria} - {"false_action"}


def test_schema_and_system_part_are_the_same_over_a_run():
    one_pass = judge(library=shop())
    first, second = ask_of(one_pass, REFUND), ask_of(one_pass, HYBRID)
    assert first.schema == second.schema
    assert first.system.encode() == second.system.encode()
    assert first.user != second.user


def test_a_sound_reply_fits_the_schema():
    ask = ask_of(judge(), REFUND)
    jsonschema.validate(reply(ask), dict(ask.schema))


def test_objects_are_nested_no_deeper_than_strict_mode_allows():
    def depth(node: dict[str, Any], root: dict[str, Any]) -> int:
        if "$ref" in node:
            node = root["$defs"][node["$ref"].rsplit("/", 1)[-1]]
        if node["type"] == "object":
            return 1 + max(depth(m, root) for m in node["properties"].values())
        return depth(node["items"], root) if node["type"] == "array" else 0

    assert max(depth(s, s) for s in schemas(cx())) <= 5


def test_the_second_look_has_a_constant_schema_and_system_part():
    def second_ask(words: str) -> Ask:
        def first(ask):
            return reply(ask, claims=[claim(ask, words, "contradicted", source="P1")])

        _, model = run(one_pass, REFUND, first, NoReply(text="down"))
        return model.asks[1]

    one_pass = judge(library=shop())
    one, two = second_ask("returns are free for 90 days"), second_ask("Refunds take 3 working days")
    assert one.purpose == "verify_claims"
    assert (one.schema, one.system) == (two.schema, two.system)
    assert one.user != two.user
