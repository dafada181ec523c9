"""The protocols of judging, and the drivers of a deliberation.

A judge is a generator: it yields rounds of asks, is sent one reply per ask in order, and returns a
verdict. Live scoring, batches, replay and tests differ only in who answers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import Any, Protocol, TypeAlias

from cxscore.errors import JudgeError
from cxscore.transcript import Transcript
from cxscore.verdict import Verdict

MAX_ROUNDS = 6
"""A deliberation that asks more often is broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One model call, fully determined."""

    purpose: str
    """``grade``, ``verify_claims``, ``repair`` …: for cost tables and replay."""
    system: str
    """Stable prefix (rules, rubric), byte-identical over a run so that providers cache it."""
    user: str
    """Knowledge passages, then the fenced transcript."""
    schema: Mapping[str, Any]
    """JSON Schema of the reply: enums for levels, no numeric bounds, no defaults."""
    max_output_tokens: int
    seat: str = "judge"
    """Which configured model answers; a jury has several seats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one answer; None where the server does not say."""

    input_tokens: int | None = None
    """All that was sent, also what the provider read from or wrote to its cache."""
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    """Of the input, what was read from the provider's cache."""
    cache_write_tokens: int | None = None
    """Of the input, what was written to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenChoice:
    """What the model might have written at one place of its answer, for expected levels."""

    start: int
    """Where the token stands in ``Answered.text``, in characters."""
    alternatives: tuple[tuple[str, float], ...]
    """Spelling and natural logarithm of its probability, most likely first; only spellings that
    begin a value the ask's schema allows: their probabilities sum to the coverage, not to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The model answered; ``text`` is its JSON, not yet validated."""

    text: str
    model: str
    usage: Usage = Usage()
    choices: tuple[TokenChoice, ...] = ()
    """Where a level or another enum value begins, when the provider gave probabilities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The model declined."""

    text: str
    model: str
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncated:
    """The answer ended at the output limit."""

    text: str
    model: str
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtered:
    """The provider's content filter withheld the answer."""

    text: str
    model: str
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLong:
    """The ask does not fit the model's window."""

    text: str
    model: str
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoReply:
    """The service did not answer within the retry policy."""

    text: str
    """What it said last."""
    lasting: bool = False
    """True when it refuses this one ask and would refuse it again: no sign of an outage."""


Reply: TypeAlias = Answered | Refused | Truncated | Filtered | TooLong | NoReply

Deliberation: TypeAlias = Generator[tuple[Ask, ...], tuple[Reply, ...], Verdict]

Deliberations: TypeAlias = Generator[tuple[Ask, ...], tuple[Reply, ...], tuple[Verdict, ...]]
"""Several deliberations driven as one."""


class Judge(Protocol):
    """Turns a transcript into a verdict. Deterministic given the replies."""

    @property
    def fingerprint(self) -> str:
        """Procedure, prompt, model and settings: two judges with one fingerprint agree."""
        ...

    @property
    def heuristic(self) -> bool:
        """True for a judge of fixed rules; every page then says so."""
        ...

    def deliberate(self, transcript: Transcript, /) -> Deliberation:
        """Yield rounds of asks, be sent one reply per ask, return the verdict."""
        ...


class ChatModel(Protocol):
    """A model that answers asks."""

    @property
    def id(self) -> str:
        """``provider:model``, as it stands in fingerprints."""
        ...

    async def answer(self, ask: Ask, /) -> Reply:
        """One reply; failures of the service are replies too, never exceptions."""
        ...


def ask_digest(ask: Ask) -> str:
    """SHA-256 (hex) of an ask: a stored reply is found by it."""
    # As json.dumps(asdict(ask), sort_keys=True) would have it; what a run's asks share is
    # written out once.
    body = (
        f'{{"max_output_tokens":{ask.max_output_tokens},"purpose":{_quoted(ask.purpose)},'
        f'"schema":{_schema_text(ask.schema)},"seat":{_quoted(ask.seat)},'
        f'"system":{_quoted(ask.system)},"user":{_text(ask.user)}}}'
    )
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=64)
def _quoted(text: str) -> str:
    return _text(text)


_SCHEMAS: dict[int, tuple[Mapping[str, Any], str]] = {}
"""Identity to schema and its text; holding the schema keeps its identity from being used again."""


def _schema_text(schema: Mapping[str, Any]) -> str:
    found = _SCHEMAS.get(id(schema))
    if found is None:
        if len(_SCHEMAS) >= 64:
            _SCHEMAS.clear()
        found = _SCHEMAS[id(schema)] = (schema, _text(dict(schema)))
    return found[1]


def drive(
    deliberation: Deliberation, answer: Callable[[tuple[Ask, ...]], tuple[Reply, ...]]
) -> Verdict:
    """Run a deliberation to its verdict, answering every round with ``answer``.

    Raises:
        JudgeError: after ``MAX_ROUNDS`` rounds, or when a round is not answered ask by ask.
    """
    outcome = _advance(deliberation, answer)
    if isinstance(outcome, tuple):
        raise JudgeError("a round of asks was not answered")
    return outcome


def replay(deliberation: Deliberation, replies: Mapping[str, Reply]) -> Verdict | tuple[Ask, ...]:
    """Run a deliberation from stored replies as far as they reach.

    Args:
        deliberation: fresh from ``Judge.deliberate``; closed on return.
        replies: by ``ask_digest``.

    Returns:
        The verdict, or the first round of asks not all of which have a stored reply.
    """

    def stored(asks: tuple[Ask, ...]) -> tuple[Reply, ...] | None:
        found = [replies.get(ask_digest(ask)) for ask in asks]
        return None if None in found else tuple(r for r in found if r is not None)

    return _advance(deliberation, stored)


def step(
    deliberation: Deliberation, replies: tuple[Reply, ...] | None = None
) -> tuple[Ask, ...] | Verdict:
    """One step of a deliberation, for a driver that answers its rounds itself.

    Args:
        deliberation: from ``Judge.deliberate``; the caller closes it when it gives up early.
        replies: to the round last returned, ask by ask; None begins.

    Returns:
        The next round of asks, or the verdict.
    """
    try:
        return next(deliberation) if replies is None else deliberation.send(replies)
    except StopIteration as stop:
        verdict: Verdict = stop.value
        return verdict


def together(*deliberations: Deliberation) -> Deliberations:
    """Several deliberations as one, for ``yield from``: their rounds are asked together.

    Round n asks what each deliberation still under way asks in its own round n, in the order
    given; so there are as many rounds as the longest of them has.

    Args:
        deliberations: fresh from ``Judge.deliberate``; all are closed in the end.

    Returns:
        Their verdicts, in the order given.

    Raises:
        JudgeError: a round is not answered ask by ask.
    """
    verdicts: dict[int, Verdict] = {}
    waiting: dict[int, tuple[Ask, ...]] = {}

    def advance(place: int, replies: tuple[Reply, ...] | None) -> None:
        said = step(deliberations[place], replies)
        if isinstance(said, Verdict):
            verdicts[place] = said
            waiting.pop(place, None)
        else:
            waiting[place] = said

    try:
        for place in range(len(deliberations)):
            advance(place, None)
        while waiting:
            asks = tuple(chain.from_iterable(waiting.values()))
            replies = yield asks
            if len(replies) != len(asks):
                raise JudgeError(f"{len(asks)} asks were answered by {len(replies)} replies")
            rest = iter(replies)
            for place, own in tuple(waiting.items()):
                advance(place, tuple(islice(rest, len(own))))
    finally:
        for deliberation in deliberations:
            deliberation.close()
    return tuple(verdicts[place] for place in range(len(deliberations)))


def _advance(
    deliberation: Deliberation,
    answer: Callable[[tuple[Ask, ...]], tuple[Reply, ...] | None],
) -> Verdict | tuple[Ask, ...]:
    try:
        asks = next(deliberation)
        for _ in range(MAX_ROUNDS):
            replies = answer(asks)
            if replies is None:
                return asks
            if len(replies) != len(asks):
                raise JudgeError(f"{len(asks)} asks were answered by {len(replies)} replies")
            asks = deliberation.send(replies)
    except StopIteration as stop:
        verdict: Verdict = stop.value
        return verdict
    finally:
        deliberation.close()
    raise JudgeError(f"the judge asked more than {MAX_ROUNDS} rounds")
