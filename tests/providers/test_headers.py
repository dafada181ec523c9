"""What response headers say about waiting and rates."""

from __future__ import annotations

import pytest
from fault_server import ask_model, completion, message

from cxscore.providers import anthropic, openai
from cxscore.providers.endpoint import Limits
from cxscore.providers.headers import retry_after_s

DATED = {"date": "Sun, 22 Nov 2026 12:00:00 GMT", "retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        (DATED, 30.0),
        (DATED | {"date": "Sun, 22 Nov 2026 12:01:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers, seconds):
    assert retry_after_s(headers) == seconds


def test_rates_of_openai():
    headers = {
        "x-ratelimit-limit-requests": "5000",
        "x-ratelimit-remaining-requests": "4999",
        "x-ratelimit-limit-tokens": "2000000",
        "x-ratelimit-remaining-tokens": "0",
    }
    assert openai.rate_limits(headers) == Limits(
        requests_per_minute=5000, tokens_per_minute=2_000_000, requests_left=4999, tokens_left=0
    )
    assert openai.rate_limits(headers).exhausted
    assert openai.rate_limits({}) == Limits()


def test_rates_of_anthropic():
    headers = {
        "anthropic-ratelimit-requests-limit": "4000",
        "anthropic-ratelimit-requests-remaining": "3999",
        "anthropic-ratelimit-input-tokens-limit": "400000",
        "anthropic-ratelimit-input-tokens-remaining": "399000",
    }
    limits = anthropic.rate_limits(headers)
    assert (limits.requests_per_minute, limits.tokens_per_minute) == (4000, 400_000)
    joint = headers | {"anthropic-ratelimit-tokens-limit": "480000"}
    assert anthropic.rate_limits(joint).tokens_per_minute == 480_000


@pytest.mark.parametrize(
    ("provider", "told"),
    [
        ("openai", completion(headers={"x-ratelimit-limit-requests": "1200"})),
        ("anthropic", message(headers={"anthropic-ratelimit-requests-limit": "1200"})),
    ],
)
def test_a_named_rate_paces_the_real_sdks(provider, told):
    run = ask_model(provider, told, asks=30)
    starts = [a.started_at for a in run.attempts]
    # 20 a second are there at once; the last nine wait for their turn at 20 a second.
    assert starts[-1] - starts[0] >= 0.4
