"""A deliberation replayed from stored replies as far as they reach; none is kept alive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cxscore.errors import ConfigError, JudgeError
from cxscore.judging import MAX_ROUNDS, Ask, Deliberation, Reply, ask_digest, step
from cxscore.providers.batch_service import custom_id
from cxscore.run.panel import Seat
from cxscore.run.worker import rows_of_error
from cxscore.store import Ledger, VerdictRows, reply_key, rows_of
from cxscore.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAsk:
    """An ask nobody has answered yet."""

    ask: Ask
    digest: str
    custom_id: str
    seat: Seat


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRound:
    """Where the stored replies of a conversation end."""

    number: int
    """0 is the first round."""
    asks: tuple[OpenAsk, ...]
    """Those of the round without a reply."""


Known = Callable[[OpenAsk], Reply | None]


def replayed(
    judging: Deliberation, seats: Mapping[str, Seat], known: Known
) -> VerdictRows | OpenRound:
    """The verdict, or the first round that is not answered.

    Args:
        judging: fresh; closed on return.
        seats: who answers, by ``Ask.seat``.
        known: the reply to an ask, None when there is none yet.

    Raises:
        ConfigError: the judge asks a seat nobody sits on.
    """
    replies: tuple[Reply, ...] | None = None
    try:
        for number in range(MAX_ROUNDS + 1):
            try:
                asks = step(judging, replies)
            except Exception as error:  # a plug-in's judge may raise anything; the run goes on
                return rows_of_error(error)
            if isinstance(asks, Verdict):
                return rows_of(asks)
            put = [_open(ask, seats) for ask in asks]
            said = [known(one) for one in put]
            open_ = tuple(one for one, reply in zip(put, said, strict=True) if reply is None)
            if open_:
                return OpenRound(number=number, asks=open_)
            replies = tuple(reply for reply in said if reply is not None)
    finally:
        judging.close()
    return rows_of_error(JudgeError(f"the judge asked more than {MAX_ROUNDS} rounds"))


def stored_reply(ledger: Ledger, one: OpenAsk) -> Reply | None:
    """What the ledger holds for an ask."""
    return ledger.reply(reply_key(one.digest, answerer=one.seat.answerer))


def _open(ask: Ask, seats: Mapping[str, Seat]) -> OpenAsk:
    seat = seats.get(ask.seat)
    if seat is None:
        known = ", ".join(sorted(seats))
        raise ConfigError(f"the judge asks the seat {ask.seat!r}; there are models for {known}")
    digest = ask_digest(ask)
    return OpenAsk(ask=ask, digest=digest, custom_id=custom_id(digest), seat=seat)
