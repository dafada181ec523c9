"""CPU of the embedded judge with its store, as a multiple of its two primitives alone.

The primitives: VADER over every turn, and bm25s over every agent turn (index built once). Both run
over the same conversations in the same process, in turns, several rounds; the ratio is that of the
medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import bm25s
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
from workload import articles, conversations

from cxscore.desk.judge_names import judge_source
from cxscore.desk.rubrics import open_rubric
from cxscore.desk.score import tool_rules
from cxscore.readers import read
from cxscore.readers.knowledge import knowledge_base
from cxscore.run import score_records
from cxscore.store import Ledger
from cxscore.transcript import AGENT_ROLES, Record


def cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


class Primitives:
    """The two libraries, ready to be asked."""

    def __init__(self, texts: list[str]) -> None:
        self.mood = SentimentIntensityAnalyzer()
        self.index = bm25s.BM25()
        self.index.index(bm25s.tokenize(texts, show_progress=False), show_progress=False)

    def over(self, records: list[Record]) -> None:
        """VADER over every turn, one bm25s search for every agent turn."""
        for record in records:
            for turn in record.conversation.turns:
                self.mood.polarity_scores(turn.text)
                if turn.role in AGENT_ROLES:
                    words = bm25s.tokenize(turn.text, show_progress=False)
                    self.index.retrieve(words, k=3, show_progress=False)


def main() -> None:
    """Print the measurement as JSON."""
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        lines = [json.dumps(c) + "\n" for c in conversations(options.conversations, options.turns)]
        (place / "in.jsonl").write_text("".join(lines), "utf-8")
        records = [r for r in read([place / "in.jsonl"]) if isinstance(r, Record)]
        base = articles(options.articles)
        primitives = Primitives([a.text for a in base])
        rubric = open_rubric("cx")
        source = judge_source("embedded", rubric, (knowledge_base(base, None),), tool_rules(None))

        def judge(name: str, of: list[Record]) -> int:
            with Ledger.open(place / f"{name}.db") as ledger:
                return score_records(of, ledger=ledger, judge=source, rubric=rubric).new

        judge("warm", records[:20])
        primitives.over(records[:20])
        alone, whole, reading = [], [], []
        for n in range(options.rounds):
            alone.append(cpu(lambda: primitives.over(records)))
            whole.append(cpu(lambda n=n: judge(f"round-{n}", records)))
            reading.append(cpu(lambda: list(read([place / "in.jsonl"]))))
    count, base_s = len(records), statistics.median(alone)
    judged_s, read_s = statistics.median(whole), statistics.median(reading)
    print(
        json.dumps(
            {
                "bench": "judge_cost",
                "conversations": count,
                "turns": options.turns,
                "articles": len(base),
                "primitives_ms": round(1000 * base_s / count, 3),
                "judge_with_store_ms": round(1000 * judged_s / count, 3),
                "reading_ms": round(1000 * read_s / count, 3),
                "ratio": round(judged_s / base_s, 2),
                "target": 6,
                "ok": judged_s <= 6 * base_s,
            }
        )
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=300)
    parser.add_argument("--turns", type=int, default=12)
    parser.add_argument("--articles", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
