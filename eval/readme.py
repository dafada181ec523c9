"""Writes the README's table of measured limits from the result files beside it.

    python eval/readme.py

The figures themselves come from the scripts named in each row; this only copies them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
README = HERE.parent / "README.md"
START, END = "<!-- generated: limits -->", "<!-- /generated -->"
TAU2_FILES = 6


def results(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / name).read_text(encoding="utf-8"))
    return found


def resolution(coverage: dict[str, Any]) -> str:
    files = [v["resolution"] for k, v in coverage.items() if k.startswith("tau2 ")]
    if len(files) != TAU2_FILES:
        raise SystemExit(f"expected {TAU2_FILES} tau2 files in coverage.json, found {len(files)}")
    total = {key: sum(f[key] for f in files) for key in files[0]}
    return (
        f"graded on {total['graded']} of {total['conversations']} tau2 conversations,"
        " else abstained;"
        f" of these levels ≥ 4 right {total['high_right']} of {total['high']},"
        f" ≤ 2 right {total['low_right']} of {total['low']} (rules chosen on the same files:"
        " expect less)"
    )


def sentiment(coverage: dict[str, Any]) -> str:
    english = [v for k, v in coverage.items() if "original" not in k]
    other = [v for k, v in coverage.items() if "original" in k]
    graded = sum(v["states"]["sentiment_end"].get("graded", 0) for v in english)
    n = sum(v["conversations"] for v in english)
    none = sum(v["states"]["sentiment_end"].get("graded", 0) for v in other)
    return (
        f"graded on {graded} of {n} English conversations and {none} of"
        f" {sum(v['conversations'] for v in other)} Portuguese ones; not compared with people"
    )


def false_action(found: dict[str, Any]) -> str:
    planted, planted_right = (
        found["read"] - found["natural_read"],
        found["right"] - found["natural_right"],
    )
    return (
        f"read by eye, {planted_right} of {planted} hits planted by emptying logs were right; only"
        f" {found['natural_read']} natural hits in {found['claims']} claims (right:"
        f" {found['natural_right']}), so natural precision is all but unmeasured"
    )


def grounding(found: dict[str, Any]) -> str:
    begin = ", ".join(f"{v['auroc_support']:.2f}" for v in found["begin"].values())
    refutes = found["dialfact"]["refutes"]
    return (
        f"invention: AUROC {begin} on BEGIN's three files; contradiction in words:"
        f" {refutes['auroc_support']:.2f} on DialFact, about chance. Only differing numbers, dates"
        " and prices are called contradictions"
    )


def retrieval(found: dict[str, Any]) -> str:
    return (
        f"recall@5 {found['cxscore']['recall_at_5']:.3f} against"
        f" {found['plain_bm25']['recall_at_5']:.3f} of BM25 over whole documents,"
        f" {found['queries']} page-long queries, {found['articles']} articles"
    )


def table() -> str:
    coverage = results("embedded/coverage.json")
    rows = (
        ("Resolution", resolution(coverage), "eval/embedded/coverage.py"),
        ("Sentiment", sentiment(coverage), "eval/embedded/coverage.py"),
        (
            "Claimed actions",
            false_action(results("embedded/false_actions.json")),
            "eval/embedded/false_actions.py",
        ),
        (
            "Grounding",
            grounding(results("grounding/results.json")),
            "eval/grounding/begin.py, dialfact.py",
        ),
        ("Retrieval", retrieval(results("retrieval/results.json")), "eval/retrieval/bank.py"),
    )
    lines = ["| embedded judge | measured | by |", "|---|---|---|"]
    lines += [f"| {name} | {text} | `{script}` |" for name, text, script in rows]
    return "\n".join(lines)


def with_table(text: str) -> str:
    """The README with the table between its marks."""
    head, _, rest = text.partition(START)
    _, mark, tail = rest.partition(END)
    if not mark:
        raise SystemExit(f"README.md lacks {START} … {END}")
    return f"{head}{START}\n{table()}\n{END}{tail}"


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
