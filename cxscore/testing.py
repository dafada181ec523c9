"""For tests of judges and plug-ins: a model that answers from a script, and what a judge must keep.

Needs no network and no key.
"""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

from cxscore import wire
from cxscore.errors import JudgeError, PluginError
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
from cxscore.rubric import Criterion, Rubric
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
    transcripts: Iterable[Transcript] = (SAMPLE,),
    *,
    rubric: Rubric | None = None,
    model: ScriptedModel | None = None,
) -> tuple[str, ...]:
    """Check that a judge keeps the contract of ``cxscore.judging.Judge``.

    It is deterministic given the replies, its fingerprint stays, its quotes stand in the
    transcript, it asks at most ``MAX_ROUNDS`` rounds and survives replies that are no use.

    Args:
        judge: the judge.
        transcripts: what it is shown; give some of your own, with every language and channel.
        rubric: what it grades by; with it levels, criteria and evidence below the top are checked.
        model: answers its asks; None answers nothing sensible, which a judge must survive.

    Returns:
        What is no fault and yet good to know, e.g. that it cannot be sent to other processes.

    Raises:
        PluginError: what it breaks, in a sentence.
    """
    fingerprint: object = judge.fingerprint
    if not isinstance(fingerprint, str) or not fingerprint.strip() or "\n" in fingerprint:
        raise PluginError("the fingerprint is no line of text: versions cannot be told apart")
    if not isinstance(judge.heuristic, bool):
        raise PluginError("heuristic must be True or False")
    for transcript in transcripts:
        _check_verdict(judge, transcript, rubric, model)
        for broken in _BROKEN:
            _survives(judge, transcript, broken)
        if judge.fingerprint != fingerprint:
            raise PluginError("the fingerprint changes while the judge works")
    return _notes(judge)


_BROKEN: tuple[Callable[[Ask], Reply], ...] = (
    lambda _: Answered(text="", model="m"),
    lambda _: Answered(text="[]", model="m"),
    lambda _: Refused(text="no", model="m"),
    lambda _: Truncated(text='{"a": ', model="m"),
    lambda _: NoReply(text="down"),
)


def _check_verdict(
    judge: Judge, transcript: Transcript, rubric: Rubric | None, model: ScriptedModel | None
) -> None:
    answer = model.reply if model else _BROKEN[0]
    try:
        verdict, asks = _drive(judge, transcript, answer)
        again, asks_again = _drive(judge, transcript, answer)
    except JudgeError as error:
        if model is None:
            return
        raise PluginError(f"the judge gives no verdict: {error}") from error
    if [ask_digest(a) for a in asks] != [ask_digest(a) for a in asks_again]:
        raise PluginError("the same transcript leads to other asks: a stored reply is never found")
    if wire.dump(verdict) != wire.dump(again):
        raise PluginError("the same replies lead to another verdict: it cannot be replayed")
    if wire.load(Verdict, wire.dump(verdict)) != verdict:
        raise PluginError("the verdict does not survive the store: a member has another type")
    if verdict.judge != judge.fingerprint:
        raise PluginError(
            f"the verdict names the judge {verdict.judge!r}, the judge {judge.fingerprint!r}"
        )
    if verdict.conversation_id != transcript.id:
        raise PluginError(f"the verdict is about {verdict.conversation_id!r}")
    if Leg.JOURNEY not in verdict.outcomes:
        raise PluginError("the verdict has no outcomes for the whole journey")
    _check_quotes(verdict, transcript)
    if rubric is not None:
        _check_levels(verdict, rubric)


def _check_quotes(verdict: Verdict, transcript: Transcript) -> None:
    for where, quote in _quotes(verdict):
        if not _stands(quote, transcript):
            raise PluginError(
                f"{where}: the quote {quote.text!r} does not stand at turn {quote.turn}"
            )


def _quotes(verdict: Verdict) -> Iterator[tuple[str, Quote]]:
    """Every quote of a verdict, with what it is cited for."""
    for outcomes in verdict.outcomes.values():
        for criterion, outcome in outcomes.items():
            for quote in outcome.evidence if isinstance(outcome, Graded) else ():
                yield criterion, quote
    for claim in verdict.claims:
        yield "claims", claim.quote
    for action in verdict.actions:
        yield "actions", action.quote


def _check_levels(verdict: Verdict, rubric: Rubric) -> None:
    criteria = {c.id: c for c in rubric.criteria}
    if lacking := [c for c in criteria if c not in verdict.journey]:
        raise PluginError(f"the verdict says nothing of {lacking[0]}; abstain where nothing is due")
    if verdict.rubric != rubric.ref:
        raise PluginError(f"the verdict names the rubric {verdict.rubric!r}, not {rubric.ref!r}")
    for outcomes in verdict.outcomes.values():
        for name, outcome in outcomes.items():
            if name not in criteria:
                raise PluginError(f"the rubric has no criterion {name!r}")
            if isinstance(outcome, Graded):
                _check_level(criteria[name], outcome)


def _check_level(criterion: Criterion, graded: Graded) -> None:
    if not graded.reason.strip():
        raise PluginError(f"{criterion.id}: a level, and N/A too, needs a reason")
    if graded.certainty is not None and not 0 <= graded.certainty <= 1:
        raise PluginError(f"{criterion.id}: the certainty {graded.certainty} is no probability")
    if graded.level is None:
        return
    if graded.level not in criterion.scale.values:
        allowed = ", ".join(map(str, criterion.scale.values))
        raise PluginError(f"{criterion.id}: {graded.level!r} is no level; allowed are {allowed}")
    if graded.level != criterion.scale.top and not graded.evidence:
        raise PluginError(
            f"{criterion.id}: level {graded.level} is below the top and cites nothing"
        )


def _stands(quote: Quote, transcript: Transcript) -> bool:
    if not 0 <= quote.turn < len(transcript.turns):
        return False
    words = transcript.turns[quote.turn].text
    return bool(quote.text) and words[quote.start : quote.end] == quote.text


def _survives(judge: Judge, transcript: Transcript, answer: Callable[[Ask], Reply]) -> None:
    try:
        _drive(judge, transcript, answer)
    except PluginError:
        raise
    except JudgeError:
        return  # Recorded as this conversation's failure; the run goes on.
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise PluginError(f"a reply of no use makes the judge crash: {said}") from error


def _drive(
    judge: Judge, transcript: Transcript, answer: Callable[[Ask], Reply]
) -> tuple[Verdict, list[Ask]]:
    rounds: list[tuple[Ask, ...]] = []

    def reply(asks: tuple[Ask, ...]) -> tuple[Reply, ...]:
        if not asks:
            raise PluginError("the judge yields a round without an ask")
        rounds.append(asks)
        return tuple(answer(ask) for ask in asks)

    try:
        verdict = drive(judge.deliberate(transcript), reply)
    except JudgeError as error:
        if len(rounds) == MAX_ROUNDS:
            raise PluginError(f"{error}: it would never end") from error
        raise
    return verdict, [ask for asks in rounds for ask in asks]


def _notes(judge: Judge) -> tuple[str, ...]:
    try:
        copy = pickle.loads(pickle.dumps(judge))  # noqa: S301 - our own bytes
    except Exception as error:  # whatever stands in the way of pickling
        said = f"{type(error).__name__}: {error}"
        return (f"it cannot be sent to another process, so one process judges: {said}",)
    if copy.fingerprint != judge.fingerprint:
        raise PluginError("a copy in another process has another fingerprint")
    return ()
