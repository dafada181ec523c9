"""Requests of a batch while they are collected, on disk: a batch may hold 256 MB."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from typing import Any, BinaryIO

from cxscore.run.replaying import OpenAsk
from cxscore.store import BatchAsk


class Spool:
    """Collects the lines of one batch.

    The file has no name: nothing of it is left when the program is killed.

    Args:
        most_requests: lines it may hold.
        most_bytes: bytes it may hold, line ends included.
    """

    def __init__(self, *, most_requests: int, most_bytes: int) -> None:
        self._most = (most_requests, most_bytes)
        self._bytes = 0
        self._ids: set[str] = set()
        self.asks: list[BatchAsk] = []
        self.schemas: dict[str, Mapping[str, Any]] = {}
        self.reserved_usd = 0.0
        self.file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 # closed by close()

    def __contains__(self, custom_id: str) -> bool:
        return custom_id in self._ids

    def takes(self, line: bytes) -> bool:
        """Whether a line still fits."""
        requests, most_bytes = self._most
        return len(self.asks) < requests and self._bytes + len(line) + 1 <= most_bytes

    def add(self, one: OpenAsk, line: bytes, *, conversation_id: str, usd: float) -> None:
        """Take an ask.

        Args:
            one: the ask.
            line: its request.
            conversation_id: whose it is.
            usd: what it costs at most.
        """
        form, schema = form_of(one.ask.schema)
        self.schemas[form] = schema
        self._ids.add(one.custom_id)
        self.asks.append(batch_ask(one, conversation_id, form))
        self.file.write(line + b"\n")
        self._bytes += len(line) + 1
        self.reserved_usd += usd

    def close(self) -> None:
        """Give the disk back."""
        self.file.close()


def batch_ask(one: OpenAsk, conversation_id: str, form: str) -> BatchAsk:
    """An ask as the store's book keeps it."""
    return BatchAsk(
        custom_id=one.custom_id,
        conversation_id=conversation_id,
        digest=one.digest,
        purpose=one.ask.purpose,
        seat=one.ask.seat,
        schema=form,
    )


def form_of(schema: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """A schema with the digest it is kept under."""
    body = json.dumps(dict(schema), ensure_ascii=False)
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()[:32], schema
