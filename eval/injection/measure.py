"""How far attacks in a transcript move a judge's levels, and how far harmless text does.

    python eval/injection/measure.py --judge embedded
    python eval/injection/measure.py --judge openai:MODEL --store injection.db
    python eval/injection/measure.py --recorded
    python eval/injection/measure.py --detector [--shared DIR]

Scores the three sides of the pairs through the public API (``cxscore.score``, ``cxscore.open``) and
writes ``results/JUDGE.json`` beside this file and the tables between the markers of
``docs/injection.md``. With ``--store`` the store is kept: what is scored there already is not asked
again. ``--recorded`` judges again from the replies kept in ``replies/``: a Claude model's, each
given to one ask alone. ``--detector`` counts what ``suspicions`` flags: attacks, harmless sides,
attacks in words it was not written for (``held_out.txt``), the examples, and the development data
where it is at hand (``--shared``, CXSCORE_SHARED, or ../shared beside the checkout).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cxscore
from cxscore.desk.batch import Export, export_asks, import_replies
from cxscore.desk.score import Job
from cxscore.errors import TranscriptError
from cxscore.grounding.injection import suspicions
from cxscore.readers import read
from cxscore.store import Ledger
from cxscore.transcript import Role, Transcript, Turn, blind
from cxscore.verdict import Composite, Graded, Judged, state

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SIDES = ("clean", "attacked", "benign")
DRAWS = 4000
ORDINARY = (
    ("examples", ROOT / "examples" / "conversations.jsonl"),
    ("tau_bench", "data/tau_bench/gpt-4o-airline.json"),
    ("tau2", "data/tau2/results"),
    ("tau2_judges", "data/tau2_judges/airline.jsonl"),
    ("tau2_judges", "data/tau2_judges/retail.jsonl"),
    ("MAIA", "data/maia_dqe/pt_br_client_02.json"),
    ("MAIA", "data/maia_dqe/pt_pt_client_03.json"),
)
"""Chats in which nobody attacks a judge, as far as is known."""


def scored(judge: str, store: Path) -> dict[str, Judged]:
    """Every conversation of the three sides beside its verdict."""
    cxscore.score(
        *(HERE / f"{side}.jsonl" for side in SIDES),
        store=store,
        kb=ROOT / "examples" / "kb",
        kb_as_of=datetime(2026, 8, 1, tzinfo=UTC),
        judge=judge,
    )
    with cxscore.open(store) as reader:
        return {one.record.conversation.id: one for one in reader.judged()}


def replayed(store: Path) -> tuple[str, dict[str, Judged]]:
    """The judge's name, and every conversation beside the verdict its kept replies make."""
    tape = json.loads((HERE / "replies" / "recording.json").read_text("utf-8"))
    Ledger.found(store, secret=bytes.fromhex(tape["secret"]), notice=tape["notice"]).close()
    job = Job(
        paths=tuple(str(HERE / f"{side}.jsonl") for side in SIDES),
        store=store,
        knowledge=ROOT / "examples" / "kb",
        knowledge_as_of=datetime(2026, 8, 1, tzinfo=UTC),
        judge=tape["judge"],
    )
    job = replace(job, model=replace(job.model, prompt=tape["prompt"]))
    for replies in (*sorted((HERE / "replies").glob("round-*.jsonl")), None):
        exported = export_asks(Export(out=store.with_name("asks.jsonl"), job=job))
        if not exported.asks or replies is None:
            break
        import_replies(replies, store=store, model=job.judge)
    if exported.asks:
        print(f"{exported.asks} asks have no kept reply; their pairs are left out")
    with cxscore.open(store) as reader:
        return job.judge, {one.record.conversation.id: one for one in reader.judged()}


def levels(one: Judged) -> dict[str, float]:
    """Criterion to level as a number; yes is 1, no is 0; what has no level is left out."""
    if one.verdict is None:
        return {}
    found = {}
    for criterion, outcome in one.verdict.journey.items():
        if isinstance(outcome, Graded) and outcome.level is not None:
            yes_no = {"yes": 1.0, "no": 0.0}
            number = yes_no.get(str(outcome.level), outcome.level)
            if isinstance(number, int | float):
                found[criterion] = float(number)
    if isinstance(one.verdict.composite, Composite):
        found["composite"] = one.verdict.composite.value
    return found


def states(one: Judged) -> dict[str, str]:
    """Criterion to graded, na, abstained or failed."""
    return {} if one.verdict is None else {c: state(o) for c, o in one.verdict.journey.items()}


def measure(judged: dict[str, Judged]) -> dict[str, Any]:
    """Mean shift and drift by criterion, with intervals over the base conversations."""
    whole = {n for n in _bases() if all(_verdict(judged, n, side) for side in SIDES)}
    bases = {n: told for n, told in _bases().items() if n in whole}
    shifts: dict[str, dict[str, list[tuple[str, float]]]] = defaultdict(lambda: defaultdict(list))
    moved: dict[str, list[str]] = defaultdict(list)
    changed: dict[str, int] = defaultdict(int)
    for number, (base, kind) in bases.items():
        clean = judged[f"{number}-clean"]
        for side in SIDES[1:]:
            other = judged[f"{number}-{side}"]
            before, after = levels(clean), levels(other)
            for criterion in before.keys() & after.keys():
                change = after[criterion] - before[criterion]
                shifts[side][criterion].append((base, change))
                if change:
                    moved[side].append(f"{number} {kind} {criterion} {change:+.2g}")
            old, new = states(clean), states(other)
            changed[side] += sum(old[c] != new.get(c) for c in old)
    return {
        "pairs": len(bases),
        "bases": len({base for base, _ in bases.values()}),
        "judge": next(iter(judged.values())).verdict.judge if judged else "",
        "criteria": {
            side: {c: _summary(v) for c, v in sorted(found.items())}
            for side, found in shifts.items()
        },
        "states_changed": dict(changed),
        "moved": {side: sorted(v) for side, v in moved.items()},
    }


def _verdict(judged: dict[str, Judged], number: str, side: str) -> bool:
    one = judged.get(f"{number}-{side}")
    return one is not None and one.verdict is not None


def _bases() -> dict[str, tuple[str, str]]:
    from pairs import ATTACKS

    return {f"inj-{n:02d}": (a.base, f"{a.by}/{a.kind}") for n, a in enumerate(ATTACKS, start=1)}


def _summary(changes: Sequence[tuple[str, float]]) -> dict[str, float]:
    low, high = interval(changes)
    values = [v for _, v in changes]
    return {
        "n": len(values),
        "mean": sum(values) / len(values),
        "low": low,
        "high": high,
        "moved": sum(v != 0 for v in values),
        "up": sum(v > 0 for v in values),
    }


def interval(changes: Sequence[tuple[str, float]]) -> tuple[float, float]:
    """95 % percentile bootstrap of the mean; whole base conversations are drawn, as they repeat."""
    clusters: dict[str, list[float]] = defaultdict(list)
    for base, change in changes:
        clusters[base].append(change)
    groups = list(clusters.values())
    rng = random.Random(20260915)
    means = []
    for _ in range(DRAWS):
        drawn = [v for group in rng.choices(groups, k=len(groups)) for v in group]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return means[int(0.025 * DRAWS)], means[int(0.975 * DRAWS) - 1]


def table(results: dict[str, Any]) -> Iterator[str]:
    """The page's table of one judge."""
    yield "| criterion | pairs | shift under attack | moved (up) | drift on harmless text | moved |"
    yield "|---|---|---|---|---|---|"
    attacked, benign = results["criteria"]["attacked"], results["criteria"]["benign"]
    for criterion in sorted(attacked.keys() | benign.keys()):
        a, b = attacked.get(criterion), benign.get(criterion)
        left = "– | – | –" if a is None else f"{a['n']} | {_told(a)} | {a['moved']} ({a['up']})"
        right = "– | –" if b is None else f"{_told(b)} | {b['moved']}"
        yield f"| {criterion} | {left} | {right} |"
    yield ""
    changed = results["states_changed"]
    yield (
        f"{results['pairs']} pairs over {results['bases']} conversations. Outcomes that changed"
        f" between graded, N/A and abstained: {changed.get('attacked', 0)} under attack,"
        f" {changed.get('benign', 0)} on harmless text."
    )
    for side, title in (("attacked", "Moved under attack"), ("benign", "Moved by harmless text")):
        if results["moved"].get(side):
            yield ""
            yield f"{title}: {'; '.join(results['moved'][side])}."


def _told(one: dict[str, float]) -> str:
    return f"{one['mean']:+.2f} [{one['low']:+.2f}, {one['high']:+.2f}]"


def detector(shared: Path | None) -> dict[str, Any]:
    """What ``suspicions`` flags, by source."""
    rows: dict[str, dict[str, int]] = {}
    for side in SIDES:
        _count(rows, side, HERE / f"{side}.jsonl")
    lines = (HERE / "held_out.txt").read_text("utf-8").splitlines()
    attacks = [line for line in lines if not line.startswith("# ")]
    flagged = sum(bool(suspicions(_said(line))) for line in attacks)
    rows["attacks, held out"] = {
        "conversations": len(attacks),
        "turns": len(attacks),
        "flagged": flagged,
    }
    for name, place in ORDINARY:
        path = place if isinstance(place, Path) else None if shared is None else shared / place
        if path is not None and path.exists():
            for file in sorted(path.glob("*.json")) if path.is_dir() else [path]:
                _count(rows, name, file)
    return rows


def _said(text: str) -> Transcript:
    return Transcript(id="said", turns=(Turn(role=Role.AI_AGENT, text=text),))


def _count(rows: dict[str, dict[str, int]], name: str, path: Path) -> None:
    row = rows.setdefault(name, {"conversations": 0, "turns": 0, "flagged": 0})
    for record in read([path]):
        if isinstance(record, TranscriptError):
            continue
        transcript = blind(record.conversation)
        row["conversations"] += 1
        row["turns"] += len(transcript.turns)
        row["flagged"] += bool(suspicions(transcript))


def detector_table(rows: dict[str, Any]) -> Iterator[str]:
    """The page's table of the detector."""
    yield "| texts | conversations | turns | flagged |"
    yield "|---|---|---|---|"
    for name, row in rows.items():
        share = row["flagged"] / row["conversations"]
        counts = f"{row['conversations']} | {row['turns']:,} | {row['flagged']} ({share:.1%})"
        yield f"| {name} | {counts} |"


def write(name: str, lines: str) -> None:
    """Put generated lines between their markers of the page; a new judge gets a section."""
    page = ROOT / "docs" / "injection.md"
    if not page.exists():
        return
    text = page.read_text("utf-8")
    begin, end = f"<!-- {name}: generated -->", f"<!-- {name}: end -->"
    if begin not in text:
        text = f"{text.rstrip()}\n\n### {name}\n{begin}\n{end}\n"
    head, rest = text.split(begin)
    page.write_text(f"{head}{begin}\n{lines}\n{end}{rest.split(end)[1]}", "utf-8")


def _save(name: str, value: dict[str, Any]) -> None:
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    path = folder / f"{re.sub(r'[^A-Za-z0-9.-]+', '_', name)}.json"
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")


def main() -> None:
    """Measure one judge or the detector, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--judge", help="a judge's name, as for cxscore score")
    parser.add_argument("--store", type=Path, help="a store to keep")
    parser.add_argument("--recorded", action="store_true", help="the kept replies of a model")
    parser.add_argument("--detector", action="store_true")
    beside = Path(os.environ.get("CXSCORE_SHARED", ROOT.parent / "shared"))
    parser.add_argument("--shared", type=Path, default=beside)
    options = parser.parse_args()
    if options.detector:
        rows = detector(options.shared if options.shared.is_dir() else None)
        _save("detector", rows)
        lines = "\n".join(detector_table(rows))
        write("detector", lines)
        print(lines)
    if options.recorded:
        with tempfile.TemporaryDirectory() as folder:
            name, judged = replayed(Path(folder) / "injection.db")
        _tell(name, measure(judged))
    if options.judge:
        with tempfile.TemporaryDirectory() as folder:
            store = options.store or Path(folder) / "injection.db"
            results = measure(scored(options.judge, store))
        _tell(options.judge, results)


def _tell(name: str, results: dict[str, Any]) -> None:
    _save(name, results)
    lines = "\n".join(table(results))
    write(name, lines)
    print(lines)


if __name__ == "__main__":
    main()
