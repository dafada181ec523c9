"""Every file of the development data is read whole; totals are those of its README files."""

import re
from pathlib import Path

import pytest

from cxscore.readers import read
from cxscore.transcript import Role, blind

pytestmark = pytest.mark.shared
ABCD = Path(__file__).parents[2] / "examples" / "mappings" / "abcd.yaml"


def _successes(found):
    return sum(record.sealed.answer_key["reward"] == 1 for record in found)


@pytest.mark.parametrize(
    ("name", "total", "successes", "language"),
    [
        ("tau_bench/gpt-4o-airline.json", 100, 31, "en"),
        ("tau2/results/gpt-4.1_retail.json", 40, 34, "en"),
        ("tau2/results/gpt-4.1_airline.json", 20, 10, "en"),
        ("tau2/results/gpt-4.1_telecom.json", 40, 18, "en"),
        ("tau2/results/qwen2.5-7b_airline.json", 50, 9, "en"),
        ("tau2/results/claude-sonnet-4-5_airline.json", 50, 36, "en"),
        ("tau2/results/gpt-4o-2024-11-20_airline.json", 50, 23, "en"),
        ("tau2_judges/airline.jsonl", 50, 23, "en"),
        ("tau2_judges/retail.jsonl", 114, 68, "en"),
    ],
)
def test_tau_files(development_data, records, name, total, successes, language):
    found = records(development_data / name)
    assert (len(found), _successes(found)) == (total, successes)
    assert {r.conversation.language for r in found} == {language}
    assert {r.conversation.tool_log for r in found} == {True}
    assert len({r.conversation.id for r in found}) == total
    calls = [c for r in found for t in r.conversation.turns for c in t.tool_calls]
    assert calls
    assert all(call.result is not None and call.ok is not None for call in calls)
    shown = "".join(t.text for r in found for t in blind(r.conversation).turns)
    # Markdown headings stand in the replies too; only the tokens must be gone.
    assert not re.search(r"###[A-Z-]+###", shown)
    assert "Agent Policy" not in shown


def test_telecom_customers_operate_their_phones(development_data, records):
    found = records(development_data / "tau2/results/gpt-4.1_telecom.json")
    calls = [c for r in found for t in r.conversation.turns for c in t.tool_calls]
    assert sum(c.requester is Role.CUSTOMER for c in calls) == 482
    assert sum(c.requester is Role.AI_AGENT for c in calls) == 207


@pytest.mark.parametrize(("name", "total"), [("pt_br_client_02", 47), ("pt_pt_client_03", 21)])
def test_maia_files(development_data, records, name, total):
    path = development_data / "maia_dqe" / f"{name}.json"
    typed, english = records(path), records(path, format="maia:english")
    assert len(typed) == len(english) == total
    assert {r.conversation.language for r in typed} == {"pt"}
    assert {r.conversation.language for r in english} == {"en"}
    for record in typed:
        assert record.sealed.answer_key.get("task_success", 1) in range(1, 6)
        for labels in record.sealed.answer_key["turns"]:
            assert labels["turn"] < len(record.conversation.turns)


def test_abcd_through_its_mapping(development_data):
    found = list(read([development_data / "abcd_sample" / "abcd_sample.json"], mapping=ABCD))
    names = [[c.name for t in r.conversation.turns for c in t.tool_calls] for r in found]
    assert names == [
        ["pull-up-account", "validate-purchase", "enter-details", "notify-team"],
        ["pull-up-account", "validate-purchase"],
        ["search-faq", "search-timing", "select-faq"],
    ]


def test_a_whole_folder(development_data):
    found = list(read([development_data / "tau2" / "results"]))
    assert len(found) == 250
