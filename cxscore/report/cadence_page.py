"""The weekly, monthly and quarterly page: numbers with their lines, patterns, what to fix."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup, escape

from cxscore.estimates import Estimate, Unavailable
from cxscore.kpi.breaks import Drawn, line_break
from cxscore.kpi.compare import MixShift
from cxscore.kpi.designs import CLAIMS, Difference
from cxscore.kpi.figure import Figure
from cxscore.kpi.registry import KPIS, Kpi
from cxscore.kpi.rule_of_three import most_with_none
from cxscore.report import words
from cxscore.report.html import anchor, environment

SHOWN = 6
"""Conversations named of a row; the rest is counted."""
LISTED = 60
"""Conversations listed of a number: a page must stay small enough to mail."""
TITLES = {"weekly": "The week", "monthly": "The month", "quarterly": "The quarter"}


def render(found: Any, sections: Sequence[tuple[str, str]], *, now: datetime) -> str:
    """The whole page, without a single request to anywhere.

    Args:
        found: ``desk.cadence.CadenceReport``.
        sections: id and HTML of every conversation that stands whole in it.
        now: when it is made.
    """
    whole = frozenset(name for name, _ in sections)
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
            path=path,
            who=lambda figure: who(figure, whole),
            names=lambda ids, most=SHOWN: names(ids, whole, most),
            sections=sections,
            decision=decision,
            difference=difference,
            claims=CLAIMS,
            anchor=anchor,
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
    low, high = figure.interval or (number.low, number.high)
    if kpi.unit == "share":
        return f"{low:.0%} to {high:.0%}, n {figure.n:,}"
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

    parts: list[str] = []
    last: tuple[float, float, Drawn] | None = None
    for i, (period, number) in enumerate(held):
        x = 10 + step * i
        if not isinstance(number, Estimate):
            last = None
            continue
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y(number.low):.1f}" y2="{y(number.high):.1f}"'
            ' class="whisker"/>'
        )
        if last is not None and line_break(last[2], period.drawn) is None:
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
        last = (x, y(number.value), period.drawn)
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


def names(ids: Sequence[str], whole: frozenset[str], most: int) -> Markup:
    """Ids; those that stand whole in the page lead there."""
    told = [
        Markup('<a href="#{}"><bdi>{}</bdi></a>').format(anchor(i), i)
        if i in whole
        else Markup("<bdi>{}</bdi>").format(i)
        for i in ids[:most]
    ]
    rest = f" and {len(ids) - most:,} more" if len(ids) > most else ""
    return Markup(", ").join(told) + rest


def who(figure: Figure, whole: frozenset[str]) -> Markup:
    """The conversations of a number, closed until asked for: those counted and those not."""
    counted = list(dict.fromkeys(figure.numerator.fetch()))
    base = list(dict.fromkeys(figure.denominator.fetch()))
    if not base:
        return Markup("")
    inside = frozenset(counted)
    others = [i for i in base if i not in inside]
    parts = [("Counted", counted), ("Not counted", others)] if others else [("In it", base)]
    told = Markup("").join(
        Markup("<p><strong>{}, {:,}:</strong> {}</p>").format(
            name, len(ids), names(ids, whole, LISTED)
        )
        for name, ids in parts
        if ids
    )
    return Markup('<details class="who"><summary>Conversations</summary>{}</details>').format(told)


def path(found: Any) -> Markup:
    """The true rate month by month since the launch, with its intervals and the target."""
    held = [(m, m.true.number) for m in found.launch.months]
    known = [(m, n) for m, n in held if isinstance(n, Estimate)]
    if len(known) < 2:
        return Markup("")
    step = 380 / (len(held) - 1)

    def y(share: float) -> float:
        return 130 - 110 * share

    parts = [
        f'<line x1="40" x2="460" y1="{y(s):.1f}" y2="{y(s):.1f}" class="grid"/>'
        f'<text x="34" y="{y(s) + 4:.1f}" text-anchor="end">{s:.0%}</text>'
        for s in (0.0, 0.5, 1.0)
    ]
    if found.launch.target is not None:
        at = y(found.launch.target)
        parts.append(f'<line x1="40" x2="460" y1="{at:.1f}" y2="{at:.1f}" class="change"/>')
    last: tuple[float, float] | None = None
    for i, (month, number) in enumerate(held):
        x = 60 + step * i
        parts.append(f'<text x="{x:.1f}" y="148" text-anchor="middle">{month.first:%b %y}</text>')
        if month.broken is not None:
            at = x - step / 2
            parts.append(
                f'<line x1="{at:.1f}" x2="{at:.1f}" y1="16" y2="134" class="change">'
                f"<title>{escape(month.broken)}</title></line>"
            )
            last = None
        if not isinstance(number, Estimate):
            last = None
            continue
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y(number.low):.1f}" y2="{y(number.high):.1f}"'
            ' class="whisker"/>'
        )
        if last is not None:
            parts.append(
                f'<line x1="{last[0]:.1f}" x2="{x:.1f}" y1="{last[1]:.1f}"'
                f' y2="{y(number.value):.1f}" class="run"/>'
            )
        last = (x, y(number.value))
        parts.append(f'<circle cx="{x:.1f}" cy="{last[1]:.1f}" r="3.5" class="now"/>')
    told = "; ".join(f"{m.first:%B %Y}: {n.value:.0%}" for m, n in known)
    return Markup(
        f'<svg class="path" viewBox="0 0 480 154" role="img" aria-label="{escape(told)}">'
        f"{''.join(parts)}</svg>"
    )


def difference(kpi: Kpi, one: Difference | Unavailable) -> str:
    """A difference with its interval."""
    if isinstance(one, Unavailable):
        return f"not available: {one.missing}"
    scale, unit = (100, " points") if kpi.unit == "share" else (1, "")
    told = (
        f"{scale * one.value:+.1f}{unit} ({scale * one.low:+.1f} to {scale * one.high:+.1f};"
        f" {one.design})"
    )
    if isinstance(one.mix, MixShift):
        told += f", {scale * one.mix.rate:+.1f} of it within {one.mix_by}s"
    return told


def decision(found: Any) -> str:
    """What a quarter asks to decide, by what is shown and by nothing else."""
    if found.patterns:
        first = found.patterns[0]
        return f"{first.name}: {first.sentence}. {first.first_action.capitalize()}."
    back = found.back
    if not isinstance(back, Unavailable) and back.high < back.total:
        return (
            "Even at the high end it avoids less than it costs: renegotiate the price, or stop"
            " where it loses most (fix first)."
        )
    claimed, true = (found.now.figures[name].number for name in ("V1", "D11"))
    if isinstance(claimed, Estimate) and isinstance(true, Estimate) and true.high < claimed.low:
        return (
            f"The vendor claims {claimed.value:.0%} and {true.value:.0%} are true: have the"
            " contract's definition follow the true rate (cxscore audit)."
        )
    return "Nothing shown asks for one."
