"""Write the first round of asks of the measurement as a file batch.

    python eval/llm_judge/asks.py --shared ../shared --domain airline --n 50 --out asks.jsonl

Answer every line with a model that sees only the line, one JSON line {"custom_id", "text", "model"}
each, and hand both to score.py.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import setting

from cxscore.judging import Ask
from cxscore.transcript import blind


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="folder of the development data")
    parser.add_argument("--domain", choices=setting.DOMAINS, required=True)
    parser.add_argument("--n", type=int, default=50)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--split-system", action="store_true", help="write system part and schema once, beside it"
    )
    given = parser.parse_args()
    judge = setting.judge(given.shared, given.domain)
    asks: list[Ask] = []
    for record in setting.records(given.shared, given.domain, given.n):
        asks += next(judge.deliberate(blind(record.conversation)))
    setting.write_asks(given.out, asks, split_system=given.split_system)
    system = len(asks[0].system) // 4
    user = sum(len(a.user) for a in asks) / 4 / len(asks)
    print(
        f"{len(asks)} asks; system about {system} tokens, the rest {user:.0f} each (characters/4)"
    )


if __name__ == "__main__":
    main()
