"""One attempt at one ask: what an endpoint returns, and the ways it fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from cxscore.errors import ProviderError
from cxscore.judging import Ask, Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the rate headers of one answer say; None where they say nothing."""

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    requests_left: float | None = None
    tokens_left: float | None = None

    @property
    def exhausted(self) -> bool:
        """Whether a header says that nothing remains."""
        return self.requests_left == 0 or self.tokens_left == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One answered attempt."""

    reply: Reply
    limits: Limits = field(default_factory=Limits)


class AttemptError(ProviderError):
    """One attempt failed in a way that another attempt may mend."""

    status = "error"

    def __init__(
        self, message: str, *, retry_after_s: float | None = None, limits: Limits | None = None
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.limits = limits or Limits()


class ThrottledError(AttemptError):
    """The provider asks for fewer requests (429)."""

    status = "throttled"


class OverloadedError(AttemptError):
    """The provider is overloaded or broken (5xx, 529)."""

    status = "server_error"


class ConnectionLostError(AttemptError):
    """No answer came: refused, reset, timed out."""

    status = "connection"


class Endpoint(Protocol):
    """One wire format of one provider."""

    @property
    def id(self) -> str:
        """``provider:model``."""
        ...

    @property
    def settings(self) -> str:
        """Sampling settings in force, as they enter the judge's fingerprint."""
        ...

    async def send(self, ask: Ask) -> Sent:
        """One attempt.

        Raises:
            AttemptError: another attempt may succeed.
            ConfigError: none will: wrong key, unknown model, no quota.
        """
        ...

    async def close(self) -> None:
        """Give the connections back."""
        ...
