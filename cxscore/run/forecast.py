"""What a run would cost and how long it would take, from the asks of a sample; nothing is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from cxscore.errors import TranscriptError
from cxscore.judging import Ask, Usage, ask_digest, step
from cxscore.providers.model import Attempt
from cxscore.providers.tokens import AskSizes, tokens_of
from cxscore.rubric import Rubric
from cxscore.run.live import LiveOptions, in_own_thread
from cxscore.run.money import Price
from cxscore.run.panel import OpenPanel, Panel, Seat
from cxscore.run.prepare import Due, Rules, prepare
from cxscore.run.redacting import deliberation
from cxscore.run.source import JudgeSource
from cxscore.store import CallStatistics, InputRegister, Ledger, reply_key
from cxscore.transcript import Record
from cxscore.verdict import Verdict

SAMPLE = 200
"""Conversations whose asks are made; the rest are counted."""
OUTPUT_TOKENS = 1_200
"""Assumed of an answer while the store knows none of this model."""
SECONDS = 6.0
"""Assumed of an answer while the store knows none of this model."""
KNOWN_FROM = 20
"""So many answers of a model make its own figures."""
CACHED_FROM = 1_024
"""Shortest prefix, in tokens, that providers cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelForecast:
    """What one model would be asked."""

    calls: float
    input_tokens: float
    """All that is sent, cached tokens included."""
    cache_read_tokens: float
    cache_write_tokens: float
    output_tokens: float
    usd: float | None
    """None when no price is known."""
    price: Price | None
    seconds_per_call: float
    measured: bool
    """True when output and seconds come from this store's own answers of the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A run that has not begun."""

    conversations: int
    due: int
    """To be judged: new, changed, or failed before."""
    sampled: int
    """Conversations whose asks the figures rest on."""
    models: Mapping[str, ModelForecast]
    repeats: float
    """Conversations asked twice."""
    seconds: float
    """At the concurrency given, if the provider's rate limits allow it."""
    concurrency: int

    @property
    def calls(self) -> float:
        """Of all models."""
        return sum(m.calls for m in self.models.values())

    @property
    def usd(self) -> float | None:
        """Of all models; None when a price is not known."""
        costs = [m.usd for m in self.models.values()]
        known = [c for c in costs if c is not None]
        return sum(known) if len(known) == len(costs) else None


def forecast(
    records: Iterable[Record | TranscriptError],
    *,
    ledger: Ledger,
    panel: OpenPanel,
    rubric: Rubric,
    options: LiveOptions,
) -> Forecast:
    """Forecast a run; no call is made and nothing is written.

    Args:
        records: as for ``score_live``.
        ledger: open; what it knows already is not due.
        panel: as for ``score_live``.
        rubric: as for ``score_live``.
        options: as for ``score_live``.

    Raises:
        ConfigError: the panel cannot be opened.
    """

    async def over() -> Forecast:
        async with panel(_unheard) as opened:
            counting = _Counting(ledger=ledger, panel=opened, rubric=rubric, options=options)
            await asyncio.to_thread(counting.over, islice(records, options.limit))
            return counting.forecast()

    return in_own_thread(over)


def _unheard(_: Attempt) -> None:
    """Nothing is asked, so nothing is told."""


@dataclass(slots=True)
class _Asked:
    """Sums over a sample of one model's asks."""

    calls: int = 0
    system: int = 0
    rest: int = 0
    purposes: dict[str, int] = field(default_factory=dict)
    longest: int = 0
    """Room for an answer."""


@dataclass(slots=True, kw_only=True)
class _Counting:
    ledger: Ledger
    panel: Panel
    rubric: Rubric
    options: LiveOptions
    conversations: int = 0
    due: int = 0
    sampled: int = 0
    _asked: dict[str, _Asked] = field(default_factory=dict)
    _sizes: AskSizes = field(default_factory=AskSizes)

    def over(self, records: Iterator[Record | TranscriptError]) -> None:
        """Count the records; make the asks of the first that are due."""
        judge = self.panel.judge
        rules = Rules(
            source=JudgeSource(
                factory=lambda: judge,
                fingerprint=self.panel.fingerprint or judge.fingerprint,
                heuristic=judge.heuristic,
                knowledge_at=self.panel.knowledge_at,
            ),
            rubric_digest=self.rubric.digest,
            rescore_kb=self.options.rescore_kb,
            retry_failed=self.options.retry_failed,
        )
        register = InputRegister()
        try:
            for item in records:
                self.conversations += 1
                found = prepare(item, ledger=self.ledger, register=register, rules=rules)
                if isinstance(found, Due):
                    self.due += 1
                    if self.sampled < SAMPLE:
                        self._sample(found)
        finally:
            register.close()

    def _sample(self, due: Due) -> None:
        self.sampled += 1
        judging = deliberation(
            self.panel.judge, due.transcript, due.record.conversation, self.panel.redactor
        )
        try:
            asks = step(judging)
        except Exception:  # a conversation the judge breaks on costs nothing
            return
        finally:
            judging.close()
        if not isinstance(asks, Verdict):
            for ask in asks:
                self._add(ask)

    def _add(self, ask: Ask) -> None:
        seat = self.panel.seats.get(ask.seat)
        if seat is None or self._answered(ask, seat):
            return
        asked = self._asked.setdefault(seat.model.id, _Asked())
        system = tokens_of(ask.system)
        asked.calls += 1
        asked.system += system
        asked.rest += self._sizes.tokens(ask) - system
        asked.purposes[ask.purpose] = asked.purposes.get(ask.purpose, 0) + 1
        asked.longest = max(asked.longest, ask.max_output_tokens)

    def _answered(self, ask: Ask, seat: Seat) -> bool:
        return self.ledger.reply(reply_key(ask_digest(ask), answerer=seat.answerer)) is not None

    def forecast(self) -> Forecast:
        """What the sample says of the whole."""
        share = self.due / self.sampled if self.sampled else 0.0
        plan = self.options.repeats
        repeats = 0.0 if plan.off else min(self.due, max(self.due * plan.share, plan.least))
        twice = 1 + (repeats / self.due if self.due else 0.0)
        models = {
            name: self._model(name, asked, share * twice)
            for name, asked in sorted(self._asked.items())
        }
        work = sum(m.calls * m.seconds_per_call for m in models.values())
        return Forecast(
            conversations=self.conversations,
            due=self.due,
            sampled=self.sampled,
            models=models,
            repeats=repeats,
            seconds=work / max(1, self.options.concurrency),
            concurrency=self.options.concurrency,
        )

    def _model(self, name: str, asked: _Asked, share: float) -> ModelForecast:
        known = self.ledger.call_statistics(name)
        first = sum(known[p].answered for p in asked.purposes if p in known)
        measured = first >= KNOWN_FROM
        later = sum(s.answered for p, s in known.items() if p not in asked.purposes)
        # Second looks and repairs: as many as this store has seen of the model.
        more = 1 + (later / first if measured else 0.0)
        calls = asked.calls * share * more
        output, seconds = _typical(known) if measured else (OUTPUT_TOKENS, SECONDS)
        output = min(output, asked.longest)
        system, rest = asked.system * share * more, asked.rest * share * more
        prefix = asked.system / asked.calls
        written = 0.0
        if prefix >= CACHED_FROM:
            # The calls of the beginning find nothing in the cache yet.
            written = min(system, prefix * self.options.concurrency)
        read = system - written if prefix >= CACHED_FROM else 0.0
        price = self.options.prices.of(name)
        usage = Usage(
            input_tokens=round(system + rest),
            output_tokens=round(calls * output),
            cache_read_tokens=round(read),
            cache_write_tokens=round(written),
        )
        return ModelForecast(
            calls=calls,
            input_tokens=system + rest,
            cache_read_tokens=read,
            cache_write_tokens=written,
            output_tokens=calls * output,
            usd=None if price is None else price.usd(usage),
            price=price,
            seconds_per_call=seconds,
            measured=measured,
        )


def _typical(known: Mapping[str, CallStatistics]) -> tuple[float, float]:
    """Mean output tokens and seconds of a model's answers, whatever they were for."""
    n = sum(s.answered for s in known.values())
    return (
        sum(s.output_tokens * s.answered for s in known.values()) / n,
        sum(s.seconds * s.answered for s in known.values()) / n,
    )
