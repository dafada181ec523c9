"""The page "Did the judge move?": anchors' means night by night; a new judge begins a new line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from markupsafe import Markup, escape

from cxscore.report import words
from cxscore.report.html import environment

if TYPE_CHECKING:
    from cxscore.calibration.drift import Night

WIDE, TALL, GAP = 520.0, 110.0, 14.0


class WatchedLike(Protocol):
    """What the page is made of: ``desk.drift.Watched``."""

    @property
    def criterion(self) -> str:
        """Id."""

    @property
    def freeze(self) -> tuple[float, ...]:
        """Means of the judgings at the freeze."""

    @property
    def nights(self) -> tuple[Night, ...]:
        """The nights after it."""


def render(found: Sequence[WatchedLike], *, now: datetime) -> str:
    """The whole page, without a single request to anywhere."""
    by: defaultdict[str, list[WatchedLike]] = defaultdict(list)
    for one in found:
        by[one.criterion].append(one)
    return (
        environment()
        .get_template("drift.html.jinja")
        .render(criteria=dict(by), now=now, words=words, line=line)
    )


def line(judges: Sequence[WatchedLike]) -> Markup:
    """Means in order; grey the freeze, a gap and a rule where the judge changed, red an alarm."""
    means = [v for one in judges for v in (*one.freeze, *(n.mean for n in one.nights))]
    low, high = min(means), max(means)
    room = (high - low) or 1.0
    step = (WIDE - GAP * len(judges)) / max(1, len(means))
    parts: list[str] = []
    x = 0.0

    def y(v: float) -> float:
        return 10 + (TALL - 20) * (1 - (v - low) / room)

    for place, one in enumerate(judges):
        if place:
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="2" y2="{TALL - 2}" class="change"/>')
            x += GAP
        points = [*one.freeze, *(n.mean for n in one.nights)]
        path = " ".join(f"{x + step * i:.1f},{y(v):.1f}" for i, v in enumerate(points))
        parts.append(f'<polyline points="{path}" class="run"/>')
        for i, v in enumerate(points):
            night = one.nights[i - len(one.freeze)] if i >= len(one.freeze) else None
            tone = "freeze" if night is None else "bad" if night.alarm else "ok"
            what = "freeze" if night is None else f"night {night.night}"
            parts.append(
                f'<circle cx="{x + step * i:.1f}" cy="{y(v):.1f}" r="2.4" class="{tone}"><title>'
                f"{what}: {v:.3f}</title></circle>"
            )
        x += step * len(points)
    told = f"{len(judges)} judges, means from {low:.3f} to {high:.3f}"
    return Markup(
        f'<svg class="drift" viewBox="-48 0 {WIDE + 60} {TALL}" role="img"'
        f' aria-label="{escape(told)}"><text x="-6" y="{y(high) + 4:.1f}" text-anchor="end">'
        f'{high:.2f}</text><text x="-6" y="{y(low) + 4:.1f}" text-anchor="end">{low:.2f}</text>'
        f"{''.join(parts)}</svg>"
    )
