"""Every conversation of an input is counted once, whatever the input and the store look like."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from stub_judges import MoodyJudge, record, rubric

from cxscore.errors import TranscriptError
from cxscore.run import JudgeSource, score_records
from cxscore.store import Ledger
from cxscore.transcript import Flags

MOODY = JudgeSource(factory=MoodyJudge, fingerprint="moody/1", heuristic=True)

WORDS = st.sampled_from(
    [
        "Where is it?",
        "Where is my refund?",
        "CRASH",
        "PROVIDER",
        "REFUSE",
        "HALF",
        "Hello!",
        "\ud800",
    ]
)
RECORDS = st.one_of(
    st.builds(
        lambda name, words, tags, spam: record(name, words, tags=tags, flags=Flags(spam=spam)),
        st.sampled_from("abcd"),
        WORDS,
        st.sampled_from([(), ("vip",)]),
        st.sampled_from([None, True]),
    ),
    st.builds(lambda n: TranscriptError("broken", path="x", line=n), st.integers(1, 9)),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(RECORDS, max_size=8), st.booleans(), st.none() | st.integers(0, 6)),
        max_size=4,
    )
)
def test_counts_add_up_and_results_depend_on_the_last_content_only(runs):
    with tempfile.TemporaryDirectory() as folder, Ledger.open(Path(folder) / "a.db") as store:
        latest = {}
        for records, retry, limit in runs:
            tally = score_records(
                records,
                ledger=store,
                judge=MOODY,
                rubric=rubric(),
                retry_failed=retry,
                limit=limit,
            )
            read = records[:limit]
            assert tally.conversations == len(read)
            assert tally.conversations == (
                tally.new
                + tally.updated
                + tally.already_scored
                + tally.failed
                + tally.excluded
                + tally.duplicates
            )
            assert sum(tally.exclusions.values()) == tally.excluded
            assert tally.unreadable <= tally.failed
            assert tally.graded <= tally.eligible
            seen = set()
            for one in read:
                if isinstance(one, TranscriptError) or "\ud800" in one.conversation.turns[0].text:
                    continue
                if one.conversation.id not in seen:  # the first of an input counts
                    seen.add(one.conversation.id)
                    latest[one.conversation.id] = one.conversation
        stored = {j.record.conversation.id: j for j in store.judged()}
        assert {name: j.record.conversation for name, j in stored.items()} == latest
        summary = store.summary()
        assert summary.conversations == len(latest)
        assert summary.judged + summary.failed + sum(summary.excluded.values()) == len(latest)
        for judged in stored.values():
            assert (judged.exclusion is None) == (
                judged.verdict is not None or judged.error is not None
            )
