"""A run in a process of its own, to be shot by ``test_kill``."""

from __future__ import annotations

import sys

from stub_judges import SlowJudge, many, rubric

from cxscore.run import JudgeSource, pool, score_records
from cxscore.store import Ledger

SOURCE = JudgeSource(factory=SlowJudge, fingerprint="length/1", heuristic=True)


def main(path: str, n: int, workers: int) -> None:
    """Score ``n`` conversations into ``path``."""
    pool.INLINE_FIRST = 16
    with Ledger.open(path) as store:
        sys.stdout.write("open\n")
        sys.stdout.flush()
        score_records(many(n), ledger=store, judge=SOURCE, rubric=rubric(), workers=workers)
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
