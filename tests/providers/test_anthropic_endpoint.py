"""Anthropic's Messages: outcomes are replies, dead ends clear sentences."""

from __future__ import annotations

import pytest
from fault_server import ASK, TEXT, anthropic_error, ask_model, message

from cxscore.errors import ConfigError
from cxscore.judging import Answered, NoReply, Refused, TooLong, Truncated, Usage


def test_an_answer():
    run = ask_model("anthropic", message())
    assert run.replies == [
        Answered(
            text=TEXT,
            model="claude-test-1",
            usage=Usage(
                input_tokens=187, output_tokens=12, cache_read_tokens=80, cache_write_tokens=7
            ),
        )
    ]
    (seen,) = run.server.seen
    assert seen.path == "/v1/messages"
    assert seen.body["system"][0]["text"] == ASK.system
    assert seen.body["system"][0]["cache_control"] == {"type": "ephemeral", "ttl": "5m"}
    assert "temperature" not in seen.body
    assert "sk-ant-test" in " ".join(seen.headers.values())


@pytest.mark.parametrize(
    ("told", "kind", "status"),
    [
        (message("", stop_reason="refusal"), Refused, "refused"),
        (message('{"reas', stop_reason="max_tokens"), Truncated, "truncated"),
        (message("", stop_reason="model_context_window_exceeded"), TooLong, "too_long"),
        (
            anthropic_error(400, "invalid_request_error", "prompt is too long: 210000 tokens"),
            TooLong,
            "too_long",
        ),
        (anthropic_error(413, "request_too_large", "Request exceeds"), TooLong, "too_long"),
    ],
)
def test_outcomes_are_replies_and_are_not_retried(told, kind, status):
    run = ask_model("anthropic", told)
    assert [type(r) for r in run.replies] == [kind]
    assert [a.status for a in run.attempts] == [status]
    assert len(run.server.seen) == 1


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (anthropic_error(401, "authentication_error", "invalid x-api-key"), "check the key"),
        (anthropic_error(404, "not_found_error", "model: claude-test"), "name"),
        (anthropic_error(402, "billing_error", "pay first"), "no quota left"),
        (
            anthropic_error(
                400, "invalid_request_error", "Your credit balance is too low to access the API."
            ),
            "no quota left",
        ),
        (
            anthropic_error(400, "invalid_request_error", "output_config.format: not supported"),
            "is refused",
        ),
    ],
)
def test_dead_ends_stop_at_once_with_a_sentence(told, says):
    with pytest.raises(ConfigError, match=says):
        ask_model("anthropic", told)


def test_no_credit_in_the_middle_of_a_run_stops_it_too():
    low = anthropic_error(400, "invalid_request_error", "Your credit balance is too low")
    with pytest.raises(ConfigError, match="no quota left"):
        ask_model("anthropic", message(), low, asks=2)


def test_one_odd_conversation_does_not_stop_a_run():
    odd = anthropic_error(400, "invalid_request_error", "messages.0.content: odd")
    run = ask_model("anthropic", odd)
    assert isinstance(run.replies[0], NoReply)


def test_missing_usage_is_estimated_and_marked():
    run = ask_model("anthropic", message(usage=None))
    assert run.attempts[0].estimated
    assert run.replies[0].usage == Usage()


def test_no_key_at_all(monkeypatch, tmp_path):
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(ConfigError, match="set ANTHROPIC_API_KEY"):
        ask_model("anthropic", message())
