import gzip
import io
import json
import random
import zipfile

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from cxscore.errors import ConfigError, InputError, TranscriptError
from cxscore.readers import detect, read
from cxscore.readers.detection import FORMATS
from cxscore.transcript import Record
from tests.readers import helpdesk_records

GOOD = {"id": "a", "turns": [{"role": "customer", "text": "Hello, is anybody there?"}]}


def _line(identity):
    return json.dumps({**GOOD, "id": identity})


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        (b"", None, "is empty"),
        (b" \n\n", None, "is empty"),
        (b"\xef\xbb\xbf", None, "is empty"),
        ('{"id": "a"}'.encode("utf-16"), 1, "is UTF-16"),
        ('{"id": "a"}'.encode("utf-16-le"), 1, "is UTF-16"),
        (b"Dear all,\nhello", None, "is in no known format; known are canonical, csv"),
        (b'{"some": "thing"}', None, "is in no known format"),
        (b'[{"id": "a",}', 1, "is not valid JSON"),
        (b"[1,\n2,\n}", 3, "is not valid JSON"),
        (b"[]", None, "no known format"),
        (b"[" * 100_000, 1, "is not valid JSON: recursion limit"),
        (b"\x1f\x8bnonsense", None, "cannot be read, it is damaged"),
        (gzip.compress(b"x" * 9000, mtime=0)[:-20], None, "cannot be read, it is damaged"),
        (b"PK\x03\x04nonsense", None, "cannot be read, it is damaged"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(write, refusal, data, line, said):
    error = refusal(write("a.jsonl", data))
    assert said in error.reason
    assert (error.path.endswith("a.jsonl"), error.line) == (True, line)


def test_broken_json_in_line_7(write):
    lines = [_line(str(i)) for i in range(9)]
    lines[6] = lines[6][:20]
    found = list(read([write("a.jsonl", "\n".join(lines))]))
    (bad,) = [f for f in found if isinstance(f, TranscriptError)]
    assert (len(found), bad.line, "broken JSON" in bad.reason) == (9, 7, True)


def test_latin_1_bytes_name_line_and_byte(write):
    data = f"{_line('1')}\n".encode() + b'{"id": "2", "turns": [], "x": "caf\xe9"}\n'
    good, bad = read([write("a.jsonl", data)])
    assert good.conversation.id == "1"
    assert (bad.line, "byte 0xe9 at byte 35" in bad.reason) == (2, True)


def test_deep_nesting_and_other_values_are_errors_of_their_line(write):
    deep = '{"id": "d", "turns": [], "x": ' + "[" * 5000 + "]" * 5000 + "}"
    found = list(read([write("a.jsonl", _line("1"), deep, "7", "null", '"x"', _line("2"))]))
    assert [isinstance(f, TranscriptError) for f in found] == [False, True, True, True, True, False]
    assert "the record is a number, not an object" in found[2].reason


def test_a_10_mb_turn_is_counted_and_the_rest_is_read(write):
    big = json.dumps({"id": "big", "turns": [{"role": "customer", "text": "x" * 10_000_000}]})
    bad, good = read([write("a.jsonl", big, _line("2"))])
    assert (bad.line, "10,000,000 characters long" in bad.reason) == (1, True)
    assert good.conversation.id == "2"


def test_a_line_without_end_is_passed_over(write, monkeypatch):
    monkeypatch.setattr("cxscore.readers.json_objects.MAX_LINE_BYTES", 1000)
    long = json.dumps({**GOOD, "x": "y" * 5000})
    first, bad, last = read([write("a.jsonl", _line("1"), long, _line("3"))])
    assert (first.conversation.id, last.conversation.id, last.line) == ("1", "3", 3)
    assert (bad.line, "the line is longer" in bad.reason) == (2, True)


def test_first_line_broken_does_not_hide_the_rest(write):
    bad, good = read([write("a.jsonl", '{"id": "a", "turns": [', _line("2"))])
    assert (bad.line, good.conversation.id) == (1, "2")


def test_folders_are_walked_and_what_is_no_data_is_passed_over(write, tmp_path):
    write("f/b.jsonl", GOOD)
    write("f/in/a.json", [{**GOOD, "id": "b"}])
    write("f/README.md", "read me")
    write("f/LICENSE", "free")
    write("f/.hidden.jsonl", "nothing")
    write("f/other.json", '{"what": "else"}')
    write("f/empty.csv", "")
    found = list(read([tmp_path / "f"]))
    assert [f.conversation.id for f in found if isinstance(f, Record)] == ["a", "b"]
    bad = {
        str(f.path).rpartition("/")[2]: f.reason for f in found if isinstance(f, TranscriptError)
    }
    assert sorted(bad) == ["empty.csv", "other.json"]


def test_a_folder_without_a_readable_file(write, refusal, tmp_path):
    write("f/README.md", "read me")
    assert "holds no file that can be read" in refusal(tmp_path / "f").reason


def test_an_archive_that_holds_one_broken_member(write, tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.jsonl", _line("1"))
        archive.writestr("b.jsonl", "")
    good, bad = read([path])
    assert (good.conversation.id, bad.path) == ("1", f"{path}/b.jsonl")


def test_paths_formats_and_choices_are_checked_before_anything_is_read(write, tmp_path):
    path = write("a.jsonl", GOOD)
    for paths, options, kind in (
        ([], {}, TranscriptError),
        ([path, tmp_path / "none"], {}, TranscriptError),
        ([path], {"format": "word"}, ConfigError),
        ([path], {"format": "csv", "mapping": path}, ConfigError),
    ):
        with pytest.raises(kind):
            read(paths, **options)
    with pytest.raises(TranscriptError, match="standard input"):
        next(read(["-"]))


def test_a_forced_format_that_does_not_fit(write, refusal):
    assert "does not look like csv" in refusal(write("a.jsonl", GOOD), format="csv").reason
    assert "simulations is missing" in refusal(write("b.jsonl", GOOD), format="tau2").reason


def _samples():
    turns = [
        {"role": "user", "content": "My parcel is late", "tool_calls": None},
        {
            "role": "assistant",
            "content": 'Thought: x\nAction: {"name": "f", "arguments": {}}',
        },
        {"role": "user", "content": "API output: {}"},
        {
            "role": "assistant",
            "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "1", "content": '{"csat": 1}', "error": False},
    ]
    maia = {
        "id": "en_pt_1",
        "dialog": {"Task Sucess": 1},
        "turns": [{"floor": "inbound", "text_src": ["oi"], "text_mt": ["hi"], "IQ": -1}],
    }
    canonical = {
        **GOOD,
        "started_at": "2025-01-01T00:00:00Z",
        "handoffs": [{"before_turn": 0, "to": "human_agent"}],
        "surveys": [{"kind": "csat", "value": 1}],
        "turns": [
            {
                "role": "ai_agent",
                "text": "ok",
                "tool_calls": [{"name": "f", "arguments": {"a": 1}, "result": "[1]"}],
            }
        ],
    }
    return {
        "canonical": json.dumps(canonical),
        "csv": 'conversation_id,role,text,time\na,customer,hi,2025-01-01\na,bot,"x\ny",\n',
        "messages": json.dumps({"id": "m", "messages": turns}),
        "sharegpt": json.dumps({"conversations": [{"from": "human", "value": "hi"}]}),
        "tau_bench": json.dumps(
            [{"task_id": 1, "reward": 0.5, "trial": 0, "info": {"task": {}}, "traj": turns}]
        ),
        "tau2": json.dumps(
            {
                "info": {"agent_info": {"llm": "m"}, "environment_info": {"domain_name": "d"}},
                "tasks": [{"id": "1"}],
                "simulations": [
                    {"id": "s", "task_id": "1", "messages": turns, "start_time": "2025-01-01"}
                ],
            }
        ),
        "tau2_judges": json.dumps({"simulation_id": "j", "judges": [], "messages": turns}),
        "maia": json.dumps([maia]),
        "maia:english": json.dumps([maia]),
        "intercom": json.dumps(helpdesk_records.intercom()),
        "zendesk": json.dumps(helpdesk_records.zendesk()),
    }


SAMPLES = _samples()


def _outcomes(data, **options):
    """Whatever the bytes hold, nothing but records and input errors comes out."""
    try:
        found = list(read(["-"], stdin=io.BytesIO(data), **options))
    except InputError:
        return []
    for outcome in found:
        assert isinstance(outcome, Record | TranscriptError)
        if isinstance(outcome, Record):
            for turn in outcome.conversation.turns:
                turn.text.encode("utf-8")
    return found


def test_every_sample_is_good_and_every_format_has_one():
    assert SAMPLES.keys() == FORMATS.keys()
    for name, sample in SAMPLES.items():
        (record,) = _outcomes(sample.encode(), format=name)
        assert isinstance(record, Record), (name, record)


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from([None, *FORMATS]))
def test_arbitrary_bytes_raise_nothing_but_input_errors(data, name):
    _outcomes(data, format=name)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(sorted(SAMPLES.keys() - {"csv"})), _JSON, st.randoms(use_true_random=False))
def test_any_value_put_anywhere_in_a_record_raises_nothing_else(name, value, chance):
    document = json.loads(SAMPLES[name])
    holder = document
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = chance.choice(keys)
        inner = holder[key]
        if not isinstance(inner, dict | list) or not inner or chance.random() < 0.25:
            break
        holder = inner
    holder[key] = value
    _outcomes(json.dumps(document).encode(), format=name)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_mutated_bytes_of_good_files_never_crash(name):
    chance = random.Random(name)
    good = SAMPLES[name].encode()
    for _ in range(300):
        data = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(data))
            kind = chance.randrange(4)
            if kind == 0:
                data[place] = chance.randrange(256)
            elif kind == 1:
                del data[place : place + chance.randint(1, 30)]
            elif kind == 2:
                data[place:place] = data[: chance.randint(1, 40)]
            else:
                data[place:place] = chance.choice([b"\x00", b'"', b"{", b"]", b"null", b"1e999"])
            data = data or bytearray(b"x")
        _outcomes(bytes(data), format=chance.choice([name, None]))


def _parquet():
    table = pa.Table.from_pylist(
        [json.loads(SAMPLES["sharegpt"]) | {"id": str(i)} for i in range(9)]
    )
    sink = io.BytesIO()
    parquet.write_table(table, sink)
    return sink.getvalue()


def _zip():
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jsonl", SAMPLES["canonical"])
        archive.writestr("b.csv", SAMPLES["csv"])
    return sink.getvalue()


@pytest.mark.parametrize("kind", ["gz", "zip", "parquet"])
def test_damaged_archives_never_crash(kind, tmp_path):
    chance = random.Random(kind)
    made = {
        "gz": lambda: gzip.compress(SAMPLES["canonical"].encode(), mtime=0),
        "zip": _zip,
        "parquet": _parquet,
    }
    good = made[kind]()
    path = tmp_path / f"a.{kind}"
    for _ in range(150):
        data = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.2:
            del data[chance.randrange(len(data)) :]
        path.write_bytes(data)
        try:
            found = list(read([path]))
        except InputError:
            continue
        assert all(isinstance(f, Record | TranscriptError) for f in found)


def test_detect_names_a_format_or_refuses(write, tmp_path):
    for name, sample in SAMPLES.items():
        assert detect(write("sample.data", sample)) == name.partition(":")[0]
    with pytest.raises(TranscriptError, match="no known format"):
        detect(write("x.txt", "hello"))


def test_a_subfolder_that_may_not_be_entered_is_told_and_the_rest_is_read(tmp_path, monkeypatch):
    import os

    line = b'{"id": "a", "turns": [{"role": "customer", "text": "Where is order 7?"}]}\n'
    (tmp_path / "a.jsonl").write_bytes(line)
    shut = tmp_path / "shut"
    shut.mkdir()
    entered = os.scandir

    def scandir(path):
        if os.fspath(path) == str(shut):
            raise PermissionError(13, "Permission denied", str(shut))
        return entered(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = list(read([tmp_path]))
    assert [f.conversation.id for f in found if isinstance(f, Record)] == ["a"]
    (told,) = [f for f in found if isinstance(f, TranscriptError)]
    assert told.path == str(shut)
    assert "may not be entered" in told.reason
