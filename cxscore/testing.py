"""For tests of judges and plug-ins: a model that answers from a script, and what a judge must keep.

Needs no network and no key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

from cxscore import wire
from cxscore.errors import PluginError
from cxscore.judging import (
    MAX_ROUNDS,
    Answered,
    Ask,
    Judge,
    NoReply,
    Refused,
    Reply,
    Truncated,
    ask_digest,
    drive,
)
from cxscore.transcript import Leg, Role, Transcript, Turn, Visibility
from cxscore.verdict import Graded, Quote, Verdict

Script: TypeAlias = Callable[[Ask], Reply | str] | Mapping[str, Reply | str]
"""A function of the ask, or replies by ``ask_digest``; a bare text is an ``Answered``."""


class ScriptedModel:
    """A ``ChatModel`` that answers from a script.

    Args:
        script: a function of the ask, or a mapping by ``ask_digest``; an ask the mapping does not
            know is answered by ``NoReply``.
        id: as it stands in fingerprints.
        delay_s: how long every answer takes.
    """

    def __init__(self, script: Script, *, id: str = "scripted:model", delay_s: float = 0.0) -> None:
        self._script = script
        self._id = id
        self._delay_s = delay_s
        self.asks: list[Ask] = []
        """Every ask so far, in order."""
        self.in_flight = 0
        self.most_in_flight = 0
        """How many asks were under way at once at most."""

    @property
    def id(self) -> str:
        """As given."""
        return self._id

    async def answer(self, ask: Ask, /) -> Reply:
        """What the script says."""
        self.asks.append(ask)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self._delay_s)
            return self.reply(ask)
        finally:
            self.in_flight -= 1

    def reply(self, ask: Ask) -> Reply:
        """What the script says, at once."""
        if callable(self._script):
            said = self._script(ask)
        else:
            said = self._script.get(ask_digest(ask), NoReply(text="the script has no reply"))
        return Answered(text=said, model=self._id) if isinstance(said, str) else said


SAMPLE = Transcript(
    id="sample",
    turns=(
        Turn(role=Role.CUSTOMER, text="Where is my order 4711?", visibility=Visibility.PUBLIC),
        Turn(role=Role.AI_AGENT, text="It left our warehouse yesterday."),
        Turn(role=Role.CUSTOMER, text="That took long. Thanks, goodbye."),
    ),
    started_at=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
)
"""A transcript every judge must cope with."""


def check_judge(
    judge: Judge,
    *,
    transcripts: Iterable[Transcript] = (SAMPLE,),
    model: ScriptedModel | None = None,
) -> None:
    """Check that a judge keeps the contract of ``cxscore.judging.Judge``.

    Args:
        judge: the judge.
        transcripts: what it is shown.
        model: answers its asks; None answers nothing sensible, which a judge must survive.

    Raises:
        PluginError: what it breaks, in a sentence.
    """
    if not judge.fingerprint:
        raise PluginError("the fingerprint is empty: verdicts of two versions cannot be told apart")
    if not isinstance(judge.heuristic, bool):
        raise PluginError("heuristic must be True or False")
    for transcript in transcripts:
        _check_verdict(judge, transcript, model)
        for broken in _BROKEN:
            _drive(judge, transcript, broken)


_BROKEN: tuple[Callable[[Ask], Reply], ...] = (
    lambda _: Answered(text="", model="m"),
    lambda _: Answered(text="[]", model="m"),
    lambda _: Refused(text="no", model="m"),
    lambda _: Truncated(text='{"a": ', model="m"),
    lambda _: NoReply(text="down"),
)


def _check_verdict(judge: Judge, transcript: Transcript, model: ScriptedModel | None) -> None:
    answer = model.reply if model else _BROKEN[0]
    verdict, asks = _drive(judge, transcript, answer)
    again, asks_again = _drive(judge, transcript, answer)
    if [ask_digest(a) for a in asks] != [ask_digest(a) for a in asks_again]:
        raise PluginError("the same transcript leads to other asks: a stored reply is never found")
    if wire.dump(verdict) != wire.dump(again):
        raise PluginError("the same replies lead to another verdict: it cannot be replayed")
    if verdict.judge != judge.fingerprint:
        raise PluginError(
            f"the verdict names the judge {verdict.judge!r}, the judge {judge.fingerprint!r}"
        )
    if verdict.conversation_id != transcript.id:
        raise PluginError(f"the verdict is about {verdict.conversation_id!r}")
    if Leg.JOURNEY not in verdict.outcomes:
        raise PluginError("the verdict has no outcomes for the whole journey")
    _check_quotes(verdict, transcript)


def _check_quotes(verdict: Verdict, transcript: Transcript) -> None:
    for outcomes in verdict.outcomes.values():
        for criterion, outcome in outcomes.items():
            for quote in outcome.evidence if isinstance(outcome, Graded) else ():
                if not _stands(quote, transcript):
                    raise PluginError(
                        f"{criterion}: the quote {quote.text!r} does not stand at turn {quote.turn}"
                    )


def _stands(quote: Quote, transcript: Transcript) -> bool:
    if not 0 <= quote.turn < len(transcript.turns):
        return False
    return transcript.turns[quote.turn].text[quote.start : quote.end] == quote.text


def _drive(
    judge: Judge, transcript: Transcript, answer: Callable[[Ask], Reply]
) -> tuple[Verdict, list[Ask]]:
    asks: list[Ask] = []

    def reply(round_: tuple[Ask, ...]) -> tuple[Reply, ...]:
        if not round_:
            raise PluginError("the judge yields a round without an ask")
        if len(asks) > 100 * MAX_ROUNDS:
            raise PluginError("the judge never stops asking")
        asks.extend(round_)
        return tuple(answer(ask) for ask in round_)

    return drive(judge.deliberate(transcript), reply), asks
