"""The batch service that answers as a live endpoint does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from cxscore.providers.anthropic import AnthropicEndpoint
from cxscore.providers.batch_anthropic import AnthropicBatches
from cxscore.providers.batch_calls import Sleep
from cxscore.providers.batch_openai import OpenAIBatches
from cxscore.providers.batch_service import BatchService
from cxscore.providers.endpoint import Endpoint
from cxscore.providers.openai import OpenAIEndpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLimits:
    """Batches smaller than a provider allows; None: as large as it does."""

    requests: int | None = None
    bytes: int | None = None


def batch_service(
    endpoint: Endpoint, *, limits: BatchLimits | None = None, sleep: Sleep = asyncio.sleep
) -> BatchService | None:
    """The batch service of an endpoint's model: its client, wire format and sampling.

    Args:
        endpoint: as it is asked live; what it refuses is left out of the batch too.
        limits: smaller batches.
        sleep: waits so many seconds.

    Returns:
        None where no batch API is known: compatible servers, instructor.
    """
    provider, _, model = endpoint.id.partition(":")
    most: dict[str, int] = {}
    if limits is not None and limits.requests is not None:
        most["most_requests"] = limits.requests
    if limits is not None and limits.bytes is not None:
        most["most_bytes"] = limits.bytes
    if isinstance(endpoint, OpenAIEndpoint) and provider == "openai":
        return OpenAIBatches(model, client=endpoint.client, like=endpoint, **most)
    if isinstance(endpoint, AnthropicEndpoint):
        return AnthropicBatches(model, client=endpoint.client, sleep=sleep, **most)
    return None
