"""The page "What the surveys hide": from the survey's mean to the judge's, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from markupsafe import Markup, escape

from cxscore.calibration.surveys import if_all_had_answered
from cxscore.estimates import Estimate
from cxscore.report import words
from cxscore.report.html import environment
from cxscore.report.trust_page import said

if TYPE_CHECKING:
    from cxscore.calibration.nonresponse import Answered
    from cxscore.calibration.surveys import SurveySplit

GAMMAS = (1.0, 1.25, 1.5, 2.0, 3.0)
STEPS = (
    ("harshness", "customers against people"),
    ("selection", "who answers"),
    ("judge_bias", "judge against people"),
)


class SurveyedLike(Protocol):
    """What the page is made of: ``desk.surveys.Surveyed``."""

    @property
    def streams(self) -> tuple[SurveySplit, ...]:
        """One split for each stream."""

    @property
    def satisfied(self) -> Mapping[str, tuple[float, float]]:
        """Stream to (share satisfied, response rate)."""

    @property
    def answered(self) -> Mapping[str, Answered]:
        """Stream to what could be said had everybody answered."""


def render(found: Sequence[SurveyedLike], *, now: datetime) -> str:
    """The whole page, without a single request to anywhere."""
    return (
        environment()
        .get_template("surveys.html.jinja")
        .render(found=found, now=now, words=words, said=said, steps=steps, curve=curve)
    )


def steps(one: SurveySplit) -> Markup:
    """The three terms as bars on one line of levels, each with its interval; 0 is no difference."""
    terms: list[tuple[str, Estimate]] = []
    for name, label in STEPS:
        term = getattr(one, name)
        if not isinstance(term, Estimate):
            return Markup("")
        terms.append((label, term))
    reach = max([abs(v) for _, t in terms for v in (t.low, t.high)] + [abs(one.gap), 0.25])

    def x(v: float) -> float:
        return 260 + 120 * v / reach

    rows: list[tuple[str, float, Estimate | None]] = [(name, t.value, t) for name, t in terms]
    rows.append(("judge less survey", one.gap, None))
    parts = []
    for i, (label, value, term) in enumerate(rows):  # terms first, the gap last
        y = 16 + 24 * i
        left, wide = min(x(0), x(value)), abs(x(value) - x(0))
        tone = "gap" if term is None else "bad" if term.low > 0 or term.high < 0 else "ok"
        parts.append(
            f'<text x="132" y="{y + 4}" text-anchor="end">{escape(label)}</text>'
            f'<rect x="{left:.1f}" y="{y - 6}" width="{wide:.1f}" height="12" class="{tone}"/>'
        )
        if term is not None:
            parts.append(
                f'<line x1="{x(term.low):.1f}" x2="{x(term.high):.1f}" y1="{y}" y2="{y}"'
                ' class="whisker"/>'
            )
        parts.append(f'<text x="392" y="{y + 4}">{value:+.2f}</text>')
    tall = 24 * len(rows) + 10
    told = "; ".join(f"{label} {value:+.2f}" for label, value, _ in rows)
    return Markup(
        f'<svg class="steps" viewBox="0 0 430 {tall}" role="img" aria-label="{escape(told)}">'
        f'<line x1="{x(0)}" x2="{x(0)}" y1="4" y2="{tall - 6}" class="ref"/>{"".join(parts)}</svg>'
    )


def curve(share: float, rate: float) -> Markup:
    """The satisfied share of all by how much the silent may differ, down to the worst case."""
    rows = [
        (f"{g:g} times" if g > 1 else "not at all", if_all_had_answered(share, rate, odds_ratio=g))
        for g in GAMMAS
    ]
    rows.append(("anything", if_all_had_answered(share, rate)))

    def x(v: float) -> float:
        return 110 + 250 * v

    parts = []
    for i, (label, (low, high)) in enumerate(rows):
        y = 14 + 18 * i
        parts.append(
            f'<text x="100" y="{y + 3}" text-anchor="end">{escape(label)}</text>'
            f'<line x1="{x(low):.1f}" x2="{max(x(high), x(low) + 2):.1f}" y1="{y}" y2="{y}"'
            f' class="band"/><text x="370" y="{y + 3}">{low:.0%} to {high:.0%}</text>'
        )
    tall = 18 * len(rows) + 8
    told = "; ".join(f"{label}: {low:.0%} to {high:.0%}" for label, (low, high) in rows)
    return Markup(
        f'<svg class="curve" viewBox="0 0 450 {tall}" role="img" aria-label="{escape(told)}">'
        f'<line x1="{x(share):.1f}" x2="{x(share):.1f}" y1="4" y2="{tall - 4}" class="ref"/>'
        f"{''.join(parts)}</svg>"
    )
