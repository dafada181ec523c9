"""Labels by people and answers of customers, with how they came to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Design(StrEnum):
    """How the labelled conversations were picked."""

    RANDOM = "random"
    STRATIFIED = "stratified"
    TARGETED = "targeted"
    SURVEY_REPLY = "survey_reply"
    CONVENIENCE = "convenience"


class Split(StrEnum):
    """What a label may be used for."""

    TUNE = "tune"
    CALIBRATE = "calibrate"
    ANCHOR = "anchor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How one labelled conversation was picked."""

    design: Design
    inclusion_probability: float | None = None
    """In (0, 1]; None when it was not recorded."""
    stratum: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One person's level for one criterion of one conversation."""

    conversation_id: str
    criterion: str
    level: int | str | None
    """A level of the criterion's scale; None is N/A."""
    rater: str
    leg: str = "journey"
    time: datetime | None = None
    saw_judge: bool | None = None
    split: Split | None = None
    sampling: Sampling | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """One survey sent to a customer, answered or not."""

    kind: str
    """``csat``, ``nps``, ``ces`` or the desk's own name."""
    value: float | str | None
    """The answer on ``scale``; None when the customer did not answer."""
    scale: str | None = None
    """The scale as the desk names it, e.g. ``1-5``, ``good/bad``."""
    target: str | None = None
    """What was asked about: ``ai``, ``human`` or ``conversation``."""
    comment: str | None = None
    asked_at: datetime | None = None
    answered_at: datetime | None = None
