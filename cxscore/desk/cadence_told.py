"""What a cadence's page says, on a terminal and as JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cxscore.desk.cadence import CadenceReport
from cxscore.desk.kpis_told import difference_json, figure_json, shown
from cxscore.desk.since_launch import Launch
from cxscore.estimates import Unavailable
from cxscore.kpi.intervals import Slope


def cadence_json(found: CadenceReport) -> dict[str, Any]:
    """As plain JSON values."""
    return {
        "schema": 1,
        "cadence": found.cadence,
        "from": found.now.first.isoformat(),
        "to": found.now.last.isoformat(),
        "broken": found.broken,
        "heuristic": found.loaded.held.heuristic,
        **({"notice": found.loaded.held.notice} if found.loaded.held.notice else {}),
        "periods": [
            {
                "from": p.first.isoformat(),
                "to": p.last.isoformat(),
                "conversations": p.conversations,
                "eligible": p.eligible,
                "figures": {n: figure_json(f, members=False) for n, f in p.figures.items()},
            }
            for p in found.periods
        ],
        "moves": {
            name: {"unavailable": c.missing}
            if isinstance(c, Unavailable)
            else {"value": c.value, "low": c.low, "high": c.high, "moved": c.moved}
            for name, c in found.moves.changes.items()
        },
        "patterns": [
            {"id": p.id, "name": p.name, "sentence": p.sentence, "first_action": p.first_action,
             "ids": list(p.ids)}
            for p in found.patterns
        ],
        "fix_first": [
            {"topic": f.topic, "conversations": f.conversations, "lost": f.lost, "cause": f.cause,
             "ids": list(f.ids)}
            for f in found.fix
        ],
        "critical": list(found.critical),
        "to_read": [r.conversation_id for r in found.to_read],
        "baseline": [
            {"kpi": b.kpi.id, "before": [b.before.k, b.before.n], "now": [b.now.k, b.now.n],
             "low": b.low, "high": b.high}
            for b in found.beside
        ],
        "articles": [{"article": a.article, "ids": list(a.ids), "errors": list(a.errors)}
                     for a in found.articles],
        "waiting": {"against": list(found.waiting.against),
                    "undecided": list(found.waiting.undecided),
                    "unlabelled": list(found.waiting.unlabelled),
                    "rated": found.waiting.rated, "decided": found.waiting.decided,
                    "involved": found.waiting.involved},
        "shipped": [
            {"date": m.shipped.day.isoformat(), "kind": m.shipped.kind, "what": m.shipped.what,
             "topic": m.shipped.topic, "days": m.days,
             "moved": {k.id: difference_json(d) for k, d in m.differences}}
            for m in found.moved
        ],
        "csat_mix": None
        if isinstance(found.csat_mix, Unavailable)
        else {"within": found.csat_mix.rate, "shares": found.csat_mix.mix},
        "published": [
            {"kpi": k.id, "value": b.benchmark.value, "definition": b.benchmark.definition,
             "source": b.benchmark.source, "not_comparable": b.why_not}
            for k, b in found.published
        ],
        "launch": _launch_json(found.launch),
        "settled": None
        if found.settled is None
        else {
            "first_published": figure_json(found.settled.first, members=False),
            "now": figure_json(found.settled.now, members=False),
        },
    }  # fmt: skip


def _launch_json(found: Launch | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "months": [
            {
                "first": m.first.isoformat(),
                "true": figure_json(m.true, members=False),
                "broken": m.broken,
            }
            for m in found.months
        ],
        "slope": _slope_json(found.slope),
        "slope_of_one_mix": _slope_json(found.slope_of_one_mix),
        "cohorts": [
            {
                "days": [c.first_day, c.last_day],
                "true": figure_json(c.true, members=False),
                "involvement": figure_json(c.involvement, members=False),
                "topics": dict(c.topics),
                "broken": c.broken,
            }
            for c in found.cohorts
        ],
        "target": found.target,
        "value_after_days": found.value_after,
    }


def _slope_json(slope: Slope | Unavailable) -> dict[str, Any]:
    if isinstance(slope, Unavailable):
        return {"unavailable": slope.missing}
    return {"value": slope.value, "low": slope.low, "high": slope.high}


def cadence_text(found: CadenceReport) -> str:
    """One screen for people."""
    now = found.now
    span = f"{now.first} to {now.last - timedelta(days=1)}"
    read = f"{now.conversations:,} conversations, {now.eligible:,} eligible"
    lines = [f"{found.cadence} report, {span}: {read}"]
    if found.loaded.held.notice:
        lines.append(found.loaded.held.notice)
    if found.loaded.held.heuristic:
        lines.append("Graded by fixed rules, no language model: it says what to read, no more.")
    lines.append("")
    for kpi in found.leads:
        direction = found.moves.direction(kpi.id)
        mark = {"up": "▲", "down": "▼"}.get(direction, " ")
        lines.append(f"  {mark} {kpi.name:<30} {shown(kpi, now.figures[kpi.id])}")
    if found.broken is not None:
        lines.append(f"  not compared: {found.broken}")
    lines += ["", f"Patterns: {len(found.patterns) or 'none'}"]
    for p in found.patterns:
        ids = f" ({', '.join(p.ids)})" if p.ids else ""
        lines.append(f"  {p.id} {p.name}: {p.sentence}{ids}; {p.first_action}")
    if found.fix:
        lines += ["", "Fix first"]
        lines += [
            f"  {f.topic:<18} {f.lost} of {f.conversations} lost; {f.cause}; {', '.join(f.ids[:3])}"
            for f in found.fix
        ]
    if found.critical:
        lines += ["", f"Critical errors: {', '.join(found.critical)}"]
    for a in found.articles:
        lines.append(f"  One article, {len(a.ids)} errors: {a.article} ({', '.join(a.ids[:3])})")
    queue = found.waiting
    open_ = f"{len(queue.undecided)} claimed and open, {len(queue.unlabelled)} drawn and not rated"
    against = f"{len(queue.against)} claimed and not solved by the judge's reading"
    lines += ["", f"Waiting for people: {against}, {open_}"]
    for m in found.moved:
        lines.append(f"  {m.shipped.day} {m.shipped.kind}: {m.shipped.what}")
    return "\n".join(lines)
