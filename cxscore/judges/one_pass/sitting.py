"""What came of the asks of one conversation: replies, and what is taken from which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cxscore.judges.one_pass import grading
from cxscore.judges.one_pass.grading import Outcomes
from cxscore.judges.one_pass.reading import Reading
from cxscore.judges.one_pass.reply import Parsed
from cxscore.judging import NoReply, Reply
from cxscore.transcript import Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One reply as read."""

    parsed: Parsed | None = None
    """None: no answer, or no JSON object."""
    journey: Outcomes = field(default_factory=dict)
    legs: Mapping[Leg, Outcomes] = field(default_factory=dict)
    """Empty unless the conversation is hybrid."""
    problems: tuple[str, ...] = ()
    """What does not hold, as sentences; empty: everything holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """What is taken from the replies."""

    journey: Outcomes
    legs: Mapping[Leg, Outcomes]
    claims: Parsed
    """The reply whose claims count."""
    actions: Parsed
    facts: Parsed


@dataclass(slots=True, kw_only=True)
class Sitting:
    """The first ask of one conversation and its repair."""

    reading: Reading
    said: tuple[Reply, ...]
    """All replies so far, in order."""
    first: Attempt
    second: Attempt | None = None
    """The repaired reply; None when nothing had to be repaired."""
    notes: list[str] = field(default_factory=list)

    @property
    def best(self) -> Best | None:
        """The repaired reply where it holds, the first one where only that did; None: neither."""
        read = [a for a in (self.second, self.first) if a is not None and a.parsed is not None]
        parsed = [a.parsed for a in read if a.parsed is not None]
        if not parsed:
            return None
        journey, legs = dict(read[0].journey), dict(read[0].legs)
        for older in read[1:]:
            journey = grading.better(journey, older.journey)
            legs = {leg: grading.better(o, older.legs.get(leg, {})) for leg, o in legs.items()}

        def sound(section: str) -> Parsed:
            return next((p for p in parsed if p.fault(section) is None), parsed[0])

        return Best(
            journey=journey,
            legs=legs,
            claims=sound("claims"),
            actions=sound("actions_claimed"),
            facts=sound("facts"),
        )

    @property
    def models(self) -> tuple[str, ...]:
        """Ids of the models that answered."""
        named = (r.model for r in self.said if not isinstance(r, NoReply))
        return tuple(dict.fromkeys(m for m in named if m))

    @property
    def seen(self) -> tuple[str, ...]:
        """What shaped the reading and a reader of the verdict should know."""
        shown = self.reading.shown
        omitted = (f"windowed: {shown.omitted} turns omitted",) if shown.omitted else ()
        hidden = ("text a reader could not see was shown as hidden",) if shown.hidden else ()
        return (*omitted, *hidden, *self.notes)
