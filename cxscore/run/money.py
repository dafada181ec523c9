"""Prices of tokens, and what was spent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from cxscore.judging import Usage

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a model's tokens cost, in USD per million."""

    model: str
    """Pattern of the model's id, e.g. ``openai:gpt-4o-mini*``."""
    input: float
    output: float
    cache_read: float | None = None
    """None: as ``input``."""
    cache_write: float | None = None
    """None: as ``input``."""
    batch_discount: float = 0.0
    """Share taken off in a provider's batch, 0–1."""
    date: str
    """When the price was looked up."""
    source: str

    def usd(self, usage: Usage) -> float:
        """The cost of one answer.

        >>> price = Price(model="m", input=1.0, output=4.0, cache_read=0.1, date="", source="")
        >>> price.usd(Usage(input_tokens=3_000_000, output_tokens=500_000,
        ...                 cache_read_tokens=1_000_000))
        4.1
        """
        read, written = usage.cache_read_tokens or 0, usage.cache_write_tokens or 0
        plain = max(0, (usage.input_tokens or 0) - read - written)
        return (
            plain * self.input
            + read * (self.input if self.cache_read is None else self.cache_read)
            + written * (self.input if self.cache_write is None else self.cache_write)
            + (usage.output_tokens or 0) * self.output
        ) / _MILLION

    def dearest(self, *, input_tokens: int, output_tokens: int) -> float:
        """What an ask can cost at most when it sends and gets so many tokens."""
        return (
            input_tokens * max(self.input, self.cache_write or 0.0) + output_tokens * self.output
        ) / _MILLION


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Prices by model pattern; the first that fits counts."""

    prices: tuple[Price, ...] = ()
    path: str = ""
    """Where they were read, for messages."""

    def of(self, model: str) -> Price | None:
        """The price of a model's id, None when none is known."""
        return next((p for p in self.prices if fnmatchcase(model, p.model)), None)

    def usd(self, model: str, usage: Usage | None) -> float | None:
        """The cost of one attempt; None when no price is known, 0 when nothing was billed."""
        if usage is None:
            return 0.0
        price = self.of(model)
        return None if price is None else price.usd(usage)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpending:
    """What one model's attempts came to."""

    attempts: Mapping[str, int]
    """Status (``answered``, ``throttled`` …) to attempts."""
    usd_by_status: Mapping[str, float]
    """Status to cost, of attempts with a known price."""
    usd: float | None
    """None when no price of the model is known."""
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    estimated: int
    """Attempts whose tokens are our estimate, because the server said nothing."""

    @property
    def cached_share(self) -> float | None:
        """Of the tokens sent, the share read from the provider's cache, 0–1."""
        return self.cache_read_tokens / self.input_tokens if self.input_tokens else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What a run's calls came to."""

    models: Mapping[str, ModelSpending]
    purposes: Mapping[str, int]
    """Purpose of an ask to the attempts made for it."""
    replayed: int
    """Asks answered by a stored reply, at no cost."""
    budget_usd: float | None = None

    @property
    def calls(self) -> int:
        """Attempts of all models, failed ones too."""
        return sum(n for m in self.models.values() for n in m.attempts.values())

    @property
    def usd(self) -> float | None:
        """Cost of all models; None when a model without a known price was asked."""
        costs = [m.usd for m in self.models.values()]
        known = [c for c in costs if c is not None]
        return sum(known) if len(known) == len(costs) else None


class _Count:
    def __init__(self) -> None:
        self.attempts: Counter[str] = Counter()
        self.usd: dict[str, float] = {}
        self.tokens: Counter[str] = Counter()
        self.estimated = 0
        self.unpriced = 0

    def spending(self) -> ModelSpending:
        return ModelSpending(
            attempts=dict(sorted(self.attempts.items())),
            usd_by_status=dict(sorted(self.usd.items())),
            usd=None if self.unpriced else float(sum(self.usd.values())),
            input_tokens=self.tokens["input"],
            output_tokens=self.tokens["output"],
            cache_read_tokens=self.tokens["read"],
            cache_write_tokens=self.tokens["written"],
            estimated=self.estimated,
        )


class Meter:
    """Spending while it grows."""

    def __init__(self, prices: Prices) -> None:
        self._prices = prices
        self._models: dict[str, _Count] = {}
        self._purposes: Counter[str] = Counter()
        self.calls = 0
        self.replayed = 0

    @property
    def usd(self) -> float | None:
        """Spent so far; None when a model without a known price was asked."""
        if any(c.unpriced for c in self._models.values()):
            return None
        return float(sum(sum(c.usd.values()) for c in self._models.values()))

    def add(
        self, *, model: str, purpose: str, status: str, usage: Usage | None, estimated: bool
    ) -> float | None:
        """Count one attempt; returns its cost."""
        count = self._models.setdefault(model, _Count())
        usd = self._prices.usd(model, usage)
        self.calls += 1
        self._purposes[purpose] += 1
        count.attempts[status] += 1
        count.estimated += estimated
        if usd is None:
            count.unpriced += 1
        else:
            count.usd[status] = count.usd.get(status, 0.0) + usd
        if usage is not None:
            count.tokens["input"] += usage.input_tokens or 0
            count.tokens["output"] += usage.output_tokens or 0
            count.tokens["read"] += usage.cache_read_tokens or 0
            count.tokens["written"] += usage.cache_write_tokens or 0
        return usd

    def spending(self, budget_usd: float | None) -> Spending:
        """What it came to."""
        return Spending(
            models={name: c.spending() for name, c in sorted(self._models.items())},
            purposes=dict(sorted(self._purposes.items())),
            replayed=self.replayed,
            budget_usd=budget_usd,
        )
