"""HTTP clients of the SDKs: one per provider, on the aiohttp backend, with the network's rules."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cxscore.errors import ConfigError

TIMEOUT_S = 120.0
CONNECT_TIMEOUT_S = 10.0


def _no_headers() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How one provider is reached."""

    headers: Mapping[str, str] = field(default_factory=_no_headers)
    """Extra headers on every request, e.g. a gateway's key."""
    ca_bundle: str | None = None
    """PEM file of the certificate authorities to trust instead of the system's."""
    proxy: str | None = None
    timeout_s: float = TIMEOUT_S


def client_options(client_class: type, network: Network) -> dict[str, Any]:
    """What both SDKs' clients take: retries off, one client, headers.

    Args:
        client_class: the SDK's ``DefaultAioHttpClient``.
        network: how the provider is reached.

    Raises:
        ConfigError: the CA bundle cannot be read.
    """
    import httpx2

    options: dict[str, Any] = {
        "timeout": httpx2.Timeout(network.timeout_s, connect=CONNECT_TIMEOUT_S),
        "limits": httpx2.Limits(max_connections=None, max_keepalive_connections=None),
    }
    if network.proxy:
        options["proxy"] = network.proxy
    if network.ca_bundle:
        options["verify"] = _trust(network.ca_bundle)
    return {
        "max_retries": 0,
        "default_headers": dict(network.headers) or None,
        "http_client": client_class(**options),
    }


def _trust(ca_bundle: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"the CA bundle cannot be used: {error}", path=ca_bundle) from None
