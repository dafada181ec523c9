"""Figures others publish, as YAML: each with its definition, source and date."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cxscore.errors import ConfigError
from cxscore.kpi.registry import BY_ID
from cxscore.readers.contract import Number
from cxscore.readers.yaml_file import read_yaml

Share = Annotated[Number, Field(ge=0, allow_inf_nan=False)]


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
    held = read_yaml(path)
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
    if found.kpi not in BY_ID:
        near = ", ".join(get_close_matches(found.kpi, BY_ID, 3, 0.3)) or ", ".join(list(BY_ID)[:3])
        reason = (
            f"benchmark {number}: there is no KPI {found.kpi!r}; near: {near}; all: docs/kpis.md"
        )
        raise ConfigError(reason, path=str(path))
    return Benchmark(**found.model_dump())
