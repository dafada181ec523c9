"""BEGIN: does the support score tell attributable replies from invented ones?

    python eval/grounding/begin.py [--shared DIR]

Area under the ROC curve of ``cxscore.grounding.support.support`` per file, fully attributable
against not, "Generic" replies left out, beside plain word overlap (the share of the reply's words
the knowledge holds) in the same run. Also what the threshold ``SUPPORTED`` does there.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from results import shared_from_command_line, write
from sklearn.metrics import roc_auc_score

from cxscore.grounding.support import SUPPORTED, support

FILES = ("wow", "cmu", "tc")
_WORD = re.compile(r"\w+")


def word_overlap(reply: str, knowledge: str) -> float:
    words = _WORD.findall(reply.lower())
    held = set(_WORD.findall(knowledge.lower()))
    return sum(w in held for w in words) / max(1, len(words))


def measure(shared: Path) -> dict[str, Any]:
    """Per file: n, both areas, and precision and recall of "supported" at the threshold."""
    return {name: of_file(shared / "data" / "begin" / f"begin_dev_{name}.tsv") for name in FILES}


def of_file(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [
            r
            for r in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            if r["begin_label"] != "Generic"
        ]
    truth = [r["begin_label"] == "Fully attributable" for r in rows]
    said = [support(r["response"], r["knowledge"]) >= SUPPORTED for r in rows]
    right = sum(t and s for t, s in zip(truth, said, strict=True))
    return {
        "n": len(rows),
        "attributable": sum(truth),
        "auroc_support": area(rows, truth, support),
        "auroc_word_overlap": area(rows, truth, word_overlap),
        "supported_precision": round(right / max(1, sum(said)), 3),
        "supported_recall": round(right / sum(truth), 3),
    }


def area(
    rows: Sequence[dict[str, str]], truth: Sequence[bool], score: Callable[[str, str], float]
) -> float:
    scores = [score(r["response"], r["knowledge"]) for r in rows]
    return round(float(roc_auc_score(truth, scores)), 4)


if __name__ == "__main__":
    write("begin", measure(shared_from_command_line(__doc__)))
