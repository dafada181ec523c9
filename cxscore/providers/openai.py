"""OpenAI and servers that speak its Chat Completions: ``openai:MODEL``, ``compatible:MODEL@URL``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cxscore.errors import ConfigError
from cxscore.judging import (
    Answered,
    Ask,
    Filtered,
    Refused,
    Reply,
    TooLong,
    Truncated,
    Usage,
)
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
    import openai

_WINDOW_CODES = ("context_length_exceeded", "string_above_max_length")
_FILTER_CODES = ("content_filter", "content_policy_violation")
_OPTIONAL = ("temperature", "logprobs", "top_logprobs", "seed", "prompt_cache_key")
"""Parameters a model may refuse; each is dropped once it is refused, and that is recorded."""


class OpenAIEndpoint:
    """Chat Completions with a strict JSON schema, or Responses where a model needs it."""

    def __init__(
        self,
        model: str,
        *,
        network: Network = Network(),
        base_url: str | None = None,
        api_key: str | None = None,
        responses: bool = False,
        logprobs: bool = False,
    ) -> None:
        import openai

        self._model = model
        self._base_url = base_url
        self._responses = responses
        self._refused: set[str] = set()
        self._logprobs = logprobs
        try:
            self._client = openai.AsyncOpenAI(
                api_key=api_key or ("none" if base_url else None),
                base_url=base_url,
                **client_options(openai.DefaultAioHttpClient, network),
            )
        except openai.OpenAIError as error:
            raise ConfigError(f"openai:{model}: {_first_line(error)}") from None

    @property
    def id(self) -> str:
        """``openai:MODEL`` or ``compatible:MODEL@URL``."""
        if self._base_url is None:
            return f"openai:{self._model}"
        return f"compatible:{self._model}@{self._base_url}"

    @property
    def settings(self) -> str:
        """Sampling settings in force: what was refused is not in force."""
        sampling = "" if "temperature" in self._refused else "temperature=0"
        scoring = ";logprobs" if self._logprobs and "logprobs" not in self._refused else ""
        return ("responses;" if self._responses else "chat;") + sampling + scoring

    async def send(self, ask: Ask) -> Sent:
        """One attempt, and at once another without a parameter the model refuses."""
        import openai

        while True:
            try:
                return await self._once(ask)
            except openai.BadRequestError as error:
                sent = self._bad_request(error)
                if sent is not None:
                    return sent
            except openai.NotFoundError as error:
                if self._responses or "v1/responses" not in str(error):
                    raise ConfigError(f"{self.id}: {_first_line(error)}") from None
                self._responses = True
            except openai.APIError as error:
                raise failure(self.id, error) from error

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.close()

    async def _once(self, ask: Ask) -> Sent:
        if self._responses:
            raw = await self._client.responses.with_raw_response.create(**self._responses_body(ask))
        else:
            raw = await self._client.chat.completions.with_raw_response.create(**self.body(ask))
        limits = _limits(raw.headers)
        try:
            # The SDK's own models cost more to build than the call: the few fields are read plainly.
            answer = json.loads(raw.http_response.content)
        except ValueError as error:
            raise OverloadedError(f"{self.id} sent no JSON: {error}", limits=limits) from None
        read = _read_response if self._responses else _read_completion
        try:
            return Sent(reply=read(answer), limits=limits)
        except (KeyError, IndexError, TypeError) as error:
            raise OverloadedError(
                f"{self.id} sent an answer of another shape: {error!r}", limits=limits
            ) from None

    def body(self, ask: Ask) -> dict[str, Any]:
        """The Chat Completions request of an ask; batches send the same."""
        limit = "max_tokens" if self._base_url else "max_completion_tokens"
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [
                {"role": "system", "content": ask.system},
                {"role": "user", "content": ask.user},
            ],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": ask.purpose, "strict": True, "schema": dict(ask.schema)},
            },
            limit: ask.max_output_tokens,
            "temperature": 0,
        }
        if self._logprobs:
            body |= {"logprobs": True, "top_logprobs": 20}
        return {k: v for k, v in body.items() if k not in self._refused}

    def _responses_body(self, ask: Ask) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._model,
            "instructions": ask.system,
            "input": ask.user,
            "text": {
                "format": {
                    "type": "json_schema",
                    "name": ask.purpose,
                    "strict": True,
                    "schema": dict(ask.schema),
                }
            },
            "max_output_tokens": ask.max_output_tokens,
            "temperature": 0,
            "store": False,
        }
        return {k: v for k, v in body.items() if k not in self._refused}

    def _bad_request(self, error: openai.BadRequestError) -> Sent | None:
        """A reply for what is an outcome; None when a parameter was dropped and it may go again."""
        text = str(error)
        if error.code in _WINDOW_CODES or "maximum context length" in text:
            return Sent(reply=TooLong(text=_first_line(error), model=self._model))
        if error.code in _FILTER_CODES:
            return Sent(reply=Filtered(text=_first_line(error), model=self._model))
        if "v1/responses" in text and not self._responses:
            self._responses = True
            return None
        for name in _OPTIONAL:
            if name not in self._refused and (error.param == name or f"'{name}'" in text):
                self._refused |= {name, "top_logprobs"} if name == "logprobs" else {name}
                return None
        raise ConfigError(f"{self.id} refuses the request: {_first_line(error)}") from None


def failure(id: str, error: openai.APIError) -> Exception:
    """Our error for one of the SDK's."""
    import openai

    message = f"{id}: {_first_line(error)}"
    if isinstance(error, openai.RateLimitError):
        if error.code == "insufficient_quota":
            return ConfigError(f"{message} (the account has no quota left)")
        headers = error.response.headers
        return ThrottledError(
            message, retry_after_s=retry_after_s(headers), limits=_limits(headers)
        )
    if isinstance(error, openai.APIStatusError):
        if error.status_code in {408, 409} or error.status_code >= 500:
            return OverloadedError(message, retry_after_s=retry_after_s(error.response.headers))
        if error.status_code in {401, 403}:
            return ConfigError(f"{message} (check the key)")
        return ConfigError(message)
    return ConnectionLostError(message)


def _read_completion(answer: Mapping[str, Any]) -> Reply:
    choice = answer["choices"][0]
    message = choice["message"]
    text, model = message.get("content") or "", str(answer.get("model", ""))
    usage = _usage(answer.get("usage") or {}, "prompt_tokens", "completion_tokens")
    if message.get("refusal"):
        return Refused(text=message["refusal"], model=model, usage=usage)
    if choice.get("finish_reason") == "length":
        return Truncated(text=text, model=model, usage=usage)
    if choice.get("finish_reason") == "content_filter":
        return Filtered(text=text, model=model, usage=usage)
    return Answered(text=text, model=model, usage=usage)


def _read_response(answer: Mapping[str, Any]) -> Reply:
    model = str(answer.get("model", ""))
    usage = _usage(answer.get("usage") or {}, "input_tokens", "output_tokens")
    parts = [
        part
        for item in answer["output"]
        if item.get("type") == "message"
        for part in item.get("content", ())
    ]
    text = "".join(p.get("text", "") for p in parts if p.get("type") == "output_text")
    refusal = "".join(p.get("refusal", "") for p in parts if p.get("type") == "refusal")
    if refusal:
        return Refused(text=refusal, model=model, usage=usage)
    if answer.get("status") == "incomplete":
        why = (answer.get("incomplete_details") or {}).get("reason")
        if why == "content_filter":
            return Filtered(text=text, model=model, usage=usage)
        return Truncated(text=text, model=model, usage=usage)
    return Answered(text=text, model=model, usage=usage)


def _usage(usage: Mapping[str, Any], inward: str, outward: str) -> Usage:
    details = usage.get(f"{inward}_details") or {}
    return Usage(
        input_tokens=usage.get(inward),
        output_tokens=usage.get(outward),
        cache_read_tokens=details.get("cached_tokens"),
        cache_write_tokens=details.get("cache_write_tokens"),
    )


def _limits(headers: Mapping[str, str]) -> Limits:
    return Limits(
        requests_per_minute=number(headers, "x-ratelimit-limit-requests"),
        tokens_per_minute=number(headers, "x-ratelimit-limit-tokens"),
        requests_left=number(headers, "x-ratelimit-remaining-requests"),
        tokens_left=number(headers, "x-ratelimit-remaining-tokens"),
    )


def _first_line(error: Exception) -> str:
    body = getattr(error, "body", None)
    said = body.get("message") if isinstance(body, dict) else None
    return str(said or error).strip().split("\n")[0][:300]
