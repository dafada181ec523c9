"""The real instructor against our server: the ask's own words, one request per attempt."""

from __future__ import annotations

import asyncio
import json
import random

import pytest
from fault_server import (
    ASK,
    QUICK,
    SCHEMA,
    TEXT,
    FaultServer,
    Told,
    address,
    anthropic_error,
    completion,
    message,
    openai_error,
)

from cxscore.errors import ConfigError
from cxscore.judging import Answered, Filtered, NoReply, Refused, TooLong, Truncated
from cxscore.providers.opening import Providers

pytest.importorskip("instructor")

NAMES = {"openai": "instructor:openai/gpt-test", "anthropic": "instructor:anthropic/claude-test"}
PROVIDERS = pytest.mark.parametrize("provider", ["openai", "anthropic"])


def called(provider: str, arguments: str = TEXT) -> Told:
    """The answer of a model that calls the function it was given."""
    if provider == "anthropic":
        call = {"type": "tool_use", "id": "t1", "name": "grade", "input": json.loads(arguments)}
        return message(content=[call], stop_reason="tool_use")
    function = {"name": "grade", "arguments": arguments}
    call = {"id": "call_1", "type": "function", "function": function}
    return completion(None, message={"tool_calls": [call]}, choice={"finish_reason": "tool_calls"})


def ask_instructor(provider: str, *script: Told):
    async def scenario():
        attempts: list = []
        async with FaultServer(*script) as server:
            address(provider, server.url)
            async with Providers(
                clock=asyncio.get_running_loop().time,
                rng=random.Random(1),
                patience=QUICK,
                on_attempt=attempts.append,
            ) as providers:
                reply = await providers.open_model(NAMES[provider]).answer(ASK)
            return reply, attempts, server

    return asyncio.run(scenario())


@PROVIDERS
def test_an_answer(provider):
    reply, attempts, server = ask_instructor(provider, called(provider))
    assert isinstance(reply, Answered)
    assert json.loads(reply.text) == json.loads(TEXT)
    assert len(server.seen) == 1
    assert attempts[0].usage.output_tokens > 0
    assert not attempts[0].estimated


@PROVIDERS
def test_the_request_holds_our_words_and_our_schema_and_nothing_else(provider):
    _, _, server = ask_instructor(provider, called(provider))
    body = server.seen[0].body
    if provider == "openai":
        said = {m["role"]: m["content"] for m in body["messages"]}
        schema = body["tools"][0]["function"]["parameters"]
    else:
        system = body["system"]
        said = {m["role"]: m["content"] for m in body["messages"]} | {
            "system": system if isinstance(system, str) else "".join(s["text"] for s in system)
        }
        schema = body["tools"][0]["input_schema"]
    assert said == {"system": ASK.system, "user": ASK.user}
    assert schema["properties"] == SCHEMA["properties"]
    assert schema["$defs"] == SCHEMA["$defs"]
    everything = json.dumps(body).lower()
    assert "expert" not in everything
    assert "extract" not in everything


@PROVIDERS
@pytest.mark.parametrize(("status", "name"), [(429, "throttled"), (500, "server_error")])
def test_neither_instructor_nor_the_sdk_retries(provider, status, name):
    error = {
        "openai": openai_error(status, "not now"),
        "anthropic": anthropic_error(status, "api_error", "not now"),
    }[provider]
    reply, attempts, server = ask_instructor(provider, error, called(provider))
    assert isinstance(reply, Answered)
    assert [a.status for a in attempts] == [name, "answered"]
    assert len(server.seen) == 2


def test_retry_after_above_the_cap_is_heard():
    reply, _, server = ask_instructor("openai", openai_error(429, "later", retry_after="900"))
    assert isinstance(reply, NoReply)
    assert "asks to wait 900 s" in reply.text
    assert len(server.seen) == 1


def test_a_garbled_answer_is_asked_again():
    told = called("openai", '{"reason": "cut of')
    reply, attempts, _ = ask_instructor("openai", told, called("openai"))
    assert isinstance(reply, Answered)
    assert [a.status for a in attempts] == ["malformed", "answered"]


@pytest.mark.parametrize(
    ("provider", "told", "kind"),
    [
        ("openai", completion('{"rea', choice={"finish_reason": "length"}), Truncated),
        ("openai", completion(None, message={"refusal": "I cannot."}), Refused),
        ("openai", completion("", choice={"finish_reason": "content_filter"}), Filtered),
        ("openai", openai_error(400, "maximum context length is 8192"), TooLong),
        ("anthropic", message(content=[], stop_reason="max_tokens"), Truncated),
        ("anthropic", message(content=[], stop_reason="refusal"), Refused),
        (
            "anthropic",
            anthropic_error(400, "invalid_request_error", "prompt is too long"),
            TooLong,
        ),
    ],
)
def test_outcomes_are_replies_and_are_not_retried(provider, told, kind):
    reply, attempts, server = ask_instructor(provider, told)
    assert isinstance(reply, kind)
    assert len(server.seen) == len(attempts) == 1


@PROVIDERS
def test_a_wrong_key_stops_at_once(provider):
    error = {
        "openai": openai_error(401, "bad key"),
        "anthropic": anthropic_error(401, "authentication_error", "bad key"),
    }[provider]
    with pytest.raises(ConfigError, match="check the key"):
        ask_instructor(provider, error)


def test_a_provider_instructor_does_not_know():
    from cxscore.providers.names import endpoint

    with pytest.raises(ConfigError, match="instructor:nobody/model"):
        endpoint("instructor:nobody/model")
