"""Small charts as inline SVG. Every number they draw stands in words beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One part of a stacked bar."""

    n: int
    label: str
    tone: str
    """CSS class: ``l0`` … ``l4`` for levels worst to best, ``na``, ``abstained``, ``failed`` …"""


def bar(segments: Iterable[Segment], *, total: int, name: str) -> Markup:
    """A stacked bar over a whole of ``total``; what the segments leave stays empty."""
    parts = [s for s in segments if s.n > 0]
    said = ", ".join(f"{s.label} {s.n}" for s in parts) or "none"
    drawn, x = [], 0.0
    for part in parts:
        width = 100 * part.n / total if total else 0
        drawn.append(
            f'<rect class="{escape(part.tone)}" x="{x:.2f}" y="0" width="{width:.2f}" height="10">'
            f"<title>{escape(part.label)}: {part.n}</title></rect>"
        )
        x += width
    return _svg(
        drawn,
        view="0 0 100 10",
        name=f"{name}: {said}, of {total}",
        cls="bar",
        extra=' preserveAspectRatio="none"',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A band from one place on the left to one on the right, places counted from the top."""

    left: int
    right: int
    n: int


def slopes(flows: Sequence[Flow], labels: Sequence[str], *, name: str) -> Markup:
    """Bands from where something began to where it ended, as wide as they are many."""
    total = sum(f.n for f in flows)
    if not total:
        return Markup("")
    height, gap, left_x, right_x = 200.0, 6.0, 46.0, 314.0
    unit = (height - gap * (len(labels) - 1)) / total
    left = _places([f.left for f in flows], [f.n for f in flows], len(labels), unit, gap)
    right = _places([f.right for f in flows], [f.n for f in flows], len(labels), unit, gap)
    drawn = []
    for band in sorted(flows, key=lambda f: (f.left, f.right)):
        thick = band.n * unit
        y0, y1 = left.take(band.left, thick), right.take(band.right, thick)
        tone = "better" if band.right < band.left else "worse" if band.right > band.left else "same"
        drawn.append(_band(left_x, y0, right_x, y1, thick, tone, _told(labels, band)))
    drawn += left.marks(left_x - 6, labels, anchor="end")
    drawn += right.marks(right_x, labels, anchor="start")
    return _svg(drawn, view=f"0 -4 360 {height + 8:.0f}", name=name, cls="slopes")


def _told(labels: Sequence[str], band: Flow) -> str:
    return f"{labels[band.left]} → {labels[band.right]}: {band.n}"


class _Column:
    """Where each place of a column begins, and how much of it is taken."""

    def __init__(self, sizes: list[float], gap: float) -> None:
        self._sizes = sizes
        self._tops = [sum(sizes[:i]) + gap * i for i in range(len(sizes))]
        self._taken = [0.0] * len(sizes)

    def take(self, place: int, thick: float) -> float:
        y = self._tops[place] + self._taken[place]
        self._taken[place] += thick
        return y

    def marks(self, x: float, labels: Sequence[str], *, anchor: str) -> list[str]:
        drawn = []
        for label, top, size in zip(labels, self._tops, self._sizes, strict=True):
            if not size:
                continue
            text_x = x - 4 if anchor == "end" else x + 10
            drawn.append(
                f'<rect class="post" x="{x:.1f}" y="{top:.1f}" width="6" height="{size:.1f}"/>'
                f'<text x="{text_x:.1f}" y="{top + size / 2 + 4:.1f}" text-anchor="{anchor}">'
                f"{escape(label)}</text>"
            )
        return drawn


def _places(
    places: Sequence[int], sizes: Sequence[int], number: int, unit: float, gap: float
) -> _Column:
    sums = [0.0] * number
    for place, size in zip(places, sizes, strict=True):
        sums[place] += size * unit
    return _Column(sums, gap)


def _band(x0: float, y0: float, x1: float, y1: float, thick: float, tone: str, title: str) -> str:
    mid = (x0 + x1) / 2
    return (
        f'<path class="{tone}" d="M{x0:.1f},{y0:.1f} C{mid:.1f},{y0:.1f} {mid:.1f},{y1:.1f}'
        f" {x1:.1f},{y1:.1f} v{thick:.1f} C{mid:.1f},{y1 + thick:.1f} {mid:.1f},{y0 + thick:.1f}"
        f' {x0:.1f},{y0 + thick:.1f} z"><title>{escape(title)}</title></path>'
    )


def _svg(drawn: Iterable[str], *, view: str, name: str, cls: str, extra: str = "") -> Markup:
    # Everything in ``drawn`` is built above from numbers and escaped texts.
    return Markup(  # noqa: S704
        f'<svg class="{cls}" viewBox="{view}" role="img" aria-label="{escape(name)}"{extra}>'
        f"{''.join(drawn)}</svg>"
    )
