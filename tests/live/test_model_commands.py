"""The commands over a real SDK and a loopback server: score, dry run, budget, rejudge, compare."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from loopback_model import Server

from cxscore.cli.main import exit_code, group
from cxscore.desk.compare import compare
from cxscore.desk.prices import read_prices
from cxscore.errors import ConfigError, CxscoreError, InputError
from cxscore.resources import prices_path
from cxscore.store import Ledger

WORDS = [
    ("customer", "Hi, this is Ana Lima, ana@lima.example. Where is my order PW-1234?"),
    ("ai_agent", "Thanks Ana, it arrives on Friday."),
    ("customer", "Thanks, that helps."),
]


@pytest.fixture
def server(monkeypatch):
    server = Server()
    monkeypatch.setenv("OPENAI_API_KEY", "key")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    yield server
    server.close()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    lines = [
        {
            "id": f"c{n:03d}",
            "language": "en",
            "turns": [
                {"role": role, "text": text.replace("PW-1234", f"PW-1{n:03d}")}
                for role, text in WORDS
            ],
        }
        for n in range(12)
    ]
    text = "\n".join(json.dumps(line) for line in lines)
    (tmp_path / "chats.jsonl").write_text(text + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*args: str) -> tuple[int, str]:
    """Exit code and output, as the process would leave."""
    result = CliRunner().invoke(group, args, standalone_mode=False)
    if isinstance(result.exception, CxscoreError):
        return exit_code(result.exception), str(result.exception)
    if result.exception is not None:
        raise result.exception
    return int(result.return_value or 0), result.output


SCORE = ("score", "chats.jsonl", "--judge", "openai:gpt-4o-mini", "--repeats", "0")


def test_a_night_with_a_model_and_the_same_again(server, folder):
    code, told = call(*SCORE, "--json")
    counts = json.loads(told)
    calls = len(server.bodies)
    assert (counts["conversations"], counts["new"] + counts["failed"]) == (12, 12)
    assert calls >= 12
    spent = counts["spending"]["models"]["openai:gpt-4o-mini"]
    assert spent["attempts"] == {"answered": calls}
    one = (600 * 0.15 + 400 * 0.075 + 200 * 0.60) / 1e6
    assert spent["usd"] == pytest.approx(calls * one)
    assert call(*SCORE)[0] == code
    assert len(server.bodies) == calls


def test_what_leaves_holds_no_personal_data_and_pages_show_the_words(server, folder):
    call(*SCORE)
    sent = json.dumps(server.bodies)
    assert "ana@lima.example" not in sent
    assert "Lima" not in sent
    assert "PW-1007" in sent
    with Ledger.open("cxscore.db") as store:
        for judged in store.judged():
            turns = judged.record.conversation.turns
            assert turns[0].text.startswith("Hi, this is Ana Lima, ana@lima.example.")
            for outcome in judged.verdict.journey.values():
                for quote in getattr(outcome, "evidence", ()):
                    assert turns[quote.turn].text[quote.start : quote.end] == quote.text


def test_the_prefix_is_the_same_over_a_run(server, folder):
    call(*SCORE)
    systems = {json.dumps(b["messages"][0]) for b in server.bodies}
    schemas = {json.dumps(b["response_format"]) for b in server.bodies}
    assert (len(systems), len(schemas)) == (1, 1)


def test_a_dry_run_asks_nothing_and_leaves_no_store(server, folder):
    code, told = call(*SCORE, "--dry-run", "--json")
    found = json.loads(told)
    assert (code, server.bodies, Path("cxscore.db").exists()) == (0, [], False)
    assert (found["conversations"], found["due"], found["calls"]) == (12, 12, 12)
    model = found["models"]["openai:gpt-4o-mini"]
    assert model["cache_read_tokens"] + model["cache_write_tokens"] <= model["input_tokens"]
    assert found["usd"] > 0
    assert not model["measured"]
    code, told = call(*SCORE, "--dry-run")
    for words in ("12 to be judged", "cache read", "cache write", "output", "asks in flight"):
        assert words in told


def test_a_dry_run_counts_only_what_is_due(server, folder):
    call(*SCORE, "--limit", "5")
    found = json.loads(call(*SCORE, "--dry-run", "--json")[1])
    assert (found["conversations"], found["due"]) == (12, 7)


def test_a_budget_ends_with_five_and_the_same_command_goes_on(server, folder):
    budget = ("--budget-usd", "0.0045", "--concurrency", "1")
    code, told = call(*SCORE, *budget)
    assert code == 5
    assert "stopped: the budget of 0.0045 USD is used up" in told
    before = len(server.bodies)
    call(*SCORE)
    counts = json.loads(call(*SCORE, "--json")[1])
    assert counts["conversations"] == 12
    assert before < len(server.bodies)


def test_a_budget_without_a_price_is_refused_in_a_sentence(server, folder):
    args = ("score", "chats.jsonl", "--judge", "openai:unheard-of", "--budget-usd", "1")
    code, told = call(*args)
    assert (code, server.bodies) == (2, [])
    assert "no price is known for openai:unheard-of" in told
    Path("prices.yaml").write_text(
        "schema: 1\nprices:\n  - {model: 'openai:un*', input: 1, output: 2, date: 2026-11-01,"
        " source: contract}\n",
        encoding="utf-8",
    )
    Path("cxscore.toml").write_text('[prices]\nfile = "prices.yaml"\n', encoding="utf-8")
    assert call(*args)[0] in {0, 3}


def test_a_wrong_key_ends_at_once_with_two(server, folder):
    server.status = 401
    code, told = call(*SCORE)
    assert code == 2
    assert "check the key" in told
    assert len(server.bodies) <= 16


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--judge", "openai:"), "names no"),
        (("--judge", "nobody"), "no judge 'nobody'.*or a model"),
        (("--judge", "openai:gpt-4o", "--prompt", "99"), "no packaged prompt"),
        (("--judge", "openai:gpt-4o", "--prompt", "my.jinja"), "no prompt file my.jinja"),
        (("--judge", "embedded", "--dry-run"), "asks no model: it costs nothing"),
    ],
)
def test_bad_names_are_sentences(server, folder, args, words):
    code, told = call("score", "chats.jsonl", *args)
    assert code == 2
    assert re.search(words, told)


def test_a_trial_stays_beside_until_it_is_adopted(server, folder):
    call("score", "chats.jsonl")
    with Ledger.open("cxscore.db") as store:
        before = [j.verdict.judge for j in store.judged()]
    call("rejudge", "--judge", "openai:gpt-4o-mini", "--repeats", "0")
    with Ledger.open("cxscore.db") as store:
        assert [j.verdict.judge for j in store.judged()] == before
        assert [h.conversations for h in store.judges_held()] == [12, 12]
    calls = len(server.bodies)
    call("rejudge", "--judge", "openai:gpt-4o-mini", "--repeats", "0", "--adopt")
    assert len(server.bodies) == calls
    with Ledger.open("cxscore.db") as store:
        assert all("gpt-4o-mini" in j.verdict.judge for j in store.judged())
        assert store.summary().judged + store.summary().failed == 12
    call("score", "chats.jsonl")  # the old judge scores on; the judge of record stays
    with Ledger.open("cxscore.db") as store:
        assert all("gpt-4o-mini" in j.verdict.judge for j in store.judged())


def test_a_trial_of_some_conversations(server, folder):
    call("score", "chats.jsonl")
    args = ("rejudge", "--judge", "openai:gpt-4o-mini", "--repeats", "0", "--json")
    assert json.loads(call(*args, "--id", "c003", "--id", "c004")[1])["conversations"] == 2
    assert json.loads(call(*args, "--limit", "5")[1])["conversations"] == 5
    code, told = call(*args, "--id", "nope")
    assert code == 2
    assert "no conversation 'nope'" in told


def test_comparing_says_what_is_shared_and_lists_flips(server, folder):
    call("score", "chats.jsonl")
    call("rejudge", "--judge", "openai:gpt-4o-mini", "--repeats", "0", "--limit", "7")
    code, told = call("compare", "embedded", "4o-mini")
    assert code == 0
    assert "7 of 12 conversations were judged by both" in told
    found = json.loads(call("compare", "embedded", "4o-mini", "--json")[1])
    assert (found["shared"], found["judged"]) == (7, 12)
    by_id = {c["criterion"]: c for c in found["criteria"]}
    assert {f["id"] for f in by_id["tone"]["flips"]} <= {f"c{n:03d}" for n in range(7)}


def test_comparing_refuses_what_cannot_be_compared(server, folder):
    call("score", "chats.jsonl")
    call("rejudge", "--judge", "openai:gpt-4o-mini", "--repeats", "0", "--limit", "1")
    store = Path("cxscore.db")
    with pytest.raises(InputError, match="only 1 of 12"):
        compare(store, "embedded", "4o-mini")
    with pytest.raises(InputError, match="fits no judge"):
        compare(store, "embedded", "gpt-7")
    with pytest.raises(InputError, match="fits 2 judges"):
        compare(store, "cx@", "embedded")
    with pytest.raises(ConfigError, match="same judge"):
        compare(store, "embedded", "embedded")


def test_the_packaged_prices_are_dated_and_sourced():
    prices = read_prices(prices_path()).prices
    assert len(prices) >= 10
    for price in prices:
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", price.date)
        assert price.source
        assert 0 < price.input < price.output
        assert price.cache_read is not None
        assert price.cache_read < price.input


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prices: [", "not valid YAML"),
        ("schema: 1\nprices: 7\n", "prices"),
        ("schema: 1\nprices:\n  - {model: a, input: -1, output: 1, date: 2026-01-01, source: x}\n",
         "price of a: input"),
        ("schema: 1\nprices:\n  - {input: 1, output: 1, date: 2026-01-01, source: x}\n",
         "price number 1: model"),
    ],
)  # fmt: skip
def test_a_broken_prices_file_is_a_sentence(tmp_path, text, words):
    path = tmp_path / "prices.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=words) as caught:
        read_prices(path)
    assert caught.value.path == str(path)
