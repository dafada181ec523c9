"""Does a judge like length? The examples, and the same with filler before every turn of the AI.

    python eval/verbosity/measure.py --judge embedded
    python eval/verbosity/measure.py --judge openai:MODEL --store padded.db

Prints the paired mean change of every criterion; people would see no difference.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from cxscore.calibration.padding import padded, padding_effect
from cxscore.calibration.trust import level_numbers
from cxscore.desk.judging import Judging, ModelOptions, judged_by
from cxscore.desk.kb import articles_in
from cxscore.desk.rubrics import open_rubric
from cxscore.desk.score import kept_history, tool_rules
from cxscore.estimates import Unavailable
from cxscore.readers import read
from cxscore.resources import data_dir
from cxscore.store import Ledger
from cxscore.transcript import Record

MARK = "-padded"


def pairs() -> list[Record]:
    """Every example of an AI agent, plain and padded."""
    found = []
    for record in read([data_dir("examples") / "conversations.jsonl"]):
        if isinstance(record, Record):
            longer = padded(record.conversation)
            if longer is not None:
                other = replace(longer, id=record.conversation.id + MARK)
                found += [record, replace(record, conversation=other)]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--judge", default="embedded")
    parser.add_argument("--store", type=Path)
    given = parser.parse_args()
    rubric = open_rubric("cx")
    with tempfile.TemporaryDirectory() as folder:
        store = given.store or Path(folder) / "padded.db"
        with Ledger.open(store) as ledger:
            job = Judging(
                records=pairs(),
                ledger=ledger,
                rubric=rubric,
                history=kept_history(ledger, articles_in(data_dir("examples") / "kb"), None),
                tools=tool_rules(data_dir("examples") / "cxscore.toml"),
                model=ModelOptions(repeat_share=0.0, repeat_least=0),
            )
            tally = judged_by(given.judge, job)
            held = {one.record.conversation.id: one.verdict for one in ledger.judged()}
    print(f"judge {tally.judge}")
    print("| criterion | pairs | change | 95 % interval | outcomes that changed kind |")
    print("|---|---|---|---|---|")
    for criterion in rubric.criteria:
        value = level_numbers(criterion)
        plain, longer, changed = [], [], 0
        for name, verdict in held.items():
            other = held.get(name + MARK)
            if verdict is None or other is None:
                continue
            levels = [
                value.get(getattr(v.journey.get(criterion.id), "level", None))
                for v in (verdict, other)
            ]
            if levels[0] is not None and levels[1] is not None:
                plain.append(levels[0])
                longer.append(levels[1])
            else:
                changed += levels[0] != levels[1]
        effect = padding_effect(plain, longer)
        if isinstance(effect, Unavailable):
            continue
        print(
            f"| {criterion.id} | {effect.n} | {effect.value:+.3f} |"
            f" {effect.low:+.3f} to {effect.high:+.3f} | {changed} |"
        )


if __name__ == "__main__":
    main()
