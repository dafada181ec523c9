"""What a check of a rubric finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to repair or to think about, with its place."""

    path: str
    line: int
    """1-based."""
    severity: Literal["error", "warning"]
    """``error``: the rubric cannot be used. ``warning``: it can, and will measure worse."""
    message: str
    """One sentence: what was found, what is allowed, what to do."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.severity}: {self.message}"
