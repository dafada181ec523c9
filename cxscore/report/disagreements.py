"""The page of disagreements between judge and people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cxscore.report import words
from cxscore.report.html import environment


def render(found: Any, *, now: datetime) -> str:
    """The whole page of a ``desk.disagreements.Disagreements``, without a request to anywhere."""
    criteria: dict[str, list[Any]] = {}
    for one in found.found:
        criteria.setdefault(one.criterion, []).append(one)
    return (
        environment()
        .get_template("disagreements.html.jinja")
        .render(d=found, criteria=criteria, cells=found.cells(), now=now, words=words)
    )
