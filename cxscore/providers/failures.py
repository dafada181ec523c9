"""What a provider's error means for a run, told from facts both SDKs' errors carry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cxscore.errors import ConfigError
from cxscore.providers.endpoint import (
    ConnectionLostError,
    Limits,
    OverloadedError,
    RejectedError,
    ThrottledError,
)
from cxscore.providers.headers import retry_after_s

_NO_QUOTA = ("insufficient_quota", "billing_hard_limit_reached", "credit balance is too low")
_WINDOW = re.compile(
    r"context_length_exceeded|string_above_max_length|maximum context length"
    r"|exceed_context_size|available context size"
    r"|prompt is too long|context window|exceed context limit"
)
_ADVICE = {
    401: "401: check the key",
    403: "403: check the key and what it may do",
    404: "404: check the model's name and the address",
}
_ABOUT_THE_ASK = ("messages", "input", "prompt")


def said(error: Exception) -> str:
    """The provider's own sentence, on one line."""
    body = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, dict) else None
    sentence = inner.get("message") if isinstance(inner, dict) else None
    if sentence is None and error.__cause__ is not None:
        # "Connection error." says less than what caused it.
        sentence = f"{error} ({str(error.__cause__) or type(error.__cause__).__name__})"
    lines = str(sentence or error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__


def too_long(error: Exception, code: str = "") -> bool:
    """Whether the ask did not fit the model's window (or the gateway's limit on bodies)."""
    status = getattr(error, "status_code", None)
    fits_not = bool(_WINDOW.search(f"{code} {said(error)}"))
    return status == 413 or (status in {400, 422} and fits_not)


def failure(
    who: str,
    error: Exception,
    *,
    code: str = "",
    where: str | None = None,
    answered_before: bool = False,
    limits: Limits | None = None,
    headers: Mapping[str, str] | None = None,
) -> Exception:
    """Our error for an SDK's.

    Args:
        who: the endpoint's id, for the message.
        error: with ``status_code`` when there was an answer.
        code: the provider's name of the error.
        where: the parameter the provider complains about.
        answered_before: whether asks of the same form were answered.
        limits: what the answer's rate headers said.
        headers: of the answer.
    """
    sentence = said(error)
    message = f"{who}: {sentence}"
    status: Any = getattr(error, "status_code", None)
    if not isinstance(status, int):
        return ConnectionLostError(message)
    if status == 402 or any(mark in f"{code} {sentence}" for mark in _NO_QUOTA):
        return ConfigError(f"{message} (the account has no quota left)")
    wait = retry_after_s(headers or {})
    if status == 429:
        return ThrottledError(message, retry_after_s=wait, limits=limits)
    if status in {408, 409} or status >= 500:
        return OverloadedError(f"{message} ({status})", retry_after_s=wait, limits=limits)
    # Something odd in one conversation must not stop a run; a parameter no model knows must.
    about_the_ask = answered_before or (where or "").startswith(_ABOUT_THE_ASK)
    if status in {400, 422} and about_the_ask:
        return RejectedError(f"{message} ({status})")
    return ConfigError(f"{message} ({_ADVICE.get(status, f'{status}: the request is refused')})")
