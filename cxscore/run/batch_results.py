"""From a batch's result to what the store takes: reply, attempt and cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from cxscore.judging import NoReply, Refused, TooLong, Usage
from cxscore.providers.batch_service import Result
from cxscore.providers.tokens import tokens_of
from cxscore.run.money import Meter, Price, Prices
from cxscore.store import BatchAsk, Taking, storable

UNBILLED = frozenset({"expired", "cancelled", "rejected", "throttled", "server_error", "missing"})


def discounted(prices: Prices) -> Prices:
    """The same prices with what a batch takes off."""
    return replace(prices, prices=tuple(_discounted(p) for p in prices.prices))


def _discounted(price: Price) -> Price:
    share = 1.0 - price.batch_discount
    return replace(
        price,
        input=price.input * share,
        output=price.output * share,
        cache_read=None if price.cache_read is None else price.cache_read * share,
        cache_write=None if price.cache_write is None else price.cache_write * share,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What a result is written down with."""

    run: int
    prices: Prices
    """Full prices; the discount is theirs too."""
    meter: Meter
    """Counts with discounted prices."""

    def taking(
        self, result: Result, ask: BatchAsk, *, batch: int, answerer: str, model: str, at: datetime
    ) -> Taking:
        """What the store takes of a result; counted on the way.

        Args:
            result: of the batch.
            ask: what was asked.
            batch: key in the store.
            answerer: under which the reply is stored.
            model: as it stands in the money ledger.
            at: now.
        """
        reply = None if result.reply is None else storable(result.reply)
        usage, estimated = _usage(result)
        usd = self.meter.add(
            model=model,
            purpose=ask.purpose,
            status=result.status,
            usage=usage,
            estimated=estimated,
        )
        price = self.prices.of(model)
        return Taking(
            batch=batch,
            custom_id=result.custom_id,
            run=self.run,
            at=at,
            status=result.status,
            answerer=answerer,
            model=model,
            reply=reply,
            usage=usage,
            estimated=estimated,
            usd=usd,
            discount=price.batch_discount if price is not None else 0.0,
        )


def _usage(result: Result) -> tuple[Usage | None, bool]:
    reply = result.reply
    if reply is None or isinstance(reply, NoReply):
        # What was in an answer of another shape is not known; the rest was never answered.
        return None, False
    if reply.usage.input_tokens is not None:
        return reply.usage, False
    if isinstance(reply, Refused | TooLong) or not reply.text:
        return reply.usage, False
    return Usage(output_tokens=tokens_of(reply.text)), True
