"""The cascade itself: step after step, as far as there is doubt."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from cxscore.errors import ConfigError
from cxscore.judges.cascade.escalation import Escalation
from cxscore.judges.composite import composite
from cxscore.judges.seat import CUT, attend, has_read, refuse_twice
from cxscore.judging import MAX_ROUNDS, Ask, Deliberation, Judge, Reply
from cxscore.rubric import Rubric
from cxscore.transcript import Leg, Transcript
from cxscore.verdict import Failed, Outcome, Verdict, Vote, vote

T = TypeVar("T")

PROCEDURE = "1"
"""Raised when the same verdicts of the steps would give another verdict."""

DRAWN = "drawn for audit: the second step judged whatever the first was sure of"
"""Stands in ``Verdict.seen`` of every conversation the audit drew."""

_Key: TypeAlias = tuple[Leg, str]
"""Leg and criterion id."""
_Judged: TypeAlias = Generator[tuple[Ask, ...], tuple[Reply, ...], tuple[Verdict, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One judge of a cascade."""

    name: str
    """As it stands in ``Verdict.given_by``."""
    judge: Judge


@dataclass(slots=True, kw_only=True)
class _Course:
    """How far one conversation has come."""

    found: dict[_Key, Outcome] = field(default_factory=dict)
    given_by: dict[_Key, str] = field(default_factory=dict)
    votes: dict[_Key, list[Vote]] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    """Of the steps so far, in order."""
    reading: Verdict | None = None
    """Whose claims, actions and facts count: the last step that was asked for doubt and read."""
    notes: list[str] = field(default_factory=list)

    def hear(self, step: Step, verdict: Verdict) -> None:
        """Keep what a step says, whether or not it decides."""
        self.verdicts.append(verdict)
        for leg, criterion in _flat(verdict):
            said = vote(step.name, verdict.judge, verdict.outcomes[leg][criterion])
            seats = verdict.votes.get(leg, {}).get(criterion, ())
            inner = (_within(step, seat) for seat in seats)
            self.votes.setdefault((leg, criterion), []).extend((said, *inner))

    def take(self, step: Step, verdict: Verdict, due: set[_Key]) -> set[_Key]:
        """Let a step decide what is due, and what no step spoke of before; return what it did."""
        said = _flat(verdict)
        taken = {key for key in said if key in due or key not in self.found}
        for key in taken:
            self.found[key], self.given_by[key] = said[key], step.name
        if self.reading is None or has_read(verdict):
            self.reading = verdict
        return taken


class Cascade:
    """Judges in order of cost: each is asked only about what the one before left in doubt.

    A step grades the whole conversation, for that is what one ask does; of its verdict only the
    criteria in doubt are taken. So an outcome never depends on doubt about another criterion.
    The last step asked has the last word, also when it abstains or fails.

    Args:
        rubric: what every step is asked.
        steps: at least two, cheapest first.
        escalation: what counts as doubt.

    Raises:
        ConfigError: fewer than two steps, one name twice, or an escalation that cannot be meant.
    """

    def __init__(
        self, *, rubric: Rubric, steps: Sequence[Step], escalation: Escalation | None = None
    ) -> None:
        if len(steps) < 2:
            raise ConfigError(f"a cascade has at least two steps; {len(steps)} given")
        refuse_twice((s.name for s in steps), "a step asked again says nothing new")
        self._rubric = rubric
        self._steps = tuple(steps)
        self._escalation = escalation or Escalation()
        self._escalation.check(rubric)

    @property
    def fingerprint(self) -> str:
        """Of the steps in their order and of what counts as doubt; an audit changes no outcome."""
        return self._identity([s.judge.fingerprint for s in self._steps])

    @property
    def heuristic(self) -> bool:
        """True when all steps are judges of fixed rules; ``given_by`` tells for each outcome."""
        return all(s.judge.heuristic for s in self._steps)

    def deliberate(self, transcript: Transcript, /) -> Deliberation:
        """Judge step by step, as far as there is doubt and rounds are left."""
        first, *others = self._steps
        course = _Course()
        verdict, left = yield from self._judge(first, transcript, MAX_ROUNDS)
        course.hear(first, verdict)
        taken = course.take(first, verdict, set())
        due = {k for k in taken if k[1] in self._escalation.always} | self._doubtful(course, taken)
        drawn = self._escalation.draws(transcript)
        if drawn:
            course.notes.append(DRAWN)
        for number, step in enumerate(others):
            if not due and not (drawn and number == 0):
                break
            verdict, left = yield from self._judge(step, transcript, left)
            if _was_cut(verdict):
                course.notes.append(f"{step.name} needed more rounds of asks than were left")
                break
            course.hear(step, verdict)
            if not due:
                break
            due = self._doubtful(course, course.take(step, verdict, due))
        return self._verdict(transcript, course)

    def _judge(self, step: Step, transcript: Transcript, rounds: int) -> _Judged:
        """A step's verdict, and how many rounds are left after it."""
        deliberation = attend(step.judge, transcript, self._rubric, rounds=rounds)
        try:
            asks = next(deliberation)
            while True:
                replies = yield asks
                rounds -= 1
                asks = deliberation.send(replies)
        except StopIteration as stop:
            return stop.value, rounds
        finally:
            deliberation.close()

    def _doubtful(self, course: _Course, keys: set[_Key]) -> set[_Key]:
        return {key for key in keys if self._escalation.doubts(key[1], course.found[key])}

    def _identity(self, fingerprints: Sequence[str]) -> str:
        names = (s.name for s in self._steps)
        steps = (f"{n}={f}" for n, f in zip(names, fingerprints, strict=True))
        parts = (self._rubric.ref, self._escalation.digest, *steps)
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        return f"cascade/{PROCEDURE}-{digest[:16]} {len(self._steps)} steps"

    def _verdict(self, transcript: Transcript, course: _Course) -> Verdict:
        reading = course.reading or course.verdicts[0]
        judges = [v.judge for v in course.verdicts]
        unasked = self._steps[len(judges) :]
        outcomes = self._by_leg(course.found)
        journey = outcomes.get(Leg.JOURNEY, {})
        notes = (note for v in course.verdicts for note in v.seen)
        return Verdict(
            conversation_id=transcript.id,
            # As on a jury: where a fallback stood in, the verdict is that of another cascade.
            judge=self._identity([*judges, *(s.judge.fingerprint for s in unasked)]),
            rubric=self._rubric.ref,
            outcomes=outcomes,
            claims=reading.claims,
            actions=reading.actions,
            facts=reading.facts,
            composite=composite(self._rubric, journey, reading.claims, reading.actions),
            knowledge=reading.knowledge,
            answered_by=tuple(dict.fromkeys(m for v in course.verdicts for m in v.answered_by)),
            seen=tuple(dict.fromkeys((*notes, *course.notes))),
            votes=self._by_leg({key: tuple(votes) for key, votes in course.votes.items()}),
            given_by=self._by_leg(course.given_by),
        )

    def _by_leg(self, held: Mapping[_Key, T]) -> dict[Leg, Mapping[str, T]]:
        """In the order of legs and of the rubric's criteria."""
        legs = [leg for leg in Leg if any(key[0] is leg for key in held)]
        return {
            leg: {c.id: held[leg, c.id] for c in self._rubric.criteria if (leg, c.id) in held}
            for leg in legs
        }


def _flat(verdict: Verdict) -> dict[_Key, Outcome]:
    return {(leg, name): o for leg, held in verdict.outcomes.items() for name, o in held.items()}


def _within(step: Step, seat: Vote) -> Vote:
    return Vote(
        seat=f"{step.name}/{seat.seat}",
        state=seat.state,
        level=seat.level,
        code=seat.code,
        judge=seat.judge,
    )


def _was_cut(verdict: Verdict) -> bool:
    return all(isinstance(o, Failed) and o.code == CUT for o in verdict.journey.values())
