"""Names of judges as people type them: ``embedded``, ``openai:A``, ``jury:…``, ``cascade:…``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

from cxscore.errors import ConfigError
from cxscore.judges.cascade import Cascade, Escalation, Step
from cxscore.judges.jury import Jury
from cxscore.judges.seat import Seat, refuse_twice
from cxscore.judging import Judge
from cxscore.rubric import Rubric

FORMS = (
    "embedded, the name of a plug-in, PROVIDER:MODEL, jury:SEAT,SEAT,SEAT or "
    "cascade:STEP,STEP[,jury:SEAT,SEAT]; 'PROVIDER:MODEL|PROVIDER:OTHER' names a fallback"
)

LONE_SEAT = "judge"
"""``Ask.seat`` of a judge that is no member of a jury or cascade."""

_JURY, _CASCADE = "jury:", "cascade:"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_MODEL = re.compile(r"[A-Za-z][A-Za-z0-9_-]*:\S.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatSpec:
    """One judge: of fixed rules, a plug-in's, or a model with its fallbacks."""

    name: str
    """``embedded``, a plug-in's name or ``PROVIDER:MODEL``."""
    fallbacks: tuple[str, ...] = ()
    """``PROVIDER:MODEL``, in the order they are tried."""

    @property
    def is_model(self) -> bool:
        """Whether a model answers for it."""
        return ":" in self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class JurySpec:
    """Several judges that vote."""

    seats: tuple[SeatSpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CascadeSpec:
    """Judges one after the other; a jury can only be the last."""

    steps: tuple[SeatSpec | JurySpec, ...]


JudgeSpec: TypeAlias = SeatSpec | JurySpec | CascadeSpec


def parse(name: str) -> JudgeSpec:
    """What a judge's name means; nothing is looked up, so a model may still prove unknown.

    >>> parse("cascade:embedded,openai:a,jury:openai:a,anthropic:b").steps[2].seats[1].name
    'anthropic:b'

    Raises:
        ConfigError: the name has none of the ``FORMS``.
    """
    text = name.strip()
    if text.startswith(_CASCADE):
        return _cascade(text.removeprefix(_CASCADE), name)
    if text.startswith(_JURY):
        return _jury(text.removeprefix(_JURY), name)
    return _seat(text, name)


def seats(spec: JudgeSpec) -> dict[str, str]:
    """``Ask.seat`` to the ``PROVIDER:MODEL`` that answers it; empty for judges without a model.

    Within juries and cascades a seat bears its model's name, so that a model that sits in two
    places is asked once: a stored reply is found by seat and ask.
    """
    if isinstance(spec, SeatSpec):
        names = (spec.name, *spec.fallbacks) if spec.is_model else ()
        return {LONE_SEAT if name == spec.name else name: name for name in names}
    models = (n for s in _members(spec) for n in (s.name, *s.fallbacks) if ":" in n)
    return {name: name for name in models}


def with_fallback(spec: JudgeSpec) -> frozenset[str]:
    """Seats (``Ask.seat``) with somebody to stand in.

    A driver hands these the ``NoReply`` of an outage at once instead of waiting for its end.
    """
    if isinstance(spec, SeatSpec):
        order = (LONE_SEAT, *spec.fallbacks)
        return frozenset(order[:-1])
    return frozenset(chain.from_iterable((s.name, *s.fallbacks)[:-1] for s in _members(spec)))


def assemble(
    spec: JudgeSpec,
    *,
    rubric: Rubric,
    judge: Callable[[str], Judge],
    escalation: Escalation | None = None,
) -> Judge:
    """The judge a name stands for.

    Args:
        spec: from ``parse``.
        rubric: what is asked.
        judge: makes the judge of one name: ``embedded``, a plug-in's or ``PROVIDER:MODEL``.
        escalation: when a cascade goes on; None: the defaults.

    Raises:
        ConfigError: a seat or step stands twice.
    """
    if isinstance(spec, SeatSpec):
        return _seated(spec, LONE_SEAT, judge) if spec.fallbacks else judge(spec.name)
    if isinstance(spec, JurySpec):
        return _seated_jury(spec, rubric, judge)
    steps = [
        Step(name="jury", judge=_seated_jury(part, rubric, judge))
        if isinstance(part, JurySpec)
        else Step(name=part.name, judge=_seated(part, part.name, judge))
        for part in spec.steps
    ]
    return Cascade(rubric=rubric, steps=steps, escalation=escalation)


def _seated(spec: SeatSpec, name: str, judge: Callable[[str], Judge]) -> Seat:
    fallbacks = [Seat(f, judge(f)) for f in spec.fallbacks]
    return Seat(name, judge(spec.name), fallbacks)


def _seated_jury(spec: JurySpec, rubric: Rubric, judge: Callable[[str], Judge]) -> Jury:
    return Jury(rubric=rubric, seats=[_seated(s, s.name, judge) for s in spec.seats])


def _members(spec: JurySpec | CascadeSpec) -> Iterator[SeatSpec]:
    for part in spec.seats if isinstance(spec, JurySpec) else spec.steps:
        if isinstance(part, JurySpec):
            yield from part.seats
        else:
            yield part


def _cascade(text: str, whole: str) -> CascadeSpec:
    before, jury, after = text.partition(f",{_JURY}")
    steps: list[SeatSpec | JurySpec] = [_seat(part, whole) for part in before.split(",")]
    if jury:
        steps.append(_jury(after, whole))
    if len(steps) < 2:
        raise ConfigError(
            f"{whole!r}: a cascade has at least two steps, e.g. embedded,openai:MODEL"
        )
    refuse_twice(
        (s.name for s in steps if isinstance(s, SeatSpec)), "a step asked again says nothing new"
    )
    return CascadeSpec(steps=tuple(steps))


def _jury(text: str, whole: str) -> JurySpec:
    found = tuple(_seat(part, whole) for part in text.split(","))
    if len(found) < 2:
        raise ConfigError(f"{whole!r}: a jury has at least two seats; three or five are usual")
    refuse_twice(
        chain.from_iterable((s.name, *s.fallbacks) for s in found),
        "one model has one vote, and stands in once",
    )
    return JurySpec(seats=found)


def _seat(text: str, whole: str) -> SeatSpec:
    name, *fallbacks = (part.strip() for part in text.split("|"))
    if name.startswith((_JURY, _CASCADE)):
        raise ConfigError(f"{whole!r}: a jury stands alone or as the last step of a cascade only")
    if not fallbacks and _NAME.fullmatch(name):
        return SeatSpec(name=name)
    for model in (name, *fallbacks):
        if not _MODEL.fullmatch(model):
            raise ConfigError(f"{whole!r}: {model or 'nothing'!r} names no judge; write {FORMS}")
    refuse_twice((name, *fallbacks), "a seat and its fallbacks are different models")
    return SeatSpec(name=name, fallbacks=tuple(fallbacks))
