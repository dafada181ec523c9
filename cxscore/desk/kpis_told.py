"""KPIs as JSON and as text."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cxscore.desk.estimate import number_json
from cxscore.desk.kpis import Kpis, Line
from cxscore.estimates import Estimate, Unavailable
from cxscore.kpi.compare import Change, MixShift
from cxscore.kpi.designs import CLAIMS, Difference
from cxscore.kpi.figure import Figure
from cxscore.kpi.registry import TIERS, Kpi


def figure_json(figure: Figure, *, members: bool) -> dict[str, Any]:
    """A figure as plain JSON values."""
    told: dict[str, Any] = {**number_json(figure.number), "n": figure.n}
    if figure.k is not None:
        told["k"] = figure.k
    if figure.unknown:
        told["unknown"] = figure.unknown
        if figure.bounds is not None:
            told["bounds"] = list(figure.bounds)
    if figure.clustered is not None:
        told["clustered"] = list(figure.clustered)
    if members:
        told["numerator"] = list(figure.numerator.fetch())
        told["denominator"] = list(figure.denominator.fetch())
    return told


def kpis_json(found: Kpis, *, members: bool = False) -> dict[str, Any]:
    """All of it as plain JSON values."""
    return {
        "schema": 1,
        "from": None if found.first is None else found.first.isoformat(),
        "to": None if found.last is None else found.last.isoformat(),
        "before": None if found.before is None else [d.isoformat() for d in found.before],
        "conversations": found.conversations,
        "eligible": found.eligible,
        "exclusions": dict(found.exclusions),
        "judges": list(found.loaded.held.judges),
        "heuristic": found.loaded.held.heuristic,
        **({"notice": found.loaded.held.notice} if found.loaded.held.notice else {}),
        "kpis": [_line_json(line, members=members) for line in found.lines],
        "link_error": _links_json(found),
        "stitched": _stitched_json(found),
        "holdout_customers_in_both": None if found.arms is None else found.arms.in_both,
        "benchmarks_not_asked": list(found.not_asked),
        "holdout_in_neither": None if found.arms is None else found.arms.neither,
        "by": found.by,
        "groups": {
            name: [_line_json(line, members=members) for line in lines]
            for name, lines in found.groups.items()
        },
    }


def _line_json(line: Line, *, members: bool) -> dict[str, Any]:
    kpi = line.kpi
    told = {
        "id": kpi.id,
        "name": kpi.name,
        "tier": kpi.tier,
        "unit": kpi.unit,
        "better": kpi.better,
        "meaning": kpi.meaning,
        "caveat": kpi.caveat,
        "needs": kpi.needs,
        "tags": list(kpi.tags),
        **figure_json(line.figure, members=members),
    }
    if line.benchmarks:
        told["benchmarks"] = [
            {
                "value": b.benchmark.value,
                "definition": b.benchmark.definition,
                "source": b.benchmark.source,
                "date": b.benchmark.date,
                "not_comparable": b.why_not,
            }
            for b in line.benchmarks
        ]
    if line.held_out is not None:
        told["holdout"] = difference_json(line.held_out)
    if line.before is not None:
        told["before"] = figure_json(line.before, members=False)
        one = line.change
        told["change"] = (
            {"unavailable": one.missing}
            if isinstance(one, Unavailable)
            else None
            if one is None
            else {
                "design": "before/after",
                "value": one.value,
                "low": one.low,
                "high": one.high,
                "moved": one.moved,
            }
        )
        if isinstance(line.mix, MixShift):
            told["mix"] = {"within": line.mix.rate, "shares": line.mix.mix}
    return told


def difference_json(one: Difference | Unavailable) -> dict[str, Any]:
    """A difference with its design, as plain JSON values."""
    if isinstance(one, Unavailable):
        return {"unavailable": one.missing}
    return {
        "design": one.design,
        "means": CLAIMS[one.design],
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "method": one.method,
        "shown": one.shown,
        **_mix_json(one.mix, one.mix_by),
    }


def _mix_json(mix: MixShift | Unavailable | None, by: str) -> dict[str, Any]:
    return (
        {"mix": {"by": by, "within": mix.rate, "shares": mix.mix}}
        if isinstance(mix, MixShift)
        else {}
    )


def _links_json(found: Kpis) -> dict[str, Any]:
    told: dict[str, Any] = {"linked": found.loaded.held.linked}
    error = found.link_error
    if error is not None:
        told |= {
            "labelled_same": error.same,
            "labelled_apart": error.apart,
            "missed": [list(p) for p in error.missed],
            "joined": [list(p) for p in error.joined],
            "not_here": error.unknown,
        }
    return told


def _stitched_json(found: Kpis) -> dict[str, Any]:
    held = found.loaded.held
    return {
        "by_id": sum(s.by == "id" for s in held.seams),
        "by_time": sum(s.by == "time" for s in held.seams),
        "time_alone_finds": held.stitch_found,
        "time_alone_wrong": held.stitch_wrong,
        "refused": held.stitch_refused,
        "seams": [[s.ai, s.desk, s.by] for s in held.seams],
    }


def _joins(found: Kpis) -> list[str]:
    """Lines on what was linked and stitched, and how far that is right."""
    held, lines = found.loaded.held, []
    if held.linked:
        lines.append(
            f"Issue keys: linked for {held.linked:,} conversations by customer, time and topic."
        )
    error = found.link_error
    if error is not None:
        lines.append(
            f"Of {error.same} labelled pairs of one issue {len(error.missed)} are missed, of"
            f" {error.apart} of two {len(error.joined)} are joined"
            + (f"; {error.unknown} pairs are not here." if error.unknown else ".")
        )
    by_id = sum(s.by == "id" for s in held.seams)
    if held.seams:
        told = (
            "how often the rule by time is wrong is not known: no pair names the other"
            if held.stitch_found is None
            else f"of the {by_id} by id the rule by time finds {held.stitch_found} and joins"
            f" {held.stitch_wrong} wrongly"
        )
        lines.append(
            f"Two exports of one conversation stitched: {by_id} by id,"
            f" {len(held.seams) - by_id} by customer and time; {told}."
        )
    if held.stitch_refused:
        lines.append(
            f"Not stitched although one names the other: {held.stitch_refused:,} pairs, of other"
            " customers or another time."
        )
    if found.not_asked:
        lines.append(f"Published figures not shown, not asked for: {', '.join(found.not_asked)}.")
    if found.arms is not None and found.arms.in_both:
        lines.append(
            f"Holdout: {found.arms.in_both:,} customers stand on both sides, so it spills over."
        )
    if found.arms is not None and found.arms.neither:
        lines.append(
            f"Holdout: {found.arms.neither:,} conversations do not say on which side they are; they"
            " are on neither."
        )
    return lines


def kpis_text(found: Kpis) -> str:
    """All of it for people."""
    span = "no dates"
    if found.first is not None and found.last is not None:
        span = f"{found.first} to {found.last - timedelta(days=1)}"
    out = ", ".join(f"{n} {name}" for name, n in found.exclusions.items()) or "none"
    read = f"{found.conversations:,} conversations, {found.eligible:,} eligible; excluded: {out}"
    lines = [f"{span}: {read}"]
    if found.loaded.held.notice:
        lines.append(found.loaded.held.notice)
    if found.loaded.held.heuristic:
        lines.append(
            "Graded by fixed rules, no language model: decide what to read by it, no more."
        )
    lines += _joins(found)
    for tier, name in TIERS.items():
        held = [line for line in found.lines if line.kpi.tier == tier]
        if held:
            lines += ["", name]
            lines += [f"  {told(line)}" for line in held]
    for group, rows in found.groups.items():
        lines += ["", f"{found.by} {group}"]
        lines += [f"  {told(line)}" for line in rows if isinstance(line.figure.number, Estimate)]
    return "\n".join(lines)


def told(line: Line) -> str:
    """One KPI in one line."""
    kpi, figure = line.kpi, line.figure
    text = f"{kpi.id:<30} {kpi.name:<34} {shown(kpi, figure)}"
    if isinstance(line.change, Change):
        moved = "" if line.change.moved else " (not shown)"
        text += f"   {_signed(kpi, line.change.value)}{moved}"
    elif line.change is not None and line.before is not None and line.before.n and figure.n:
        text += f"   not compared: {line.change.missing}"
    one = line.held_out
    if isinstance(one, Difference):
        ends = f"{_signed(kpi, one.low)} to {_signed(kpi, one.high)}"
        text += f"   others less held out {_signed(kpi, one.value)} ({ends})"
    for b in line.benchmarks:
        what = f"{b.benchmark.value:g} ({b.benchmark.source}, {b.benchmark.date})"
        text += f"\n{'':<34}published {what}"
        text += "" if b.why_not is None else f": not comparable, because {b.why_not}"
    return text


def shown(kpi: Kpi, figure: Figure) -> str:
    """A figure with its interval; shares under 30 conversations as k of n only."""
    number = figure.number
    if isinstance(number, Unavailable):
        return f"not available: {number.missing}"
    more = f", {figure.unknown:,} not known" if figure.unknown else ""
    low, high = figure.interval or (number.low, number.high)
    if kpi.unit == "share" and figure.k is not None:
        counts = f"{figure.k:,.0f} of {figure.n:,}"
        if figure.n < 30:
            return f"{counts} ({low:.0%} to {high:.0%}{more})"
        return f"{number.value:.1%} ({low:.1%} to {high:.1%}; {counts}{more})"
    if kpi.unit == "share":
        return f"{number.value:.1%} ({low:.1%} to {high:.1%}; n {figure.n:,}{more})"
    return f"{number.value:,.2f} ({number.low:,.2f} to {number.high:,.2f}; n {figure.n:,}{more})"


def _signed(kpi: Kpi, value: float) -> str:
    return f"{100 * value:+.1f} points" if kpi.unit == "share" else f"{value:+,.2f}"
