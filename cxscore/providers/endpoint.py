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
    rated_tokens: int | None = None
    """Tokens of it the rate limit counts, where that is not its whole usage."""


class AttemptError(ProviderError):
    """One attempt failed.

    Attributes:
        status: the name the money ledger counts it by.
        mendable: whether another attempt may succeed.
        retry_after_s: seconds the provider asks to wait, or None.
        limits: what the rate headers of the refusal said.
    """

    status = "error"
    mendable = True

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


class MalformedError(AttemptError):
    """The answer is not the JSON its format promises; it was probably billed."""

    status = "malformed"


class ConnectionLostError(AttemptError):
    """No answer came: refused, reset, timed out. It may have been billed."""

    status = "connection"


class RejectedError(AttemptError):
    """The provider refuses this one ask and will refuse it again (400)."""

    status = "rejected"
    mendable = False


class Endpoint(Protocol):
    """One wire format of one provider."""

    @property
    def id(self) -> str:
        """``provider:model``."""
        ...

    @property
    def settings(self) -> str:
        """Wire format and sampling in force, as they enter the judge's fingerprint."""
        ...

    @property
    def refused(self) -> frozenset[str]:
        """Optional parameters the model does not take: never offered, or dropped once refused."""
        ...

    async def send(self, ask: Ask) -> Sent:
        """One attempt.

        Raises:
            AttemptError: no reply came.
            ConfigError: no ask will be answered: wrong key, unknown model, no quota.
        """
        ...

    async def close(self) -> None:
        """Give the connections back."""
        ...
