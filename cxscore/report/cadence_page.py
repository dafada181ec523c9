"""The weekly, monthly and quarterly page: numbers with their lines, patterns, what to fix."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup, escape

from cxscore.estimates import Estimate, Unavailable
from cxscore.kpi.figure import Figure
from cxscore.kpi.registry import KPIS, Kpi
from cxscore.kpi.rule_of_three import most_with_none
from cxscore.report import words
from cxscore.report.html import environment

TITLES = {"weekly": "The week", "monthly": "The month", "quarterly": "The quarter"}


def render(found: Any, *, now: datetime) -> str:
    """The whole page, without a single request to anywhere.

    Args:
        found: ``desk.cadence.CadenceReport``.
        now: when it is made.
    """
    return (
        environment()
        .get_template("cadence.html.jinja")
        .render(
            r=found,
            now=now,
            words=words,
            title=TITLES[found.cadence],
            trend=trend,
            big=big,
            told=told,
            move=move,
            bars=bars,
            kpis=KPIS,
            most_with_none=most_with_none,
            one_day=timedelta(days=1),
        )
    )


def big(kpi: Kpi, figure: Figure) -> str:
    """The number in large type; under 30 conversations counts, no percent."""
    number = figure.number
    if isinstance(number, Unavailable):
        return "–"
    if kpi.unit == "share":
        if figure.k is not None and figure.n < 30:
            return f"{figure.k:,.0f} of {figure.n:,}"
        return f"{number.value:.0%}"
    return f"{number.value:,.2f}"


def told(kpi: Kpi, figure: Figure) -> str:
    """Interval, or why there is no number."""
    number = figure.number
    if isinstance(number, Unavailable):
        return f"not available: {number.missing}"
    if kpi.unit == "share":
        return f"{number.low:.0%} to {number.high:.0%}, n {figure.n:,}"
    return f"{number.low:,.2f} to {number.high:,.2f}, n {figure.n:,}"


def move(found: Any, kpi: Kpi) -> Markup:
    """The change against the period before: coloured only where it is shown."""
    one = found.moves.changes.get(kpi.id)
    if one is None or isinstance(one, Unavailable):
        return Markup("")
    value = f"{100 * one.value:+.1f} points" if kpi.unit == "share" else f"{one.value:+,.2f}"
    if not one.moved:
        return Markup(f'<span class="soft">{escape(value)}, not shown</span>')
    good = (one.value > 0) == (kpi.better == "up")
    tone = "neutral" if kpi.better == "neither" else "good" if good else "worse"
    return Markup(f'<strong class="{tone}">{escape(value)}</strong>')


def trend(periods: Sequence[Any], kpi: Kpi) -> Markup:
    """Value and interval of every period; the line breaks where definition or judge changed."""
    held = [(p, p.figures[kpi.id].number) for p in periods]
    values = [n for _, n in held if isinstance(n, Estimate)]
    if not values:
        return Markup("")
    low, high = min(n.low for n in values), max(n.high for n in values)
    room = (high - low) or 1.0
    step = 200 / max(1, len(held) - 1) if len(held) > 1 else 0

    def y(v: float) -> float:
        return 52 - 44 * (v - low) / room

    parts, last = [], None
    for i, (period, number) in enumerate(held):
        x = 10 + step * i
        key = (period.definitions, period.judges)
        if not isinstance(number, Estimate):
            last = None
            continue
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y(number.low):.1f}" y2="{y(number.high):.1f}"'
            ' class="whisker"/>'
        )
        if last is not None and last[2] == key:
            parts.append(
                f'<line x1="{last[0]:.1f}" x2="{x:.1f}" y1="{last[1]:.1f}"'
                f' y2="{y(number.value):.1f}" class="run"/>'
            )
        elif last is not None:
            middle = (last[0] + x) / 2
            parts.append(
                f'<line x1="{middle:.1f}" x2="{middle:.1f}" y1="2" y2="58" class="change"/>'
            )
        tone = "now" if i == len(held) - 1 else "then"
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y(number.value):.1f}" r="3" class="{tone}"><title>'
            f"{period.first}: {escape(big(kpi, period.figures[kpi.id]))}</title></circle>"
        )
        last = (x, y(number.value), key)
    spoken = "; ".join(f"{p.first}: {big(kpi, p.figures[kpi.id])}" for p, _ in held)
    return Markup(
        f'<svg class="trend" viewBox="0 0 220 60" role="img" aria-label="{escape(spoken)}">'
        f"{''.join(parts)}</svg>"
    )


def bars(found: Any) -> Markup:
    """Topics by what they lose, the lost part dark."""
    rows = found.fix
    if not rows:
        return Markup("")
    most = max(r.conversations for r in rows)
    parts = []
    for i, row in enumerate(rows):
        y, wide = 6 + 24 * i, 260 * row.conversations / most
        lost = 260 * row.lost / most
        parts.append(
            f'<text x="130" y="{y + 12}" text-anchor="end">{escape(row.topic[:20])}</text>'
            f'<rect x="138" y="{y}" width="{wide:.1f}" height="16" class="all"/>'
            f'<rect x="138" y="{y}" width="{lost:.1f}" height="16" class="lost"/>'
            f'<text x="{146 + wide:.1f}" y="{y + 12}">{row.lost} of {row.conversations}</text>'
        )
    spoken = "; ".join(f"{r.topic}: {r.lost} of {r.conversations} lost" for r in rows)
    return Markup(
        f'<svg class="bars" viewBox="0 0 480 {24 * len(rows) + 8}" role="img"'
        f' aria-label="{escape(spoken)}">{"".join(parts)}</svg>'
    )
