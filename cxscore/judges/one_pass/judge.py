"""The judge: one ask grades everything, one repair, one second look at what would count."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from cxscore.errors import ReplyError
from cxscore.grounding.library import Library, Shelf
from cxscore.judges.composite import composite
from cxscore.judges.one_pass import actions as acts
from cxscore.judges.one_pass import claims as stated
from cxscore.judges.one_pass import grading, passages
from cxscore.judges.one_pass.asks import Asks, documents_by_id
from cxscore.judges.one_pass.claims import Claim
from cxscore.judges.one_pass.expected import with_expected
from cxscore.judges.one_pass.facts import facts
from cxscore.judges.one_pass.grading import Outcomes
from cxscore.judges.one_pass.prompt import Prompt
from cxscore.judges.one_pass.reading import Reading
from cxscore.judges.one_pass.rendering import show
from cxscore.judges.one_pass.reply import parse
from cxscore.judges.one_pass.sitting import Attempt, Best, Sitting
from cxscore.judges.one_pass.window import Window, size, windowed
from cxscore.judging import (
    Answered,
    Ask,
    Deliberation,
    Filtered,
    NoReply,
    Refused,
    Reply,
    TooLong,
    Truncated,
)
from cxscore.knowledge import Hit
from cxscore.rubric import Rubric
from cxscore.transcript import Leg, Stream, Transcript
from cxscore.verdict import ActionCheck, Failed, Graded, Outcome, Verdict

PROCEDURE = "1"
"""Raised when the same reply would be read into another verdict."""

_CODES: Mapping[type, str] = {
    NoReply: "provider",
    Refused: "refused",
    Truncated: "truncated",
    Filtered: "filtered",
    TooLong: "too_long",
}

_SAID: Mapping[str, str] = {
    "refused": "the model refused to answer",
    "truncated": "the model's answer was cut off at its output limit",
    "filtered": "the provider's content filter withheld the answer",
    "too_long": "the conversation does not fit the model's window",
}


def _unanswered(said: Reply) -> str:
    """Why there is no answer. The model's own words may quote the customer: they stay out."""
    code = _CODES[type(said)]
    return said.text[:300] or code if code == "provider" else _SAID[code]


_Asking: TypeAlias = Generator[tuple[Ask, ...], tuple[Reply, ...], Sitting]


class OnePassJudge:
    """One ask per conversation grades every criterion and lists the agent's claims.

    A reply that does not hold is asked for again once; claims that would count against the agent
    are looked at a second time. So one call for most conversations, three at most, and a fourth
    when the model says that the conversation does not fit its window.

    Args:
        rubric: what is asked.
        library: the knowledge base over time; None: no knowledge base.
        prompt: the versioned prompt.
        model: id of the model that will answer, for the fingerprint.
        settings: its sampling settings, for the fingerprint.
        secret: the workspace's; nonce and turn ids are drawn from it.
        window: how much of a transcript the model can be shown.
    """

    heuristic = False

    def __init__(
        self,
        *,
        rubric: Rubric,
        library: Library | None,
        prompt: Prompt,
        model: str,
        settings: str,
        secret: bytes,
        window: Window | None = None,
    ) -> None:
        self._rubric = rubric
        self._library = library
        self._secret = secret
        self._window = window or Window()
        self._asks = Asks(rubric, prompt)
        self._fingerprint = self._identity(prompt, model, settings)

    @property
    def fingerprint(self) -> str:
        """Procedure, prompt, rubric, retrieval, window, model and settings."""
        return self._fingerprint

    def deliberate(self, transcript: Transcript, /) -> Deliberation:
        """Grade, repair once what does not hold, verify what would count."""
        shelf = self._library.at(transcript.started_at) if self._library is not None else None
        hits = passages.for_transcript(transcript, shelf)

        def reading(room: int) -> Reading:
            shown = show(transcript, secret=self._secret, keep=windowed(transcript, room))
            return Reading(
                transcript=transcript,
                shown=shown,
                rubric=self._rubric,
                shelf=shelf,
                hits={f"P{n}": hit for n, hit in enumerate(hits, 1)},
                documents=documents_by_id(shelf),
            )

        sitting = yield from self._grade(reading)
        best = sitting.best
        if best is None:
            return self._failed(sitting, shelf)
        claims = stated.claims(sitting.reading, best.claims)
        doubtful = tuple(c for c in claims if c.counts)
        if doubtful:
            found = _numbered(passages.for_claims([c.queries for c in doubtful], transcript, shelf))
            ask = self._asks.verify(sitting.reading, claims, doubtful, found)
            (said,) = yield (ask,)
            claims, best = self._looked_again(sitting, best, claims, found, said)
        return self._verdict(sitting, best, claims)

    def _identity(self, prompt: Prompt, model: str, settings: str) -> str:
        retrieval = self._library.fingerprint if self._library is not None else "none"
        window = str(self._window.characters)
        parts = (prompt.ref, self._rubric.ref, retrieval, window, settings)
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        return f"one_pass/{PROCEDURE}-{digest[:16]} {model}"

    def _grade(self, reading_of: Callable[[int], Reading]) -> _Asking:
        """The first ask, once more with turns left out when it is too long, and one repair."""
        reading = reading_of(self._window.characters)
        ask = self._asks.grade(reading)
        (said,) = yield (ask,)
        if isinstance(said, TooLong):
            whole = sum(size(t) for t in reading.transcript.turns)
            reading = reading_of(min(whole, self._window.characters) // 2)
            ask = self._asks.grade(reading)
            (said,) = yield (ask,)
        sitting = Sitting(reading=reading, said=(said,), first=self._read(reading, said))
        if not isinstance(said, Answered) or not sitting.first.problems:
            return sitting
        problems = sitting.first.problems
        again = self._asks.repair(ask, said.text, problems, reading.shown.nonce)
        (repaired,) = yield (again,)
        return replace(sitting, said=(said, repaired), second=self._read(reading, repaired))

    def _read(self, reading: Reading, said: Reply) -> Attempt:
        """What a reply says, and what of it does not hold."""
        if not isinstance(said, Answered):
            return Attempt(problems=(_unanswered(said),))
        try:
            parsed = parse(said.text, self._asks.schema)
        except ReplyError as error:
            return Attempt(problems=(str(error),))
        criteria = self._asks.criteria
        kind = facts(reading, parsed).kind
        journey = grading.journey(reading, parsed, criteria, kind)
        legs: dict[Leg, Outcomes] = {}
        if reading.transcript.stream is Stream.HYBRID:
            legs = grading.legs(reading, parsed, criteria, journey)
        every = [*journey.values(), *(o for leg in legs.values() for o in leg.values())]
        problems = dict.fromkeys(
            (
                *(f.text for f in parsed.faults),
                *grading.problems(every),
                *acts.problems(reading, parsed),
                *stated.problems(reading, parsed),
            )
        )
        return Attempt(
            parsed=parsed,
            journey=with_expected(journey, criteria, said),
            legs=legs,
            problems=tuple(problems),
        )

    def _looked_again(
        self,
        sitting: Sitting,
        best: Best,
        claims: tuple[Claim, ...],
        found: list[dict[str, Hit]],
        said: Reply,
    ) -> tuple[tuple[Claim, ...], Best]:
        """Claims and grades after the second look; without a usable reply all stays suspected."""
        sitting.said = (*sitting.said, said)
        try:
            text = said.text if isinstance(said, Answered) else ""
            parsed = parse(text, self._asks.verify_schema)
        except ReplyError:
            sitting.notes.append("claims that count were not looked at again: no usable reply")
            return claims, best
        doubtful = tuple(c for c in claims if c.counts)
        now = stated.looked_at_again(sitting.reading, doubtful, found, parsed)
        criterion = self._asks.grounding
        before = best.journey.get(criterion.id) if criterion is not None else None
        if criterion is not None and isinstance(before, Graded) and before.level is not None:
            after = stated.grounding_again(criterion, before, doubtful, now, parsed)
            best = replace(best, journey={**best.journey, criterion.id: after})
        changed = iter(now)
        return tuple(next(changed) if c.counts else c for c in claims), best

    def _verdict(self, sitting: Sitting, best: Best, claims: tuple[Claim, ...]) -> Verdict:
        reading = sitting.reading
        checked = acts.actions(reading, best.actions)
        checks = tuple(c.check for c in claims)
        journey = self._in_order(best.journey, checked)
        outcomes: dict[Leg, Mapping[str, Outcome]] = {Leg.JOURNEY: journey}
        for leg, graded in best.legs.items():
            role = grading.LEG_ROLES[leg]
            own = tuple(a for a in checked if reading.transcript.turns[a.quote.turn].role is role)
            outcomes[leg] = self._in_order(graded, own)
        if lost := stated.lost(reading, best.claims):
            sitting.notes.append(f"{lost} claims left out: not an agent's words, or unreadable")
        return Verdict(
            conversation_id=reading.transcript.id,
            judge=self.fingerprint,
            rubric=self._rubric.ref,
            outcomes=outcomes,
            claims=checks,
            actions=checked,
            facts=facts(reading, best.facts),
            composite=composite(self._rubric, journey, checks, checked),
            knowledge=reading.shelf.knowledge if reading.shelf is not None else None,
            answered_by=sitting.models,
            seen=sitting.seen,
        )

    def _in_order(
        self, graded: Mapping[str, Outcome], checked: tuple[ActionCheck, ...]
    ) -> Outcomes:
        """Outcomes in the rubric's order, with those that are read off the checks."""
        return {
            c.id: acts.false_action(c, checked) if grading.by_code(c) else graded[c.id]
            for c in self._rubric.criteria
        }

    def _failed(self, sitting: Sitting, shelf: Shelf | None) -> Verdict:
        said = sitting.said[0]
        failed = Failed(error=sitting.first.problems[0], code=_CODES.get(type(said), "reply"))
        last = sitting.said[-1]
        if sitting.second is not None and isinstance(last, Answered):
            failed = Failed(error=sitting.second.problems[0], code="reply")
        journey: dict[str, Outcome] = {c.id: failed for c in self._rubric.criteria}
        return Verdict(
            conversation_id=sitting.reading.transcript.id,
            judge=self.fingerprint,
            rubric=self._rubric.ref,
            outcomes={Leg.JOURNEY: journey},
            composite=composite(self._rubric, journey),
            knowledge=shelf.knowledge if shelf is not None else None,
            answered_by=sitting.models,
            seen=sitting.seen,
        )


def _numbered(found: Sequence[tuple[Hit, ...]]) -> list[dict[str, Hit]]:
    """Ids for the passages of each claim: ``P1.1``, ``P1.2`` and so on."""
    return [
        {f"P{number}.{k}": hit for k, hit in enumerate(hits, 1)}
        for number, hits in enumerate(found, 1)
    ]
