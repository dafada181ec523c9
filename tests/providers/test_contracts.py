"""Every body that leaves is valid: by OpenAI's published specification, by the types of Anthropic's
SDK."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fault_server import ASK, ask_model, completion, message, openai_error, response

from cxscore.providers.anthropic import messages_body
from cxscore.providers.openai_bodies import chat_body, responses_body

SHARED = Path(os.environ.get("CXSCORE_SHARED") or Path(__file__).parents[3] / "shared")
CONTRACT = SHARED / "contracts" / "openai.json"
RELEASED = {"/v1/chat/completions": "/chat/completions", "/v1/responses": "/responses"}


@pytest.fixture(scope="module")
def specification() -> dict[str, Any]:
    if not CONTRACT.is_file():
        pytest.skip("needs OpenAI's specification in ../shared/contracts")
    found: dict[str, Any] = json.loads(CONTRACT.read_text("utf-8"))
    return found


def faults(specification: Mapping[str, Any], path: str, body: Mapping[str, Any]) -> list[str]:
    """Where a body breaks the specification of a path."""
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    resource = Resource.from_contents(dict(specification), default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("urn:openai", resource)
    pointer = f"urn:openai#/paths/{path.replace('/', '~1')}/post/requestBody/content"
    schema = {"$ref": f"{pointer}/application~1json/schema"}
    return [
        e.message[:200] for e in Draft202012Validator(schema, registry=registry).iter_errors(body)
    ]


@pytest.mark.shared
@pytest.mark.parametrize("logprobs", [False, True])
@pytest.mark.parametrize("leave_out", [frozenset(), frozenset({"temperature"})])
@pytest.mark.parametrize("length_limit", ["max_completion_tokens", "max_tokens"])
def test_chat_bodies_fit_the_specification(specification, logprobs, leave_out, length_limit):
    body = chat_body(
        ASK, "gpt-test", leave_out=leave_out, logprobs=logprobs, length_limit=length_limit
    )
    assert faults(specification, "/chat/completions", body) == []


@pytest.mark.shared
@pytest.mark.parametrize("logprobs", [False, True])
def test_responses_bodies_fit_the_specification(specification, logprobs):
    body = responses_body(ASK, "gpt-test", logprobs=logprobs)
    assert faults(specification, "/responses", body) == []


@pytest.mark.shared
def test_bodies_as_they_came_over_the_wire_fit_too(specification):
    moved = openai_error(404, "only supported in v1/responses")
    for run in (ask_model("openai", completion()), ask_model("openai", moved, response())):
        for seen in run.server.seen:
            assert faults(specification, RELEASED[seen.path], seen.body) == []


@pytest.mark.shared
@pytest.mark.parametrize(
    "spoil",
    [
        {"temperature": 9},
        {"messages": [{"role": "critic", "content": "x"}]},
        {"top_logprobs": 50},
        {"response_format": {"type": "json_schema"}},
    ],
)
def test_the_specification_does_find_faults(specification, spoil):
    assert faults(specification, "/chat/completions", chat_body(ASK, "gpt-test") | spoil)


def anthropic_faults(body: Mapping[str, Any]) -> str:
    from anthropic.types import MessageParam, TextBlockParam
    from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
    from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

    closed = with_config(ConfigDict(extra="forbid"))(MessageCreateParamsNonStreaming)
    try:
        checked = TypeAdapter(closed).validate_python(body)
        # Iterables are validated only when iterated.
        for one in checked["messages"]:
            TypeAdapter(MessageParam).validate_python(one)
        for one in body["system"]:
            TypeAdapter(TextBlockParam).validate_python(one)
    except ValidationError as error:
        return str(error)
    return ""


def test_messages_bodies_fit_the_types_of_the_sdk():
    assert anthropic_faults(messages_body(ASK, "claude-test")) == ""
    assert anthropic_faults(messages_body(ASK, "claude-test", cache_ttl="1h")) == ""
    (seen,) = ask_model("anthropic", message()).server.seen
    assert anthropic_faults(seen.body) == ""


@pytest.mark.parametrize(
    "spoil",
    [
        {"temperature": 0},
        {"messages": [{"role": "critic", "content": "x"}]},
        {"output_config": {"format": {"type": "json"}}},
        {"system": [{"type": "text", "text": "x", "cache_control": {"type": "forever"}}]},
    ],
)
def test_the_types_do_find_faults(spoil):
    assert anthropic_faults(messages_body(ASK, "claude-test") | spoil)
