"""What a run cost, or would cost, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cxscore.run.money import ModelSpending, Spending
from cxscore.run.tally import Tally

if TYPE_CHECKING:
    from cxscore.run.forecast import Forecast, ModelForecast


def spending_lines(tally: Tally) -> list[str]:
    """Calls, cost by status, cached share and flip rates; nothing where no model was asked."""
    spending = tally.spending
    if spending is None:
        return []
    lines = [_total(spending)]
    for name, model in spending.models.items():
        lines += _model_lines(name, model)
    return [*lines, *_flip_lines(tally)]


def _total(spending: Spending) -> str:
    purposes = ", ".join(f"{n:,} {name}" for name, n in spending.purposes.items())
    replayed = f", {spending.replayed:,} asks answered from the store" if spending.replayed else ""
    budget = "" if spending.budget_usd is None else f" of {spending.budget_usd:,.2f} USD"
    what = f" ({purposes})" if purposes else ""
    return f"{spending.calls:,} calls{what}{replayed}; cost {usd(spending.usd)}{budget}"


def _model_lines(name: str, model: ModelSpending) -> Iterator[str]:
    yield (
        f"  {name}: {model.input_tokens:,} tokens sent, {_share(model.cached_share)} of them from"
        f" the provider's cache, {model.output_tokens:,} received; {usd(model.usd)}"
    )
    for status, n in model.attempts.items():
        cost = usd(model.usd_by_status.get(status)) if model.usd is not None else usd(None)
        yield f"    {status}: {n:,} calls, {cost}"
    if model.estimated:
        yield f"    tokens of {model.estimated:,} calls are estimates: the server said nothing"


def _flip_lines(tally: Tally) -> Iterator[str]:
    if not tally.repeats:
        return
    most = max(f.asked for f in tally.repeats.values())
    rates = ", ".join(
        f"{criterion} {f.flipped} of {f.asked}" for criterion, f in tally.repeats.items()
    )
    yield f"{most:,} conversations were asked about twice; another outcome the second time: {rates}"


def usd(value: float | None) -> str:
    """An amount; unknown is said.

    >>> usd(0.01234), usd(12.5), usd(None)
    ('0.0123 USD', '12.50 USD', 'unknown (no price is known)')
    """
    if value is None:
        return "unknown (no price is known)"
    return f"{value:,.2f} USD" if value >= 1 or value == 0 else f"{value:.4f} USD"


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.0%}"


def forecast_text(forecast: Forecast) -> str:
    """A forecast for people, with what it assumes."""
    read = (
        f"{forecast.conversations:,} conversations read, {forecast.due:,} to be judged; forecast"
        f" from the asks of {forecast.sampled:,} of them, no call was made"
    )
    lines = [read]
    for name, model in forecast.models.items():
        lines += _forecast_lines(name, model)
    lines.append(
        f"about {forecast.calls:,.0f} calls, {usd(forecast.usd)}, {duration(forecast.seconds)} with"
        f" {forecast.concurrency} asks in flight, if the account's rate limits allow it"
    )
    if forecast.repeats:
        lines.append(f"  of them {forecast.repeats:,.0f} conversations asked about twice")
    return "\n".join(lines)


def _forecast_lines(name: str, model: ModelForecast) -> Iterator[str]:
    plain = model.input_tokens - model.cache_read_tokens - model.cache_write_tokens
    yield f"  {name}: {model.calls:,.0f} calls"
    yield f"    input {plain:,.0f} tokens, as estimated from the text (characters / 4)"
    yield f"    cache read {model.cache_read_tokens:,.0f} tokens, where the provider caches it"
    yield f"    cache write {model.cache_write_tokens:,.0f} tokens"
    basis = "as measured in this store" if model.measured else "assumed: nothing measured yet"
    yield f"    output {model.output_tokens:,.0f} tokens, {basis}"
    if model.price is None:
        yield "    no price is known; add one to the prices file"
    else:
        p = model.price
        yield f"    {usd(model.usd)}, by the price of {p.date} ({p.source})"
    yield f"    {model.seconds_per_call:.1f} s a call, {basis}"


def forecast_json(forecast: Forecast) -> dict[str, Any]:
    """A forecast as plain JSON values."""
    from dataclasses import asdict

    return {**asdict(forecast), "calls": forecast.calls, "usd": forecast.usd}


def duration(seconds: float) -> str:
    """Seconds for people.

    >>> duration(40), duration(3700), duration(9.2 * 3600)
    ('40 s', '1 h 2 min', '9 h 12 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
