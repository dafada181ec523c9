"""Rubrics: criteria, scales, anchors, taxonomies and the composite, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cxscore.transcript import Kind, Stream
from cxscore.verdict import Level, Severity


class ScaleKind(StrEnum):
    """How levels relate to each other."""

    ORDINAL = "ordinal"
    """Whole numbers, worst to best (3, 4 or 5 points)."""
    YES_NO = "yes_no"
    CHOICES = "choices"
    """Named choices, each with a share of full credit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A worked example of a level."""

    transcript: str
    """A few lines of a conversation."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelDef:
    """One level of a scale and what it takes."""

    level: Level
    anchor: str
    """What is seen in a conversation at this level."""
    credit: float
    """Share of full credit, 0–1."""
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The levels of a criterion, worst first."""

    kind: ScaleKind
    levels: tuple[LevelDef, ...]

    @property
    def values(self) -> tuple[Level, ...]:
        """The levels themselves, worst first."""
        return tuple(d.level for d in self.levels)

    @property
    def top(self) -> Level:
        """The level that needs no evidence."""
        return self.levels[-1].level

    def credit(self, level: Level) -> float:
        """Share of full credit of a level, 0–1.

        Raises:
            KeyError: the level is not on the scale.
        """
        for d in self.levels:
            if d.level == level:
                return d.credit
        raise KeyError(level)

    def nearest(self, credit: float) -> Level:
        """The level whose credit is nearest, the worse one on a tie.

        >>> levels = tuple(LevelDef(level=n, anchor="", credit=(n - 1) / 4) for n in range(1, 6))
        >>> Scale(kind=ScaleKind.ORDINAL, levels=levels).nearest(0.7)
        4
        """
        return min(self.levels, key=lambda d: (abs(d.credit - credit), d.credit)).level


@dataclass(frozen=True, slots=True, kw_only=True)
class Applies:
    """When a criterion is asked; empty means always."""

    channels: tuple[str, ...] = ()
    streams: tuple[Stream, ...] = ()
    kinds: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One question a judge answers with a level."""

    id: str
    name: str
    question: str
    scale: Scale
    section: str
    not_applicable: str | None = None
    """When N/A is the answer; None: never."""
    evidence: str = ""
    """What counts as evidence below the top level."""
    weight: float = 1.0
    """Within its section."""
    auto_fail: bool = False
    """The lowest level is a critical error of the whole conversation."""
    criticality: str | None = None
    """``customer``, ``business`` or ``compliance``: whom an error of it hits."""
    applies: Applies = Applies()
    rule: str | None = None
    """Id of the embedded judge's rule that grades it; None: it abstains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One cause of a low level."""

    id: str
    name: str
    group: str
    """``agent_quality``, ``customer_effort``, ``customer_emotion``, ``policy`` or ``product``."""
    agents_fault: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorType:
    """One kind of wrong statement or action."""

    id: str
    name: str
    severity: Severity
    detector: str
    """How it is found, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeRule:
    """How criteria become one number on 1–5."""

    weights: Mapping[str, float]
    """Criterion or section id to weight; sums to 1."""
    required: tuple[str, ...]
    """Abstained or Failed here makes the composite Unavailable."""
    cap: float | None = None
    """Highest value after a proved critical error; None: no cap."""
    aggregate: str = "weighted_mean"
    """``weighted_mean``, or ``zendesk_iqs``: 0–100, all zero when a critical criterion fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """Everything a judge is asked about a conversation."""

    id: str
    version: str
    title: str
    criteria: tuple[Criterion, ...]
    digest: str
    """SHA-256 (hex) of the parsed content: comments and layout do not change it."""
    sections: Mapping[str, str]
    """Section id to name."""
    reasons: tuple[Reason, ...] = ()
    errors: tuple[ErrorType, ...] = ()
    composite: CompositeRule | None = None
    credit: str = ""
    """How a hybrid conversation is credited to its legs, in words for judges and readers."""
    language: str = "en"

    @property
    def ref(self) -> str:
        """``id@digest`` as it stands on verdicts."""
        return f"{self.id}@{self.digest[:12]}"

    def criterion(self, id: str) -> Criterion:
        """The criterion with this id.

        Raises:
            KeyError: the rubric has none.
        """
        for c in self.criteria:
            if c.id == id:
                return c
        raise KeyError(id)
