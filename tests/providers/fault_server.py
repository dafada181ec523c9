"""A loopback server that answers as scripted, and what tests need around it."""

from __future__ import annotations

import asyncio
import json
import os
import random
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from aiohttp import web

from cxscore.judging import Ask, Reply
from cxscore.providers.model import Attempt, PacedModel, Patience
from cxscore.providers.opening import Providers
from cxscore.providers.transport import Network

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "reason": {"type": "string"},
        "level": {"$ref": "#/$defs/level"},
    },
    "required": ["reason", "level"],
    "additionalProperties": False,
    "$defs": {"level": {"type": "string", "enum": ["1", "2", "3", "4", "5", "na"]}},
}
ASK = Ask(
    purpose="grade",
    system="Grade the conversation.",
    user='{"t1": "Where is my parcel?"}',
    schema=SCHEMA,
    max_output_tokens=400,
)
TEXT = '{"reason": "It was answered.", "level": "4"}'
QUICK = Patience(first_wait_s=0.01, longest_wait_s=0.02, answer_within_s=5.0)


@dataclass(frozen=True, kw_only=True)
class Told:
    """One scripted answer."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    after_s: float = 0.0
    reset: bool = False
    hang: bool = False
    cut: bool = False
    """Announce the whole body, send half, close."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


class FaultServer:
    """Answers in the order of its script, the last answer again and again."""

    def __init__(self, *script: Told, tls: ssl.SSLContext | None = None) -> None:
        self._script = list(script)
        self._tls = tls
        self._connections: set[int] = set()
        self.seen: list[Seen] = []
        self.in_flight = self.peak = 0
        self.url = ""

    @property
    def connections(self) -> int:
        return len(self._connections)

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0.05)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{port}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self._connections.add(id(request.protocol))
        body = json.loads(await request.read() or b"{}")
        self.seen.append(Seen(path=request.raw_path, headers=request.headers.copy(), body=body))
        told = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            await asyncio.sleep(60 if told.hang else told.after_s)
        finally:
            self.in_flight -= 1
        return await self._send(request, told)

    async def _send(self, request: web.BaseRequest, told: Told) -> web.StreamResponse:
        if told.reset and request.transport is not None:
            request.transport.abort()
            return web.Response()
        raw = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
        headers = {"content-type": "application/json", **told.headers}
        if not told.cut:
            return web.Response(status=told.status, body=raw, headers=headers)
        whole = web.StreamResponse(
            status=told.status, headers={**headers, "content-length": str(len(raw))}
        )
        await whole.prepare(request)
        await whole.write(raw[: len(raw) // 2])
        if request.transport is not None:
            request.transport.close()
        return whole


def completion(text: str | None = TEXT, **changes: Any) -> Told:
    """A Chat Completions answer; ``message``, ``choice``, ``usage``, ``headers`` may be changed."""
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    message |= changes.get("message", {})
    choice |= changes.get("choice", {})
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-test-2026",
        "choices": [choice],
        "usage": {
            "prompt_tokens": 120,
            "completion_tokens": 11,
            "total_tokens": 131,
            "prompt_tokens_details": {"cached_tokens": 64},
        },
    }
    if "usage" in changes:
        body["usage"] = changes["usage"]
    return Told(body=body, headers=changes.get("headers", {}), after_s=changes.get("after_s", 0.0))


def response(text: str = TEXT, **changes: Any) -> Told:
    """A Responses answer; top-level members may be changed, ``content`` too."""
    content = changes.pop(
        "content", [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]
    )
    body = {
        "id": "resp_1",
        "object": "response",
        "model": "gpt-test-pro",
        "status": "completed",
        "output": [
            {"type": "reasoning", "id": "rs_1", "summary": []},
            {"type": "message", "id": "msg_1", "role": "assistant", "content": content},
        ],
        "usage": {
            "input_tokens": 90,
            "output_tokens": 30,
            "input_tokens_details": {"cached_tokens": 8},
        },
    }
    return Told(body=body | changes)


def message(text: str = TEXT, **changes: Any) -> Told:
    """A Messages answer; top-level members may be changed."""
    headers = changes.pop("headers", {})
    body = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-test-1",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 100,
            "output_tokens": 12,
            "cache_read_input_tokens": 80,
            "cache_creation_input_tokens": 7,
        },
    }
    return Told(body=body | changes, headers=headers)


def openai_error(
    status: int, said: str, *, code: str | None = None, param: str | None = None, **headers: str
) -> Told:
    body = {"error": {"message": said, "type": "error", "param": param, "code": code}}
    return Told(
        status=status, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def anthropic_error(status: int, kind: str, said: str, **headers: str) -> Told:
    body = {"type": "error", "error": {"type": kind, "message": said}, "request_id": "req_1"}
    return Told(
        status=status, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


@dataclass(frozen=True, kw_only=True)
class Run:
    """What asking led to."""

    replies: list[Reply]
    attempts: list[Attempt]
    server: FaultServer
    model: PacedModel


def ask_model(
    provider: str,
    *script: Told,
    asks: int = 1,
    ask: Ask = ASK,
    concurrency: int = 4,
    patience: Patience = QUICK,
    network: Network | None = None,
    logprobs: bool = False,
    at_once: bool = False,
) -> Run:
    """Put ``asks`` asks to a scripted server, one after the other or all at once, numbered."""

    async def scenario() -> Run:
        loop = asyncio.get_running_loop()
        attempts: list[Attempt] = []
        async with (
            FaultServer(*script) as server,
            Providers(
                networks={provider: network or Network()},
                concurrency=concurrency,
                clock=loop.time,
                rng=random.Random(1),
                patience=patience,
                on_attempt=attempts.append,
            ) as providers,
        ):
            model = providers.open_model(address(provider, server.url), logprobs=logprobs)
            if at_once:
                different = [replace(ask, purpose=f"{ask.purpose}_{n}") for n in range(asks)]
                replies = list(await asyncio.gather(*map(model.answer, different)))
            else:
                replies = [await model.answer(ask) for _ in range(asks)]
            return Run(replies=replies, attempts=attempts, server=server, model=model)

    return asyncio.run(scenario())


def address(provider: str, url: str) -> str:
    """The name of a model at a loopback server; the SDKs take addresses from the environment."""
    os.environ["OPENAI_BASE_URL"] = url
    os.environ["ANTHROPIC_BASE_URL"] = url.removesuffix("/v1")
    return {
        "openai": "openai:gpt-test",
        "anthropic": "anthropic:claude-test",
        "compatible": f"compatible:org/llama@8b@{url}",
    }[provider]
