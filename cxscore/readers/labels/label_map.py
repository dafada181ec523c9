"""``label_map.yaml``: their columns, questions and answers, in our words."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cxscore.errors import ConfigError
from cxscore.readers.yaml_file import read_yaml
from cxscore.rubric import Rubric

COLUMNS = (
    "conversation_id",
    "criterion",
    "leg",
    "level",
    "rater",
    "time",
    "saw_judge",
    "split",
    "design",
    "inclusion_probability",
    "stratum",
    "comment",
)
"""Columns of a label table, and keys of ``columns`` and ``defaults``."""
NA = "na"


class LabelMap(BaseModel):
    """How a file of theirs is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: dict[str, str] = Field(default_factory=dict)
    """Our column to the header it has in their file."""
    defaults: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """Our column to its value where the file has none."""
    criteria: dict[str, str] = Field(default_factory=dict)
    """Their question to our criterion; without a criterion column, their column headers."""
    levels: dict[str, dict[str | int | float | bool, str | int | None]] = Field(
        default_factory=dict
    )
    """Our criterion to their answers and our levels; ``na`` or null is N/A."""

    def answers(self, criterion: str) -> dict[str, str]:
        """Their answers, folded for comparison, to our levels as text."""
        told = self.levels.get(criterion, {})
        return {
            _TRUTHS[k] if isinstance(k, bool) else str(k).strip().casefold(): (
                NA if v is None else str(v)
            )
            for k, v in told.items()
        }


# YAML reads a bare yes and no as truth values.
_TRUTHS = {True: "yes", False: "no"}


def load_map(path: Path, rubric: Rubric) -> LabelMap:
    """Read a mapping and hold it against the rubric.

    Raises:
        ConfigError: it cannot be read, a key is unknown, or a criterion or level is not the
            rubric's.
    """
    try:
        found = LabelMap.model_validate(read_yaml(path) or {})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(p) for p in first["loc"])
        reason = f"{where}: {first['msg']}; keys are columns, defaults, criteria and levels"
        raise ConfigError(reason, path=str(path)) from None
    _fits(found, rubric, path)
    return found


def _fits(found: LabelMap, rubric: Rubric, path: Path) -> None:
    for part in (found.columns, found.defaults):
        for name in part:
            if name not in COLUMNS:
                reason = f"{name!r} is no column of labels; allowed: {', '.join(COLUMNS)}"
                raise ConfigError(reason, path=str(path))
    known = {c.id: c for c in rubric.criteria}
    for name in (*found.criteria.values(), *found.levels):
        if name not in known:
            reason = f"{name!r} is no criterion of {rubric.id}; allowed: {', '.join(known)}"
            raise ConfigError(reason, path=str(path))
    for name in found.levels:
        allowed = {str(v) for v in known[name].scale.values} | {NA}
        for level in found.answers(name).values():
            if level not in allowed:
                reason = f"{level!r} is no level of {name}; allowed: {', '.join(sorted(allowed))}"
                raise ConfigError(reason, path=str(path))
