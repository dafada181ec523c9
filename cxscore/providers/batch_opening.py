"""The batch service that answers as a live endpoint does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from cxscore.errors import ConfigError
from cxscore.providers.batch_calls import Sleep
from cxscore.providers.batch_service import BatchService
from cxscore.providers.endpoint import Endpoint
from cxscore.providers.names import Clients


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLimits:
    """Batches smaller than a provider allows; None: as large as it does."""

    requests: int | None = None
    bytes: int | None = None


def batch_service(
    endpoint: Endpoint,
    clients: Clients,
    *,
    limits: BatchLimits | None = None,
    sleep: Sleep = asyncio.sleep,
) -> BatchService:
    """The batch service of an endpoint's model, with its wire format and sampling.

    Args:
        endpoint: as it would be asked live; what it refuses is left out of the batch too.
        clients: the SDKs' clients.
        limits: smaller batches.
        sleep: waits so many seconds.

    Raises:
        ConfigError: the provider has no batch API that is known here.
    """
    provider, _, model = endpoint.id.partition(":")
    most: dict[str, int] = {}
    if limits is not None and limits.requests is not None:
        most["most_requests"] = limits.requests
    if limits is not None and limits.bytes is not None:
        most["most_bytes"] = limits.bytes
    if provider == "openai":
        from cxscore.providers.batch_openai import OpenAIBatches

        return OpenAIBatches(model, client=clients.client("openai"), like=endpoint, **most)
    if provider == "anthropic":
        from cxscore.providers.batch_anthropic import AnthropicBatches

        return AnthropicBatches(model, client=clients.client("anthropic"), sleep=sleep, **most)
    raise ConfigError(
        f"{endpoint.id} has no batches here; openai: and anthropic: models have, and for every "
        "other there are files: cxscore batch export"
    )
