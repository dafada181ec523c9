"""A live run in a process of its own, to be shot by ``test_live_kill``.

Every answer that leaves the model is noted in a file before the run sees it, as a provider's bill
would.
"""

from __future__ import annotations

import os
import sys

from asking_judges import answer, panel, record, rubric

from cxscore.judging import Ask, Reply
from cxscore.run.live import LiveOptions, score_live
from cxscore.run.repeats import RepeatPlan
from cxscore.store import Ledger
from cxscore.testing import ScriptedModel


class Billed(ScriptedModel):
    """Notes every answer."""

    def __init__(self, bill: str) -> None:
        super().__init__(lambda ask: answer(), delay_s=0.05)
        self._bill = os.open(bill, os.O_APPEND | os.O_CREAT | os.O_WRONLY)

    def reply(self, ask: Ask) -> Reply:
        os.write(self._bill, (ask.user.split("\n", 1)[0] + "\n").encode())
        return super().reply(ask)


def main(store: str, bill: str, n: int, concurrency: int) -> None:
    """Score ``n`` conversations into ``store``."""
    records = (record(f"c{i:05d}", f"Where is order {i}?", "Friday.") for i in range(n))
    options = LiveOptions(concurrency=concurrency, repeats=RepeatPlan(share=0, least=0))
    with Ledger.open(store) as ledger:
        score_live(
            records,
            ledger=ledger,
            panel=panel(Billed(bill), concurrency=concurrency),
            rubric=rubric(),
            options=options,
        )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
