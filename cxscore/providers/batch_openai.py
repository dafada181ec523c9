"""OpenAI's batches: a file of requests, a file of answers, a file of errors."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from cxscore.errors import ConfigError
from cxscore.judging import Ask, Filtered, Reply, TooLong
from cxscore.providers.batch_calls import lines_of
from cxscore.providers.batch_service import (
    BatchLostError,
    BatchRefusedError,
    Intent,
    Result,
    Standing,
)
from cxscore.providers.endpoint import AttemptError, ConnectionLostError, Endpoint
from cxscore.providers.failures import failure
from cxscore.providers.model import STATUSES
from cxscore.providers.openai_bodies import chat_body, responses_body
from cxscore.providers.openai_replies import read_completion, read_response
from cxscore.providers.transport import encode

if TYPE_CHECKING:
    import openai
    from openai.types import Batch

MOST_REQUESTS = 50_000
MOST_BYTES = 200_000_000
MARK = "cxscore"
"""Key of our mark in a batch's metadata."""
KEPT_S = 3 * 24 * 3600
"""How long OpenAI keeps files of ours that were not deleted: a batch may take a day."""

_STATES = {"completed": "ended", "expired": "ended", "cancelled": "ended", "failed": "refused"}
_WINDOW = re.compile(r"context_length_exceeded|string_above_max_length|maximum context length")
_FILTER_CODES = ("content_filter", "content_policy_violation")
_QUEUE_FULL = re.compile(r"token_limit_exceeded|[Ee]nqueued token limit")
_PASSING = re.compile(r"rate_limit|server_error|timeout|overloaded|unavailable")

T = TypeVar("T")


class OpenAIBatches:
    """Batches of one OpenAI model.

    Args:
        model: the provider's name of the model.
        client: the SDK's client.
        like: the live endpoint: what it has found out by then (its API, refused parameters) holds
            for the batch, in which nothing can be tried out.
        most_requests: smaller batches than the provider allows.
        most_bytes: likewise.
    """

    def __init__(
        self,
        model: str,
        *,
        client: openai.AsyncOpenAI,
        like: Endpoint,
        most_requests: int = MOST_REQUESTS,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._model = model
        self._client = client
        self._like = like
        self._most = (min(most_requests, MOST_REQUESTS), min(most_bytes, MOST_BYTES))

    @property
    def id(self) -> str:
        """``openai:MODEL``."""
        return f"openai:{self._model}"

    @property
    def most_requests(self) -> int:
        """Requests a batch may hold."""
        return self._most[0]

    @property
    def most_bytes(self) -> int:
        """Bytes a batch may hold."""
        return self._most[1]

    def line(self, custom_id: str, ask: Ask) -> bytes:
        """One line of the input file."""
        return request_line(
            custom_id,
            ask,
            self._model,
            responses=self._responses,
            leave_out=self._like.refused,
            logprobs="logprobs" in self._like.settings.split(";"),
        )

    @property
    def _responses(self) -> bool:
        return "responses" in self._like.settings.split(";")

    async def create(self, lines: BinaryIO, *, mark: str) -> str:
        """Upload the requests and create their batch."""
        endpoint: Any = "/v1/responses" if self._responses else "/v1/chat/completions"
        keep: Any = {"anchor": "created_at", "seconds": KEPT_S}

        async def made() -> str:
            file = await self._client.files.create(
                file=(f"{mark}.jsonl", lines), purpose="batch", expires_after=keep
            )
            batch = await self._client.batches.create(
                input_file_id=file.id,
                endpoint=endpoint,
                completion_window="24h",
                metadata={MARK: mark},
                output_expires_after=keep,
            )
            return batch.id

        return await self._spoken(made)

    async def find(self, intent: Intent) -> str | None:
        """The batch whose metadata hold our mark."""

        async def sought() -> str | None:
            since = intent.made_at.timestamp() - 3600  # clocks differ
            async for batch in self._client.batches.list(limit=100):
                if (batch.metadata or {}).get(MARK) == intent.mark:
                    return batch.id
                if batch.created_at < since:  # the newest come first
                    break
            return None

        return await self._spoken(sought)

    async def forget(self, mark: str) -> None:
        """Delete the uploaded requests of a batch that was never created."""

        async def deleted() -> None:
            async for file in self._client.files.list(purpose="batch", limit=100):
                if file.filename == f"{mark}.jsonl":
                    await self._client.files.delete(file.id)

        await self._spoken(deleted)

    async def standing(self, batch_id: str) -> Standing:
        """How far it is."""
        batch = await self._batch(batch_id)
        counts = batch.request_counts
        note = _note(batch)
        return Standing(
            state=_STATES.get(batch.status, "working"),  # type: ignore[arg-type] # its three words
            phase=batch.status,
            done=None if counts is None else counts.completed + counts.failed,
            note=note,
            queue_full=batch.status == "failed" and bool(_QUEUE_FULL.search(note)),
        )

    async def results(
        self, batch_id: str, schema: Callable[[str], Mapping[str, Any]]
    ) -> AsyncIterator[Result]:
        """The lines of the output file, then those of the error file."""
        batch = await self._batch(batch_id)
        for file_id in (batch.output_file_id, batch.error_file_id):
            if file_id is not None:
                async for line in self._lines(file_id):
                    result = read_line(line, schema)
                    if result is not None:
                        yield result

    async def discard(self, batch_id: str) -> None:
        """Delete its files; the batch itself, which holds no words, stays in the account."""
        batch = await self._batch(batch_id)
        for file_id in (batch.input_file_id, batch.output_file_id, batch.error_file_id):
            if file_id:
                await self._delete(file_id)

    async def _delete(self, file_id: str) -> None:
        import openai

        async def deleted() -> None:
            try:
                await self._client.files.delete(file_id)
            except openai.NotFoundError:
                return  # expired, or deleted by hand

        await self._spoken(deleted)

    async def _batch(self, batch_id: str) -> Batch:
        import openai

        async def retrieved() -> Batch:
            try:
                return await self._client.batches.retrieve(batch_id)
            except openai.NotFoundError:
                raise BatchLostError(f"{self.id}: the account knows no batch {batch_id}") from None

        return await self._spoken(retrieved)

    async def _lines(self, file_id: str) -> AsyncIterator[bytes]:
        import openai

        try:
            async with self._client.files.with_streaming_response.content(file_id) as raw:
                async for line in lines_of(raw.iter_bytes()):
                    yield line
        except openai.APIStatusError as error:
            raise _failure(self.id, error) from None
        except openai.OpenAIError as error:
            raise failure(self.id, error) from error
        except OSError as error:
            raise ConnectionLostError(f"{self.id}: {error}") from None

    async def _spoken(self, call: Callable[[], Awaitable[T]]) -> T:
        """A call of the SDK, its errors as ours."""
        import openai

        try:
            return await call()
        except openai.APIStatusError as error:
            raise _failure(self.id, error) from None
        except openai.OpenAIError as error:
            raise failure(self.id, error) from error


def request_line(
    custom_id: str,
    ask: Ask,
    model: str,
    *,
    responses: bool = False,
    leave_out: frozenset[str] = frozenset(),
    logprobs: bool = False,
) -> bytes:
    """A line of OpenAI's batch input, without its end; arguments as of ``chat_body``."""
    body = (
        responses_body(ask, model, leave_out=leave_out, logprobs=logprobs)
        if responses
        else chat_body(ask, model, leave_out=leave_out, logprobs=logprobs)
    )
    url = "/v1/responses" if responses else "/v1/chat/completions"
    return encode({"custom_id": custom_id, "method": "POST", "url": url, "body": body})


def read_line(line: bytes, schema: Callable[[str], Mapping[str, Any]]) -> Result | None:
    """A line of an output or error file; None when it names no request.

    Args:
        line: JSON.
        schema: custom id to the schema of its ask.
    """
    try:
        told = json.loads(line)
        name = told["custom_id"]
    except (ValueError, KeyError, TypeError):
        return None
    return read_result(told, name, schema) if isinstance(name, str) else None


def read_result(
    told: Mapping[str, Any], name: str, schema: Callable[[str], Mapping[str, Any]]
) -> Result:
    """What a parsed line of an output or error file says of the request ``name``."""
    answer = told.get("response")
    if not isinstance(answer, Mapping):
        error = told.get("error")
        return _unanswered(name, 0, error if isinstance(error, Mapping) else {})
    body, status = answer.get("body"), answer.get("status_code")
    body = body if isinstance(body, Mapping) else {}
    if status != 200:
        error = body.get("error")
        code = status if isinstance(status, int) else 0
        return _unanswered(name, code, error if isinstance(error, Mapping) else {})
    try:
        read = read_response if "output" in body else read_completion
        reply: Reply = read(body, _form(schema(name)))
    except AttemptError as error:
        return Result(custom_id=name, status=error.status, said=str(error))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return Result(custom_id=name, status="malformed", said="an answer of another shape")
    return Result(custom_id=name, status=STATUSES[type(reply)], reply=reply)


def _form(schema: Mapping[str, Any]) -> Ask:
    # Of the ask only its schema matters when an answer is read.
    return Ask(purpose="", system="", user="", schema=schema, max_output_tokens=0)


def _unanswered(name: str, status: int, error: Mapping[str, Any]) -> Result:
    code, said = str(error.get("code") or ""), str(error.get("message") or "")[:300]
    if code == "batch_expired":
        return Result(custom_id=name, status="expired", said=said or "the batch expired")
    if code == "batch_cancelled":
        return Result(custom_id=name, status="cancelled", said=said or "the batch was cancelled")
    kind = f"{code} {error.get('type')} {said}"
    if status in {400, 413, 422} and (status == 413 or _WINDOW.search(kind)):
        return Result(custom_id=name, status="too_long", reply=TooLong(text=said, model=""))
    if status in {400, 422} and code in _FILTER_CODES:
        return Result(custom_id=name, status="filtered", reply=Filtered(text=said, model=""))
    passing = status in {0, 408, 409, 429} or status >= 500 or bool(_PASSING.search(code))
    return Result(
        custom_id=name,
        status="throttled" if status == 429 else "server_error" if passing else "rejected",
        said=said or code or f"status {status}",
        lasting=not passing,
    )


def _note(batch: Batch) -> str:
    errors = (batch.errors.data if batch.errors else None) or []
    told = []
    for error in errors[:3]:
        where = "" if error.line is None else f" (line {error.line})"
        told.append(f"{error.code}: {error.message}{where}")
    return "; ".join(told)


def _failure(who: str, error: openai.APIStatusError) -> Exception:
    headers = error.response.headers
    sentence = f"{error.code} {error.type} {error}"
    if error.status_code == 400 and _QUEUE_FULL.search(sentence):
        return BatchRefusedError(f"{who}: {error.message}")
    settled = failure(who, error, code=f"{error.code} {error.type}", headers=headers)
    if error.status_code in {400, 422} and isinstance(settled, ConfigError):
        return ConfigError(f"{who} refuses the batch: {settled}")
    return settled
