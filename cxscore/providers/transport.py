"""HTTP clients of the SDKs: one per provider, on the aiohttp backend, with the network's rules."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import PydanticSerializationError, to_json

from cxscore.errors import ConfigError

CONNECT_TIMEOUT_S = 10.0
IDLE_CONNECTION_S = 20.0


def _no_headers() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How one provider is reached."""

    headers: Mapping[str, str] = field(default_factory=_no_headers, repr=False)
    """Extra headers on every request, e.g. a gateway's key."""
    ca_bundle: str | None = None
    """PEM file of the certificate authorities to trust instead of the system's."""
    proxy: str | None = None
    """``http://host:port``; None: as the environment says (``HTTPS_PROXY``, ``NO_PROXY``)."""
    key_variable: str | None = None
    """Environment variable that holds the key; None: the SDK's own (``OPENAI_API_KEY``,
    ``ANTHROPIC_API_KEY``), and no key for compatible servers."""

    def key(self) -> str | None:
        """The key, or None when no variable is named.

        Raises:
            ConfigError: the named variable is empty.
        """
        if self.key_variable is None:
            return None
        found = os.environ.get(self.key_variable, "").strip()
        if not found:
            raise ConfigError(f"the environment variable {self.key_variable} holds no key; set it")
        return found


def client_options(client_class: type, network: Network) -> dict[str, Any]:
    """What both SDKs' clients take: retries off, the aiohttp backend, headers.

    Args:
        client_class: the SDK's ``DefaultAioHttpClient``.
        network: how the provider is reached.

    Raises:
        ConfigError: the CA bundle or the proxy cannot be used.
    """
    import httpx2

    options: dict[str, Any] = {
        # How long an answer may take is the retry policy's business (``Patience``), not the SDK's.
        "timeout": httpx2.Timeout(None, connect=CONNECT_TIMEOUT_S),
        # 0 is aiohttp's word for no limit; None would fall back to its default of 100 connections.
        "limits": httpx2.Limits(max_connections=0, keepalive_expiry=IDLE_CONNECTION_S),
    }
    if network.proxy:
        options["proxy"] = network.proxy
    if network.ca_bundle:
        options["verify"] = _trust(network.ca_bundle)
    try:
        client = client_class(**options)
    except ValueError as error:
        raise ConfigError(f"the proxy {network.proxy!r} cannot be used: {error}") from None
    return {"max_retries": 0, "default_headers": dict(network.headers), "http_client": client}


def encode(body: Mapping[str, Any]) -> bytes:
    """A request body as UTF-8 JSON.

    Half a surrogate pair, which real chat logs do hold, becomes ``?``: no server takes it.
    """
    try:
        # An ask holds tens of kilobytes of rules: the standard library takes several times as long.
        return to_json(body)
    except (PydanticSerializationError, UnicodeEncodeError):
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


JSON_CONTENT: Mapping[str, str] = {"Content-Type": "application/json"}


def _trust(ca_bundle: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"the CA bundle cannot be used: {error}", path=ca_bundle) from None
