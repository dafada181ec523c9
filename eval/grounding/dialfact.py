"""DialFact: what the support score can and cannot see.

    python eval/grounding/dialfact.py [--shared DIR]

Supported replies against replies the evidence does not cover, and against replies it refutes. The
second is the honest limit: a refuted reply shares most of its words with the evidence.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from begin import word_overlap
from results import shared_from_command_line, write
from sklearn.metrics import roc_auc_score

from cxscore.grounding.support import support


def measure(shared: Path) -> dict[str, Any]:
    """Areas of both scores against refuted and against uncovered replies."""
    path = shared / "data" / "dialfact" / "dialfact_testsmall.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {
        name: against(rows, label)
        for name, label in (("refutes", "REFUTES"), ("not_enough_info", "NOT ENOUGH INFO"))
    }


def against(rows: list[dict[str, Any]], label: str) -> dict[str, Any]:
    pair = [r for r in rows if r["response_label"] in ("SUPPORTS", label)]
    truth = [r["response_label"] == "SUPPORTS" for r in pair]
    out: dict[str, Any] = {"n": len(pair), "supports": sum(truth)}
    for name, score in (("support", support), ("word_overlap", word_overlap)):
        scores = [score(r["response"], r["evidence_touse"]) for r in pair]
        out[f"auroc_{name}"] = round(float(roc_auc_score(truth, scores)), 4)
    return out


if __name__ == "__main__":
    write("dialfact", measure(shared_from_command_line(__doc__)))
