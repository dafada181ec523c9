"""Figures of the time before the AI agent, as YAML."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cxscore.errors import ConfigError
from cxscore.readers.yaml_file import read_yaml

MOST = 10**9
COUNTS = {
    "csat": ("top2", "answered", "csat_all"),
    "first_contact_resolution": ("solved_first", "issues", "fcr"),
    "returns_same_issue_7d": ("returned", "observed", "repeat_same"),
}
"""Key of the file to its numerator, its denominator and the KPI it is held beside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """One figure of the baseline."""

    kpi: str
    k: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What was so before."""

    period: str
    source: str
    figures: tuple[Before, ...]


def read_baseline(path: Path) -> Baseline:
    """Read ``csat``, ``first_contact_resolution`` and ``returns_same_issue_7d`` with their counts.

    Raises:
        ConfigError: it cannot be read, or a count is none or above its whole.
    """
    held = read_yaml(path)
    if not isinstance(held, dict):
        raise ConfigError(f"holds none of {', '.join(COUNTS)}", path=str(path))
    figures = []
    for key, (up, down, kpi) in COUNTS.items():
        one = held.get(key)
        if one is None:
            continue
        k, n = (_whole(one.get(name)) if isinstance(one, dict) else None for name in (up, down))
        if k is None or n is None or not 0 <= k <= n <= MOST or n == 0:
            reason = f"{key} needs {up} and {down}, whole numbers, the first no more than the other"
            raise ConfigError(reason, path=str(path))
        figures.append(Before(kpi=kpi, k=k, n=n))
    if not figures:
        raise ConfigError(f"holds none of {', '.join(COUNTS)}", path=str(path))
    period = held.get("period")
    return Baseline(
        period=f"{period.get('from')} to {period.get('until')}" if isinstance(period, dict) else "",
        source=str(held.get("source") or ""),
        figures=tuple(figures),
    )


def _whole(value: object) -> int | None:
    # yes and no are whole numbers to Python.
    return value if isinstance(value, int) and not isinstance(value, bool) else None
