"""The page "Can we trust this judge?", with its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from markupsafe import Markup, escape

from cxscore.estimates import Estimate, Unavailable
from cxscore.report import words
from cxscore.report.html import environment

if TYPE_CHECKING:
    from cxscore.calibration.bias import GroupBias
    from cxscore.calibration.trust import Trust


class Calibrated(Protocol):
    """What the page is made of: ``desk.calibrate.Calibration``."""

    @property
    def criteria(self) -> tuple[Trust, ...]:
        """One verdict for each criterion."""


def render(found: Calibrated, *, now: datetime) -> str:
    """The whole page, without a single request to anywhere."""
    return (
        environment()
        .get_template("trust.html.jinja")
        .render(
            c=found,
            now=now,
            words=words,
            confusion=confusion,
            forest=forest,
            reliability=reliability,
            against_people=against_people,
            said=said,
            is_estimate=lambda number: isinstance(number, Estimate),
        )
    )


def said(number: Estimate | Unavailable | None, digits: int = 2) -> str:
    """A number with its interval, or why there is none.

    >>> said(Unavailable(missing="no labels"))
    'not available: no labels'
    """
    if number is None:
        return "not available"
    if isinstance(number, Unavailable):
        return f"not available: {number.missing}"
    return (
        f"{number.value:.{digits}f} ({number.low:.{digits}f} to {number.high:.{digits}f},"
        f" n {number.n:,})"
    )


def confusion(one: Trust) -> Markup:
    """People's levels in rows, the judge's in columns: a table, darker where there are more."""
    if not one.confusion:
        return Markup("")
    most = max(max(row) for row in one.confusion) or 1.0
    head = "".join(f'<th scope="col">{level:g}</th>' for level in one.levels)
    rows = []
    for level, row in zip(one.levels, one.confusion, strict=True):
        cells = "".join(
            f'<td style="background:color-mix(in srgb,var(--accent) {round(50 * v / most)}%,'
            f'transparent)">{v:.3g}</td>'
            for v in row
        )
        rows.append(f'<tr><th scope="row">{level:g}</th>{cells}</tr>')
    return Markup(
        '<table class="confusion"><caption>people ↓ · judge →</caption>'
        f"<tr><td></td>{head}</tr>{''.join(rows)}</table>"
    )


def reliability(one: Trust) -> Markup:
    """What people say where the judge says a level: on the diagonal the judge can be read as is."""
    points = []
    low, high = one.levels[0], one.levels[-1]
    for j, level in enumerate(one.levels):
        weight = sum(row[j] for row in one.confusion)
        if weight:
            mean = sum(h * row[j] for h, row in zip(one.levels, one.confusion, strict=True))
            points.append((level, mean / weight, weight))
    if len(points) < 1 or high == low:
        return Markup("")

    def x(v: float) -> float:
        return 14 + 80 * (v - low) / (high - low)

    def y(v: float) -> float:
        return 94 - x(v) + 6

    most = max(w for *_, w in points)
    dots = "".join(
        f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="{2 + 4 * (w / most) ** 0.5:.1f}"'
        f' class="dot"><title>judge {a:g}: people {b:.2f}</title></circle>'
        for a, b, w in points
    )
    told = ", ".join(f"judge {a:g}: people {b:.2f}" for a, b, _ in points)
    return Markup(
        f'<svg class="rel" viewBox="-6 0 116 108" role="img" aria-label="{escape(told)}">'
        f'<line x1="{x(low)}" y1="{y(low)}" x2="{x(high)}" y2="{y(high)}" class="ref"/>{dots}'
        f'<text x="54" y="103" text-anchor="middle">judge</text>'
        '<text x="2" y="46" transform="rotate(-90 2 46)" text-anchor="middle">people</text></svg>'
    )


def forest(rows: Sequence[GroupBias]) -> Markup:
    """Judge minus people of every group, with its interval; the line is no bias."""
    drawn = [r for r in rows if isinstance(r.bias, Estimate)]
    if not drawn:
        return Markup("")
    ends = [
        abs(v) for r in drawn if isinstance(r.bias, Estimate) for v in (r.bias.low, r.bias.high)
    ]
    reach = max([*ends, 0.5])

    def x(v: float) -> float:
        return 170 + 130 * v / reach

    parts = []
    for i, r in enumerate(drawn):
        if not isinstance(r.bias, Estimate):
            continue
        b, y = r.bias, 14 + 16 * i
        tone = "bad" if r.differs else "ok"
        parts.append(
            f'<text x="36" y="{y + 3}" text-anchor="end" class="lab">{escape(r.group)[:10]}</text>'
            f'<line x1="{x(b.low):.1f}" x2="{x(b.high):.1f}" y1="{y}" y2="{y}" class="{tone}"/>'
            f'<circle cx="{x(b.value):.1f}" cy="{y}" r="3" class="{tone}"><title>'
            f"{escape(r.factor)} {escape(r.group)}: {b.value:+.2f}</title></circle>"
        )
    tall = 16 * len(drawn) + 18
    return Markup(
        f'<svg class="forest" viewBox="-30 0 340 {tall}" role="img" aria-label="judge minus people'
        f' by group"><line x1="{x(0)}" x2="{x(0)}" y1="4" y2="{tall - 12}" class="ref"/>'
        f"{''.join(parts)}"
        f'<text x="{x(0)}" y="{tall - 2}" text-anchor="middle" class="lab">no bias</text></svg>'
    )


def against_people(one: Trust) -> Markup:
    """The judge's κ with its interval beside people's κ with each other."""
    kappa = None if one.agreement is None else one.agreement.kappa_quadratic
    if not isinstance(kappa, Estimate):
        return Markup("")

    def x(v: float) -> float:
        return 10 + 200 * min(1.0, max(0.0, v))

    top = ""
    ceiling = one.people.ceiling
    if ceiling is not None:
        at = x(ceiling)
        top = (
            f'<line x1="{at:.1f}" x2="{at:.1f}" y1="4" y2="24" class="people"/>'
            f'<text x="{at:.1f}" y="34" text-anchor="middle">people {ceiling:.2f}</text>'
        )
    return Markup(
        f'<svg class="ceil" viewBox="0 0 220 38" role="img" aria-label="κ {kappa.value:.2f}">'
        f'<line x1="10" x2="210" y1="14" y2="14" class="ref"/>'
        f'<line x1="{x(kappa.low):.1f}" x2="{x(kappa.high):.1f}" y1="14" y2="14" class="ok"/>'
        f'<circle cx="{x(kappa.value):.1f}" cy="14" r="4" class="ok"/>{top}</svg>'
    )
