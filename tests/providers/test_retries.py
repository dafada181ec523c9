"""The one owner of retries, against a real server and the real SDKs."""

from __future__ import annotations

import pytest
from fault_server import (
    ASK,
    QUICK,
    TEXT,
    Told,
    anthropic_error,
    ask_model,
    completion,
    message,
    openai_error,
)

from cxscore.judging import Answered, NoReply
from cxscore.providers.model import Patience

GOOD = {"openai": completion(), "anthropic": message()}
PROVIDERS = pytest.mark.parametrize("provider", ["openai", "anthropic"])


def refusal(provider: str, status: int, **headers: str) -> Told:
    if provider == "openai":
        return openai_error(status, "not now", **headers)
    return anthropic_error(status, "rate_limit_error", "not now", **headers)


@PROVIDERS
@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (429, "throttled"),
        (500, "server_error"),
        (503, "server_error"),
        (529, "server_error"),
        (408, "server_error"),
    ],
)
def test_a_passing_refusal_is_asked_again_once(provider, fault, status):
    run = ask_model(provider, refusal(provider, fault), GOOD[provider])
    assert [type(r) for r in run.replies] == [Answered]
    assert [a.status for a in run.attempts] == [status, "answered"]
    assert len(run.server.seen) == 2, "the SDK must not retry on its own"
    assert run.attempts[0].usage is None


@PROVIDERS
@pytest.mark.parametrize(
    ("told", "status"),
    [
        (Told(reset=True), "connection"),
        (Told(body={"half": "x" * 400}, cut=True), "connection"),
        (Told(body=b'{"choices": [{"mess'), "malformed"),
        (Told(body=b"<html>gateway</html>", headers={"content-type": "text/html"}), "malformed"),
        (Told(body={"error": {"message": "in a 200"}}), "malformed"),
        (Told(body=[]), "malformed"),
        (Told(body=None), "malformed"),
    ],
)
def test_an_answer_that_never_came_whole_is_asked_again(provider, told, status):
    run = ask_model(provider, told, GOOD[provider])
    assert isinstance(run.replies[0], Answered)
    assert [a.status for a in run.attempts] == [status, "answered"]
    assert run.attempts[0].estimated == (status == "malformed")


@PROVIDERS
def test_a_hanging_server_is_left_after_the_allowed_time(provider):
    patience = Patience(first_wait_s=0.01, attempts=2, answer_within_s=0.1)
    run = ask_model(provider, Told(hang=True), patience=patience)
    assert isinstance(run.replies[0], NoReply)
    assert "no answer within 0.1 s" in run.replies[0].text
    assert [a.status for a in run.attempts] == ["connection"] * 2


@PROVIDERS
def test_retry_after_is_waited_for(provider):
    run = ask_model(provider, refusal(provider, 429, retry_after="0.3"), GOOD[provider])
    first, second = run.attempts
    assert second.started_at - (first.started_at + first.seconds) >= 0.3


@PROVIDERS
def test_retry_after_in_milliseconds_and_for_overload(provider):
    run = ask_model(provider, refusal(provider, 529, retry_after_ms="200"), GOOD[provider])
    first, second = run.attempts
    assert second.started_at - (first.started_at + first.seconds) >= 0.2


@PROVIDERS
def test_a_retry_after_above_the_cap_ends_the_ask_and_says_so(provider):
    run = ask_model(provider, refusal(provider, 429, retry_after="300"), GOOD[provider])
    assert run.replies == [
        NoReply(
            text=f"{run.model.id}: not now (asks to wait 300 s, more than the 60 s a run waits)"
        )
    ]
    assert len(run.server.seen) == 1


@PROVIDERS
def test_patience_ends(provider):
    run = ask_model(provider, refusal(provider, 500))
    assert isinstance(run.replies[0], NoReply)
    assert "given up after 6 attempts" in run.replies[0].text
    assert len(run.server.seen) == QUICK.attempts


def test_waiting_asks_hold_no_slot():
    # The first ask is told to wait; the one slot serves the other three meanwhile.
    script = (openai_error(429, "slower", retry_after="0.5"), completion())
    run = ask_model("openai", *script, asks=4, concurrency=1, at_once=True)
    assert [(a.purpose, a.status) for a in run.attempts] == [
        ("grade_0", "throttled"),
        ("grade_1", "answered"),
        ("grade_2", "answered"),
        ("grade_3", "answered"),
        ("grade_0", "answered"),
    ]


def test_concurrency_bounds_the_asks_in_flight_on_one_set_of_connections():
    run = ask_model("openai", completion(after_s=0.02), asks=40, concurrency=5, at_once=True)
    assert all(r == run.replies[0] for r in run.replies)
    assert run.server.peak == 5
    assert run.server.connections == 5


def test_more_asks_in_flight_than_a_default_connection_pool_holds():
    run = ask_model("openai", completion(after_s=0.5), asks=130, concurrency=130, at_once=True)
    assert run.server.peak > 100


@PROVIDERS
def test_asks_in_a_row_share_one_connection(provider):
    run = ask_model(provider, GOOD[provider], asks=5)
    assert len(run.server.seen) == 5
    assert run.server.connections == 1


def test_no_server_is_no_reply_that_names_the_cause():
    import asyncio
    import random

    from cxscore.providers.opening import open_model

    async def scenario():
        model = open_model(
            "compatible:m@http://127.0.0.1:9/v1",
            clock=asyncio.get_running_loop().time,
            rng=random.Random(1),
            patience=QUICK,
        )
        try:
            return await model.answer(ASK)
        finally:
            await model.close()

    reply = asyncio.run(scenario())
    assert isinstance(reply, NoReply)
    assert "Connect call failed" in reply.text or "Cannot connect" in reply.text


def test_an_attempt_records_what_it_cost():
    run = ask_model("openai", completion())
    (attempt,) = run.attempts
    assert (attempt.purpose, attempt.model, attempt.status) == (
        "grade",
        "openai:gpt-test",
        "answered",
    )
    assert attempt.usage is not None
    assert (attempt.usage.input_tokens, attempt.usage.cache_read_tokens) == (120, 64)
    assert not attempt.estimated
    assert run.replies[0].text == TEXT
