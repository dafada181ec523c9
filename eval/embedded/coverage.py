"""What share of each public file the embedded judge grades, and how often resolution is right.

    python eval/embedded/coverage.py [--shared DIR]

Writes ``coverage.json`` beside this file and the tables between the markers of
``docs/embedded-judge.md``. ``--shared`` is the folder that holds ``data/`` (default: the variable
CXSCORE_SHARED, else ../shared beside the checkout).
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cxscore.errors import TranscriptError
from cxscore.grounding.library import Library
from cxscore.judges.embedded import EmbeddedJudge
from cxscore.judging import drive
from cxscore.readers import knowledge, read, rubrics
from cxscore.transcript import Record, blind
from cxscore.verdict import ActionVerdict, Graded, Verdict, state

ROOT = Path(__file__).resolve().parents[2]
CRITERIA = (
    "resolution",
    "sentiment_start",
    "sentiment_end",
    "efficiency",
    "grounding",
    "escalation",
    "false_action",
)


@dataclass(frozen=True)
class Job:
    """One file, the knowledge base it is held against, and how it is read."""

    name: str
    path: str
    kb: str | None = None
    format: str | None = None
    mapping: str | None = None


JOBS = (
    Job("tau_bench gpt-4o airline", "tau_bench/gpt-4o-airline.json", "tau_bench/kb/airline"),
    *(
        Job(f"tau2 {name}", f"tau2/results/{name}.json", f"tau2/kb/{name.rsplit('_', 1)[1]}")
        for name in (
            "claude-sonnet-4-5_airline",
            "gpt-4.1_airline",
            "gpt-4.1_retail",
            "gpt-4.1_telecom",
            "gpt-4o-2024-11-20_airline",
            "qwen2.5-7b_airline",
        )
    ),
    Job("tau2_judges airline", "tau2_judges/airline.jsonl", "tau2/kb/airline"),
    Job("tau2_judges retail", "tau2_judges/retail.jsonl", "tau2/kb/retail"),
    Job("MAIA pt_br, English view", "maia_dqe/pt_br_client_02.json", format="maia:english"),
    Job("MAIA pt_pt, English view", "maia_dqe/pt_pt_client_03.json", format="maia:english"),
    Job("MAIA pt_br, original", "maia_dqe/pt_br_client_02.json", format="maia"),
    Job("MAIA pt_pt, original", "maia_dqe/pt_pt_client_03.json", format="maia"),
    Job(
        "ABCD sample",
        "abcd_sample/abcd_sample.json",
        "abcd_sample/kb",
        mapping="examples/mappings/abcd.yaml",
    ),
)


def main() -> None:
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--shared", type=Path, default=default_shared())
    data = args.parse_args().shared / "data"
    results = {job.name: measure(job, data) for job in JOBS}
    out = Path(__file__).with_name("coverage.json")
    # Times differ from run to run: printed, not committed.
    kept = {n: {k: v for k, v in r.items() if k != "ms"} for n, r in results.items()}
    out.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    tables = "\n\n".join(
        (coverage_table(results), resolution_table(results), action_table(results))
    )
    print(tables)
    print({name: r["ms"] for name, r in results.items()})
    into_docs(ROOT / "docs" / "embedded-judge.md", "coverage", tables)


def default_shared() -> Path:
    """Where the development data is looked for."""
    return Path(os.environ.get("CXSCORE_SHARED", ROOT.parent / "shared"))


def judge_for(job: Job, data: Path) -> EmbeddedJudge:
    """The judge as a first run would build it: default rubric, this file's knowledge base."""
    library = None
    if job.kb is not None:
        articles = knowledge.read_articles(data / job.kb)
        library = Library((knowledge.knowledge_base(articles, None),))
    return EmbeddedJudge(rubric=rubrics.load(ROOT / "rubrics" / "cx.yaml"), library=library)


def judged(job: Job, data: Path) -> Iterator[tuple[Record, Verdict]]:
    """Every conversation of a file with its verdict."""
    judge = judge_for(job, data)
    mapping = None if job.mapping is None else ROOT / job.mapping
    for record in read([data / job.path], format=job.format, mapping=mapping):
        if isinstance(record, TranscriptError):
            raise record
        transcript = blind(record.conversation)
        yield record, drive(judge.deliberate(transcript), lambda _: ())


def measure(job: Job, data: Path) -> dict[str, object]:
    """Counts of one file."""
    states: dict[str, Counter[str]] = defaultdict(Counter)
    codes: dict[str, Counter[str]] = defaultdict(Counter)
    levels: dict[str, Counter[str]] = defaultdict(Counter)
    actions: Counter[str] = Counter()
    resolution: list[tuple[int, bool]] = []
    rewards: list[bool] = []
    n, started = 0, time.process_time()
    for record, verdict in judged(job, data):
        n += 1
        reward = record.sealed.answer_key.get("reward")
        if reward is not None:
            rewards.append(float(reward) >= 0.99)
        for criterion in CRITERIA:
            outcome = verdict.journey[criterion]
            states[criterion][state(outcome)] += 1
            if isinstance(outcome, Graded):
                levels[criterion][str(outcome.level)] += 1
            else:
                codes[criterion][outcome.code] += 1
        for action in verdict.actions:
            actions[action.verdict.value] += 1
        found = verdict.journey["resolution"]
        if reward is not None and isinstance(found, Graded) and isinstance(found.level, int):
            resolution.append((found.level, float(reward) >= 0.99))
    return {
        "conversations": n,
        "states": {c: dict(states[c]) for c in CRITERIA},
        "levels": {c: dict(sorted(levels[c].items())) for c in CRITERIA},
        "abstained": {c: dict(codes[c]) for c in CRITERIA if codes[c]},
        "actions": {v.value: actions[v.value] for v in ActionVerdict if actions[v.value]},
        "resolution": precision(resolution, rewards) if rewards else None,
        "ms": round(1000 * (time.process_time() - started) / max(n, 1), 1),
    }


def precision(found: list[tuple[int, bool]], rewards: list[bool]) -> dict[str, int]:
    """Right and all verdicts at either end, beside what the file holds."""
    return {
        "graded": len(found),
        "high": sum(level >= 4 for level, _ in found),
        "high_right": sum(level >= 4 and good for level, good in found),
        "low": sum(level <= 2 for level, _ in found),
        "low_right": sum(level <= 2 and not good for level, good in found),
        "conversations": len(rewards),
        "successes": sum(rewards),
    }


def coverage_table(results: dict[str, dict[str, object]]) -> str:
    head = "| file | n | " + " | ".join(c.replace("_", " ") for c in CRITERIA) + " |"
    lines = [
        (
            "Conversations graded / N/A / abstained, per file and criterion. The other criteria of "
            "`cx` have no rule and are always abstained from."
        ),
        "",
        head,
        "|---|" + "---|" * (len(CRITERIA) + 1),
    ]
    for name, r in results.items():
        states = r["states"]
        assert isinstance(states, dict)
        cells = [
            f"{s.get('graded', 0)} / {s.get('na', 0)} / {s.get('abstained', 0)}"
            for s in (states[c] for c in CRITERIA)
        ]
        lines.append(f"| {name} | {r['conversations']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def resolution_table(results: dict[str, dict[str, object]]) -> str:
    lines = [
        (
            "Resolution against the objective reward: of the conversations given level 4–5 those "
            "with reward 1, of those given 1–2 those with reward 0, beside the file's own share."
        ),
        "",
        (
            "| file | graded | level ≥ 4 and reward 1 | success in file | level ≤ 2 and reward 0 | "
            "failure in file |"
        ),
        "|---|---|---|---|---|---|",
    ]
    total: Counter[str] = Counter()
    for name, r in results.items():
        p = r["resolution"]
        if not isinstance(p, dict):
            continue
        lines.append(_precision_row(name, p))
        if name.startswith("tau2 "):
            total.update(p)
    lines.append(_precision_row("**tau2, six files**", total))
    return "\n".join(lines)


def _precision_row(name: str, p: dict[str, int] | Counter[str]) -> str:
    n, good = p["conversations"], p["successes"]
    return (
        f"| {name} | {p['graded']}/{n} = {p['graded'] / n:.0%} | {p['high_right']}/{p['high']} | "
        f"{good}/{n} | {p['low_right']}/{p['low']} | {n - good}/{n} |"
    )


def action_table(results: dict[str, dict[str, object]]) -> str:
    verdicts = [v.value for v in ActionVerdict]
    lines = [
        "Claims of completion found in agents' words, by what the tool log says of them.",
        "",
        "| file | " + " | ".join(v.replace("_", " ") for v in verdicts) + " |",
        "|---|" + "---|" * len(verdicts),
    ]
    for name, r in results.items():
        counts = r["actions"]
        assert isinstance(counts, dict)
        lines.append(f"| {name} | " + " | ".join(str(counts.get(v, 0)) for v in verdicts) + " |")
    return "\n".join(lines)


def into_docs(path: Path, block: str, text: str) -> None:
    """Replace what stands between the markers of a block."""
    start, end = f"<!-- {block}:start -->", f"<!-- {block}:end -->"
    page = path.read_text(encoding="utf-8")
    head, rest = page.split(start)
    _, tail = rest.split(end)
    path.write_text(f"{head}{start}\n{text}\n{end}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
