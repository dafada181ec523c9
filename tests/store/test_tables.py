import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stub_judges import LengthJudge, many, record, rubric

import cxscore
from cxscore.desk.export import export_parquet
from cxscore.errors import StoreError
from cxscore.export import TABLES, arrow_schema, parquet
from cxscore.export import arrow as arrow_room
from cxscore.label import Design, Label, Sampling
from cxscore.run import JudgeSource, score_records
from cxscore.store import Ledger
from cxscore.transcript import Flags

LENGTH = JudgeSource(factory=LengthJudge, fingerprint="length/1", heuristic=True)
READING = ("conversations", "scores", "claims", "actions", "labels")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with Ledger.open(tmp_path / "a.db") as store:
        records = [*many(5), record("spam", flags=Flags(spam=True))]
        score_records(records, ledger=store, judge=LENGTH, rubric=rubric())
        sampling = Sampling(design=Design.RANDOM, inclusion_probability=0.5)
        store.add_labels(
            [
                Label(conversation_id="c00001", criterion="length", level=3, rater="anna"),
                Label(
                    conversation_id="c00001",
                    criterion="resolved",
                    level="yes",
                    rater="ben",
                    sampling=sampling,
                    time=datetime(2026, 5, 5),
                ),
            ]
        )
    return tmp_path / "a.db"


def test_python_and_parquet_say_the_same(path: Path, tmp_path: Path):
    with Ledger.open(path) as store:
        export_parquet(store, tmp_path / "deep" / "out")
    with cxscore.open(path) as reader:
        for name in READING:
            table = getattr(reader, name)()
            assert table.schema.equals(arrow_schema(name), check_metadata=True)
            stored = pq.read_table(tmp_path / "deep" / "out" / f"{name}.parquet")
            assert stored.equals(table), name
            assert stored.column_names == [c.name for c in TABLES[name]]
            assert stored.schema.field(0).metadata[b"about"] == b"id of the conversation"


def test_what_the_tables_hold(path: Path):
    with cxscore.open(path) as reader:
        scores, claims = reader.scores(), reader.claims()
        conversations, labels = reader.conversations(), reader.labels()
        assert scores.num_rows == 15
        row = scores.to_pylist()[0]
        assert row["conversation_id"] == "c00000"
        assert row["criterion"] == "length"
        assert row["level"] == str(int(row["level_number"]))
        assert row["quote"] == "Where is order 0?"[row["quote_start"] : row["quote_end"]]
        assert [r["state"] for r in scores.to_pylist()[:3]] == ["graded", "abstained", "na"]
        assert claims.to_pylist()[0]["article_id"] == "ship.md"
        assert claims.to_pylist()[0]["severity"] == "major"
        states = {r["conversation_id"]: r["state"] for r in conversations.to_pylist()}
        assert states["spam"] == "excluded"
        assert states["c00000"] == "judged"
        assert conversations.column("contradicted").to_pylist() == [1, 1, 1, 1, 1, None]
        assert conversations.column("transcript").null_count == 6
        assert "customer: Where is order 0?" in (
            reader.conversations(with_transcripts=True).column("transcript")[0].as_py()
        )
        assert labels.column("level").to_pylist() == ["3", "yes"]
        assert labels.column("level_number").to_pylist() == [3.0, None]
        assert labels.column("time").to_pylist()[1] == datetime(2026, 5, 5, tzinfo=UTC)


def test_reading_works_inside_a_running_event_loop(path: Path):
    async def notebook() -> pa.Table:
        with cxscore.open(path) as reader:
            return reader.scores()

    assert asyncio.run(notebook()).num_rows == 15


def test_a_store_that_is_not_there(tmp_path: Path):
    with pytest.raises(StoreError, match="there is no store here"):
        cxscore.open(tmp_path / "none.db")


def test_an_empty_store_gives_empty_tables(tmp_path: Path):
    Ledger.open(tmp_path / "e.db").close()
    with cxscore.open(tmp_path / "e.db") as reader:
        for name in READING:
            table = getattr(reader, name)()
            assert table.num_rows == 0
            assert table.schema.equals(arrow_schema(name))


def test_many_batches_make_one_table(path: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(arrow_room, "BATCH", 4)
    monkeypatch.setattr(parquet, "BATCH", 4)
    with Ledger.open(path) as store, cxscore.open(path) as reader:
        folder = export_parquet(store, tmp_path / "out")[0].parent
        assert pq.read_table(folder / "scores.parquet").equals(reader.scores())
        assert pq.ParquetFile(folder / "scores.parquet").num_row_groups == 4


def test_an_export_that_breaks_leaves_the_earlier_one(path: Path, tmp_path: Path, monkeypatch):
    with Ledger.open(path) as store:
        files = export_parquet(store, tmp_path / "out")
        before = {p.name: p.read_bytes() for p in files}

        def broken(ids=None):
            yield next(Ledger.judged(store))
            raise StoreError("gone")

        monkeypatch.setattr(store, "judged", broken)
        with pytest.raises(StoreError, match="gone"):
            export_parquet(store, tmp_path / "out")
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == before


def test_a_folder_that_cannot_be_made(path: Path, tmp_path: Path):
    (tmp_path / "file").write_text("x")
    with Ledger.open(path) as store, pytest.raises(StoreError, match="cannot be written"):
        export_parquet(store, tmp_path / "file" / "out")


def test_the_documentation_lists_every_column():
    page = (Path(__file__).parents[2] / "docs" / "store.md").read_text(encoding="utf-8")
    for table, columns in TABLES.items():
        section = page.split(f"### {table}\n")[1].split("###")[0]
        listed = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
        assert listed == [c.name for c in columns], table


def test_facts_of_a_record_reach_the_conversation_row(path: Path, tmp_path: Path):
    with Ledger.open(tmp_path / "b.db") as store:
        one = record("c1", tags=("a", "b"), topic="delivery", updated_at=datetime(2026, 5, 6))
        one = replace(one, conversation=replace(one.conversation, tool_log=True))
        score_records([one], ledger=store, judge=LENGTH, rubric=rubric())
    with cxscore.open(tmp_path / "b.db") as reader:
        row = reader.conversations().to_pylist()[0]
    assert (row["tags"], row["topic"], row["tool_log"]) == (["a", "b"], "delivery", True)
    assert (row["turns"], row["customer_turns"], row["ai_turns"]) == (3, 2, 1)
    assert row["updated_at"] == datetime(2026, 5, 6, tzinfo=UTC)
