"""A loopback server that speaks both batch APIs, written from the SDKs' types.

Answers come shuffled; lines may fail, batches may expire, be refused, or be slow to validate. It
runs in a thread of its own, so that a client can be shot while it lives on.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from aiohttp import web

from cxscore.providers.probe import PROBE

Ask = Mapping[str, Any]
"""``system``, ``user`` and ``schema`` of a request."""


@dataclass(kw_only=True)
class Weather:
    """How the provider behaves."""

    looks: int = 3
    """How often a batch is looked at before it has ended."""
    errors: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """A word of the ask to ``{"status": …, "code": …, "message": …}``, the first time only."""
    errors_last: bool = False
    """Errors come every time."""
    expired: frozenset[str] = frozenset()
    """Words of asks that expire, the first time only."""
    cancelled: frozenset[str] = frozenset()
    """Words of asks that were cancelled, the first time only."""
    expires: bool = False
    """The batch as a whole is reported as expired."""
    refused: str | None = None
    """Code of a validation that fails."""
    queue: int | None = None
    """Most requests enqueued at a time; more are refused."""
    hang_after_create: bool = False
    """The batch exists, its answer never comes."""
    reset_after_create: int = 0
    """So many creations work and lose their answer."""
    hang_results_after: int | None = None
    """So many results are sent, then nothing."""
    throttle: int = 0
    """So many calls are turned away with 429 first."""
    lost: frozenset[str] = frozenset()
    """Words of asks whose result never comes."""
    foreign: int = 0
    """Results of other people's asks among ours."""


class BatchServer:
    """Both providers at once; ``openai`` and ``anthropic`` are base URLs for the SDKs."""

    def __init__(self, answer: Callable[[Ask], str], weather: Weather | None = None) -> None:
        self.answer = answer
        self.weather = weather or Weather()
        self.files: dict[str, tuple[str, bytes]] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.results: dict[str, list[bytes]] = {}
        self.asked: Counter[str] = Counter()
        """Custom id to how often it was enqueued."""
        self.lines: list[dict[str, Any]] = []
        """Every line of every batch."""
        self.bodies: list[bytes] = []
        """Every batch as it came."""
        self.created: list[dict[str, Any]] = []
        """Every body that created an OpenAI batch."""
        self.live = 0
        """Asks answered outside of batches."""
        self.lived: list[dict[str, Any]] = []
        self.refuse_live: web.Response | None = None
        self.failed: set[str] = set()
        self.noted = threading.Event()
        """A batch was created, or a result was sent while results hang."""
        self._numbers = iter(range(1, 10_000))
        self._random = random.Random(4)

    # The thread

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        started = threading.Event()

        def run() -> None:
            asyncio.set_event_loop(self._loop)
            self._loop.run_until_complete(self._start())
            started.set()
            self._loop.run_forever()
            self._loop.run_until_complete(self._runner.cleanup())
            self._loop.close()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _start(self) -> None:
        app = web.Application(client_max_size=1 << 30)
        app.add_routes(
            [
                web.post("/v1/files", self._upload),
                web.get("/v1/files", self._list_files),
                web.delete("/v1/files/{id}", self._delete_file),
                web.get("/v1/files/{id}/content", self._content),
                web.post("/v1/batches", self._create_openai),
                web.get("/v1/batches", self._list_openai),
                web.get("/v1/batches/{id}", self._look_openai),
                web.post("/v1/chat/completions", self._chat),
                web.post("/v1/messages/batches", self._create_anthropic),
                web.get("/v1/messages/batches", self._list_anthropic),
                web.get("/v1/messages/batches/{id}", self._look_anthropic),
                web.delete("/v1/messages/batches/{id}", self._delete_anthropic),
                web.get("/v1/messages/batches/{id}/results", self._results_anthropic),
                web.post("/v1/messages", self._messages),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0.05)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port = self._runner.addresses[0][1]
        self.anthropic = f"http://127.0.0.1:{port}"
        self.openai = f"{self.anthropic}/v1"

    # OpenAI

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        if (away := self._turned_away()) is not None:
            return away
        fields: dict[str, Any] = {}
        name = ""
        async for part in await request.multipart():
            if part.name == "file":
                name = part.filename or ""
                fields["file"] = bytes(await part.read())
            else:
                fields[part.name or ""] = await part.text()
        assert fields["purpose"] == "batch"
        assert fields["expires_after[anchor]"] == "created_at"
        assert 3600 <= int(fields["expires_after[seconds]"]) <= 2_592_000
        number = f"file-{next(self._numbers)}"
        self.files[number] = (name, fields["file"])
        return web.json_response(self._file(number))

    def _file(self, number: str) -> dict[str, Any]:
        name, body = self.files[number]
        return {
            "id": number,
            "object": "file",
            "bytes": len(body),
            "created_at": _now(),
            "filename": name,
            "purpose": "batch",
            "status": "processed",
        }

    async def _list_files(self, request: web.Request) -> web.Response:
        data = [self._file(n) for n in self.files]
        return web.json_response({"object": "list", "data": data, "has_more": False})

    async def _delete_file(self, request: web.Request) -> web.Response:
        if self.files.pop(request.match_info["id"], None) is None:
            return _openai_error(404, "no such file")
        return web.json_response(
            {"id": request.match_info["id"], "object": "file", "deleted": True}
        )

    async def _content(self, request: web.Request) -> web.StreamResponse:
        number = request.match_info["id"]
        if number not in self.files:
            return _openai_error(404, "no such file")
        return await self._stream(request, self.files[number][1].splitlines(keepends=True))

    async def _create_openai(self, request: web.Request) -> web.StreamResponse:
        told = await request.json()
        self.created.append(told)
        assert told["completion_window"] == "24h"
        assert told["output_expires_after"]["anchor"] == "created_at"
        assert all(len(k) <= 64 and len(v) <= 512 for k, v in told["metadata"].items())
        _, body = self.files[told["input_file_id"]]
        lines = [json.loads(line) for line in body.splitlines()]
        self._check(lines, body, 50_000, 200_000_000)
        assert {line["url"] for line in lines} == {told["endpoint"]}
        assert len({line["body"]["model"] for line in lines}) == 1
        number = f"batch_{next(self._numbers)}"
        enqueued = sum(
            len(b["lines"]) for b in self.batches.values() if b["status"] == "validating"
        )
        full = self.weather.queue is not None and enqueued + len(lines) > self.weather.queue
        self.batches[number] = {
            "kind": "openai",
            "id": number,
            "endpoint": told["endpoint"],
            "input_file_id": told["input_file_id"],
            "metadata": told["metadata"],
            "created_at": _now(),
            "status": "validating",
            "lines": lines,
            "looks": 0,
            "refused": "token_limit_exceeded" if full else self.weather.refused,
            "output_file_id": None,
            "error_file_id": None,
        }
        return await self._created(request, web.json_response(self._openai(number)))

    def _check(self, lines: list[dict[str, Any]], body: bytes, most: int, most_bytes: int) -> None:
        ids = [line["custom_id"] for line in lines]
        assert len(set(ids)) == len(ids), "duplicate custom ids"
        assert all(0 < len(i) <= 64 and i.replace("-", "").isalnum() for i in ids)
        assert 0 < len(lines) <= most
        assert len(body) <= most_bytes
        self.asked.update(ids)
        self.lines += lines
        self.bodies.append(body)

    async def _created(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        self.noted.set()
        if self.weather.hang_after_create:
            await asyncio.sleep(60)
        if self.weather.reset_after_create:
            self.weather.reset_after_create -= 1
            assert request.transport is not None
            request.transport.abort()
        return answer

    def _openai(self, number: str) -> dict[str, Any]:
        batch = self.batches[number]
        done = batch["status"] in {"completed", "expired"}
        return {
            "id": number,
            "object": "batch",
            "endpoint": batch["endpoint"],
            "completion_window": "24h",
            "created_at": batch["created_at"],
            "input_file_id": batch["input_file_id"],
            "status": batch["status"],
            "metadata": batch["metadata"],
            "output_file_id": batch["output_file_id"],
            "error_file_id": batch["error_file_id"],
            "errors": {
                "object": "list",
                "data": [
                    {"code": batch["refused"], "message": "no", "param": None, "line": 1},
                ],
            }
            if batch["status"] == "failed"
            else None,
            "request_counts": {
                "total": len(batch["lines"]),
                "completed": len(batch["lines"]) if done else 0,
                "failed": 0,
            },
        }

    async def _list_openai(self, request: web.Request) -> web.Response:
        mine = [n for n, b in self.batches.items() if b["kind"] == "openai"][::-1]
        after = request.query.get("after")
        if after:
            mine = mine[mine.index(after) + 1 :]
        page, more = mine[:2], len(mine) > 2  # small pages: whoever lists must turn them
        return web.json_response(
            {
                "object": "list",
                "data": [self._openai(n) for n in page],
                "first_id": page[0] if page else None,
                "last_id": page[-1] if page else None,
                "has_more": more,
            }
        )

    async def _look_openai(self, request: web.Request) -> web.StreamResponse:
        if (away := self._turned_away()) is not None:
            return away
        number = request.match_info["id"]
        batch = self.batches.get(number)
        if batch is None or batch["kind"] != "openai":
            return _openai_error(404, "no such batch")
        batch["looks"] += 1
        phases = ["validating", "in_progress", "finalizing"]
        if batch["status"] in phases:
            if batch["refused"]:
                batch["status"] = "failed"
            elif batch["looks"] < self.weather.looks:
                batch["status"] = phases[min(2, batch["looks"])]
            else:
                self._complete_openai(batch)
        return web.json_response(self._openai(number))

    def _complete_openai(self, batch: dict[str, Any]) -> None:
        good, bad = [], []
        for line in batch["lines"]:
            ask = _openai_ask(line["body"])
            answer = self._line_openai(line, ask)
            if answer is None:
                continue
            fine = answer["error"] is None and answer["response"]["status_code"] == 200
            (good if fine else bad).append(json.dumps(answer).encode() + b"\n")
        good += [json.dumps(_foreign()).encode() + b"\n"] * self.weather.foreign
        expired = any(b"batch_expired" in line for line in bad)
        batch["status"] = "expired" if expired or self.weather.expires else "completed"
        for name, lines in (("output_file_id", good), ("error_file_id", bad)):
            if lines:
                self._random.shuffle(lines)
                number = f"file-{next(self._numbers)}"
                self.files[number] = (f"{number}.jsonl", b"".join(lines))
                batch[name] = number

    def _line_openai(self, line: dict[str, Any], ask: Ask) -> dict[str, Any] | None:
        told: dict[str, Any] = {"id": "batch_req_1", "custom_id": line["custom_id"], "error": None}
        error = self._fails(ask)
        if self._once(ask, self.weather.lost):
            return None
        if self._once(ask, self.weather.expired):
            error = {"code": "batch_expired", "message": "This request could not be executed"}
            return told | {"response": None, "error": error}
        if self._once(ask, self.weather.cancelled):
            error = {"code": "batch_cancelled", "message": "This request was cancelled"}
            return told | {"response": None, "error": error}
        if error is not None:
            body = {"error": {"message": error["message"], "type": "e", "code": error["code"]}}
            answer = {"status_code": error["status"], "request_id": "r", "body": body}
            return told | {"response": answer}
        answer = {"status_code": 200, "request_id": "r", "body": self._completion(line["body"])}
        return told | {"response": answer}

    def _completion(self, body: dict[str, Any]) -> dict[str, Any]:
        text = self.answer(_openai_ask(body))
        message = {"role": "assistant", "content": text, "refusal": None}
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "gpt-test-2026",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
        }

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        if (away := self.refuse_live) is not None:
            return away
        body = await request.json()
        self._lived(body, _openai_ask(body))
        return web.json_response(self._completion(body))

    # Anthropic

    async def _create_anthropic(self, request: web.Request) -> web.StreamResponse:
        if (away := self._turned_away()) is not None:
            return away
        body = await request.read()
        told = json.loads(body)
        assert set(told) == {"requests"}
        assert all(set(r) == {"custom_id", "params"} for r in told["requests"])
        self._check(told["requests"], body, 100_000, 256_000_000)
        number = f"msgbatch_{next(self._numbers)}"
        self.batches[number] = {
            "kind": "anthropic",
            "id": number,
            "created_at": datetime.now(UTC),
            "status": "in_progress",
            "lines": told["requests"],
            "looks": 0,
        }
        return await self._created(request, web.json_response(self._anthropic(number)))

    def _anthropic(self, number: str) -> dict[str, Any]:
        batch = self.batches[number]
        ended = batch["status"] == "ended"
        counts = dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0)
        counts["succeeded" if ended else "processing"] = len(batch["lines"])
        created = batch["created_at"]
        return {
            "id": number,
            "type": "message_batch",
            "processing_status": batch["status"],
            "request_counts": counts,
            "created_at": created.isoformat(),
            "expires_at": (created + timedelta(hours=24)).isoformat(),
            "ended_at": created.isoformat() if ended else None,
            "cancel_initiated_at": None,
            "archived_at": None,
            "results_url": f"{self.anthropic}/v1/messages/batches/{number}/results"
            if ended
            else None,
        }

    async def _list_anthropic(self, request: web.Request) -> web.Response:
        mine = [n for n, b in self.batches.items() if b["kind"] == "anthropic"][::-1]
        after = request.query.get("after_id")
        if after:
            mine = mine[mine.index(after) + 1 :]
        page, more = mine[:2], len(mine) > 2
        return web.json_response(
            {
                "data": [self._anthropic(n) for n in page],
                "first_id": page[0] if page else None,
                "last_id": page[-1] if page else None,
                "has_more": more,
            }
        )

    async def _look_anthropic(self, request: web.Request) -> web.StreamResponse:
        if (away := self._turned_away()) is not None:
            return away
        number = request.match_info["id"]
        batch = self.batches.get(number)
        if batch is None:
            return _anthropic_error(404, "not_found_error", "no such batch")
        batch["looks"] += 1
        if batch["status"] != "ended" and batch["looks"] >= self.weather.looks:
            batch["status"] = "ended"
            self._complete_anthropic(batch)
        return web.json_response(self._anthropic(number))

    def _complete_anthropic(self, batch: dict[str, Any]) -> None:
        lines = []
        for request in batch["lines"]:
            ask = _anthropic_ask(request["params"])
            if not self._once(ask, self.weather.lost):
                result = self._result(request["params"], ask)
                told = {"custom_id": request["custom_id"], "result": result}
                lines.append(json.dumps(told).encode() + b"\n")
        self._random.shuffle(lines)
        self.results[batch["id"]] = lines

    def _result(self, params: dict[str, Any], ask: Ask) -> dict[str, Any]:
        if self._once(ask, self.weather.expired):
            return {"type": "expired"}
        if self._once(ask, self.weather.cancelled):
            return {"type": "canceled"}
        error = self._fails(ask)
        if error is not None:
            inner = {"type": error["code"], "message": error["message"]}
            answer = {"type": "error", "error": inner, "request_id": "req_1"}
            return {"type": "errored", "error": answer}
        return {"type": "succeeded", "message": self._message(params)}

    def _message(self, params: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-test-1",
            "content": [{"type": "text", "text": self.answer(_anthropic_ask(params))}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 1000, "output_tokens": 100},
        }

    async def _results_anthropic(self, request: web.Request) -> web.StreamResponse:
        lines = self.results.get(request.match_info["id"])
        if lines is None:
            return _anthropic_error(404, "not_found_error", "no such batch")
        return await self._stream(request, lines)

    async def _delete_anthropic(self, request: web.Request) -> web.Response:
        number = request.match_info["id"]
        if self.batches.pop(number, None) is None:
            return _anthropic_error(404, "not_found_error", "no such batch")
        self.results.pop(number, None)
        return web.json_response({"id": number, "type": "message_batch_deleted"})

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        if (away := self.refuse_live) is not None:
            return away
        body = await request.json()
        self._lived(body, _anthropic_ask(body))
        return web.json_response(self._message(body))

    # Both

    def _lived(self, body: dict[str, Any], ask: Ask) -> None:
        if ask["user"] != PROBE.user:
            self.live += 1
            self.lived.append(body)

    def _turned_away(self) -> web.Response | None:
        if not self.weather.throttle:
            return None
        self.weather.throttle -= 1
        return _openai_error(429, "slow down")

    def _once(self, ask: Ask, words: frozenset[str]) -> bool:
        """Whether one of the words stands in the ask, the first time it is asked."""
        if not any(word in ask["user"] for word in words):
            return False
        first = ask["user"] not in self.failed
        self.failed.add(ask["user"])
        return first

    def _fails(self, ask: Ask) -> Mapping[str, Any] | None:
        for word, error in self.weather.errors.items():
            if word in ask["user"] and (self.weather.errors_last or self._once(ask, {word})):
                return error
        return None

    async def _stream(self, request: web.Request, lines: list[bytes]) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"content-type": "application/octet-stream"})
        await answer.prepare(request)
        for number, line in enumerate(lines):
            if number == self.weather.hang_results_after:
                self.noted.set()
                await asyncio.sleep(60)
            half = len(line) // 2  # chunks never end where lines do
            await answer.write(line[:half])
            await answer.write(line[half:])
        await answer.write_eof()
        return answer


def _openai_ask(body: dict[str, Any]) -> Ask:
    by_role = {m["role"]: m["content"] for m in body["messages"]}
    schema = body["response_format"]["json_schema"]["schema"]
    return {"system": by_role["system"], "user": by_role["user"], "schema": schema}


def _anthropic_ask(params: dict[str, Any]) -> Ask:
    return {
        "system": params["system"][0]["text"],
        "user": params["messages"][0]["content"],
        "schema": params["output_config"]["format"]["schema"],
    }


def _foreign() -> dict[str, Any]:
    return {"id": "x", "custom_id": "somebody-elses", "response": None, "error": {"code": "x"}}


def _openai_error(status: int, said: str) -> web.Response:
    body = {"error": {"message": said, "type": "e", "param": None, "code": None}}
    return web.json_response(body, status=status)


def _anthropic_error(status: int, kind: str, said: str) -> web.Response:
    body = {"type": "error", "error": {"type": kind, "message": said}}
    return web.json_response(body, status=status)


def _now() -> int:
    return int(datetime.now(UTC).timestamp())
