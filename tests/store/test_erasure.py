import sqlite3
import zlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stub_judges import T0, LengthJudge, MoodyJudge, record, rubric

import cxscore
from cxscore.desk.erase import erase
from cxscore.desk.export import export_parquet
from cxscore.errors import ConfigError, StoreError
from cxscore.export import TABLES
from cxscore.label import Label, Survey
from cxscore.run import JudgeSource, score_records
from cxscore.store import Ledger
from cxscore.store.bare import ERASED, bare_sealed
from cxscore.transcript import (
    Conversation,
    Handoff,
    Record,
    Role,
    Sealed,
    SealedEvent,
    ToolCall,
    Turn,
    VendorClaim,
    Visibility,
)
from cxscore.verdict import Graded

LENGTH = JudgeSource(factory=LengthJudge, fingerprint="length/1", heuristic=True)
MARK = "xqzsentinel"
"""Stands in every place that can hold what a person wrote or is called."""


def marked(id: str, customer: str = MARK, days: int = 0) -> Record:
    time = T0 + timedelta(days=days)
    turns = (
        Turn(role=Role.CUSTOMER, text=f"{MARK} where is my order?", time=time, author=f"a-{MARK}"),
        Turn(
            role=Role.AI_AGENT,
            text=f"Hello {MARK}, on Friday.",
            tool_calls=(
                ToolCall(
                    name="get_order",
                    arguments={"mail": f"{MARK}@example.org"},
                    result=f"order of {MARK}",
                    ok=True,
                ),
            ),
        ),
        Turn(role=Role.HUMAN_AGENT, text=f"note {MARK}", visibility=Visibility.INTERNAL),
    )
    conversation = Conversation(
        id=id,
        turns=turns,
        channel="chat",
        language="en",
        started_at=time,
        customer_id=customer,
        human_agent=f"h-{MARK}",
        tags=(MARK,),
        attributes={"note": {"deep": [MARK]}},
        handoffs=(Handoff(before_turn=2, to=Role.HUMAN_AGENT, reason=MARK, summary=MARK),),
    )
    sealed = Sealed(
        vendor_claim=VendorClaim(value="resolved", billed=True),
        surveys=(Survey(kind="csat", value=2, comment=f"{MARK} is sad"),),
        events=(SealedEvent(kind="survey", text=MARK),),
        answer_key={"reward": 1.0, "said": MARK},
    )
    return Record(conversation=conversation, sealed=sealed, path=f"{MARK}.jsonl", line=1)


def run(store, records, source=LENGTH):
    return score_records(records, ledger=store, judge=source, rubric=rubric())


def traces(folder: Path) -> list[str]:
    """Where the sentinel still stands: raw bytes of every file, and every blob unpacked."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and MARK.encode() in path.read_bytes():
            found.append(f"raw {path.name}")
        if path.suffix == ".parquet" and MARK in str(pq.read_table(path).to_pylist()):
            found.append(f"table {path.name}")
    raw = sqlite3.connect(folder / "a.db")
    tables = [row[0] for row in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    for table in tables:
        for row in raw.execute(f"SELECT * FROM {table}"):
            found += [f"cell {table}" for cell in row if MARK.encode() in _plain(cell)]
    raw.close()
    return sorted(set(found))


def compressed(path: Path) -> list[bytes]:
    """A piece of every compressed cell that holds the sentinel, as it stands in the file."""
    raw = sqlite3.connect(path)
    pieces = []
    for table in ("conversation_text", "sealed_text", "verdict_text"):
        for (body,) in raw.execute(f"SELECT body FROM {table} WHERE body IS NOT NULL"):
            if MARK.encode() in _plain(body):
                # Long cells are split over pages; the first bytes stay together.
                pieces.append(body[8:56])
    raw.close()
    return pieces


def _plain(cell: object) -> bytes:
    if isinstance(cell, bytes):
        try:
            return zlib.decompress(cell)
        except zlib.error:
            return cell
    return str(cell).encode()


@pytest.fixture
def store(tmp_path):
    with Ledger.open(tmp_path / "a.db") as opened:
        yield opened


def test_every_word_of_a_customer_goes_and_every_number_stays(store, tmp_path):
    run(store, [marked("c1"), record("c2"), marked("c3")])
    changed = replace(marked("c3"), conversation=replace(marked("c3").conversation, topic="x"))
    run(store, [changed, record("crash", "fine", customer_id=MARK)])
    run(
        store,
        [record("boom", f"CRASH {MARK}", customer_id=MARK)],
        replace(LENGTH, factory=MoodyJudge, fingerprint="moody/1"),
    )
    store.add_labels(
        [Label(conversation_id="c1", criterion="tone", level=2, rater="anna", comment=MARK)]
    )
    files = export_parquet(store, tmp_path / "out", with_transcripts=True)
    numbers = {n: _numbers(tmp_path / "out", n) for n in TABLES}
    found = traces(tmp_path)
    assert "cell conversation_text" in found  # the search does find it
    assert "cell verdict_text" in found
    assert "cell sealed_text" in found
    assert "cell label_text" in found
    assert {"table scores.parquet", "table claims.parquet", "table labels.parquet"} <= set(found)
    before = {j.record.conversation.id: j for j in store.judged()}
    blobs = compressed(tmp_path / "a.db")
    raw_bytes = b"".join(p.read_bytes() for p in tmp_path.glob("a.db*"))
    assert all(b in raw_bytes for b in blobs)

    done = erase(store, customer_id=MARK)

    assert done.conversations == 4
    assert set(done.rewritten) == {p.resolve() for p in files}
    assert traces(tmp_path) == []
    # Not even the compressed bytes are left in free pages, the log or the shared memory.
    files_now = b"".join(p.read_bytes() for p in tmp_path.glob("a.db*"))
    assert len(blobs) >= 8
    assert [b for b in blobs if b in files_now] == []
    assert {n: _numbers(tmp_path / "out", n) for n in TABLES} == numbers
    assert {
        n: _numbers(export_parquet(store, tmp_path / "new")[0].parent, n) for n in TABLES
    } == numbers
    after = store.one("c1")
    assert after.record.conversation.stream == before["c1"].record.conversation.stream
    assert [t.role for t in after.record.conversation.turns] == [
        t.role for t in before["c1"].record.conversation.turns
    ]
    assert after.record.sealed.vendor_claim == VendorClaim(value="resolved", billed=True)
    assert after.record.sealed.surveys[0].value == 2
    assert after.record.sealed.answer_key == {"reward": 1.0}
    graded = after.verdict.journey["length"]
    assert isinstance(graded, Graded)
    assert graded.level == before["c1"].verdict.journey["length"].level
    assert graded.evidence[0].end > 0
    assert after.verdict.claims[0].verdict == before["c1"].verdict.claims[0].verdict
    # One stand-in for the customer, that nobody can compute from the id.
    names = {store.one(i).record.conversation.customer_id for i in ("c1", "c3", "boom")}
    assert len(names) == 1
    assert names.pop().startswith("erased-")
    assert store.one("boom").error == "crash"
    # The others are as they were.
    assert store.one("c2") == before["c2"]
    assert store.summary().erased == 4


def _numbers(folder: Path, table: str) -> list[dict]:
    keep = [c.name for c in TABLES[table] if not c.words]
    return pq.read_table(folder / f"{table}.parquet", columns=keep).to_pylist()


def test_an_erased_conversation_is_not_taken_in_again(store, tmp_path):
    run(store, [marked("c1")])
    erase(store, customer_id=MARK)
    tally = run(store, [marked("c1"), marked("new")])
    assert tally.exclusions == {"erased": 1}
    assert tally.new == 1
    erase(store, customer_id=MARK)
    assert traces(tmp_path) == []


def test_erasing_by_age(store, tmp_path):
    run(store, [marked("old", days=0), marked("edge", days=10), marked("young", days=20)])
    done = erase(store, older_than=T0 + timedelta(days=10))
    assert done.conversations == 1
    words = {j.record.conversation.id: j.record.conversation.turns[0].text for j in store.judged()}
    assert words["old"] == ERASED
    assert MARK in words["edge"]
    assert MARK in words["young"]
    assert erase(store, older_than=T0 + timedelta(days=10)).conversations == 0
    reason = store._connection.execute("SELECT conversation_id, reason FROM tombstone").fetchall()
    assert reason == [("old", "age")]


def test_unknown_customers_and_contradictory_orders(store):
    run(store, [marked("c1")])
    assert erase(store, customer_id="nobody").conversations == 0
    with pytest.raises(ConfigError):
        erase(store)
    with pytest.raises(ConfigError):
        erase(store, customer_id="a", older_than=T0)
    assert MARK in store.one("c1").record.conversation.turns[0].text


def test_a_reader_in_the_way_is_named_and_the_next_writer_finishes(store, tmp_path, monkeypatch):
    from cxscore.store import connection

    monkeypatch.setattr(connection, "BUSY_MS", 10)
    run(store, [marked("c1"), record("c2")])
    raw = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    raw.execute("BEGIN")
    raw.execute("SELECT count(*) FROM conversation").fetchone()
    try:
        with pytest.raises(StoreError, match="another program still reads"):
            erase(store, customer_id=MARK)
        assert store.one("c1").record.conversation.turns[0].text == ERASED
        # A run is not kept from its work by it.
        assert run(store, [record("c3")]).new == 1
    finally:
        raw.execute("ROLLBACK")
        raw.close()
    run(store, [])
    assert traces(tmp_path) == []
    assert store._connection.execute("SELECT * FROM meta WHERE name != 'secret'").fetchall() == []


def test_exports_that_moved_or_are_no_tables_are_named(store, tmp_path):
    run(store, [marked("c1")])
    files = export_parquet(store, tmp_path / "out")
    files[0].unlink()
    report = tmp_path / "report.html"
    report.write_text("<p>quotes</p>")
    store.register_export(report)
    done = erase(store, customer_id=MARK)
    assert done.missing == (files[0].resolve(),)
    assert done.by_hand == (report.resolve(),)


def test_an_export_that_cannot_be_rewritten_spares_no_other_words(store, tmp_path):
    run(store, [marked("c1")])
    files = export_parquet(store, tmp_path / "out", with_transcripts=True)
    files[1].write_bytes(b"not a table")
    with pytest.raises(StoreError, match=r"scores\.parquet: the words cannot be erased"):
        erase(store, customer_id=MARK)
    files[1].unlink()
    assert traces(tmp_path) == [], "neither in the store nor in the other exports"
    assert erase(store, customer_id=MARK).conversations == 0, "and the same call goes on"


def test_what_an_interrupted_erasure_left_in_an_export_goes_with_the_next(
    store, tmp_path, monkeypatch
):
    run(store, [marked("c1"), record("c2")])
    export_parquet(store, tmp_path / "out", with_transcripts=True)
    with monkeypatch.context() as patched:
        patched.setattr("cxscore.export.forget", lambda *_: (_ for _ in ()).throw(KeyError))
        with pytest.raises(KeyError):
            erase(store, customer_id=MARK)
    assert traces(tmp_path)
    again = erase(store, customer_id=MARK)
    assert (again.conversations, len(again.rewritten)) == (0, 4)
    assert traces(tmp_path) == []


def test_an_export_that_was_killed_leaves_nothing_an_erasure_would_miss(store, tmp_path):
    run(store, [marked("c1")])
    files = export_parquet(store, tmp_path / "out", with_transcripts=True)
    for path in files:
        path.rename(path.with_name(f".{path.name}.{2**22 + 1}.part"))
    assert traces(tmp_path)
    erase(store, customer_id=MARK)
    assert traces(tmp_path) == []


def test_erasing_while_an_export_is_written(store, tmp_path, monkeypatch):
    run(store, [marked("c1"), record("c2")])
    original = store.judged

    def interrupted(ids=None):
        rows = list(original(ids))
        with Ledger.open(tmp_path / "a.db") as other:
            erase(other, customer_id=MARK)
        return iter(rows)

    monkeypatch.setattr(store, "judged", interrupted)
    export_parquet(store, tmp_path / "out", with_transcripts=True)
    assert traces(tmp_path) == []


def test_reading_in_python_shows_nulls_for_erased_words(store, tmp_path):
    run(store, [marked("c1"), record("c2")])
    erase(store, customer_id=MARK)
    with cxscore.open(tmp_path / "a.db") as reader:
        scores = reader.scores().to_pylist()
        quotes = {r["conversation_id"]: r["quote"] for r in scores if r["criterion"] == "length"}
        assert quotes["c1"] is None
        assert quotes["c2"]
        assert {r["quote"] is None for r in reader.claims().to_pylist()} == {True, False}


@pytest.mark.parametrize(
    ("survey", "kept"),
    [
        ({"value": f"2, {MARK} of 5 Elm Street was not helped"}, None),
        ({"value": f"1 - {MARK}"}, None),
        ({"value": "4/5"}, "4/5"),
        ({"value": "3.5"}, "3.5"),
        ({"value": 87, "scale": "0-100"}, 87),
        ({"value": 3, "scale": f"as {MARK} says"}, 3),
        ({"value": 3, "target": f"{MARK} of the shop"}, 3),
    ],
)
def test_of_a_survey_the_grade_stays_and_nothing_else(survey, kept):
    held = Sealed(
        surveys=(Survey(kind="csat", comment=MARK, **survey),),
        costs={f"refund {MARK}": 3.0, "ai_fee": 0.9},
        answer_key={"reward": 1.0, f"{MARK} said": True},
    )
    bare = bare_sealed(held)
    assert MARK not in repr(bare)
    assert bare.surveys[0].value == kept
    assert (bare.costs, bare.answer_key) == ({"ai_fee": 0.9}, {"reward": 1.0})


def test_a_table_that_is_another_s_spares_no_words(store, tmp_path):
    run(store, [marked("c1")])
    files = export_parquet(store, tmp_path / "out", with_transcripts=True)
    pq.write_table(pa.table({"a": [1]}), files[2])
    with pytest.raises(StoreError, match="the words cannot be erased from this file"):
        erase(store, customer_id=MARK)
    assert traces(tmp_path) == []


def test_half_a_page_of_a_killed_command_goes_too(store, tmp_path):
    run(store, [marked("c1")])
    page = tmp_path / "evidence.html"
    store.register_export(page)
    half = page.with_name(f".{page.name}.part")
    half.write_text(f"{MARK} said", encoding="utf-8")
    erase(store, customer_id=MARK)
    assert not half.exists()
