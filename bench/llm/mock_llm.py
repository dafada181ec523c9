#!/usr/bin/env python3
"""A mock LLM server on one core: OpenAI Chat Completions and Anthropic Messages, with faults.

    python mock_llm.py --port 8199 --latency-ms 300
    python mock_llm.py --latency-ms 300 --p429 0.05 --p500 0.02 --pmalformed 0.02 --preset 0.005

It answers any JSON schema or tool with a minimal valid instance that quotes the prompt. GET
/stats gives its counters (?detail=1: also those of each conversation), POST /reset zeroes them, GET
/last is the last request. A request belongs to the first CONV-nnnnnn in its body.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import resource
import socket
import struct
import time
from collections import Counter
from contextlib import suppress
from typing import Any

import httptools
import orjson
import uvloop

import mock_wire

SETTINGS: dict[str, float] = {
    "latency_ms": 0.0,
    "p429": 0.0,
    "p500": 0.0,
    "p529": 0.0,
    "pmalformed": 0.0,
    "ptruncated": 0.0,
    "preset": 0.0,
    "prefusal": 0.0,
    "poffschema": 0.0,
    "pbadbody": 0.0,
    "phang": 0.0,
    "retry_after": 1.0,
    "rpm": 0.0,
    "tpm": 0.0,
    "contradicted": 0.0,
    "seed": 7.0,
}
FAULTS = ("reset", "429", "500", "529", "malformed", "truncated", "refusal", "offschema", "badbody")
FAULTS = (*FAULTS, "hang")
REASONS = {200: b"OK", 400: b"Bad Request", 404: b"Not Found", 429: b"Too Many Requests"}
CONVERSATION = re.compile(rb"CONV-\d{6}")
NO_LIMIT = 100_000_000


class Counters:
    """What the server has seen since the last reset."""

    def __init__(self) -> None:
        self.requests = self.ok = self.inflight = self.inflight_peak = self.connections = 0
        self.prompt_tokens = self.completion_tokens = self.largest_output = 0
        self.system_tokens = self.schema_tokens = self.rest_tokens = 0
        self.first = self.last = 0.0
        self.faults: Counter[str] = Counter()
        self.status: Counter[str] = Counter()
        self.conv_ok: Counter[str] = Counter()
        self.conv_req: Counter[str] = Counter()
        self.system_texts: set[int] = set()

    def arrived(self, conversation: str | None) -> None:
        """A request came in."""
        now = time.time()
        self.first, self.last = self.first or now, now
        self.requests += 1
        self.inflight += 1
        self.inflight_peak = max(self.inflight_peak, self.inflight)
        if conversation:
            self.conv_req[conversation] += 1

    def weighed(self, asked: mock_wire.Asked, text: str) -> None:
        """A request was answered, rightly or not."""
        tokens = max(1, len(text) // 4)
        self.prompt_tokens += asked.prompt_tokens
        self.completion_tokens += tokens
        self.largest_output = max(self.largest_output, tokens)
        self.system_texts.add(hash(asked.system))
        self.system_tokens += len(asked.system) // 4
        self.schema_tokens += asked.schema_tokens
        self.rest_tokens += (len(asked.prompt) - len(asked.system)) // 4

    def as_json(self, *, detail: bool) -> bytes:
        """All of them."""
        held = dict(vars(self), system_texts=len(self.system_texts), settings=SETTINGS)
        if not detail:
            del held["conv_ok"], held["conv_req"]
        usage = resource.getrusage(resource.RUSAGE_SELF)
        held["cpu_s"] = usage.ru_utime + usage.ru_stime
        return orjson.dumps(held)


class Bucket:
    """Requests and tokens a minute."""

    def __init__(self) -> None:
        self.filled = time.monotonic()
        self.left = {"rpm": 0.0, "tpm": 0.0}

    def over(self, tokens: int) -> bool:
        """Whether this request is over the limit; takes it out of the bucket when it is not."""
        now = time.monotonic()
        passed, self.filled = now - self.filled, now
        wanted = {"rpm": 1, "tpm": tokens}
        limited = {k: SETTINGS[k] for k in wanted if SETTINGS[k]}
        for kind, limit in limited.items():
            most = limit / (60 if kind == "rpm" else 6) + 1
            self.left[kind] = min(most, self.left[kind] + passed * limit / 60)
        if any(self.left[kind] < wanted[kind] for kind in limited):
            return True
        for kind in limited:
            self.left[kind] -= wanted[kind]
        return False

    def headers(self, path: str) -> bytes:
        """The rate headers of the protocol."""
        lines = ""
        for what, kind in (("requests", "rpm"), ("tokens", "tpm")):
            limit = int(SETTINGS[kind]) or NO_LIMIT
            left = int(max(self.left[kind], 0)) if SETTINGS[kind] else NO_LIMIT
            for name, value in (("limit", limit), ("remaining", left)):
                theirs = path.endswith(mock_wire.ANTHROPIC)
                key = (
                    f"anthropic-ratelimit-{what}-{name}" if theirs else f"x-ratelimit-{name}-{what}"
                )
                lines += f"{key}: {value}\r\n"
        return lines.encode()


class Mock:
    """The state all connections share."""

    def __init__(self) -> None:
        self.counters, self.bucket = Counters(), Bucket()
        self.random = random.Random(int(SETTINGS["seed"]))
        self.last_body = b"{}"

    def fault(self, size: int) -> str | None:
        """What goes wrong with this request, drawn from a fixed seed."""
        if self.bucket.over(size // 4):
            return "429"
        drawn = self.random.random()
        for name in FAULTS:
            share = SETTINGS[f"p{name}"]
            if share and drawn < share:
                return name
            drawn -= share
        return None


class Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, mock: Mock) -> None:
        self.mock, self.closed = mock, False
        self.parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.mock.counters.connections += 1
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's name)
        self.closed = True

    def data_received(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.transport.close()

    def on_message_begin(self) -> None:
        self.pieces: list[bytes] = []

    def on_url(self, url: bytes) -> None:
        self.url = url

    def on_body(self, piece: bytes) -> None:
        self.pieces.append(piece)

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"expect" and value.lower() == b"100-continue":
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_message_complete(self) -> None:
        path, _, query = self.url.decode().partition("?")
        body = b"".join(self.pieces)
        if path.startswith("/v1/") and body:
            self.ask(path, body)
        elif path == "/stats":
            self.send(200, self.mock.counters.as_json(detail="detail" in query))
        elif path == "/last":
            self.send(200, self.mock.last_body)
        elif path == "/reset":
            self.mock.counters = Counters()
            self.send(200, b"{}")
        else:
            self.send(404, mock_wire.error(path, 404))

    def ask(self, path: str, body: bytes) -> None:
        """A model is asked: it answers after the latency, a 429 at once."""
        self.mock.last_body = body
        found = CONVERSATION.search(body)
        conversation = found.group().decode() if found else None
        self.mock.counters.arrived(conversation)
        fault = self.mock.fault(len(body))
        wait = 0.0 if fault == "429" else SETTINGS["latency_ms"] / 1000
        loop = asyncio.get_running_loop()
        loop.call_later(wait, self.answer, path, body, fault, conversation)

    def answer(self, path: str, body: bytes, fault: str | None, conversation: str | None) -> None:
        """The answer, or the fault."""
        counters = self.mock.counters
        counters.inflight -= 1
        if fault:
            counters.faults[fault] += 1
        if self.closed or fault == "hang":
            return
        if fault == "reset":
            sock = self.transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()
        elif fault in {"429", "500", "529"}:
            later = f"retry-after: {SETTINGS['retry_after']:g}\r\n" if fault == "429" else ""
            self.counted(int(fault), mock_wire.error(path, int(fault)), later.encode())
        else:
            self.say(path, body, fault, conversation)

    def say(self, path: str, body: bytes, fault: str | None, conversation: str | None) -> None:
        """An answer of the model, perhaps a spoiled one."""
        counters = self.mock.counters
        try:
            asked = mock_wire.read(path, orjson.loads(body))
        except KeyError:
            return self.counted(404, mock_wire.error(path, 404))
        except orjson.JSONDecodeError:
            return self.counted(400, mock_wire.error(path, 400))
        text = mock_wire.answer(asked, fault, SETTINGS["contradicted"])
        counters.weighed(asked, text)
        told = mock_wire.write(path, asked, text, fault, counters.requests)
        if fault == "badbody":
            told = told[: len(told) // 2]
        elif not fault:
            counters.ok += 1
            counters.conv_ok.update([conversation] if conversation else [])
        return self.counted(200, told, self.mock.bucket.headers(path))

    def counted(self, code: int, body: bytes, headers: bytes = b"") -> None:
        """Send an answer of the model or of its service."""
        self.mock.counters.status[str(code)] += 1
        self.send(code, body, headers)

    def send(self, code: int, body: bytes, headers: bytes = b"") -> None:
        """Write one response."""
        stays = self.parser.should_keep_alive()
        line = b"HTTP/1.1 %d %s\r\n" % (code, REASONS.get(code, b"Error"))
        fixed = b"content-type: application/json\r\ncontent-length: %d\r\n" % len(body)
        end = b"\r\n" if stays else b"connection: close\r\n\r\n"
        self.transport.write(line + fixed + headers + end + body)
        if not stays:
            self.transport.close()


async def serve(port: int) -> None:
    """Serve until killed."""
    mock = Mock()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(mock), "127.0.0.1", port, backlog=4096)
    print(f"mock_llm on http://127.0.0.1:{port} {SETTINGS}", flush=True)
    await server.serve_forever()


def main() -> None:
    """Read the settings and serve."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=8199)
    for name, value in SETTINGS.items():
        parser.add_argument("--" + name.replace("_", "-"), dest=name, type=float, default=value)
    given = vars(parser.parse_args())
    port = given.pop("port")
    SETTINGS.update(given)
    with suppress(KeyboardInterrupt):
        uvloop.run(serve(port))


if __name__ == "__main__":
    main()
