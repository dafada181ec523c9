"""The audit's money: what is due once, whose it is, and what a packet holds."""

import csv
import json
from itertools import pairwise

import pytest
from click.testing import CliRunner

from cxscore.cli.main import group
from cxscore.errors import ConfigError, InputError
from cxscore.kpi import operations
from cxscore.kpi.facts import Contact, facts_of
from cxscore.kpi.followup import followup
from cxscore.store import Ledger
from tests.kpi.test_pages import CONFIG, EXAMPLES, run, store

__all__ = ["store"]
CONTRACT, INVOICE = EXAMPLES / "contract.yaml", EXAMPLES / "invoice.csv"


def told(store, *more):
    args = ("audit", "--store", store, "--config", CONFIG, "--json", *more)
    return json.loads(run(*args).output)


@pytest.fixture
def packet(store, tmp_path):
    out = tmp_path / "packet"
    args = ("audit", "--store", store, "--config", CONFIG, "--contract", CONTRACT)
    result = run(*args, "--invoice", INVOICE, "--out", out)
    assert result.exit_code == 0, result.output
    return out


def test_what_is_credited_is_not_asked_for_again(store, packet):
    found = told(store, "--contract", CONTRACT, "--invoice", INVOICE)["contracts"][0]
    assert found["credited"] == ["PW-0403"]
    assert found["breach_amount"] == pytest.approx(0.95 * (len(found["breaches"]) - 1))
    with (packet / "disputes.csv").open(newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["conversation_id"] == "PW-0403"]
    assert [r["amount"] for r in rows if r["column"] == "breaches the contract"] == [""]
    letter = (packet / "letter.html").read_text("utf-8")
    assert f"{found['breach_amount']:.2f}" in letter
    assert "credited already" in letter


def test_money_that_stands_in_two_lists_is_said_to_be_the_same(store, packet):
    found = told(store, "--contract", CONTRACT, "--invoice", INVOICE)["contracts"][0]
    both = sum(found["same_money"].values())
    assert both == pytest.approx(4.75)
    assert "of which 4.75 is asked for above already" in (packet / "letter.html").read_text("utf-8")
    with (packet / "disputes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum("the same money" in r["detail"] for r in rows) >= 5
    bills = told(store, "--contract", CONTRACT, "--invoice", INVOICE)["invoice"]
    listed = sum(float(r["amount"]) for r in rows if r["column"] == "on the invoice")
    assert listed == pytest.approx(bills["disputed"])


def test_only_what_an_invoice_bills_is_asked_back(store, tmp_path):
    path = tmp_path / "i.csv"
    lines = INVOICE.read_text("utf-8").splitlines()
    one = next(line for line in lines if "PW-0101" in line)
    path.write_text("\n".join([lines[0], one]) + "\n")
    found = told(store, "--contract", CONTRACT, "--invoice", path)["contracts"][0]
    assert found["breach_amount"] == 0
    assert len(found["not_on_invoice"]) == len(found["breaches"])


def test_two_contracts_of_a_vendor_are_two_definitions(store, tmp_path):
    text = CONTRACT.read_text("utf-8")
    old, new = tmp_path / "a.yaml", tmp_path / "b.yaml"
    old.write_text(text + "definition: grumblethorpe-resolution/2026-03\n")
    new.write_text(
        text.replace("price: 0.95", "price: 1.10") + "definition: grumblethorpe-outcome/2026-10\n"
    )
    odd = told(store, "--contract", old, "--contract", new, "--invoice", INVOICE)["invoice"]["odd"]
    wrong = [o for o in odd if o["oddity"] == "wrong_price"]
    assert {o["conversation_id"][:5] for o in wrong} >= {"PW-05"}
    assert not any("0.95, else 1.10" in o["detail"] for o in wrong if o["day"] < "2026-09-30")
    twice = ("audit", "--store", store, "--config", CONFIG, "--contract", old, "--contract", old)
    assert "two contracts are of Grumblethorpe" in str(run(*twice).exception)
    new.write_text(text.replace("EUR", "USD"))
    args = ("audit", "--store", store, "--config", CONFIG, "--contract", new, "--invoice", INVOICE)
    assert "the contract is in USD and the invoice in EUR" in str(run(*args).exception)
    new.write_text(
        text.replace("confirmed_resolution, assumed", "resolvd, asumed").replace("procedure_h", "h")
    )
    assert "no conversation has a label the contract bills" in str(run(*args).exception)


def test_what_was_read_is_not_called_provable(store, tmp_path):
    rule = tmp_path / "c.yaml"
    text = CONTRACT.read_text("utf-8")
    rule.write_text(
        text.replace("[returned_thread]", "[returned_thread, asked_human, negative_end, returned]")
    )
    found = told(store, "--contract", rule)["contracts"][0]
    assert set(found["read_breaches"].values()) <= {"asked_human", "negative_end", "returned"}
    assert found["read_breaches"]
    assert not set(found["breaches"].values()) & {"asked_human", "negative_end", "returned"}
    out = tmp_path / "o"
    run("audit", "--store", store, "--config", CONFIG, "--contract", rule, "--out", out)
    assert "was read by a judge, or a return was linked" in (out / "letter.html").read_text("utf-8")


def test_one_vendor_s_letter_holds_nothing_of_another(store, tmp_path):
    args = ("audit", "--store", store, "--config", CONFIG, "--vendor", "Zorblatt")
    wrong = run(*args, "--contract", CONTRACT, "--out", tmp_path / "o").exception
    assert isinstance(wrong, ConfigError)
    assert "the contract is Grumblethorpe's and the audit Zorblatt's" in str(wrong)
    assert not (tmp_path / "o").exists()
    bills = json.loads(run(*args, "--invoice", INVOICE, "--json").output)["invoice"]
    assert (bills["lines"], bills["set_aside"]) == (8, 60)


def test_only_the_days_asked_for(store, tmp_path):
    span = ("--from", "2026-10-05", "--to", "2026-10-12")
    bills = told(store, "--invoice", INVOICE, *span)["invoice"]
    assert bills["lines"] + bills["set_aside"] == 68
    assert 0 < bills["lines"] < 20
    out = tmp_path / "o"
    run("audit", "--store", store, "--config", CONFIG, *span, "--out", out)
    page = (out / "audit.html").read_text("utf-8")
    assert "--config cxscore.toml --from 2026-10-05 --to 2026-10-12" in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("vendor: Grumblethorpe", "vendor: Grumbletorp"), "no conversation is by 'Grumbletorp'"),
        (("window_hours", "definition: v9\nwindow_hours"), "contract's definition 'v9'"),
        (("price: 0.95", "price: yes"), "price: value error, should be a number"),
    ],
)
def test_a_contract_of_nobody_here(store, tmp_path, change, words):
    rule = tmp_path / "c.yaml"
    rule.write_text(CONTRACT.read_text("utf-8").replace(*change))
    found = run("audit", "--store", store, "--config", CONFIG, "--contract", rule).exception
    assert words in str(found)


def test_an_invoice_has_one_currency_and_days_of_this_age(store, tmp_path):
    lines = INVOICE.read_text("utf-8").splitlines()
    path = tmp_path / "i.csv"
    for place, new, words in (
        (5, lines[5].replace("EUR", "USD"), "currency 'USD', the lines before are in 'EUR'"),
        (5, lines[5].replace(lines[5].split(",")[4], "9999-12-31"), "date says '9999-12-31'"),
        (1, lines[1].rstrip() + '"see mail', "the line cannot be read"),
    ):
        path.write_text("\n".join([*lines[:place], new, *lines[place + 1 :]]) + "\n")
        found = run("audit", "--store", store, "--config", CONFIG, "--invoice", path).exception
        assert isinstance(found, InputError), new
        assert words in str(found)


def test_every_conversation_shown_not_to_be_resolved_has_its_evidence(store, tmp_path):
    out = tmp_path / "o"
    run("audit", "--store", store, "--config", CONFIG, "--out", out)
    evidence = (out / "evidence.html").read_text("utf-8")
    found = told(store)
    for name in {*found["reasons"], *found["critical"], *found["silent_failures"]}:
        assert name in evidence, name


def test_a_store_s_revision_is_the_same_after_its_packet(store, tmp_path):
    pages = []
    for name in ("a", "b"):
        run("audit", "--store", store, "--config", CONFIG, "--out", tmp_path / name)
        pages.append((tmp_path / name / "audit.html").read_text("utf-8"))
    with Ledger.open(store, create=False) as ledger:
        assert ledger.revision() in pages[0]
        assert ledger.revision() in pages[1]


def test_a_packet_cut_short_is_known_to_an_erasure(store, tmp_path):
    out = tmp_path / "o"
    (out / "disputes.xlsx").mkdir(parents=True)
    result = run("audit", "--store", store, "--config", CONFIG, "--out", out)
    assert isinstance(result.exception, InputError)
    assert [p.name for p in out.iterdir()] == ["disputes.xlsx"], "nothing half written"
    with Ledger.open(store, create=False) as ledger:
        names = {p.name for p in ledger.exports() if p.parent == out}
    assert {"evidence.html", "disputes.xlsx"} <= names


def test_control_characters_of_an_invoice_stop_no_packet(store, tmp_path):
    lines = INVOICE.read_text("utf-8").splitlines()
    path, out = tmp_path / "i.csv", tmp_path / "o"
    credit = next(i for i, line in enumerate(lines) if "-0.95" in line)
    lines[credit] = lines[credit].rstrip() + " \x07\x1b[31m ana.lima@example.org"
    path.write_text("\n".join(lines) + "\n")
    args = ("audit", "--store", store, "--config", CONFIG, "--invoice", path, "--out", out)
    result = run(*args)
    assert result.exit_code == 0, result.output
    for page in ("audit.html", "disputes.csv"):
        text = (out / page).read_text("utf-8")
        assert "\x1b" not in text
        assert "ana.lima" not in text


def test_who_says_so_or_comes_back_is_no_silent_failure():
    def one(name, **more):
        held = {
            "customer": name, "issue": name, "started": 0.0, "ended": 60.0, "involved": True,
            "claimed": True, "resolution": 1.0, "answers": 1,
        }  # fmt: skip
        return Contact(id=name, **(held | more))

    facts = facts_of([one("a"), one("b", negative_last=True), one("c", reopened=90_000.0)])
    silent = operations.silent_failure(facts, followup(facts, 1e6))
    assert facts.id[silent].tolist() == ["a"]


def test_each_scenario_pays_from_its_own_number(store):
    args = ("roi", "--store", store, "--config", CONFIG)
    found = json.loads(run(*args, "--json").output)["scenarios"]
    pays = {n: s["break_even_true_resolutions"] for n, s in found.items()}
    assert pays["low"] == pytest.approx(2 * pays["high"])
    both = run(*args, "--scenario", "low", "--contact-share", "0.6").exception
    assert "not both" in str(both)
    empty = run(*args, "--from", "2026-10-12", "--to", "2026-10-05").exception
    assert "is empty" in str(empty)


def test_fixed_costs_of_days_add_up(store):
    """Those of the weeks are those of the whole, whatever was served on which day."""

    def fixed(*span):
        args = ("roi", "--store", store, "--config", CONFIG, "--json", *span)
        return json.loads(run(*args).output)["fixed"]

    days = ["2026-08-31", "2026-09-14", "2026-10-05", "2026-10-26"]
    parts = [fixed("--from", a, "--to", b) for a, b in pairwise(days)]
    assert sum(parts) == pytest.approx(fixed("--from", days[0], "--to", days[-1]))
    assert fixed("--from", "2026-09-01", "--to", "2026-09-02") > 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[costs]\nhuman_contact = 8.0\n", "costs.human_contact is no such cost; allowed: human_m"),
        ("[costs]\nhuman_minute = nan\n", "costs.human_minute is nan"),
        ("[costs]\nai_fee = inf\n", "costs.ai_fee is inf"),
    ],
)
def test_costs_that_are_none(store, tmp_path, text, words):
    config = tmp_path / "c.toml"
    config.write_text(text)
    assert words in str(run("roi", "--store", store, "--config", config).exception)


def test_a_list_of_no_ids_reproduces_nothing(store, tmp_path):
    ids = tmp_path / "ids.txt"
    ids.write_text("\n")
    args = ["explain", "76%", "--store", str(store), "--config", str(CONFIG), "--ids", str(ids)]
    assert "holds no id" in str(CliRunner().invoke(group, args).exception)
