import builtins

import pyarrow as pa
import pytest
from pyarrow import parquet

from cxscore.errors import ConfigError
from cxscore.readers import detect, read
from cxscore.transcript import Role

OPENAI = {
    "id": "x-1",
    "model": "model-1",
    "split": "train",
    "messages": [
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "Look:"}, {"type": "image_url"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "1", "function": {"name": "find", "arguments": '{"q": 1}'}},
                {"id": "2", "function": {"name": "book", "arguments": "not json"}},
            ],
        },
        {"role": "tool", "tool_call_id": "2", "content": "booked"},
        {"role": "tool", "tool_call_id": "1", "content": "found"},
        {"role": "tool", "tool_call_id": "9", "content": "nobody asked"},
        {"role": "assistant", "content": "Booked."},
    ],
}
SHAREGPT = {
    "conversations": [
        {"from": "human", "value": "How do I return my shoes?"},
        {"from": "gpt", "value": "Print the label."},
    ]
}


def test_openai_messages(write, one):
    path = write("a.jsonl", OPENAI)
    assert detect(path) == "messages"
    conversation = one(path).conversation
    assert (conversation.id, conversation.agent.model) == ("x-1", "model-1")
    assert conversation.attributes == {"split": "train"}
    assert [(t.role, t.text) for t in conversation.turns] == [
        (Role.SYSTEM, "Be kind."),
        (Role.CUSTOMER, "Look:\n[image_url]"),
        (Role.AI_AGENT, ""),
        (Role.TOOL, "nobody asked"),
        (Role.AI_AGENT, "Booked."),
    ]
    find, book = conversation.turns[2].tool_calls
    assert (find.arguments, find.result, find.ok) == ({"q": 1}, "found", None)
    assert (book.arguments, book.result) == ({"text": "not json"}, "booked")
    assert conversation.tool_log is True


def test_legacy_function_calls(write, one):
    messages = [
        {"role": "user", "content": "weather?"},
        {"role": "assistant", "function_call": {"name": "weather", "arguments": "{}"}},
        {"role": "function", "name": "weather", "content": "sunny"},
    ]
    turns = one(write("a.jsonl", {"messages": messages})).conversation.turns
    assert [c.result for c in turns[1].tool_calls] == ["sunny"]


def test_sharegpt_list_is_named_after_file_and_record(write, records):
    path = write("chats.json", [SHAREGPT, SHAREGPT])
    assert detect(path) == "sharegpt"
    first, second = records(path)
    assert [r.conversation.id for r in (first, second)] == ["chats:1", "chats:2"]
    assert [t.role for t in first.conversation.turns] == [Role.CUSTOMER, Role.AI_AGENT]
    assert first.conversation.tool_log is None


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"content": "x"}, "message 1 has no role"),
        ({"role": "alien", "content": "x"}, "role 'alien'; known are ai_agent, assistant"),
        ({"role": ["user"], "content": "x"}, "role \"['user']\""),
        ({"role": "user", "content": 7}, "content is a number"),
        ({"role": "user", "content": "x", "timestamp": "noon"}, "'noon' is no time"),
        ({"role": "assistant", "tool_calls": [{}]}, "a tool call has no name"),
        ("x", "message 1 is text, not an object"),
    ],
)
def test_bad_messages(write, message, said):
    line = {"messages": [{"role": "user", "content": "Hello"}, message]}
    (bad,) = read([write("a.jsonl", line)])
    assert (bad.line, said in bad.reason) == (1, True), bad.reason


def test_parquet_of_messages(tmp_path, records):
    path = tmp_path / "a.parquet"
    messages = [m for m in OPENAI["messages"] if not isinstance(m["content"], list)]
    rows = [{"id": str(i), "messages": messages} for i in range(3)]
    parquet.write_table(pa.Table.from_pylist(rows), path)
    assert detect(path) == "messages"
    found = records(path)
    assert [r.conversation.id for r in found] == ["0", "1", "2"]
    assert found[2].line == 3
    assert found[0].conversation.turns[1].tool_calls[0].result == "found"


def test_parquet_of_turns_and_of_canonical_records(tmp_path, records):
    flat, nested = tmp_path / "flat.parquet", tmp_path / "nested.parquet"
    rows = [
        {"conversation_id": 1, "role": "customer", "text": "Hello there"},
        {"conversation_id": 1, "role": "bot", "text": "Hi"},
        {"conversation_id": 2, "role": "customer", "text": "Bye"},
    ]
    parquet.write_table(pa.Table.from_pylist(rows), flat)
    turns = [{"role": "customer", "text": "Hi", "time": None}]
    parquet.write_table(pa.Table.from_pylist([{"id": "n", "turns": turns}]), nested)
    assert [len(r.conversation.turns) for r in records(flat)] == [2, 1]
    assert (detect(flat), detect(nested)) == ("csv", "canonical")
    assert records(nested)[0].conversation.turns[0].text == "Hi"


def test_broken_parquet(write, refusal):
    assert "broken Parquet" in refusal(write("a.parquet", b"PAR1" + b"x" * 50)).reason


def test_saved_dataset_folders(tmp_path, records):
    datasets = pytest.importorskip("datasets")
    saved = datasets.Dataset.from_list([{"id": "a", **SHAREGPT}, {"id": "b", **SHAREGPT}])
    saved.save_to_disk(tmp_path / "plain")
    datasets.DatasetDict({"train": saved}).save_to_disk(tmp_path / "in" / "splits")
    assert detect(tmp_path / "plain") == "sharegpt"
    assert [r.conversation.id for r in records(tmp_path / "plain")] == ["a", "b"]
    # A dataset folder inside a folder is one input, not a heap of files.
    assert [r.conversation.id for r in records(tmp_path / "in")] == ["a", "b"]


def test_dataset_folder_without_the_extra(tmp_path, monkeypatch, write):
    write("d/state.json", "{}")
    write("d/dataset_info.json", "{}")
    real = builtins.__import__

    def _missing(name, *args, **kwargs):
        if name == "datasets":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", _missing)
    with pytest.raises(ConfigError, match="extra datasets"):
        list(read([tmp_path / "d"]))


MAIA = {
    "id": "en_pt-br_#CLIENT#_1",
    "dialog": {"Task Sucess": 3.0, "Dropped conversation": -1},
    "turns": [
        {
            "floor": "inbound",
            "text_src": ["Bom dia", "onde está a encomenda?"],
            "text_mt": ["Good morning", "where is the order?"],
            "IQ": None,
            "Emotion": [2, -1],
        },
        {"floor": "outbound", "text_src": [" "], "text_mt": [" "], "IQ": 1},
        {"floor": "outbound", "text_src": ["On its way."], "text_mt": ["A caminho."], "IQ": 4.0},
    ],
}


def test_maia_in_the_words_as_typed_and_in_english(write, one):
    path = write("maia.json", [MAIA])
    assert detect(path) == "maia"
    typed, english = one(path), one(path, format="maia:english")
    assert [t.text for t in typed.conversation.turns] == [
        "Bom dia\nonde está a encomenda?",
        "On its way.",
    ]
    assert typed.conversation.language == "pt"
    assert typed.conversation.turns[1].role is Role.HUMAN_AGENT
    assert [t.text for t in english.conversation.turns] == [
        "Good morning\nwhere is the order?",
        "On its way.",
    ]
    assert english.conversation.language == "en"
    # The empty turn is gone: the labels of the third are those of turn 1; -1 is not given.
    assert typed.sealed.answer_key == {
        "task_success": 3,
        "turns": [{"turn": 0, "emotion": [2, None]}, {"turn": 1, "iq": 4}],
    }


def test_maia_with_an_unknown_floor(write):
    (bad,) = read([write("m.json", [{**MAIA, "turns": [{"floor": "roof", "text_src": []}]}])])
    assert "floor 'roof'; allowed are inbound, outbound" in bad.reason
