"""Anthropic's message batches: requests go up in one body, results come back as lines."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from cxscore.errors import ConfigError
from cxscore.judging import Ask, TooLong
from cxscore.providers.anthropic import messages_body, read_message
from cxscore.providers.batch_calls import Sleep, lines_of
from cxscore.providers.batch_service import BatchLostError, Intent, Result, Standing
from cxscore.providers.endpoint import ConnectionLostError
from cxscore.providers.failures import failure, said
from cxscore.providers.model import STATUSES
from cxscore.providers.transport import JSON_CONTENT, encode

if TYPE_CHECKING:
    import anthropic
    from anthropic.types.messages import MessageBatch

MOST_REQUESTS = 100_000
MOST_BYTES = 256_000_000
CACHE_TTL = "1h"
"""Requests of a batch are spread over an hour and more."""
CLOCKS_DIFFER = timedelta(minutes=10)

_WRAPPED = len(b'{"requests":[]}')
_WINDOW = re.compile(r"prompt is too long|context window|exceed context limit")
_PASSING = frozenset({"api_error", "overloaded_error", "rate_limit_error", "timeout_error"})

T = TypeVar("T")


class AnthropicBatches:
    """Batches of one Anthropic model.

    Args:
        model: the provider's name of the model.
        client: the SDK's client.
        sleep: waits so many seconds; used only to look for a batch after a crash.
        most_requests: smaller batches than the provider allows.
        most_bytes: likewise.
    """

    def __init__(
        self,
        model: str,
        *,
        client: anthropic.AsyncAnthropic,
        sleep: Sleep,
        most_requests: int = MOST_REQUESTS,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._model = model
        self._client = client
        self._sleep = sleep
        self._most = (min(most_requests, MOST_REQUESTS), min(most_bytes, MOST_BYTES))

    @property
    def id(self) -> str:
        """``anthropic:MODEL``."""
        return f"anthropic:{self._model}"

    @property
    def most_requests(self) -> int:
        """Requests a batch may hold."""
        return self._most[0]

    @property
    def most_bytes(self) -> int:
        """Bytes of all requests a batch may hold."""
        return self._most[1] - _WRAPPED

    def line(self, custom_id: str, ask: Ask) -> bytes:
        """One request."""
        params = messages_body(ask, self._model, cache_ttl=CACHE_TTL)
        return encode({"custom_id": custom_id, "params": params})

    async def create(self, lines: BinaryIO, *, mark: str) -> str:  # noqa: ARG002
        """Create the batch; Anthropic keeps no name of ours, so ``mark`` stays here."""
        from anthropic.types.messages import MessageBatch

        async def made() -> str:
            # The SDK's typed method would hold the requests three times over, as objects.
            batch = await self._client.post(
                "/v1/messages/batches",
                cast_to=MessageBatch,
                content=_body(lines),
                options={"headers": JSON_CONTENT},
            )
            return str(batch.id)

        return await self._spoken(made)

    async def find(self, intent: Intent) -> str | None:
        """The batch of that time and size whose results are ours; waits until it has ended."""
        for batch in await self._spoken(lambda: self._candidates(intent)):
            while (await self.standing(batch)).state == "working":
                await self._sleep(30.0)
            async for result in self.results(batch, lambda _: {}):
                if intent.holds(result.custom_id):
                    return batch
                break
        return None

    async def forget(self, mark: str) -> None:
        """Nothing is left: requests and batch come into being together."""

    async def standing(self, batch_id: str) -> Standing:
        """How far it is; Anthropic counts only at the end."""
        batch = await self._batch(batch_id)
        counts = batch.request_counts
        ended = batch.processing_status == "ended"
        return Standing(
            state="ended" if ended else "working",
            phase=batch.processing_status,
            done=_size(batch) - counts.processing if ended else None,
        )

    async def results(
        self,
        batch_id: str,
        schema: Callable[[str], Mapping[str, Any]],  # noqa: ARG002
    ) -> AsyncIterator[Result]:
        """Its results; there are no token probabilities, so schemas are not needed."""
        import anthropic

        batches = self._client.messages.batches.with_streaming_response
        try:
            async with batches.results(batch_id) as raw:
                async for line in lines_of(raw.iter_bytes()):
                    result = read_line(line)
                    if result is not None:
                        yield result
        except anthropic.APIStatusError as error:
            raise _failure(self.id, error) from None
        except anthropic.APIError as error:
            raise failure(self.id, error) from error
        except OSError as error:
            raise ConnectionLostError(f"{self.id}: {error}") from None

    async def discard(self, batch_id: str) -> None:
        """Delete it with its results."""
        import anthropic

        async def deleted() -> None:
            try:
                await self._client.messages.batches.delete(batch_id)
            except anthropic.NotFoundError:
                return  # deleted by hand

        await self._spoken(deleted)

    async def _batch(self, batch_id: str) -> MessageBatch:
        import anthropic

        async def retrieved() -> MessageBatch:
            try:
                return await self._client.messages.batches.retrieve(batch_id)
            except anthropic.NotFoundError:
                raise BatchLostError(f"{self.id}: the account knows no batch {batch_id}") from None

        return await self._spoken(retrieved)

    async def _candidates(self, intent: Intent) -> list[str]:
        """Batches of about that time and of exactly that size, oldest first."""
        found: list[str] = []
        since = intent.made_at - CLOCKS_DIFFER
        async for batch in self._client.messages.batches.list(limit=100):
            if batch.created_at < since:  # the newest come first
                break
            if batch.id not in intent.known and _size(batch) == intent.size:
                found.append(batch.id)
        return found[::-1]

    async def _spoken(self, call: Callable[[], Awaitable[T]]) -> T:
        """A call of the SDK, its errors as ours."""
        import anthropic

        try:
            return await call()
        except anthropic.APIStatusError as error:
            raise _failure(self.id, error) from None
        except anthropic.APIError as error:
            raise failure(self.id, error) from error
        except (TypeError, anthropic.AnthropicError) as error:
            # Raised while the headers are built, before anything is sent.
            sentence = f"there is no key for Anthropic; set ANTHROPIC_API_KEY ({said(error)})"
            raise ConfigError(sentence) from None


def read_line(line: bytes) -> Result | None:
    """A line of the results; None when it names no request."""
    try:
        told = json.loads(line)
        name, result = told["custom_id"], told["result"]
        kind = result["type"]
    except (ValueError, KeyError, TypeError):
        return None
    if not isinstance(name, str):
        return None
    if kind == "succeeded":
        return _succeeded(name, result)
    if kind in {"expired", "canceled"}:
        status = "expired" if kind == "expired" else "cancelled"
        return Result(custom_id=name, status=status, said=f"the request was {status}")
    return _errored(name, result.get("error"))


def _succeeded(name: str, result: Mapping[str, Any]) -> Result:
    try:
        reply = read_message(result["message"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return Result(custom_id=name, status="malformed", said="an answer of another shape")
    return Result(custom_id=name, status=STATUSES[type(reply)], reply=reply)


def _errored(name: str, answer: Any) -> Result:
    # The result's error is a whole error answer: {"type": "error", "error": {...}}.
    error = answer.get("error") if isinstance(answer, Mapping) else None
    error = error if isinstance(error, Mapping) else {}
    kind, text = str(error.get("type") or ""), str(error.get("message") or "")[:300]
    if kind == "invalid_request_error" and _WINDOW.search(text):
        return Result(custom_id=name, status="too_long", reply=TooLong(text=text, model=""))
    passing = kind in _PASSING or not kind
    return Result(
        custom_id=name,
        status="server_error" if passing else "rejected",
        said=text or kind or "an error without a word",
        lasting=not passing,
    )


def _size(batch: MessageBatch) -> int:
    counts = batch.request_counts
    return counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired


async def _body(lines: BinaryIO) -> AsyncIterator[bytes]:
    """The request's body, a line at a time."""
    yield b'{"requests":['
    for number, line in enumerate(lines):
        yield (b"," if number else b"") + line.rstrip(b"\n")
    yield b"]}"


def _failure(who: str, error: anthropic.APIStatusError) -> Exception:
    return failure(who, error, code=str(error.type), headers=error.response.headers)
