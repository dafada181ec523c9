"""Real files through the run and back out of the store, word for word."""

import os
from pathlib import Path

import pytest
from stub_judges import LengthJudge, rubric

from cxscore.readers import read
from cxscore.run import JudgeSource, score_records
from cxscore.store import Ledger
from cxscore.transcript import Record

SHARED = Path(os.environ.get("CXSCORE_SHARED", Path(__file__).parents[3] / "shared"))
LENGTH = JudgeSource(factory=LengthJudge, fingerprint="length/1", heuristic=True)


@pytest.mark.shared
@pytest.mark.parametrize("data", ["tau_bench", "tau2/results", "maia_dqe"])
def test_what_was_read_is_what_is_stored(tmp_path, data):
    folder = SHARED / "data" / data
    if not folder.exists():
        pytest.skip("the development data is not beside the checkout")
    records = [r for r in read([folder]) if isinstance(r, Record)]
    assert records
    with Ledger.open(tmp_path / "a.db") as store:
        tally = score_records(records, ledger=store, judge=LENGTH, rubric=rubric())
        assert (tally.new + tally.excluded, tally.failed) == (len(records), 0)
        stored = {j.record.conversation.id: j.record for j in store.judged()}
        assert stored == {r.conversation.id: r for r in records}
        again = score_records(read([folder]), ledger=store, judge=LENGTH, rubric=rubric())
        assert (again.new, again.updated) == (0, 0)
        assert again.already_scored == tally.new
