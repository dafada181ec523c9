"""The commands: live, through a provider's batches and through files, with identical verdicts."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from aiohttp import web
from batch_server import Ask, BatchServer, Weather
from batched import point_at
from click.testing import CliRunner

from cxscore.cli.main import exit_code, group
from cxscore.desk import batch_runs
from cxscore.errors import CxscoreError
from cxscore.run import post
from cxscore.store import Ledger

N = 14
MODELS = {"openai": "openai:gpt-4o-mini", "anthropic": "anthropic:claude-haiku-4-5"}


def fill(ask: Ask) -> str:
    """A reply that fits the schema; levels depend on the order and the criterion only."""
    schema = ask["schema"]
    order = re.search(r"PW-1\d+", ask["user"])
    shown = re.search(r'\{"(?:id|turn)": ?"([^"]+)".*?"text": ?"([^"\\]+)', ask["user"])
    words = (shown[1], shown[2]) if shown else ("", "")
    seed = f"{order[0] if order else ''} {'repair' if 'repair' in ask['user'].lower() else ''}"
    return json.dumps(_instance(schema, schema, words, seed, ""))


def _instance(schema: Any, root: Any, words: tuple[str, str], seed: str, at: str) -> Any:
    if "$ref" in schema:
        inner = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
        return _instance(inner, root, words, seed, at)
    if "enum" in schema:
        values = schema["enum"]
        drawn = hashlib.sha256(f"{seed} {at}".encode()).digest()[0]
        return values[drawn % len(values)]
    kind = schema.get("type")
    if kind == "object":
        return {
            k: _instance(v, root, words, seed, f"{at}.{k}") for k, v in schema["properties"].items()
        }
    if kind == "array":
        evidence = at.endswith("evidence")
        return [_instance(schema["items"], root, words, seed, f"{at}[]")] if evidence else []
    if kind in {"integer", "number", "boolean"}:
        return 0 if kind != "boolean" else False
    name = at.rsplit(".", 1)[-1]
    return words[0] if "turn" in name else words[1] if "quote" in name else "because"


@pytest.fixture
def server():
    with BatchServer(fill, Weather(looks=2)) as one:
        point_at(one)
        yield one


@pytest.fixture
def folder(tmp_path, monkeypatch):
    words = [
        ("customer", "Hi, this is Ana Lima. Where is my order PW-1234?"),
        ("ai_agent", "Thanks Ana, it arrives on Friday."),
        ("customer", "Thanks, that helps."),
    ]
    lines = [
        {
            "id": f"c{n:03d}",
            "language": "en",
            "turns": [{"role": r, "text": t.replace("PW-1234", f"PW-1{n:03d}")} for r, t in words],
        }
        for n in range(N)
    ]
    text = "\n".join(json.dumps(line) for line in lines)
    (tmp_path / "chats.jsonl").write_text(text + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(batch_runs, "LOOK_FIRST_S", 0.01)
    monkeypatch.setattr(batch_runs, "LOOK_LONGEST_S", 0.01)
    return tmp_path


def call(*args: str) -> tuple[int, str]:
    """Exit code and output, as the process would leave."""
    result = CliRunner().invoke(group, args, standalone_mode=False)
    if isinstance(result.exception, CxscoreError):
        return exit_code(result.exception), str(result.exception)
    if result.exception is not None:
        raise result.exception
    return int(result.return_value or 0), result.output


def score(provider: str, store: str, *more: str) -> tuple[int, str]:
    return call(
        "score", "chats.jsonl", "--judge", MODELS[provider], "--repeats", "0", "--store", store,
        "--max-failed", "100%", *more,
    )  # fmt: skip


def verdicts(store: str) -> list[Any]:
    with Ledger.open(store, create=False) as ledger:
        return [(j.record.conversation.id, j.verdict, j.error) for j in ledger.judged()]


def answer_file(asks: str, replies: str, *, model: str = "gpt-test-2026") -> int:
    """What a gateway does: reads the asks, writes the replies in another order."""
    lines = Path(asks).read_text(encoding="utf-8").splitlines()
    told = []
    for line in reversed(lines):
        ask = json.loads(line)
        assert set(ask) == {
            "custom_id", "purpose", "system", "user", "schema", "max_output_tokens",
        }  # fmt: skip
        told.append(json.dumps({"custom_id": ask["custom_id"], "text": fill(ask), "model": model}))
    Path(replies).write_text("\n".join(told) + "\n", encoding="utf-8")
    return len(lines)


def by_files(store: str, model: str) -> int:
    """Rounds through files until nothing is open; how many asks there were."""
    code, told = call("batch", "export", "asks.jsonl", "chats.jsonl", "--store", store)
    asks = 0
    while code == 0 and "nothing is open" not in told:
        asks += answer_file("asks.jsonl", "replies.jsonl")
        code, told = call("batch", "import", "replies.jsonl", "--model", model, "--store", store)
        assert code == 0, told
        code, told = call("batch", "export", "asks.jsonl", "--store", store)
    assert code == 0, told
    return asks


def test_live_files_and_batches_lead_to_identical_verdicts(server, folder):
    assert score("openai", "live.db")[0] == 0
    live_asks = server.live
    assert score("openai", "rounds.db", "--batch", "--finish", "batch")[0] == 0
    assert server.live == live_asks
    assert score("openai", "mixed.db", "--batch", "--batch-requests", "5")[0] == 0
    file_asks = by_files("files.db", MODELS["openai"])
    live = verdicts("live.db")
    assert live == verdicts("rounds.db") == verdicts("mixed.db") == verdicts("files.db")
    assert file_asks == live_asks > N  # some were repaired
    assert len({str(v.journey) for _, v, _ in live if v is not None}) > 5
    # Anthropic's batches and its live answers agree too.
    assert score("anthropic", "live2.db")[0] == 0
    assert score("anthropic", "rounds2.db", "--batch", "--finish", "batch")[0] == 0
    assert verdicts("live2.db") == verdicts("rounds2.db")


def test_what_is_imported_is_scored_without_a_call(server, folder):
    by_files("files.db", MODELS["openai"])
    code, told = score("openai", "files.db", "--json")
    assert code == 0
    assert json.loads(told)["already_scored"] == N
    assert (server.live, server.bodies) == (0, [])


def test_an_import_twice_is_an_import_once(folder):
    call("batch", "export", "asks.jsonl", "chats.jsonl")
    answer_file("asks.jsonl", "replies.jsonl")
    first = json.loads(call("batch", "import", "replies.jsonl", "--model", "gw", "--json")[1])
    assert (first["stored"], first["known"], first["differing"]) == (N, 0, 0)
    before = verdicts("cxscore.db")
    again = json.loads(call("batch", "import", "replies.jsonl", "--model", "gw", "--json")[1])
    assert (again["stored"], again["known"], again["differing"]) == (0, N, 0)
    assert verdicts("cxscore.db") == before
    text = Path("replies.jsonl").read_text(encoding="utf-8").replace("because", "whatever")
    Path("replies.jsonl").write_text(text, encoding="utf-8")
    _, told = call("batch", "import", "replies.jsonl", "--model", "gw")
    assert f"{N} of them otherwise: the first reply stays" in told
    assert verdicts("cxscore.db") == before


def test_two_models_answer_the_same_asks(folder):
    call("batch", "export", "asks.jsonl", "chats.jsonl")
    answer_file("asks.jsonl", "replies.jsonl")
    for name in ("one", "other"):
        told = json.loads(call("batch", "import", "replies.jsonl", "--model", name, "--json")[1])
        assert (told["stored"], told["known"]) == (N, 0)
    with Ledger.open("cxscore.db") as ledger:
        query = "SELECT answerer, count(*) FROM reply GROUP BY 1 ORDER BY 1"
        held = ledger._connection.execute(query).fetchall()
    assert held == [("file:one", N), ("file:other", N)]


def test_an_import_shot_in_the_middle_leaves_nothing_half(folder):
    call("batch", "export", "asks.jsonl", "chats.jsonl")
    answer_file("asks.jsonl", "replies.jsonl")
    script = Path(__file__).with_name("shot_import.py")
    child = subprocess.Popen(
        [sys.executable, str(script), "replies.jsonl", "cxscore.db"], stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == b"half\n"
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    with Ledger.open("cxscore.db") as ledger:
        assert ledger._connection.execute("SELECT count(*) FROM reply").fetchone() == (0,)
    told = json.loads(call("batch", "import", "replies.jsonl", "--model", "gw", "--json")[1])
    assert (told["stored"], told["known"]) == (N, 0)


BAD = [
    ('{"custom_id": "abc", "text": "{}"}', 3, "'abc' belongs to no ask exported from"),
    ("FIRST", 3, "stood at line 1 already"),
    ("{broken", 3, "not valid JSON"),
    ("[1]", 3, "found a list"),
    ('{"text": "x"}', 3, "custom_id is missing"),
    ('{"custom_id": "abc"}', 3, "text is missing"),
    ('{"custom_id": "abc", "text": 7}', 3, "text is a number"),
    ('{"custom_id": "abc", "text": "x", "usage": {"input_tokens": "many"}}', 3, "'many'"),
]


@pytest.mark.parametrize(("line", "number", "said"), BAD, ids=[b[2] for b in BAD])
def test_a_broken_file_is_refused_whole(folder, line, number, said):
    call("batch", "export", "asks.jsonl", "chats.jsonl")
    answer_file("asks.jsonl", "replies.jsonl")
    lines = Path("replies.jsonl").read_text(encoding="utf-8").splitlines()
    lines.insert(number - 1, lines[0] if line == "FIRST" else line)
    Path("replies.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    code, told = call("batch", "import", "replies.jsonl", "--model", "gw")
    assert code == 2
    assert told.startswith(f"replies.jsonl:{number}: ")
    assert said in told
    with Ledger.open("cxscore.db") as ledger:
        for table in ("reply", "attempt", "verdict"):
            query = f"SELECT count(*) FROM {table}"
            assert ledger._connection.execute(query).fetchone() == (0,)


def test_an_empty_file_and_no_file(folder):
    call("batch", "export", "asks.jsonl", "chats.jsonl")
    Path("replies.jsonl").write_text("\n", encoding="utf-8")
    assert call("batch", "import", "replies.jsonl", "--model", "gw")[0] == 2
    code, told = call("batch", "import", "none.jsonl", "--model", "gw")
    assert (code, told) == (2, "none.jsonl: cannot be read: No such file or directory")


def test_a_part_of_the_replies_now_and_the_rest_later(folder):
    call("batch", "export", "asks.jsonl", "chats.jsonl")
    answer_file("asks.jsonl", "replies.jsonl")
    lines = Path("replies.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    Path("some.jsonl").write_text("".join(lines[:5]), encoding="utf-8")
    call("batch", "import", "some.jsonl", "--model", "gw")
    told = json.loads(call("batch", "export", "asks.jsonl", "--json")[1])
    with Ledger.open("cxscore.db") as ledger:
        done = sum(j.verdict is not None for j in ledger.judged())
    # The nine that are not answered, and repairs of those that are.
    assert told["asks"] == N - done
    assert told["model"] == "file:gw"
    Path("rest.jsonl").write_text("".join(lines[5:]), encoding="utf-8")
    told = json.loads(call("batch", "import", "rest.jsonl", "--model", "gw", "--json")[1])
    assert told["stored"] == N - 5


def test_openai_lines_out_and_in(folder):
    code, told = call("batch", "export", "asks.jsonl", "chats.jsonl", "--as", "openai")
    assert code == 2
    assert "--model openai:MODEL" in told
    model = MODELS["openai"]
    call("batch", "export", "asks.jsonl", "chats.jsonl", "--as", "openai", "--model", model)
    told = []
    for line in Path("asks.jsonl").read_text(encoding="utf-8").splitlines():
        request = json.loads(line)
        assert set(request) == {"custom_id", "method", "url", "body"}
        body = request["body"]
        schema = body["response_format"]["json_schema"]["schema"]
        text = fill({"user": body["messages"][1]["content"], "schema": schema})
        message = {"role": "assistant", "content": text}
        answer = {
            "model": "gpt-4o-mini-2024",
            "choices": [{"message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 100},
        }
        told.append({"custom_id": request["custom_id"], "response": {"status_code": 200}})
        told[-1]["response"]["body"] = answer
    told[0] = {"custom_id": told[0]["custom_id"], "error": {"code": "x", "message": "no"}}
    told[0]["response"] = None
    text = "\n".join(json.dumps(line) for line in told)
    Path("replies.jsonl").write_text(text, encoding="utf-8")
    done = json.loads(call("batch", "import", "replies.jsonl", "--model", model, "--json")[1])
    assert (done["stored"], done["unanswered"]) == (N - 1, 1)
    with Ledger.open("cxscore.db") as ledger:
        spent = ledger._connection.execute("SELECT sum(usd), count(*) FROM attempt").fetchone()
    assert spent == (pytest.approx((N - 1) * (1000 * 0.15 + 100 * 0.6) / 1e6), N - 1)


def test_nothing_is_open_writes_no_file(folder):
    by_files("cxscore.db", "gw")
    Path("asks.jsonl").unlink()
    code, told = call("batch", "export", "asks.jsonl")
    assert code == 0
    assert "nothing is open" in told
    assert not list(folder.glob("*asks*"))


def test_erased_conversations_take_no_reply(folder):
    call("batch", "export", "asks.jsonl", "chats.jsonl")
    answer_file("asks.jsonl", "replies.jsonl")
    with Ledger.open("cxscore.db") as ledger:
        assert Path("asks.jsonl").resolve() in ledger.exports()
        ledger.erase(["c003"], reason="customer")
    told = json.loads(call("batch", "import", "replies.jsonl", "--model", "gw", "--json")[1])
    assert (told["stored"], told["erased"]) == (N - 1, 1)


def test_status_and_forget(server, folder, monkeypatch):
    assert call("batch", "status", "--store", "none.db")[0] == 2
    server.weather.looks = 10_000
    server.noted.clear()

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(post.Post, "look", stop)
        with pytest.raises(click.Abort):
            score("openai", "a.db", "--batch")
    told = json.loads(call("batch", "status", "--store", "a.db", "--json")[1])["batches"]
    assert [(b["kind"], b["state"], b["counts"]) for b in told] == [
        ("provider", "submitted", {"open": N})
    ]
    assert MODELS["openai"] in call("batch", "status", "--store", "a.db")[1]
    code, said = call("batch", "forget", "batch_x", "--store", "a.db")
    assert code == 2
    assert told[0]["batch"] in said
    code, said = call("batch", "forget", told[0]["batch"], "--store", "a.db")
    assert (code, said) == (0, f"{N} asks are open again\n")
    server.weather.looks = 2
    assert score("openai", "a.db", "--batch")[0] == 0
    assert set(server.asked.values()) == {2}


def test_a_budget_ends_with_five_and_a_refusal_with_75(server, folder):
    code, told = score("openai", "a.db", "--batch", "--budget-usd", "0.004")
    assert code == 5
    assert "the same command goes on from here" in told
    server.weather.refused = "mismatched_model"
    code, told = score("openai", "b.db", "--batch")
    assert code == 75
    assert "mismatched_model" in told


def test_sentences_for_bad_use(server, folder):
    result = CliRunner().invoke(group, ["score", "chats.jsonl", "--batch"])
    assert result.exit_code == 2
    assert "needs a judge that asks a model" in result.output
    compatible = f"compatible:llama@{server.openai}"
    code, told = call("score", "chats.jsonl", "--judge", compatible, "--batch")
    assert code == 2
    assert "cxscore batch export" in told
    code, told = call("score", "chats.jsonl", "--judge", "file:gw")
    assert code == 2
    assert "cxscore batch export" in told
    server.refuse_live = web.json_response(
        {"error": {"message": "Incorrect API key provided"}}, status=401
    )
    code, told = score("openai", "c.db", "--batch")
    assert code == 2
    assert "check the key" in told
