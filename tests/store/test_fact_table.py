"""A snapshot of the facts is the facts, and never older than its store."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxscore.desk.demo import demo
from cxscore.desk.erase import erase
from cxscore.desk.store_facts import store_facts
from cxscore.kpi.facts import Contact, facts_of
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
    def refuse(*_):
        raise PermissionError("read only")

    monkeypatch.setattr("cxscore.desk.store_facts.write_facts", refuse)
    assert len(store_facts(store).facts) == 97
