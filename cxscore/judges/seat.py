"""A judge on a named seat: who sits there, who stands in, and what happens when it breaks."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from cxscore.errors import ConfigError, EvidenceError, JudgeError, ProviderError, ReplyError
from cxscore.judges.composite import composite
from cxscore.judging import MAX_ROUNDS, Ask, Deliberation, Judge, NoReply, Reply, step
from cxscore.rubric import Rubric
from cxscore.transcript import Leg, Transcript
from cxscore.verdict import Failed, Verdict

CUT = "rounds"
"""Code of a judgement that was given up because it asked too often."""

_UNNAMED = "judge"
"""The seat of an ask whose judge knows nothing of seats."""

_CODES: tuple[tuple[type[JudgeError], str], ...] = (
    (ProviderError, "provider"),
    (ReplyError, "reply"),
    (EvidenceError, "evidence"),
    (JudgeError, "judge"),
)

_Sat: TypeAlias = Generator[tuple[Ask, ...], tuple[Reply, ...], "tuple[Verdict | None, bool]"]


class Seat:
    """A judge under the name its asks carry, with others that stand in while its service is out.

    A stand-in answers under its own fingerprint: the verdict is its own, and says so. It is asked
    only when the service did not answer at all; a refusal, a broken reply or an ask the service
    will never take is the judge's own result.

    Args:
        name: ``Ask.seat`` of what this judge asks; a run maps it to a model.
        judge: who sits here.
        fallbacks: in the order they are tried; they have no fallbacks themselves.

    Raises:
        ConfigError: two of them have one name, or a fallback names fallbacks.
    """

    def __init__(self, name: str, judge: Judge, fallbacks: Sequence[Seat] = ()) -> None:
        self.name = name
        self.judge = judge
        self.fallbacks = tuple(fallbacks)
        if any(f.fallbacks for f in self.fallbacks):
            raise ConfigError(f"seat {name!r}: a fallback has no fallbacks; name all on the seat")
        refuse_twice(self.names, "a seat and its fallbacks are different models")

    @property
    def fingerprint(self) -> str:
        """Of the judge itself: naming a fallback changes nothing that was scored."""
        return self.judge.fingerprint

    @property
    def heuristic(self) -> bool:
        """Whether all who may sit here are judges of fixed rules."""
        return all(seat.judge.heuristic for seat in (self, *self.fallbacks))

    @property
    def names(self) -> tuple[str, ...]:
        """Of the seat and its fallbacks."""
        return (self.name, *(f.name for f in self.fallbacks))

    def deliberate(self, transcript: Transcript, /) -> Deliberation:
        """Judge; while the service is out, let the fallbacks judge in their order."""
        first, out = yield from self._sit(transcript, last=not self.fallbacks)
        for number, seat in enumerate(self.fallbacks if out else (), 1):
            found, out = yield from seat._sit(transcript, last=number == len(self.fallbacks))
            if found is not None and not out:
                silent = ", ".join(self.names[:number])
                note = f"{silent} did not answer; {seat.name} judged in its place"
                return replace(found, seen=(*found.seen, note))
            first = first or found
        if first is None:
            raise ProviderError(f"no model on the seat {self.name} answered")
        return first

    def _sit(self, transcript: Transcript, *, last: bool) -> _Sat:
        """The verdict of this seat's own judge, and whether its service was out."""
        deliberation = self.judge.deliberate(transcript)
        silent = False
        try:
            said = step(deliberation)
            while not isinstance(said, Verdict):
                replies = yield tuple(self._named(ask) for ask in said)
                silent = silent or any(isinstance(r, NoReply) and not r.lasting for r in replies)
                said = step(deliberation, replies)
        except ProviderError:
            if last:
                raise
            return None, True
        finally:
            deliberation.close()
        return said, silent and _nothing_judged(said)

    def _named(self, ask: Ask) -> Ask:
        return replace(ask, seat=self.name) if ask.seat == _UNNAMED else ask


def attend(
    judge: Judge, transcript: Transcript, rubric: Rubric, *, rounds: int = MAX_ROUNDS
) -> Deliberation:
    """A judge's deliberation that always ends in a verdict, within so many rounds.

    One member that breaks must not take the others' work with it: whatever it raises becomes a
    verdict whose every outcome has failed.
    """
    deliberation: Deliberation | None = None
    try:
        deliberation = judge.deliberate(transcript)
        said = step(deliberation)
        for _ in range(rounds):
            if isinstance(said, Verdict):
                return said
            replies = yield said
            said = step(deliberation, replies)
        if isinstance(said, Verdict):
            return said
        failed = Failed(error=f"gave no verdict within {rounds} rounds of asks", code=CUT)
    except JudgeError as error:
        code = next(code for kind, code in _CODES if isinstance(error, kind))
        failed = Failed(error=str(error), code=code)
    except Exception as error:  # a plug-in's judge may raise anything
        failed = Failed(error=f"{type(error).__name__}: {error}", code="crash")
    finally:
        if deliberation is not None:
            deliberation.close()
    return failed_verdict(transcript, judge.fingerprint, rubric, failed)


def failed_verdict(
    transcript: Transcript, fingerprint: str, rubric: Rubric, failed: Failed
) -> Verdict:
    """A verdict of a judge that judged nothing."""
    journey = {c.id: failed for c in rubric.criteria}
    return Verdict(
        conversation_id=transcript.id,
        judge=fingerprint,
        rubric=rubric.ref,
        outcomes={Leg.JOURNEY: journey},
        composite=composite(rubric, journey),
    )


def has_read(verdict: Verdict) -> bool:
    """Whether a judge read the conversation at all: anything graded or abstained from."""
    return any(not isinstance(o, Failed) for leg in verdict.outcomes.values() for o in leg.values())


def refuse_twice(names: Iterable[str], why: str) -> None:
    """Refuse a name that stands twice.

    Raises:
        ConfigError: with the name and why it may not.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ConfigError(f"{name} is named twice: {why}")
        seen.add(name)


def _nothing_judged(verdict: Verdict) -> bool:
    return not has_read(verdict)
