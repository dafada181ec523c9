"""A snapshot of the facts is the facts, and never older than its store."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
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
    assert not list(store.parent.glob("*.parquet*")), "neither the snapshot nor a part of it"


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
