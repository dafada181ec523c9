"""The jury itself: all seats judge at once, and their verdicts become one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import chain

from cxscore.errors import ConfigError
from cxscore.judges.composite import composite
from cxscore.judges.jury.facts import agreed
from cxscore.judges.jury.outcomes import pooled
from cxscore.judges.jury.statements import merged
from cxscore.judges.seat import Seat, attend, has_read, refuse_twice
from cxscore.judging import Deliberation, together
from cxscore.rubric import Rubric
from cxscore.transcript import Leg, Transcript
from cxscore.verdict import (
    ActionCheck,
    ClaimCheck,
    Facts,
    Failed,
    Outcome,
    Verdict,
    Vote,
    vote,
)

PROCEDURE = "1"
"""Raised when the same votes would give another verdict."""


class Jury:
    """Several judges on one conversation; most of them decide, criterion by criterion.

    The seats' rounds are asked together. A seat that abstains, fails or breaks keeps its vote as
    such: it counts in the quorum and stands on the verdict.

    Args:
        rubric: what every seat is asked.
        seats: at least two; their order decides nothing.

    Raises:
        ConfigError: fewer than two seats, or one name on two of them.
    """

    def __init__(self, *, rubric: Rubric, seats: Sequence[Seat]) -> None:
        if len(seats) < 2:
            raise ConfigError(f"a jury has at least two seats; {len(seats)} given")
        refuse_twice(
            chain.from_iterable(s.names for s in seats),
            "one model has one vote, and stands in once",
        )
        self._rubric = rubric
        self._seats = tuple(sorted(seats, key=lambda s: s.name))

    @property
    def fingerprint(self) -> str:
        """Of the rubric and of the judges on the seats, whatever their order."""
        return self._identity([s.fingerprint for s in self._seats])

    @property
    def heuristic(self) -> bool:
        """True when every seat is taken by a judge of fixed rules."""
        return all(s.heuristic for s in self._seats)

    def deliberate(self, transcript: Transcript, /) -> Deliberation:
        """Let all seats judge, then count."""
        seats = (attend(seat, transcript, self._rubric) for seat in self._seats)
        verdicts = yield from together(*seats)
        return self._count(transcript, verdicts)

    def _identity(self, fingerprints: Sequence[str]) -> str:
        parts = (self._rubric.ref, *sorted(fingerprints))
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        return f"jury/{PROCEDURE}-{digest[:16]} {len(fingerprints)} seats"

    def _count(self, transcript: Transcript, verdicts: Sequence[Verdict]) -> Verdict:
        legs = [leg for leg in Leg if any(leg in v.outcomes for v in verdicts)]
        outcomes: dict[Leg, Mapping[str, Outcome]] = {}
        votes: dict[Leg, Mapping[str, tuple[Vote, ...]]] = {}
        for leg in legs:
            ballots = self._ballots(leg, verdicts)
            outcomes[leg] = {
                c.id: pooled(c, ballots[c.id]) for c in self._rubric.criteria if c.id in ballots
            }
            votes[leg] = {name: self._votes(verdicts, found) for name, found in ballots.items()}
        readers = [v for v in verdicts if has_read(v)]
        claims, actions, facts, lost = _found(readers, len(verdicts))
        notes = {note for v in verdicts for note in v.seen}
        left_out = (f"{lost} statements left out: most seats did not list them",) if lost else ()
        journey = outcomes.get(Leg.JOURNEY, {})
        return Verdict(
            conversation_id=transcript.id,
            # A stand-in's votes are those of another jury: its scores are never pooled with ours.
            judge=self._identity([v.judge for v in verdicts]),
            rubric=self._rubric.ref,
            outcomes=outcomes,
            claims=claims,
            actions=actions,
            facts=facts,
            composite=composite(self._rubric, journey, claims, actions),
            knowledge=min((v.knowledge for v in verdicts if v.knowledge), key=repr, default=None),
            answered_by=tuple(sorted({m for v in verdicts for m in v.answered_by})),
            seen=(*sorted(notes), *left_out),
            votes=votes,
        )

    def _ballots(self, leg: Leg, verdicts: Sequence[Verdict]) -> dict[str, tuple[Outcome, ...]]:
        """Criterion id to what each seat said; a seat that is silent has failed on it."""
        asked = {name for v in verdicts for name in v.outcomes.get(leg, {})}
        return {
            c.id: tuple(v.outcomes.get(leg, {}).get(c.id) or _silence(v, c.id) for v in verdicts)
            for c in self._rubric.criteria
            if c.id in asked
        }

    def _votes(self, verdicts: Sequence[Verdict], outcomes: Sequence[Outcome]) -> tuple[Vote, ...]:
        sat = zip(self._seats, verdicts, outcomes, strict=True)
        return tuple(vote(seat.name, v.judge, outcome) for seat, v, outcome in sat)


def _silence(verdict: Verdict, criterion: str) -> Outcome:
    """What a seat says of a leg or criterion it did not speak of."""
    whole = verdict.journey.get(criterion)
    if isinstance(whole, Failed):
        return whole
    return Failed(error=f"the seat said nothing of {criterion}", code="missing")


def _found(
    readers: Sequence[Verdict], seats: int
) -> tuple[tuple[ClaimCheck, ...], tuple[ActionCheck, ...], Facts, int]:
    """Claims, actions and facts; nothing when no more than half of the seats read."""
    if 2 * len(readers) <= seats:
        return (), (), Facts(), 0
    claims, lost_claims = merged([v.claims for v in readers])
    actions, lost_actions = merged([v.actions for v in readers])
    return claims, actions, agreed([v.facts for v in readers]), lost_claims + lost_actions
