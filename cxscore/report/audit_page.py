"""The pages of an audit: the whole, the letter, and the evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup, escape

from cxscore.audit import contract as rule
from cxscore.audit import invoice as bill
from cxscore.audit import labels
from cxscore.audit.waterfall import Choice, Waterfall
from cxscore.estimates import Estimate, Unavailable
from cxscore.kpi.figure import Figure
from cxscore.report import words
from cxscore.report.html import anchor, environment, section
from cxscore.rubric import Rubric
from cxscore.verdict import Judged


def render(
    found: Any,
    *,
    now: datetime,
    method: Sequence[tuple[str, str]],
    sidedness: str,
    shown: frozenset[str],
    clean: Callable[[str], str],
) -> str:
    """The whole audit as one page, without a single request to anywhere.

    Args:
        found: ``desk.audit.Audit``.
        now: when it is made.
        method: names and values of hashes, versions and the command.
        sidedness: whether the vendor's errors fall on one side, in words.
        shown: ids that stand whole in evidence.html.
        clean: redacts words of an invoice.
    """
    return (
        environment()
        .get_template("audit.html.jinja")
        .render(
            a=found,
            now=now,
            method=method,
            sidedness=sidedness,
            shown=shown,
            clean=clean,
            fall=fall,
            tornado=tornado,
            **_words(),
        )
    )


def render_letter(found: Any, *, now: datetime) -> str:
    """The letter: two printed pages."""
    return environment().get_template("letter.html.jinja").render(a=found, now=now, **_words())


def render_evidence(
    found: Any,
    judged: Iterable[Judged],
    rubric: Rubric,
    why: Mapping[str, Sequence[str]],
    *,
    now: datetime,
) -> str:
    """Every conversation in dispute, whole, with what is said against it."""
    sections = [
        (one.record.conversation.id, why.get(one.record.conversation.id, ()), section(one, rubric))
        for one in judged
    ]
    return (
        environment()
        .get_template("evidence.html.jinja")
        .render(a=found, now=now, sections=sections, **_words())
    )


def _words() -> dict[str, Any]:
    return {
        "words": words,
        "share": share,
        "money": money,
        "anchor": anchor,
        "reasons": {r.value: s for r, s in labels.SENTENCES.items()},
        "breaches": {b.value: s for b, s in rule.SENTENCES.items()},
        "oddities": {o.value: s for o, s in bill.SENTENCES.items()},
        "one_day": timedelta(days=1),
        "same_money": lambda a: sum(v for c in a.contracts for v in c.same_money.values()),
    }


def share(figure: Figure) -> str:
    """A rate with its counts and interval; under 30 conversations no percent leads."""
    number = figure.number
    if isinstance(number, Unavailable):
        return f"not available: {number.missing}"
    low, high = figure.interval or (number.low, number.high)
    if figure.k is None:
        return f"{number.value:.1%} ({low:.1%} to {high:.1%})"
    counts = f"{figure.k:,.0f} of {figure.n:,}"
    if figure.n < 30:
        return f"{counts} ({low:.0%} to {high:.0%})"
    return f"{number.value:.1%} ({counts}; {low:.1%} to {high:.1%})"


def money(amount: float | Estimate | Unavailable, currency: str) -> str:
    """An amount, with its interval where it is an estimate."""
    if isinstance(amount, Unavailable):
        return amount.missing
    if isinstance(amount, Estimate):
        return f"{amount.value:,.2f} {currency} ({amount.low:,.2f} to {amount.high:,.2f})"
    return f"{amount:,.2f} {currency}"


def fall(held: Waterfall) -> Markup:
    """Bars from claimed to true: what is taken away stands where it is taken."""
    most = max(held.claimed, held.confirmed.n + held.missed.n, 1)

    def x(n: float) -> float:
        return 290 + 300 * n / most

    rows: list[tuple[str, float, float, str, int]] = [
        ("claimed by the vendor", 0, held.claimed, "claim", held.claimed)
    ]
    left = held.claimed
    for step in held.losses:
        if step.n:
            name = labels.SENTENCES[labels.Reason(step.name)]
            rows.append((f"− {name}", left - step.n, left, "loss", step.n))
            left -= step.n
    if held.undecided.n:
        rows.append(
            ("? nobody can tell yet", left - held.undecided.n, left, "open", held.undecided.n)
        )
        left -= held.undecided.n
    rows.append(("true so far", 0, left, "true", left))
    if held.missed.n:
        rows.append(("+ true, not claimed", left, left + held.missed.n, "more", held.missed.n))
    parts = []
    for i, (name, low, high, tone, n) in enumerate(rows):
        y = 6 + 24 * i
        label = name if len(name) <= 56 else name[:55] + "…"
        parts.append(
            f'<text x="282" y="{y + 12}" text-anchor="end">{escape(label)}</text>'
            f'<rect x="{x(low):.1f}" y="{y}" width="{max(1.0, x(high) - x(low)):.1f}" height="16"'
            f' class="{tone}"/><text x="{x(high) + 6:.1f}" y="{y + 12}">{n}</text>'
        )
    told = "; ".join(f"{name}: {n}" for name, _, _, _, n in rows)
    return Markup(
        f'<svg class="fall" viewBox="-40 0 680 {24 * len(rows) + 8}" role="img"'
        f' aria-label="{escape(told)}">{"".join(parts)}</svg>'
    )


def tornado(choices: Sequence[Choice]) -> Markup:
    """The true rate under other thresholds and windows."""
    drawn: list[tuple[str, Estimate]] = []
    for c in choices:
        number = c.figure.number
        if isinstance(number, Estimate):
            drawn.append((f"resolution ≥ {c.level}, {c.window}", number))
    if not drawn:
        return Markup("")

    def x(v: float) -> float:
        return 170 + 300 * v

    parts = []
    for i, (name, number) in enumerate(drawn):
        y = 12 + 18 * i
        parts.append(
            f'<text x="160" y="{y + 4}" text-anchor="end">{escape(name)}</text>'
            f'<line x1="{x(number.low):.1f}" x2="{x(number.high):.1f}" y1="{y}" y2="{y}"'
            f' class="whisker"/><circle cx="{x(number.value):.1f}" cy="{y}" r="4" class="dot"/>'
            f'<text x="{x(number.high) + 8:.1f}" y="{y + 4}">{number.value:.0%}</text>'
        )
    told = "; ".join(f"{name}: {n.value:.0%}" for name, n in drawn)
    return Markup(
        f'<svg class="tornado" viewBox="0 0 520 {18 * len(drawn) + 8}" role="img"'
        f' aria-label="{escape(told)}">{"".join(parts)}</svg>'
    )
