"""The shape of a rubric file, key by key. Meaning is checked in ``rules``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Groups = Literal["agent_quality", "customer_effort", "customer_emotion", "policy", "product"]
Severities = Literal["info", "minor", "major", "critical"]


def _as_text(value: Any) -> Any:
    # `version: 1.0` is a number to YAML and a version to everybody else.
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _as_level(value: Any) -> Any:
    # YAML 1.1 reads an unquoted yes or no as true or false.
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ExampleShape(_Strict):
    """A worked example."""

    transcript: Words
    why: Words


class LevelShape(_Strict):
    """One level."""

    level: Annotated[int | Words, BeforeValidator(_as_level)]
    anchor: Words
    credit: Annotated[float, Field(ge=0, le=1)] | None = None
    examples: list[ExampleShape] = []


class ScaleShape(_Strict):
    """A scale."""

    kind: Literal["ordinal", "yes_no", "choices"]
    levels: list[LevelShape]


class AppliesShape(_Strict):
    """When a criterion is asked."""

    channels: list[Words] = []
    streams: list[Literal["ai", "hybrid", "human"]] = []
    kinds: list[Literal["informational", "action"]] = []


class CriterionShape(_Strict):
    """One criterion."""

    id: Id
    name: Words
    question: Words
    section: Id
    scale: ScaleShape
    not_applicable: Words | None = None
    evidence: Words | None = None
    weight: Annotated[float, Field(gt=0)] = 1.0
    auto_fail: bool = False
    criticality: Literal["customer", "business", "compliance"] | None = None
    applies: AppliesShape = AppliesShape()
    rule: Id | None = None


class ReasonShape(_Strict):
    """One cause."""

    id: Id
    name: Words
    group: Groups
    agents_fault: bool


class ErrorShape(_Strict):
    """One kind of error."""

    id: Id
    name: Words
    severity: Severities
    detector: Words


class CompositeShape(_Strict):
    """How levels become one number."""

    weights: Mapping[Id, Annotated[float, Field(gt=0)]]
    required: list[Id] = []
    cap: Annotated[float, Field(ge=0, le=100)] | None = None
    aggregate: Literal["weighted_mean", "zendesk_iqs"] = "weighted_mean"


class RubricShape(_Strict):
    """A whole file."""

    format: Literal[1]
    id: Id
    version: Annotated[Words, BeforeValidator(_as_text)]
    title: Words
    criteria: Annotated[list[CriterionShape], Field(min_length=1)]
    sections: Mapping[Id, Words]
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] = "en"
    evidence: Words | None = None
    credit: Words | None = None
    reasons: list[ReasonShape] = []
    errors: list[ErrorShape] = []
    composite: CompositeShape | None = None
