"""A snapshot of the facts is the facts, and never older than its store."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from cxscore.cli.main import group
from cxscore.desk import store_facts as store_facts_module
from cxscore.desk.demo import demo
from cxscore.desk.erase import erase
from cxscore.desk.store_facts import store_facts
from cxscore.kpi.derive import OWN_ATTRIBUTES
from cxscore.kpi.facts import Contact, facts_of
from cxscore.kpi.groups import ONE_CUSTOMER, grouped
from cxscore.store import Ledger
from cxscore.store.fact_table import facts_about, read_facts, write_facts
from tests.kpi.test_audit_rules import NOW

maybe = st.none() | st.booleans()
number = st.none() | st.floats(-5, 5)
rows = st.lists(
    st.builds(
        Contact,
        id=st.uuids().map(str),
        customer=st.none() | st.sampled_from("abc"),
        issue=st.none() | st.sampled_from("xy"),
        started=number,
        exclusion=st.none() | st.just("spam"),
        stream=st.none() | st.sampled_from(["ai", "hybrid", "human"]),
        kind=st.none() | st.sampled_from(["action", "informational"]),
        claimed=maybe,
        csat=number,
        blind=st.booleans(),
        handoff=st.none() | st.fixed_dictionaries({"reason_stated": maybe}),
        service=st.just({}) | st.fixed_dictionaries({"tone": st.floats(1, 5)}),
        attributes=st.just({}) | st.fixed_dictionaries({"topic": st.text(max_size=3)}),
    ),
    max_size=8,
)


def same(a, b):
    if isinstance(a, np.ndarray):
        assert a.tolist() == b.tolist() or np.array_equal(a, b, equal_nan=True)
    else:
        assert a.keys() == b.keys()
        for key in a:
            same(a[key], b[key])


@settings(deadline=None)
@given(rows)
def test_what_is_written_is_read(tmp_path_factory, contacts):
    facts = facts_of(contacts)
    path = tmp_path_factory.mktemp("t") / "f.parquet"
    write_facts(path, facts, {"made_of": "x"})
    back = read_facts(path)
    for name in facts.__dataclass_fields__:
        same(getattr(facts, name), getattr(back, name))
    assert facts_about(path) == {"made_of": "x"}
    assert [p.name for p in path.parent.iterdir()] == ["f.parquet"], "no part is left"


@pytest.fixture
def store(tmp_path):
    return demo(tmp_path, now=NOW).store


def test_the_second_look_reads_the_snapshot_and_says_the_same(store, monkeypatch):
    first = store_facts(store)
    monkeypatch.setattr(Ledger, "walk", lambda self: pytest.fail("the store is read again"))
    second = store_facts(store)
    for name in first.facts.__dataclass_fields__:
        same(getattr(first.facts, name), getattr(second.facts, name))
    assert (first.judges, first.heuristic, first.seams) == (
        second.judges, second.heuristic, second.seams,
    )  # fmt: skip


@pytest.mark.parametrize("broken", [b"", b"PAR1 half a file", b"not parquet at all"])
def test_a_broken_snapshot_is_made_anew(store, broken):
    wanted = store_facts(store).facts.id.tolist()
    with Ledger.open(store, create=False) as ledger:
        path = ledger.facts_path
    path.write_bytes(broken)
    assert store_facts(store).facts.id.tolist() == wanted
    assert facts_about(path) is not None


def test_erasure_takes_the_snapshot_away_and_changes_what_it_is_made_of(store):
    store_facts(store)
    with Ledger.open(store, create=False) as ledger:
        path, before = ledger.facts_path, ledger.revision()
        erase(ledger, customer_id="cust-3101")
        assert not path.exists()
        assert ledger.revision() != before


def test_a_folder_nobody_may_write_to_is_read_all_the_same(store, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError("read only")

    monkeypatch.setattr("cxscore.desk.store_facts.write_facts", refuse)
    assert len(store_facts(store).facts) == 97


def test_an_erasure_through_another_path_finds_the_snapshot(store, tmp_path):
    link = tmp_path / "elsewhere" / "link.db"
    link.parent.mkdir()
    link.symlink_to(store)
    store_facts(link)
    with Ledger.open(store, create=False) as ledger:
        assert ledger.facts_path.exists()
        erase(ledger, customer_id="cust-3101")
        assert not list(tmp_path.rglob("*.parquet"))


def test_facts_read_before_an_erasure_are_not_written_after_it(store, monkeypatch):
    whole = store_facts_module.write_facts

    def meanwhile(path, facts, about, *, place):
        with Ledger.open(store, create=False) as other:
            erase(other, customer_id="cust-3101")
        whole(path, facts, about, place=place)

    monkeypatch.setattr(store_facts_module, "write_facts", meanwhile)
    store_facts(store)
    assert not list(store.parent.glob("*.parquet*")), "no snapshot"
    assert not list(store.parent.glob(".*.part")), "nor a part of one"


def test_an_erasure_that_was_stopped_takes_the_snapshot_away_when_it_goes_on(store, monkeypatch):
    store_facts(store)
    with Ledger.open(store, create=False) as ledger:
        monkeypatch.setattr(Ledger, "_drop_facts", lambda self: (_ for _ in ()).throw(KeyError))
        with pytest.raises(KeyError):
            erase(ledger, customer_id="cust-3101")
        assert ledger.facts_path.exists()
    monkeypatch.undo()
    with Ledger.open(store, create=False) as ledger, ledger.writing():
        pass
    assert not ledger.facts_path.exists()


def test_a_folder_where_the_snapshot_would_be_stops_nothing(store):
    with Ledger.open(store, create=False) as ledger:
        ledger.facts_path.mkdir()
        assert len(store_facts(store).facts) == 97
        assert erase(ledger, customer_id="cust-3101").conversations


def test_two_stores_share_no_snapshot(tmp_path):
    """Neither of two endings, nor one after the other under the same name."""
    lines = [
        {"id": "x", "turns": [{"role": "customer", "text": "hello"}], "topic": t} for t in "ab"
    ]
    told = []
    for name, line in (("s.db", lines[0]), ("s.sqlite", lines[1]), ("s.db", lines[1])):
        (tmp_path / name).unlink(missing_ok=True)
        source = tmp_path / "in.jsonl"
        source.write_text(json.dumps(line) + "\n", encoding="utf-8")
        CliRunner().invoke(group, ["batch", "export", str(tmp_path / "asks.jsonl"), str(source),
                                   "--store", str(tmp_path / name), "--model", "m"])  # fmt: skip
        told.append(store_facts(tmp_path / name).facts.attributes["topic"].tolist())
    assert told == [["a"], ["b"], ["b"]]


def test_a_value_of_one_customer_is_no_group():
    """Names, mails and subjects of a record stay in the store."""
    rows = [
        Contact(
            id="1", customer="a", attributes={"email": "ana@a.example", "plan": "pro", "x": "q"}
        ),
        Contact(
            id="2", customer="a", attributes={"email": "ana@a.example", "plan": "pro", "x": "q"}
        ),
        Contact(id="3", customer="b", attributes={"email": "bo@b.example", "plan": "pro"}),
        Contact(
            id="4", customer=None, attributes={"plan": "trial of Ana Lima", "topic": "one only"}
        ),
    ]
    kept = [dict(c.attributes) for c in grouped(rows, OWN_ATTRIBUTES, lambda *_: False)]
    assert kept == [
        {"plan": "pro"},
        {"plan": "pro"},
        {"plan": "pro"},
        {"plan": ONE_CUSTOMER, "topic": "one only"},
    ]


def test_what_many_customers_bear_and_is_personal_all_the_same_goes(tmp_path):
    """A shared phone, a mailbox, a card."""
    shared = {"contact_email": "office@firm.example", "phone": "+351 912 345 678", "plan": "pro"}
    source = tmp_path / "in.jsonl"
    lines = [
        {
            "id": f"c{n}", "customer_id": f"k{n}", "attributes": shared,
            "turns": [{"role": "customer", "text": "hello"}],
        }
        for n in range(3)
    ]  # fmt: skip
    source.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    store = tmp_path / "s.db"
    CliRunner().invoke(group, ["score", str(source), "--store", str(store)])
    facts = store_facts(store).facts
    assert "plan" in facts.attributes
    assert not {"contact_email", "phone"} & set(facts.attributes)
    with Ledger.open(store, create=False) as ledger:
        snapshot = ledger.facts_path.read_bytes()
    assert b"office@firm" not in snapshot
    told = CliRunner().invoke(group, ["kpis", "--store", str(store), "--by", "contact_email"])
    assert "no conversation has 'contact_email'" in str(told.exception)


def test_what_a_killed_command_left_goes_with_the_next(store):
    with Ledger.open(store, create=False) as ledger:
        path = ledger.facts_path
    dead = path.with_name(f".{path.name}.{2**22 + 1}.part")
    living = path.with_name(f".{path.name}.{os.getppid()}.part")
    for part in (dead, living):
        part.write_bytes(b"half")
    store_facts(store)
    assert not dead.exists()
    assert living.exists(), "of a command that still writes it"
    with Ledger.open(store, create=False) as ledger:
        erase(ledger, customer_id="cust-3101")
    assert not living.exists(), "an erasure takes all of them away"


def test_one_flipped_bit_is_never_read(store):
    """A page's checksum does not fit: the store itself tells."""
    wanted = store_facts(store)
    with Ledger.open(store, create=False) as ledger:
        path = ledger.facts_path
    whole = path.read_bytes()
    rng = np.random.default_rng(2)
    for place in rng.integers(4, len(whole) - 8, 60):
        broken = bytearray(whole)
        broken[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(bytes(broken))
        found = store_facts(store)
        for name in ("id", "stream", "csat", "resolution", "claimed", "started"):
            same(getattr(wanted.facts, name), getattr(found.facts, name))


def test_other_redaction_makes_other_facts(store, monkeypatch):
    first = store_facts(store)
    with Ledger.open(store, create=False) as ledger:
        path = ledger.facts_path
    before = facts_about(path)["made_of"]
    read = Path.read_bytes

    def edited(self):
        return read(self) + (b"#" if self.match("redaction/contacts.py") else b"")

    monkeypatch.setattr(Path, "read_bytes", edited)
    store_facts(store)
    assert facts_about(path)["made_of"] != before
    assert first.facts.id.tolist()


def lamp(i, customer, hour, **more):
    """A chat the AI answers, on a topic and claimed."""
    return {
        "id": f"c{i}", "customer_id": customer, "started_at": f"2026-09-01T{hour:02}:00:00Z",
        "topic": "lamp", "agent": {"vendor": "v"},
        "vendor_claim": {"value": "resolved", "definition": "v/1"},
        "turns": [
            {"role": "customer", "text": f"My lamp {i} is dark",
             "time": f"2026-09-01T{hour:02}:00:00Z"},
            {"role": "ai_agent", "text": "Switch it on.", "time": f"2026-09-01T{hour:02}:01:00Z"},
        ],
        **more,
    }  # fmt: skip


@pytest.mark.parametrize("issue", ["i-1", None])
def test_an_erasure_changes_no_figure_or_leaves_it_unknown(tmp_path, issue):
    rows = [lamp(0, "a", 8), lamp(1, "a", 12), lamp(2, "b", 9), lamp(3, "c", 10)]
    source, path = tmp_path / "in.jsonl", tmp_path / "s.db"
    for row in rows:
        row["issue_id"] = issue
    source.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    config = tmp_path / "c.toml"
    config.write_text("[workspace]\nobserved_until = 2026-10-01\n", encoding="utf-8")
    CliRunner().invoke(group, ["score", str(source), "--store", str(path)])

    def told():
        args = ["kpis", "--store", str(path), "--config", str(config), "--json"]
        kpis = json.loads(CliRunner().invoke(group, args).output)["kpis"]
        return {k["id"]: (k.get("k"), k.get("n")) for k in kpis}

    before = told()
    assert before["reopen_7d"] == (1, 4)
    with Ledger.open(path, create=False) as ledger:
        assert erase(ledger, customer_id="a").conversations == 2
    after = told()
    same_as_before = ["V1", "D1", "involvement", "automation_claimed", "first_response"]
    if issue:
        same_as_before += ["reopen_24h", "reopen_7d", "repeat_same", "repeat_any", "D7", "D8"]
    else:
        assert after["reopen_7d"] == (0, 2), "what it was about is gone: the two are not watched"
    for name in same_as_before:
        assert after[name] == before[name], name
