"""What a probe finds out about a model."""

from __future__ import annotations

import asyncio

import pytest
from fault_server import FaultServer, Told, address, completion, message, openai_error
from test_choices import tokens

from cxscore.errors import ConfigError
from cxscore.providers.names import endpoint
from cxscore.providers.probe import Capabilities, probe

FITS = '{"level": "3"}'


def probed(provider: str, *script: Told) -> Capabilities:
    async def scenario() -> Capabilities:
        async with FaultServer(*script) as server:
            found = endpoint(address(provider, server.url), logprobs=True)
            try:
                return await probe(found)
            finally:
                await found.close()

    return asyncio.run(scenario())


def test_a_model_that_can_everything():
    told = completion(FITS, choice={"logprobs": {"content": tokens(FITS, {})}})
    assert probed("openai", told) == Capabilities(
        reached=True,
        structured_output=True,
        temperature=True,
        logprobs=True,
        usage=True,
        refused=frozenset(),
        settings="chat;temperature=0;logprobs",
        model="gpt-test-2026",
        note="",
    )


def test_a_model_that_refuses_sampling():
    no_temperature = openai_error(400, "unsupported", param="temperature")
    no_logprobs = openai_error(400, "unsupported", param="logprobs")
    found = probed("openai", no_temperature, no_logprobs, completion(FITS))
    assert (found.temperature, found.logprobs, found.structured_output) == (False, False, True)
    assert found.refused == {"temperature", "logprobs"}


def test_a_server_that_ignores_the_schema_and_counts_nothing():
    found = probed("compatible", completion("Very polite! 3/3", usage=None))
    assert (found.reached, found.structured_output, found.usage) == (True, False, False)
    assert found.note == "Very polite! 3/3"


def test_anthropic_has_neither_temperature_nor_logprobs():
    found = probed("anthropic", message(FITS))
    assert (found.structured_output, found.temperature, found.logprobs) == (True, False, False)


def test_a_server_that_does_not_answer_is_asked_once():
    found = probed("openai", openai_error(503, "closed"))
    assert not found.reached
    assert "closed" in found.note


def test_a_wrong_key_is_said():
    with pytest.raises(ConfigError, match="check the key"):
        probed("openai", openai_error(401, "bad key"))
