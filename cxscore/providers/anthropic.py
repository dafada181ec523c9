"""Anthropic's Messages: ``anthropic:MODEL``, structured output through ``output_config.format``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cxscore.errors import ConfigError
from cxscore.judging import Answered, Ask, NoReply, Refused, Reply, TooLong, Truncated, Usage
from cxscore.providers.endpoint import Limits, MalformedError, Sent
from cxscore.providers.failures import failure, said, too_long
from cxscore.providers.headers import number
from cxscore.providers.transport import JSON_CONTENT, Network, client_options, encode

if TYPE_CHECKING:
    import anthropic

_WHERE = re.compile(r"[a-z_]+(?=[.:])")
"""Complaints begin with the parameter: ``messages.0.content: …``."""

CACHE_TTL = "5m"
"""How long the provider keeps the shared prefix; every use renews it."""


def anthropic_client(network: Network, base_url: str | None = None) -> anthropic.AsyncAnthropic:
    """The SDK's client.

    Raises:
        ConfigError: the network cannot be set up.
    """
    import anthropic

    options = client_options(anthropic.DefaultAioHttpClient, network)
    return anthropic.AsyncAnthropic(api_key=network.key(), base_url=base_url, **options)


class AnthropicEndpoint:
    """Messages with a JSON schema; the system part is marked for the prompt cache.

    Sampling parameters are not sent: the API the SDK speaks (2026-10-21) refuses them. It has no
    token probabilities either.

    Args:
        model: the provider's name of the model.
        client: the SDK's client, shared by all endpoints of the provider.
    """

    settings = "messages;provider's sampling"
    refused = frozenset({"temperature", "logprobs"})

    def __init__(self, model: str, *, client: anthropic.AsyncAnthropic) -> None:
        self._model = model
        self._client = client
        self._answered = False

    @property
    def id(self) -> str:
        """``anthropic:MODEL``."""
        return f"anthropic:{self._model}"

    @property
    def client(self) -> anthropic.AsyncAnthropic:
        """The SDK's client; a batch of the same model goes through it too."""
        return self._client

    async def send(self, ask: Ask) -> Sent:
        """One attempt."""
        import anthropic

        try:
            raw = await self._post(messages_body(ask, self._model))
        except anthropic.APIStatusError as error:
            if too_long(error):
                return Sent(reply=TooLong(text=said(error), model=self._model))
            raise self._failure(error) from None
        except anthropic.APIError as error:
            raise failure(self.id, error) from error
        except (TypeError, anthropic.AnthropicError) as error:
            # Raised while the headers are built, before anything is sent.
            sentence = f"there is no key for Anthropic; set ANTHROPIC_API_KEY ({said(error)})"
            raise ConfigError(sentence) from None
        limits = rate_limits(raw.headers)
        try:
            reply = read_message(json.loads(raw.content))
            sent = Sent(reply=reply, limits=limits, rated_tokens=_rated(reply))
        except (ValueError, KeyError, TypeError, AttributeError):
            start = raw.content[:120].decode("utf-8", "replace")
            raise MalformedError(
                f"{self.id} sent an answer of another shape: {start!r}", limits=limits
            ) from None
        self._answered = True
        return sent

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.close()

    async def _post(self, body: Mapping[str, Any]) -> Any:
        import httpx2

        # As for OpenAI: the plain post of the SDK, without its typed layer.
        return await self._client.post(
            "/v1/messages",
            cast_to=httpx2.Response,
            content=encode(body),
            options={"headers": JSON_CONTENT},
        )

    def _failure(self, error: anthropic.APIStatusError) -> Exception:
        headers = error.response.headers
        where = _WHERE.match(said(error))
        return failure(
            self.id,
            error,
            code=str(error.type),
            where=where.group() if where else None,
            answered_before=self._answered,
            limits=rate_limits(headers),
            headers=headers,
        )


def messages_body(ask: Ask, model: str, *, cache_ttl: str = CACHE_TTL) -> dict[str, Any]:
    """A Messages request; live asks and batches send the same.

    Args:
        ask: what is asked.
        model: the provider's name of the model.
        cache_ttl: ``5m``, or ``1h`` for batches, whose asks are spread over hours.
    """
    cached = {"type": "ephemeral", "ttl": cache_ttl}
    return {
        "model": model,
        "max_tokens": ask.max_output_tokens,
        "system": [{"type": "text", "text": ask.system, "cache_control": cached}],
        "messages": [{"role": "user", "content": ask.user}],
        "output_config": {"format": {"type": "json_schema", "schema": dict(ask.schema)}},
    }


def read_message(answer: Mapping[str, Any]) -> Reply:
    """The reply in a Messages answer, live or out of a batch.

    Raises:
        KeyError, TypeError: the answer has another shape.
    """
    text = "".join(p["text"] for p in answer["content"] if p["type"] == "text")
    model, stop = str(answer.get("model", "")), answer.get("stop_reason")
    sent = answer.get("usage") or {}
    usage = Usage(
        input_tokens=_all_input(sent),
        output_tokens=sent.get("output_tokens"),
        cache_read_tokens=sent.get("cache_read_input_tokens"),
        cache_write_tokens=sent.get("cache_creation_input_tokens"),
    )
    if stop == "refusal":
        return Refused(text=text, model=model, usage=usage)
    if stop in {"max_tokens", "pause_turn"}:
        return Truncated(text=text, model=model, usage=usage)
    if stop == "model_context_window_exceeded":
        return TooLong(text=text, model=model, usage=usage)
    return Answered(text=text, model=model, usage=usage)


def rate_limits(headers: Mapping[str, str]) -> Limits:
    """Anthropic's rate headers; where there is no joint token limit, the one on input."""

    def first(which: str) -> float | None:
        joint = number(headers, f"anthropic-ratelimit-tokens-{which}")
        return (
            number(headers, f"anthropic-ratelimit-input-tokens-{which}") if joint is None else joint
        )

    return Limits(
        requests_per_minute=number(headers, "anthropic-ratelimit-requests-limit"),
        tokens_per_minute=first("limit"),
        requests_left=number(headers, "anthropic-ratelimit-requests-remaining"),
        tokens_left=first("remaining"),
    )


def _rated(reply: Reply) -> int | None:
    # What is read from the cache is free of the rate limits: most of it, with a shared prefix.
    if isinstance(reply, NoReply) or reply.usage.input_tokens is None:
        return None
    usage = reply.usage
    return (usage.input_tokens or 0) - (usage.cache_read_tokens or 0) + (usage.output_tokens or 0)


def _all_input(sent: Mapping[str, Any]) -> int | None:
    # Anthropic counts cached tokens beside the input, OpenAI within; ours are within.
    if sent.get("input_tokens") is None:
        return None
    names = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    return sum(int(sent.get(name) or 0) for name in names)
