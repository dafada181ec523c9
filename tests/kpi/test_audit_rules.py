"""The contract's rule, invoices, vendors and readers of both."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from cxscore.audit.contract import Breach, Contract, breaches
from cxscore.audit.invoice import InvoiceLine, Oddity, reconcile
from cxscore.audit.vendors import duel
from cxscore.errors import ConfigError, InputError
from cxscore.estimates import Unavailable
from cxscore.kpi import ladder
from cxscore.kpi.facts import Contact, facts_of
from cxscore.kpi.figure import rate
from cxscore.kpi.followup import followup
from cxscore.readers.baseline import read_baseline
from cxscore.readers.changes import read_changes
from cxscore.readers.contract import read_contract, read_invoice

NOW = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = 3_600.0


def billed(id, **more):
    held = {
        "customer": id, "issue": id, "started": 0.0, "ended": 60.0, "involved": True,
        "human": False, "answers": 1, "billed": True, "claimed": True, "stream": "ai",
    }  # fmt: skip
    attributes = {"vendor": "V", "label": "resolved", **more.pop("attributes", {})}
    return Contact(id=id, attributes=attributes, **(held | more))


def broken(rows, **contract):
    facts = facts_of(rows)
    rule = Contract(vendor="V", price=1, currency="EUR", labels=("resolved",), **contract)
    return breaches(facts, followup(facts, 1e6), rule)


def test_each_breach_and_the_first_that_holds():
    rows = [
        billed("a"),
        billed("b", exclusion="spam", human=True),
        billed("c", attributes={"label": "handoff"}),
        billed("d", human=True),
        billed("e", reopened=60 + 71 * HOUR),
        billed("f", reopened=60 + 73 * HOUR),
        billed("g", attributes={"vendor": "W"}, human=True),
    ]
    rules = (Breach.HUMAN, Breach.RETURNED_THREAD)
    found = broken(rows, not_when=rules, window_hours=72)
    assert found == {
        "b": Breach.EXCLUDED, "c": Breach.LABEL, "d": Breach.HUMAN, "e": Breach.RETURNED_THREAD,
    }  # fmt: skip
    assert broken(rows) == {"b": Breach.EXCLUDED, "c": Breach.LABEL}


def test_an_empty_invoice_line_and_one_credited_in_between():
    began = datetime(2026, 9, 4, tzinfo=UTC).timestamp()
    facts = facts_of([billed("a", started=began), billed("b", billed=False, started=began)])
    line = {"invoice": "I", "vendor": "V", "day": date(2026, 9, 5), "outcome": "r", "currency": ""}
    rows = [
        InvoiceLine(line=1, conversation_id="a", amount=1.0, **line),
        InvoiceLine(line=2, conversation_id="a", amount=-1.0, **line),
        InvoiceLine(line=3, conversation_id="a", amount=1.0, **line),
        InvoiceLine(line=4, conversation_id="a", amount=1.0, **line),
        InvoiceLine(line=5, conversation_id="b", amount=1.0, **line),
    ]
    found = reconcile(facts, rows)
    assert [(o.line.line, o.oddity) for o in found.odd] == [
        (2, Oddity.CREDIT), (4, Oddity.DUPLICATE), (5, Oddity.NOT_CLAIMED),
    ]  # fmt: skip
    assert (found.total, found.disputed) == (3.0, 2.0)


def invoice(*rows):
    """Lines of (conversation, amount) and what else is said of them."""
    held = {
        "invoice": "I", "vendor": "V", "day": date(2026, 9, 5), "outcome": "r", "currency": "EUR",
    }  # fmt: skip
    return [
        InvoiceLine(line=n, conversation_id=name, amount=amount, **(held | more))
        for n, (name, amount, more) in enumerate(rows, 1)
    ]


DURING = datetime(2026, 9, 4, tzinfo=UTC).timestamp()


def odd(found):
    return [(o.line.line, o.oddity) for o in found.odd]


def test_what_an_invoice_may_bill_that_it_must_not():
    facts = facts_of([
        billed("mine", started=DURING),
        billed("theirs", started=DURING, attributes={"vendor": "W"}),
        billed("person", started=DURING, involved=False, human=True, billed=None, stream="human"),
        billed("unsaid", started=DURING, billed=None),
        billed("before", started=DURING - 40 * 24 * HOUR),
        billed("later", started=DURING + 20 * 24 * HOUR),
    ])  # fmt: skip
    rows = invoice(
        *((n, 1.0, {}) for n in ("mine", "theirs", "person", "unsaid", "before", "later"))
    )
    assert odd(reconcile(facts, rows)) == [
        (2, Oddity.OTHER_VENDOR), (3, Oddity.NO_AI), (4, Oddity.NOT_CLAIMED),
        (5, Oddity.CARRIED_OVER), (6, Oddity.OUT_OF_PERIOD),
    ]  # fmt: skip


def test_a_price_is_the_contract_s_not_the_lines_own():
    facts = facts_of([billed(n, started=DURING) for n in "abc"])
    rows = invoice(*((n, 1.2, {}) for n in "abc"))
    assert not reconcile(facts, rows).odd
    found = reconcile(facts, rows, prices=dict.fromkeys("abc", 0.95))
    assert {o.oddity for o in found.odd} == {Oddity.PRICE}
    assert found.disputed == pytest.approx(0.75)


def test_a_credit_settles_what_came_before_it_and_nothing_else():
    facts = facts_of([billed(n, started=DURING) for n in "ab"])
    twice = invoice(("a", 1.0, {}), ("a", 1.0, {}), ("a", -1.0, {}))
    assert reconcile(facts, twice).disputed == 0
    unknown = invoice(("x", 1.0, {}), ("y", -1.0, {}), ("", -5.0, {}), ("b", 1.0, {}))
    found = reconcile(facts, unknown)
    assert odd(found) == [(1, Oddity.NO_SUCH), (2, Oddity.CREDIT), (3, Oddity.CREDIT)]
    assert found.disputed == 1.0, "a credit takes nothing off another line"
    part = invoice(("a", 1.0, {}), ("a", -0.05, {}), ("a", 1.0, {}), ("b", 0.0, {}), ("b", 1.0, {}))
    assert (3, Oddity.DUPLICATE) in odd(reconcile(facts, part))
    assert (5, Oddity.DUPLICATE) not in odd(reconcile(facts, part))
    whole = invoice(("a", 1.0, {}), ("a", -1.0, {}), ("b", 1.0, {}), ("b", -0.5, {}))
    assert reconcile(facts, whole).net == {"a": 0.0, "b": 0.5}
    early = invoice(("a", -1.0, {}), ("a", 1.0, {}), ("a", 1.0, {}))
    assert odd(reconcile(facts, early)) == [(1, Oddity.CREDIT)], "it gives back what follows it"
    dear = invoice(("a", 1.95, {}), ("a", -1.0, {}))
    assert reconcile(facts, dear, prices={"a": 0.95}).disputed == 0


def test_another_vendor_s_wrong_line_makes_no_right_one_a_duplicate():
    facts = facts_of([billed("a", started=DURING), billed("w", started=DURING,
                      attributes={"vendor": "W"})])  # fmt: skip
    rows = invoice(("a", 0.8, {"vendor": "W"}), ("a", 1.0, {}), ("w", 1.0, {"vendor": "W"}))
    found = reconcile(facts, rows)
    assert odd(found) == [(1, Oddity.OTHER_VENDOR)]
    assert found.net == {"a": 1.0, "w": 1.0}, "what W bills is no claim on V"
    paid = invoice(("a", 1.0, {}), ("a", 1.0, {}), ("a", -1.0, {"vendor": "W"}))
    assert reconcile(facts, paid).disputed == 1.0, "what W gives back is not V's"


def test_days_are_shown_and_all_lines_count():
    facts = facts_of([billed(n, started=DURING) for n in "ab"])
    rows = invoice(
        ("a", 1.0, {}), ("b", 1.0, {}), ("a", 1.0, {"day": date(2026, 9, 9)}),
        ("a", -1.0, {"day": date(2026, 9, 20)}),
    )  # fmt: skip
    found = reconcile(facts, rows, shown=lambda line: line.day > date(2026, 9, 6))
    assert (found.lines, found.set_aside) == (2, 2)
    assert odd(found) == [(3, Oddity.DUPLICATE), (4, Oddity.CREDIT)]
    assert found.disputed == 0, "given back later"
    assert found.not_invoiced == ()


def _two(rng, n, better):
    """V does easy work, W hard; on the same work V is ``better``."""
    rows = []
    for i in range(n):
        vendor = "V" if i % 2 else "W"
        easy = rng.random() < (0.85 if vendor == "V" else 0.15)
        chance = (0.8 if easy else 0.3) + (better if vendor == "V" else 0)
        rows.append(
            billed(
                f"c{i}", resolution=5.0 if rng.random() < chance else 1.0, critical=False,
                kind="informational" if easy else "action", action_needed=False,
                actions_claimed=0, actions_missing=0, escalated=False,
                attributes={"vendor": vendor},
            )
        )  # fmt: skip
    return facts_of(rows)


@pytest.mark.parametrize(
    ("better", "words"), [(0.0, "neither is shown"), (0.15, "V is better with the same mix")]
)
def test_the_mix_of_work_is_no_merit(better, words):
    facts = _two(np.random.default_rng(5), 1_600, better)
    after = followup(facts, 1e6)
    base = ladder.involved(facts)
    ok = ladder.true_so_far(facts, after)
    vendor = facts.attributes["vendor"]
    figures = {name: rate(facts, ok, base & (vendor == name)) for name in ("V", "W")}
    [one] = duel(facts, figures, ok, base)
    assert one.raw.moved, "raw, V looks far better either way"
    assert words in one.verdict


def test_too_few_of_a_kind_are_not_compared():
    facts = _two(np.random.default_rng(5), 24, 0.0)
    after = followup(facts, 1e6)
    base = ladder.involved(facts)
    vendor = facts.attributes["vendor"]
    ok = ladder.true_so_far(facts, after)
    figures = {name: rate(facts, ok, base & (vendor == name)) for name in ("V", "W")}
    [one] = duel(facts, figures, ok, base)
    assert isinstance(one.same_mix, Unavailable)


CONTRACT = "vendor: V\nprice: 1\ncurrency: EUR\nlabels: [resolved]\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no keys"),
        (CONTRACT + "colour: red\n", "unknown key 'colour', allowed are vendor, price"),
        (CONTRACT + "not_when: [rain]\n", "not_when.0"),
        (CONTRACT + "not_when: [returned]\n", "window_hours says within what"),
        (CONTRACT + "exclusions: [ghosts]\n", "'ghosts'; allowed: test, merged"),
        (CONTRACT.replace("1", "-1"), "price"),
        ("a: [", "is not valid YAML"),
    ],
)
def test_a_contract_that_cannot_be_used(tmp_path, text, words):
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"c\.yaml") as caught:
        read_contract(path)
    assert words in str(caught.value)


HEAD = "invoice,vendor,conversation_id,date,outcome,amount,currency\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n", "there is no column 'invoice'; there are: a, b"),
        ("", "there is no column 'invoice'; there are: none, the file is empty"),
        (HEAD, "holds no line"),
        (HEAD + "I,V,c,soon,r,1,EUR\n", "date says 'soon'; allowed: 2026-09-30"),
        (HEAD + "I,V,c,2026-09-01,r,free,EUR\n", "amount says 'free'"),
    ],
)
def test_an_invoice_that_cannot_be_used(tmp_path, text, words):
    path = tmp_path / "i.csv"
    path.write_text(text)
    with pytest.raises((ConfigError, InputError)) as caught:
        read_invoice(path)
    assert words in str(caught.value)


def test_changes_that_cannot_be_used(tmp_path):
    path = tmp_path / "ch.csv"
    path.write_text("date,kind\n")
    with pytest.raises(ConfigError, match="no column 'what'"):
        read_changes(path)
    path.write_text("date,kind,what\n2026-13-01,a,b\n")
    with pytest.raises(InputError, match=r"ch\.csv:2: date says '2026-13-01'"):
        read_changes(path)
    path.write_text("date,kind,what,topic\n2026-09-01,a,b,c\n")
    assert read_changes(path)[0].topic == "c"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1", "holds none of csat, first_contact_resolution"),
        ("csat: {top2: 5, answered: 4}", "csat needs top2 and answered"),
        ("csat: {top2: many, answered: 4}", "csat needs top2 and answered"),
        ("[", "b.yaml:1: is not valid YAML"),
        ("csat: {top2: 2026-02-30, answered: 4}", "is not valid YAML: day is out of range"),
        ("[" * 5_000, "is nested too deeply"),
        ("csat: {top2: true, answered: 4}", "csat needs top2 and answered"),
    ],
)
def test_a_baseline_that_cannot_be_used(tmp_path, text, words):
    path = tmp_path / "b.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_baseline(path)
    assert words in str(caught.value)
