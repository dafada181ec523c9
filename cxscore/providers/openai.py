"""``openai:MODEL``, and servers that speak its Chat Completions: ``compatible:MODEL@URL``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cxscore.errors import ConfigError
from cxscore.judging import Ask, Filtered, Reply, TooLong
from cxscore.providers.endpoint import AttemptError, Limits, MalformedError, Sent
from cxscore.providers.failures import failure, said, too_long
from cxscore.providers.headers import number
from cxscore.providers.openai_bodies import OPTIONAL, chat_body, responses_body
from cxscore.providers.openai_replies import read_completion, read_response
from cxscore.providers.transport import JSON_CONTENT, Network, client_options, encode

if TYPE_CHECKING:
    import openai

_FILTER_CODES = ("content_filter", "content_policy_violation")
_ONLY_RESPONSES = re.compile(r"v1/responses|Responses API", re.IGNORECASE)


def openai_client(network: Network, base_url: str | None = None) -> openai.AsyncOpenAI:
    """The SDK's client; a compatible server gets no key and no account header meant for OpenAI.

    Raises:
        ConfigError: there is no key, or the network cannot be set up.
    """
    import openai

    options = client_options(openai.DefaultAioHttpClient, network)
    key = network.key()
    if base_url is not None:
        key = key or "none"
        omitted = {"OpenAI-Organization": openai.Omit(), "OpenAI-Project": openai.Omit()}
        options["default_headers"] = omitted | options["default_headers"]
    try:
        return openai.AsyncOpenAI(api_key=key, base_url=base_url, **options)
    except openai.OpenAIError:
        raise ConfigError("there is no key for OpenAI; set OPENAI_API_KEY") from None


class OpenAIEndpoint:
    """Chat Completions with a strict JSON schema, or Responses where a model needs it.

    Args:
        model: the provider's name of the model.
        client: the SDK's client, shared by all endpoints of one provider.
        base_url: address of a compatible server; None: OpenAI.
        logprobs: ask for token probabilities.
        responses: use the Responses API from the start.
        refused: optional parameters known to be refused, e.g. by an earlier probe.
    """

    def __init__(
        self,
        model: str,
        *,
        client: openai.AsyncOpenAI,
        base_url: str | None = None,
        logprobs: bool = False,
        responses: bool = False,
        refused: frozenset[str] = frozenset(),
    ) -> None:
        self._model = model
        self._client = client
        self._base_url = base_url
        self._logprobs = logprobs
        self._responses = responses
        self._refused = refused
        self._length_limit = "max_tokens" if base_url else "max_completion_tokens"
        self._answered = False

    @property
    def id(self) -> str:
        """``openai:MODEL`` or ``compatible:MODEL@URL``."""
        if self._base_url is None:
            return f"openai:{self._model}"
        return f"compatible:{self._model}@{self._base_url}"

    @property
    def settings(self) -> str:
        """API and sampling in force: what was refused is not in force."""
        parts = ["responses" if self._responses else "chat"]
        parts.append("provider's sampling" if "temperature" in self._refused else "temperature=0")
        if self._logprobs and "logprobs" not in self._refused:
            parts.append("logprobs")
        return ";".join(parts)

    @property
    def client(self) -> openai.AsyncOpenAI:
        """The SDK's client; a batch of the same model goes through it too."""
        return self._client

    @property
    def refused(self) -> frozenset[str]:
        """Optional parameters the model has refused so far."""
        return self._refused

    async def send(self, ask: Ask) -> Sent:
        """One attempt, and at once another when the model only refuses an optional parameter."""
        import openai

        while True:
            path, body = self._request(ask)
            try:
                raw = await self._post(path, body)
            except openai.APIStatusError as error:
                reply = self._outcome(error)
                if reply is not None:
                    return Sent(reply=reply)
                if not self._adapted(error, path, body):
                    raise self._failure(error) from None
            except openai.APIError as error:
                raise failure(self.id, error) from error
            else:
                return self._read(raw.content, raw.headers, path, ask)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.close()

    def _request(self, ask: Ask) -> tuple[str, dict[str, Any]]:
        options: dict[str, Any] = {"leave_out": self._refused, "logprobs": self._logprobs}
        if self._responses:
            return "/responses", responses_body(ask, self._model, **options)
        options["length_limit"] = self._length_limit
        return "/chat/completions", chat_body(ask, self._model, **options)

    async def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        import httpx2

        # The SDK's typed methods copy every body and build models of every answer, which costs more
        # than the call; its plain post keeps keys, headers, errors and connections.
        return await self._client.post(
            path,
            cast_to=httpx2.Response,
            content=encode(body),
            options={"headers": JSON_CONTENT},
        )

    def _read(self, content: bytes, headers: Mapping[str, str], path: str, ask: Ask) -> Sent:
        read = read_response if path == "/responses" else read_completion
        limits = rate_limits(headers)
        try:
            sent = Sent(reply=read(json.loads(content), ask), limits=limits)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError):
            start = content[:120].decode("utf-8", "replace")
            raise MalformedError(
                f"{self.id} sent an answer of another shape: {start!r}", limits=limits
            ) from None
        except AttemptError as error:
            raise type(error)(f"{self.id}: {error}", limits=limits) from None
        self._answered = True
        return sent

    def _outcome(self, error: openai.APIStatusError) -> Reply | None:
        """The reply a refused request stands for, or None when it is an error."""
        if too_long(error, f"{error.code} {error.type}"):
            return TooLong(text=said(error), model=self._model)
        if error.code in _FILTER_CODES:
            return Filtered(text=said(error), model=self._model)
        return None

    def _adapted(self, error: openai.APIStatusError, path: str, body: Mapping[str, Any]) -> bool:
        """Whether the same ask may go again in another form, which is then kept."""
        if error.status_code not in {400, 404, 422}:
            return False
        text = said(error)
        if path != "/responses" and _ONLY_RESPONSES.search(text):
            self._responses = True
            return True
        if "max_tokens" in body and "max_completion_tokens" in text:
            self._length_limit = "max_completion_tokens"
            return True
        for name in OPTIONAL:
            sent = name in body or (name == "logprobs" and "top_logprobs" in body)
            # Others in flight may have dropped it by now: what counts is what this request held.
            if sent and (name in (error.param or "") or re.search(rf"\b(top_)?{name}\b", text)):
                self._refused |= {name}
                return True
        return False

    def _failure(self, error: openai.APIStatusError) -> Exception:
        headers = error.response.headers
        return failure(
            self.id,
            error,
            code=f"{error.code} {error.type}",
            where=error.param,
            answered_before=self._answered,
            limits=rate_limits(headers),
            headers=headers,
        )


def rate_limits(headers: Mapping[str, str]) -> Limits:
    """OpenAI's rate headers."""
    return Limits(
        requests_per_minute=number(headers, "x-ratelimit-limit-requests"),
        tokens_per_minute=number(headers, "x-ratelimit-limit-tokens"),
        requests_left=number(headers, "x-ratelimit-remaining-requests"),
        tokens_left=number(headers, "x-ratelimit-remaining-tokens"),
    )
