"""Anthropic's Messages: ``anthropic:MODEL``, structured output through ``output_config.format``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cxscore.errors import ConfigError
from cxscore.judging import Answered, Ask, Refused, Reply, TooLong, Truncated, Usage
from cxscore.providers.endpoint import (
    ConnectionLostError,
    Limits,
    OverloadedError,
    Sent,
    ThrottledError,
)
from cxscore.providers.headers import number, retry_after_s
from cxscore.providers.transport import Network, client_options

if TYPE_CHECKING:
    import anthropic


class AnthropicEndpoint:
    """Messages with a JSON schema; the system part is marked for the prompt cache.

    Sampling parameters are not sent: the API of 2026-10-21 refuses them.
    """

    def __init__(
        self,
        model: str,
        *,
        network: Network = Network(),
        base_url: str | None = None,
        api_key: str | None = None,
        cache_ttl: str = "5m",
    ) -> None:
        import anthropic

        self._model = model
        self._cache_ttl = cache_ttl
        try:
            self._client = anthropic.AsyncAnthropic(
                api_key=api_key,
                base_url=base_url,
                **client_options(anthropic.DefaultAioHttpClient, network),
            )
        except anthropic.AnthropicError as error:
            raise ConfigError(f"anthropic:{model}: {_first_line(error)}") from None

    @property
    def id(self) -> str:
        """``anthropic:MODEL``."""
        return f"anthropic:{self._model}"

    @property
    def settings(self) -> str:
        """No sampling parameter is in force."""
        return "messages;provider's sampling"

    async def send(self, ask: Ask) -> Sent:
        """One attempt."""
        import anthropic

        try:
            raw = await self._client.messages.with_raw_response.create(**self.body(ask))
        except anthropic.BadRequestError as error:
            return Sent(reply=self._bad_request(error))
        except anthropic.APIError as error:
            raise failure(self.id, error) from error
        except TypeError as error:  # no key at all: raised while the headers are built
            raise ConfigError(f"{self.id}: {_first_line(error)}") from None
        limits = _limits(raw.headers)
        try:
            return Sent(reply=_read(json.loads(raw.http_response.content)), limits=limits)
        except (ValueError, KeyError, TypeError) as error:
            raise OverloadedError(
                f"{self.id} sent an answer of another shape: {error!r}", limits=limits
            ) from None

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.close()

    def body(self, ask: Ask) -> dict[str, Any]:
        """The Messages request of an ask; batches send the same."""
        return {
            "model": self._model,
            "max_tokens": ask.max_output_tokens,
            "system": [
                {
                    "type": "text",
                    "text": ask.system,
                    "cache_control": {"type": "ephemeral", "ttl": self._cache_ttl},
                }
            ],
            "messages": [{"role": "user", "content": ask.user}],
            "output_config": {"format": {"type": "json_schema", "schema": dict(ask.schema)}},
        }

    def _bad_request(self, error: anthropic.BadRequestError) -> Reply:
        text = _first_line(error)
        if "prompt is too long" in text or "context window" in text:
            return TooLong(text=text, model=self._model)
        raise ConfigError(f"{self.id} refuses the request: {text}") from None


def failure(id: str, error: anthropic.APIError) -> Exception:
    """Our error for one of the SDK's."""
    import anthropic

    message = f"{id}: {_first_line(error)}"
    if isinstance(error, anthropic.RateLimitError):
        headers = error.response.headers
        return ThrottledError(
            message, retry_after_s=retry_after_s(headers), limits=_limits(headers)
        )
    if isinstance(error, anthropic.APIStatusError):
        if error.status_code in {408, 409} or error.status_code >= 500:
            return OverloadedError(message, retry_after_s=retry_after_s(error.response.headers))
        if error.status_code in {401, 403}:
            return ConfigError(f"{message} (check the key)")
        return ConfigError(message)
    return ConnectionLostError(message)


def _read(answer: Mapping[str, Any]) -> Reply:
    text = "".join(p.get("text", "") for p in answer["content"] if p.get("type") == "text")
    model, stop = str(answer.get("model", "")), answer.get("stop_reason")
    sent = answer.get("usage") or {}
    usage = Usage(
        input_tokens=sent.get("input_tokens"),
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


def _limits(headers: Mapping[str, str]) -> Limits:
    return Limits(
        requests_per_minute=number(headers, "anthropic-ratelimit-requests-limit"),
        tokens_per_minute=number(headers, "anthropic-ratelimit-tokens-limit"),
        requests_left=number(headers, "anthropic-ratelimit-requests-remaining"),
        tokens_left=number(headers, "anthropic-ratelimit-tokens-remaining"),
    )


def _first_line(error: Exception) -> str:
    body = getattr(error, "body", None)
    inner = body.get("error") if isinstance(body, dict) else None
    said = inner.get("message") if isinstance(inner, dict) else None
    return str(said or error).strip().split("\n")[0][:300]
