"""Which endpoint a judge's name stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cxscore.errors import ConfigError
from cxscore.providers.endpoint import Endpoint
from cxscore.providers.transport import Network

FORMS = "openai:MODEL, anthropic:MODEL, compatible:MODEL@URL or instructor:PROVIDER/MODEL"

_COMPATIBLE = re.compile(r"(?P<model>.+)@(?P<url>https?://\S+)")


def endpoint(
    name: str, *, networks: Mapping[str, Network] | None = None, logprobs: bool = False
) -> Endpoint:
    """The endpoint of a name such as ``openai:gpt-5.6-mini``.

    Args:
        name: one of ``FORMS``.
        networks: per provider (``openai``, ``anthropic``, ``compatible``): headers, CA, proxy.
        logprobs: ask for token probabilities where the provider has them.

    Raises:
        ConfigError: the name has another form, or the provider cannot be set up.
    """
    provider, _, model = name.partition(":")
    network = (networks or {}).get(provider, Network())
    if provider == "openai" and model:
        from cxscore.providers.openai import OpenAIEndpoint

        return OpenAIEndpoint(model, network=network, logprobs=logprobs)
    if provider == "anthropic" and model:
        from cxscore.providers.anthropic import AnthropicEndpoint

        return AnthropicEndpoint(model, network=network)
    if provider == "compatible" and (at := _COMPATIBLE.fullmatch(model)):
        from cxscore.providers.openai import OpenAIEndpoint

        return OpenAIEndpoint(at["model"], base_url=at["url"], network=network, logprobs=logprobs)
    if provider == "instructor" and "/" in model:
        from cxscore.providers.instructor import InstructorEndpoint

        return InstructorEndpoint(model)
    raise ConfigError(f"{name!r} names no model; write {FORMS}")
