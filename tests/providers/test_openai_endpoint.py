"""OpenAI's two APIs and compatible servers: outcomes are replies, dead ends clear sentences."""

from __future__ import annotations

import pytest
from fault_server import (
    ASK,
    TEXT,
    Told,
    ask_model,
    completion,
    openai_error,
    response,
)

from cxscore.errors import ConfigError
from cxscore.judging import Answered, Filtered, NoReply, Refused, TooLong, Truncated, Usage

WINDOW = openai_error(
    400,
    "This model's maximum context length is 8192 tokens.",
    code="context_length_exceeded",
    param="messages",
)


def test_an_answer():
    run = ask_model("openai", completion())
    assert run.replies == [
        Answered(
            text=TEXT,
            model="gpt-test-2026",
            usage=Usage(input_tokens=120, output_tokens=11, cache_read_tokens=64),
        )
    ]
    (seen,) = run.server.seen
    assert seen.path == "/v1/chat/completions"
    assert seen.headers["Authorization"] == "Bearer sk-test"
    assert seen.body["messages"][0] == {"role": "system", "content": ASK.system}
    assert seen.body["temperature"] == 0
    assert run.model.settings == "chat;temperature=0"


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (completion(None, message={"refusal": "I cannot help."}), Refused),
        (completion('{"reason', choice={"finish_reason": "length"}), Truncated),
        (completion("", choice={"finish_reason": "content_filter"}), Filtered),
        (openai_error(400, "filtered", code="content_filter"), Filtered),
        (WINDOW, TooLong),
        (openai_error(400, "the request exceeds the available context size"), TooLong),
        (Told(status=413, body={"error": {"message": "too large"}}), TooLong),
    ],
)
def test_outcomes_are_replies_and_are_not_retried(told, kind):
    run = ask_model("openai", told)
    assert [type(r) for r in run.replies] == [kind]
    assert len(run.server.seen) == 1
    assert [a.status for a in run.attempts] == [run.attempts[0].status]


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (openai_error(401, "Incorrect API key provided", code="invalid_api_key"), "check the key"),
        (openai_error(403, "Country not supported"), "403"),
        (openai_error(404, "The model `x` does not exist", code="model_not_found"), "name"),
        (openai_error(429, "You exceeded your quota", code="insufficient_quota"), "quota left"),
        (openai_error(400, "hard limit", code="billing_hard_limit_reached"), "quota left"),
        (openai_error(400, "Invalid schema", param="response_format"), "is refused"),
    ],
)
def test_dead_ends_stop_at_once_with_a_sentence(told, says):
    with pytest.raises(ConfigError, match=says):
        ask_model("openai", told)


def test_one_odd_conversation_does_not_stop_a_run():
    run = ask_model("openai", openai_error(400, "bad text", param="messages.[1].content"))
    assert isinstance(run.replies[0], NoReply)
    assert [a.status for a in run.attempts] == ["rejected"]
    later = ask_model("openai", completion(), openai_error(400, "odd"), asks=2)
    assert [type(r) for r in later.replies] == [Answered, NoReply]


def test_a_refused_temperature_is_dropped_once_and_recorded():
    refused = openai_error(
        400,
        "Unsupported value: 'temperature' does not support 0 with this model.",
        param="temperature",
        code="unsupported_value",
    )
    run = ask_model("openai", refused, completion(), asks=3)
    assert [type(r) for r in run.replies] == [Answered] * 3
    assert ["temperature" in s.body for s in run.server.seen] == [True, False, False, False]
    assert run.model.settings == "chat;provider's sampling"
    assert run.model.endpoint.refused == {"temperature"}


def test_asks_in_flight_together_may_all_meet_the_refusal():
    refused = openai_error(400, "Unsupported parameter: 'temperature'", param="temperature")
    run = ask_model("openai", refused, refused, refused, completion(), asks=3, at_once=True)
    assert [type(r) for r in run.replies] == [Answered] * 3


def test_refused_logprobs_are_dropped():
    refused = openai_error(400, "logprobs are not supported with reasoning models.")
    run = ask_model("openai", refused, completion(), logprobs=True)
    assert isinstance(run.replies[0], Answered)
    assert run.replies[0].choices == ()
    assert run.server.seen[0].body["top_logprobs"] > 5
    assert "logprobs" not in run.server.seen[1].body
    assert run.model.settings == "chat;temperature=0"


def test_a_model_of_the_responses_api_is_asked_there():
    moved = openai_error(
        404, "This model is only supported in v1/responses and not in v1/chat/completions."
    )
    run = ask_model("openai", moved, response(), asks=2)
    assert run.replies[0] == Answered(
        text=TEXT,
        model="gpt-test-pro",
        usage=Usage(input_tokens=90, output_tokens=30, cache_read_tokens=8),
    )
    assert [s.path for s in run.server.seen] == [
        "/v1/chat/completions",
        "/v1/responses",
        "/v1/responses",
    ]
    assert run.server.seen[1].body["store"] is False
    assert run.model.settings == "responses;temperature=0"


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (response(content=[{"type": "refusal", "refusal": "no"}]), Refused),
        (
            response(status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
            Truncated,
        ),
        (
            response(status="incomplete", incomplete_details={"reason": "content_filter"}),
            Filtered,
        ),
        (response(status="incomplete", output=[]), Truncated),
    ],
)
def test_outcomes_of_the_responses_api(told, kind):
    run = ask_model("openai", openai_error(404, "use v1/responses"), told)
    assert [type(r) for r in run.replies] == [kind]


def test_a_failed_response_is_asked_again():
    failed = response(status="failed", error={"code": "server_error", "message": "oops"})
    run = ask_model("openai", openai_error(404, "use v1/responses"), failed, response())
    assert isinstance(run.replies[0], Answered)
    assert [a.status for a in run.attempts] == ["server_error", "answered"]


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": None}])
def test_missing_usage_is_estimated_and_marked(usage):
    run = ask_model("compatible", completion(usage=usage))
    assert run.replies[0].usage == Usage()
    (attempt,) = run.attempts
    assert attempt.estimated
    assert attempt.usage is not None
    assert attempt.usage.input_tokens == pytest.approx(
        (len(ASK.system) + len(ASK.user) + 290) / 4, rel=0.2
    )
    assert attempt.usage.output_tokens == len(TEXT) // 4


def test_a_compatible_server_gets_plain_chat_and_no_key_of_ours(monkeypatch):
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-secret")
    run = ask_model("compatible", completion())
    (seen,) = run.server.seen
    assert seen.path == "/v1/chat/completions"
    assert seen.body["model"] == "org/llama@8b"
    assert seen.body["max_tokens"] == 400
    sent = " ".join(seen.headers.values())
    assert "sk-test" not in sent
    assert "secret" not in sent


def test_a_compatible_server_that_wants_the_newer_length_limit():
    wants = openai_error(400, "Unsupported 'max_tokens'. Use 'max_completion_tokens' instead.")
    run = ask_model("compatible", wants, completion())
    assert isinstance(run.replies[0], Answered)
    assert run.server.seen[1].body["max_completion_tokens"] == 400


def test_half_a_surrogate_pair_in_a_chat_log_is_sent_as_a_question_mark():
    import dataclasses

    odd = dataclasses.replace(ASK, user="broken \ud83d emoji, whole 🙂")
    run = ask_model("openai", completion(), ask=odd)
    assert isinstance(run.replies[0], Answered)
    assert run.server.seen[0].body["messages"][1]["content"] == "broken ? emoji, whole 🙂"


def test_no_key_at_all(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ConfigError, match="set OPENAI_API_KEY"):
        ask_model("openai", completion())
