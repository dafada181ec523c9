"""Figures others publish, as YAML: each with its definition, source and date."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cxscore.errors import ConfigError

Share = Annotated[float, Field(ge=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One published figure."""

    kpi: str
    """Id of the KPI it is called by."""
    definition: str
    """Id of the definition it was counted by: one of ours, or a vendor's."""
    value: float
    source: str
    date: str
    note: str = ""


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)

    kpi: str
    definition: str
    value: Share
    source: str
    date: str
    note: str = ""


def read_benchmarks(path: Path) -> tuple[Benchmark, ...]:
    """Read ``benchmarks``: rows of kpi, definition, value, source, date and, if wanted, note.

    Raises:
        ConfigError: it cannot be read, or a row lacks one of them.
    """
    try:
        held = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"the benchmarks cannot be read: {error}", path=str(path)) from None
    rows = held.get("benchmarks") if isinstance(held, dict) else None
    if not isinstance(rows, list) or not rows:
        raise ConfigError(
            "holds no list 'benchmarks' of kpi, definition, value, source, date", path=str(path)
        )
    return tuple(_row(row, number, path) for number, row in enumerate(rows, 1))


def _row(row: Any, number: int, path: Path) -> Benchmark:
    if isinstance(row, dict) and "date" in row:
        row = {**row, "date": str(row["date"])}
    try:
        found = _Row.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "row"
        reason = f"benchmark {number}: {place}: {first['msg']}"
        raise ConfigError(reason, path=str(path)) from None
    return Benchmark(**found.model_dump())
