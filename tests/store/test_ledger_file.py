import os
import sqlite3
from pathlib import Path

import pytest
from stub_judges import LengthJudge, many, rubric

from cxscore.errors import StoreError
from cxscore.run import JudgeSource, score_records
from cxscore.store import Ledger, connection, ledger
from cxscore.store.schema import APPLICATION_ID, FORMAT, MIGRATIONS

SOURCE = JudgeSource(factory=LengthJudge, fingerprint="length/1", heuristic=True)


def run(store: Ledger, records):
    return score_records(records, ledger=store, judge=SOURCE, rubric=rubric())


def test_the_file_is_marked_and_durable(tmp_path: Path):
    with Ledger.open(tmp_path / "a.db") as store:
        connection = store._connection
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert connection.execute("PRAGMA user_version").fetchone() == (FORMAT,)


def test_the_secret_is_kept_and_differs_between_stores(tmp_path: Path):
    with Ledger.open(tmp_path / "a.db") as a, Ledger.open(tmp_path / "b.db") as b:
        key = a.customer_key("anna")
        assert key is not None
        assert key != b.customer_key("anna")
        assert a.customer_key(None) is None
    with Ledger.open(tmp_path / "a.db") as again:
        assert again.customer_key("anna") == key


def test_a_newer_format_is_refused(tmp_path: Path):
    path = tmp_path / "a.db"
    Ledger.open(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute(f"PRAGMA user_version = {FORMAT + 6}")
    raw.close()
    with pytest.raises(StoreError, match=rf"a\.db: .*format {FORMAT + 6}.*update cxscore"):
        Ledger.open(path)


def test_an_older_format_is_migrated_and_keeps_its_rows(tmp_path: Path, monkeypatch):
    path = tmp_path / "a.db"
    with Ledger.open(path) as store:
        run(store, many(3))
    later = (*MIGRATIONS, "CREATE TABLE later (x INTEGER);\nINSERT INTO later VALUES (7);")
    monkeypatch.setattr(connection, "MIGRATIONS", later)
    monkeypatch.setattr(connection, "FORMAT", len(later))
    with Ledger.open(path) as store:
        assert store._connection.execute("SELECT x FROM later").fetchall() == [(7,)]
        assert list(store.ids()) == ["c00000", "c00001", "c00002"]


def test_a_migration_that_breaks_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch):
    path = tmp_path / "a.db"
    Ledger.open(path).close()
    broken = (*MIGRATIONS, "CREATE TABLE half (x INTEGER);\nINSERT INTO nowhere VALUES (1);")
    with monkeypatch.context() as patched:
        patched.setattr(connection, "MIGRATIONS", broken)
        patched.setattr(connection, "FORMAT", len(broken))
        with pytest.raises(StoreError, match="nowhere"):
            Ledger.open(path)
    with Ledger.open(path) as store:
        tables = store._connection.execute("SELECT name FROM sqlite_schema WHERE name = 'half'")
        assert tables.fetchall() == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"this is a text file, long enough to have a header" * 30, "not a cxscore store"),
        (b"{}", "not a cxscore store"),
    ],
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path, content, sentence):
    path = tmp_path / "a.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=sentence):
        Ledger.open(path)
    assert path.read_bytes() == content


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path):
    path = tmp_path / "mail.db"
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE mail (x)")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program's database"):
        Ledger.open(path)
    assert path.read_bytes() == before


def test_a_missing_store_is_only_created_when_asked(tmp_path: Path):
    with pytest.raises(StoreError, match=r"none\.db: there is no store here"):
        Ledger.open(tmp_path / "none.db", create=False)
    assert not (tmp_path / "none.db").exists()
    with pytest.raises(StoreError, match=r"the folder .*deep does not exist"):
        Ledger.open(tmp_path / "deep" / "a.db")
    with pytest.raises(StoreError, match="this is a folder"):
        Ledger.open(tmp_path)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_a_folder_nobody_may_write_to(tmp_path: Path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match=r"cannot be opened|cannot be written"):
            Ledger.open(tmp_path / "a.db")
    finally:
        tmp_path.chmod(0o700)


def test_a_read_only_file_can_be_read_but_not_written(tmp_path: Path, monkeypatch):
    path = tmp_path / "a.db"
    with Ledger.open(path) as store:
        run(store, many(2))

        def read_only(path, *, create):
            opened = connection.connect(path, create=create)
            opened.execute("PRAGMA query_only = ON")
            return opened

        monkeypatch.setattr(ledger, "connect", read_only)
        with pytest.raises(StoreError, match="cannot be written; check the permissions"):
            run(store, many(4))
        assert len(list(store.judged())) == 2


def test_a_full_disk_is_named_and_nothing_stored_is_lost(tmp_path: Path, monkeypatch):
    path = tmp_path / "a.db"
    with Ledger.open(path) as store:
        run(store, many(70))

        def small(path, *, create):
            opened = connection.connect(path, create=create)
            pages = opened.execute("PRAGMA page_count").fetchone()[0]
            opened.execute(f"PRAGMA max_page_count = {pages + 30}")
            return opened

        with monkeypatch.context() as patched:
            patched.setattr(ledger, "connect", small)
            with pytest.raises(StoreError, match="disk is full"):
                run(store, many(2000))
        kept = len(list(store.judged()))
        assert 70 <= kept < 2000
        tally = run(store, many(2000))
        assert tally.already_scored == kept
        assert tally.new == 2000 - kept
        assert store._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_lock_held_by_another_program_is_named(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(connection, "BUSY_MS", 10)
    path = tmp_path / "a.db"
    with Ledger.open(path) as store:
        raw = sqlite3.connect(path, isolation_level=None)
        raw.execute("BEGIN IMMEDIATE")
        try:
            with pytest.raises(StoreError, match="another program holds a lock"):
                run(store, many(1))
        finally:
            raw.execute("ROLLBACK")
            raw.close()
        assert run(store, many(1)).new == 1


def test_a_damaged_file_is_named(tmp_path: Path):
    path = tmp_path / "a.db"
    with Ledger.open(path) as store:
        run(store, many(300))
    body = bytearray(path.read_bytes())
    body[8192:] = b"\xff" * (len(body) - 8192)
    path.write_bytes(bytes(body))
    with (
        pytest.raises(StoreError, match=r"damaged|not a cxscore store|cannot be used"),
        Ledger.open(path) as store,
    ):
        list(store.judged())


def test_readers_see_what_is_committed_while_a_run_writes(tmp_path: Path):
    path = tmp_path / "a.db"
    with Ledger.open(path) as store, Ledger.open(path, create=False) as reader:
        seen = []

        def look(judged):
            seen.append(sum(1 for _ in reader.ids()))

        score_records(many(200), ledger=store, judge=SOURCE, rubric=rubric(), on_result=look)
        assert seen == sorted(seen)
        # Whole groups of 64 were there before the end; a slow machine may commit the rest too.
        assert any(64 <= n < 200 for n in seen)
        assert sum(1 for _ in reader.ids()) == 200


def test_reading_is_ordered_and_may_be_restricted(tmp_path: Path):
    with Ledger.open(tmp_path / "a.db") as store:
        run(store, reversed(many(1200)))
        ids = [j.record.conversation.id for j in store.judged()]
        assert ids == sorted(ids)
        assert len(ids) == 1200
        asked = ["c00700", "nobody", "c00003", "c00003", *(f"c{n:05d}" for n in range(600, 1200))]
        got = [j.record.conversation.id for j in store.judged(asked)]
        assert got == sorted(set(asked) - {"nobody"})
        assert store.one("nobody") is None
        one = store.one("c00003")
        assert one is not None
        assert one.record.path == "in.jsonl"
        assert one.verdict is not None
        assert (
            one.verdict.journey["length"].level
            == LengthJudge().verdict(many(4)[3].conversation).journey["length"].level
        )


def test_the_summary_counts_what_is_there(tmp_path: Path):
    with Ledger.open(tmp_path / "a.db") as store:
        run(store, many(5))
        summary = store.summary()
    assert (summary.conversations, summary.judged, summary.waiting, summary.failed) == (5, 5, 0, 0)
    assert summary.languages == {"en": 5}
    assert summary.streams == {"ai": 5}
    assert summary.criteria == {
        "length": {"graded": 5},
        "refund": {"na": 5},
        "tone": {"abstained": 5},
    }
    assert summary.judges == {"length/1": 5}
    assert summary.first == many(1)[0].conversation.started_at
    assert summary.last_run is not None
