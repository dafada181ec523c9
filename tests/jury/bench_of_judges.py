"""Judges that say what they are told to, and the words to say it about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cxscore.judging import Answered, Ask, Deliberation, NoReply, Reply
from cxscore.rubric import CompositeRule, Criterion, LevelDef, Rubric, Scale, ScaleKind
from cxscore.transcript import Leg, Role, Transcript, Turn
from cxscore.verdict import (
    Abstained,
    ActionCheck,
    ClaimCheck,
    Facts,
    Failed,
    Graded,
    Level,
    Outcome,
    Quote,
    Verdict,
)

WORDS = "It was sent on Monday and arrives within two working days at your door."
TRANSCRIPT = Transcript(
    id="t",
    turns=(
        Turn(role=Role.CUSTOMER, text="Where is my order? And can I change the address?"),
        Turn(role=Role.AI_AGENT, text=WORDS),
    ),
)


def scale(kind: ScaleKind, *levels: Level) -> Scale:
    last = max(1, len(levels) - 1)
    defs = tuple(LevelDef(level=v, anchor="", credit=n / last) for n, v in enumerate(levels))
    return Scale(kind=kind, levels=defs)


FIVE = scale(ScaleKind.ORDINAL, 1, 2, 3, 4, 5)
YES_NO = scale(ScaleKind.YES_NO, "no", "yes")
CHOICES = scale(ScaleKind.CHOICES, "poor", "fair", "good")


def criterion(id: str, its: Scale) -> Criterion:
    return Criterion(id=id, name=id, question="?", scale=its, section="s", not_applicable="never")


RUBRIC = Rubric(
    id="three",
    version="1",
    title="Three",
    criteria=(criterion("level", FIVE), criterion("done", YES_NO), criterion("way", CHOICES)),
    digest="c" * 64,
    sections={"s": "S"},
    composite=CompositeRule(weights={"level": 0.5, "done": 0.5}, required=("level",)),
)


def quote(start: int, end: int, turn: int = 1) -> Quote:
    return Quote(turn=turn, start=start, end=end, text=TRANSCRIPT.turns[turn].text[start:end])


def graded(level: Level | None, reason: str = "because", **known: object) -> Graded:
    return Graded(level=level, reason=reason, evidence=(quote(0, 6),), **known)


def abstained(code: str = "no_direct_evidence") -> Abstained:
    return Abstained(reason=f"cannot tell ({code})", code=code)


def failed(code: str = "reply") -> Failed:
    return Failed(error=f"broke ({code})", code=code)


@dataclass
class Says:
    """A judge that asks once per round it is given and then says what it was told to."""

    name: str
    journey: Mapping[str, Outcome] = field(default_factory=dict)
    legs: Mapping[Leg, Mapping[str, Outcome]] = field(default_factory=dict)
    claims: tuple[ClaimCheck, ...] = ()
    actions: tuple[ActionCheck, ...] = ()
    facts: Facts = field(default_factory=Facts)
    rounds: int = 1
    heuristic: bool = False
    asked: int = 0

    @property
    def fingerprint(self) -> str:
        return f"says/1 {self.name}"

    def deliberate(self, transcript: Transcript, /) -> Deliberation:
        self.asked += 1
        last: Reply | None = None
        for n in range(self.rounds):
            (last,) = yield (
                Ask(
                    purpose=f"r{n}",
                    system="s",
                    user=f"{self.name} {transcript.id}",
                    schema={},
                    max_output_tokens=9,
                ),
            )
        journey = self.journey
        if isinstance(last, NoReply):
            journey = dict.fromkeys(self.journey, failed("provider"))
        return Verdict(
            conversation_id=transcript.id,
            judge=self.fingerprint,
            rubric=RUBRIC.ref,
            outcomes={Leg.JOURNEY: journey, **self.legs},
            claims=self.claims,
            actions=self.actions,
            facts=self.facts,
            answered_by=() if last is None or isinstance(last, NoReply) else (last.model,),
        )


class Breaks:
    """A judge that raises."""

    heuristic = False

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.fingerprint = "breaks/1"

    def deliberate(self, transcript: Transcript, /) -> Deliberation:
        yield (Ask(purpose="r", system="s", user="u", schema={}, max_output_tokens=9),)
        raise self.error


class Service:
    """Answers by seat; what is out does not."""

    def __init__(self, *out: str, lasting: bool = False) -> None:
        self.out = out
        self.lasting = lasting
        self.rounds: list[list[str]] = []

    def __call__(self, asks: tuple[Ask, ...]) -> tuple[Reply, ...]:
        self.rounds.append([a.seat for a in asks])
        return tuple(
            NoReply(text="down", lasting=self.lasting)
            if a.seat in self.out
            else Answered(text="{}", model=f"model of {a.seat}")
            for a in asks
        )


def one(name: str, level: Outcome, **known: object) -> Says:
    """A judge of the ordinal criterion; sure of the others."""
    journey = {"level": level, "done": graded("yes"), "way": graded("good")}
    return Says(name=name, journey=journey, **known)


def levels(*given: Level | None) -> Sequence[Graded]:
    return [graded(level, reason=f"r{n}") for n, level in enumerate(given)]
