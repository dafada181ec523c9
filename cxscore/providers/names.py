"""Which endpoint a judge's name stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from cxscore.errors import ConfigError
from cxscore.providers.endpoint import Endpoint
from cxscore.providers.transport import Network

FORMS = "openai:MODEL, anthropic:MODEL, compatible:MODEL@URL or instructor:PROVIDER/MODEL"

_COMPATIBLE = re.compile(r"(?P<model>.+)@(?P<url>https?://\S+)")


class Clients:
    """The SDKs' clients: one per provider and address, whoever asks.

    Args:
        networks: per provider (``openai``, ``anthropic``, ``compatible``).
    """

    def __init__(self, networks: Mapping[str, Network] | None = None) -> None:
        self._networks = networks or {}
        self._made: dict[tuple[str, str | None], Any] = {}

    def client(self, provider: str, base_url: str | None = None) -> Any:
        """The client of a provider, made when first asked for."""
        key = (provider, base_url)
        if key not in self._made:
            self._made[key] = self._make(provider, base_url)
        return self._made[key]

    def _make(self, provider: str, base_url: str | None) -> Any:
        network = self._networks.get(provider, Network())
        if provider == "anthropic":
            from cxscore.providers.anthropic import anthropic_client

            return anthropic_client(network, base_url)
        from cxscore.providers.openai import openai_client

        return openai_client(network, base_url)

    async def close(self) -> None:
        """Give all connections back."""
        for client in self._made.values():
            await client.close()
        self._made.clear()


def endpoint(
    name: str,
    *,
    networks: Mapping[str, Network] | None = None,
    logprobs: bool = False,
    refused: frozenset[str] = frozenset(),
    clients: Clients | None = None,
) -> Endpoint:
    """The endpoint of a name such as ``openai:gpt-5.6-mini``.

    Args:
        name: one of ``FORMS``.
        networks: per provider (``openai``, ``anthropic``, ``compatible``): headers, CA, proxy.
        logprobs: ask for token probabilities where the provider has them.
        refused: optional parameters known to be refused, e.g. by an earlier probe.
        clients: shared clients; they bring their own networks.

    Raises:
        ConfigError: the name has another form, or the provider cannot be set up.
    """
    provider, _, model = name.partition(":")
    shared = clients or Clients(networks)
    if provider == "openai" and model:
        return _openai(model, None, shared, logprobs=logprobs, refused=refused)
    if provider == "anthropic" and model:
        from cxscore.providers.anthropic import AnthropicEndpoint

        return AnthropicEndpoint(model, client=shared.client("anthropic"))
    if provider == "compatible" and (at := _COMPATIBLE.fullmatch(model)):
        if urlsplit(at["url"]).username is not None:
            raise ConfigError("a key does not belong in a model's address; name its variable")
        url = at["url"].rstrip("/")
        return _openai(at["model"], url, shared, logprobs=logprobs, refused=refused)
    if provider == "instructor" and "/" in model:
        from cxscore.providers.instructor import InstructorEndpoint

        return InstructorEndpoint(model)
    raise ConfigError(f"{name!r} names no model; write {FORMS}")


def _openai(
    model: str, url: str | None, clients: Clients, *, logprobs: bool, refused: frozenset[str]
) -> Endpoint:
    from cxscore.providers.openai import OpenAIEndpoint

    client = clients.client("openai" if url is None else "compatible", url)
    return OpenAIEndpoint(model, client=client, base_url=url, logprobs=logprobs, refused=refused)
