import gzip
import io
import json
import zipfile
from datetime import UTC, datetime

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxscore.errors import TranscriptError
from cxscore.label import Survey
from cxscore.readers import canonical, canonical_schema, detect, read
from cxscore.transcript import (
    Agent,
    Conversation,
    Flags,
    Handoff,
    Kind,
    Record,
    Role,
    Sealed,
    Source,
    ToolCall,
    Turn,
    VendorClaim,
    Visibility,
)
from cxscore.transcript.sealed_keys import without_sealed_keys

LINE = {
    "id": "c-1",
    "channel": "chat",
    "turns": [
        {"role": "customer", "text": "Where is my parcel, please?", "time": "2025-01-02T03:04:05Z"},
        {
            "role": "ai_agent",
            "text": "It arrives on Monday.",
            "tool_calls": [{"name": "track", "arguments": {"id": 7}, "result": "Monday"}],
        },
    ],
}


def test_one_line_becomes_one_record(write, one):
    path = write("a.jsonl", LINE)
    record = one(path)
    assert (record.path, record.line) == (str(path), 1)
    conversation = record.conversation
    assert (conversation.id, conversation.channel, conversation.language) == ("c-1", "chat", "en")
    assert conversation.turns[0].time == datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert conversation.turns[1].tool_calls[0].arguments == {"id": 7}


def test_sealed_members_and_unknown_keys_leave_the_conversation(write, one):
    line = {
        **LINE,
        "vendor_claim": {"value": "resolved", "billed": True},
        "surveys": [{"kind": "csat", "value": 4}],
        "costs": {"usd": 0.99},
        "answer_key": {"resolved": False},
        "crm_stage": "gold",
        "attributes": {"plan": "pro"},
    }
    record = one(write("a.jsonl", line))
    assert record.sealed.vendor_claim == VendorClaim(value="resolved", billed=True)
    assert record.sealed.surveys == (Survey(kind="csat", value=4),)
    assert record.sealed.costs == {"usd": 0.99}
    assert record.sealed.answer_key == {"resolved": False}
    assert record.conversation.attributes == {"crm_stage": "gold", "plan": "pro"}


def test_survey_and_control_tokens_in_turns_are_sealed(write, one):
    turns = [
        *LINE["turns"],
        {"role": "ai_agent", "text": "How would you rate this chat?"},
        {"role": "customer", "text": "2"},
        {"role": "customer", "text": "Bye ###STOP###"},
    ]
    record = one(write("a.jsonl", {**LINE, "turns": turns}))
    assert [t.text for t in record.conversation.turns][2:] == ["Bye"]
    assert sorted(e.kind for e in record.sealed.events) == ["control_token", "survey", "survey"]


@pytest.mark.parametrize("form", ["list", "printed", "single"])
def test_json_documents_are_read_too(write, records, form):
    values = {"list": [LINE, {**LINE, "id": 2}], "single": LINE}
    text = json.dumps(LINE, indent=2) if form == "printed" else json.dumps(values[form])
    found = records(write("a.json", text))
    assert [r.conversation.id for r in found] == (["c-1", "2"] if form == "list" else ["c-1"])
    assert found[0].line == 1


def test_packed_files_and_standard_input(write, records, tmp_path):
    raw = (json.dumps(LINE) + "\n").encode()
    packed = write("a.jsonl.gz", gzip.compress(raw))
    archive = tmp_path / "b.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("in/one.jsonl", raw)
        opened.writestr("in/README.md", "nothing")
        opened.writestr("__MACOSX/in/one.jsonl", b"\x00")
    expected = records(write("a.jsonl", LINE))[0].conversation
    assert records(packed)[0].conversation == expected
    (member,) = records(archive)
    assert member.conversation == expected
    assert member.path == f"{archive}/in/one.jsonl"
    assert detect(packed) == detect(archive) == "canonical"
    for stream in (io.BytesIO(raw), io.BytesIO(gzip.compress(raw)), _Pipe(raw)):
        (piped,) = records("-", stdin=stream)
        assert (piped.conversation, piped.path) == (expected, "-")


class _Pipe(io.RawIOBase):
    """Bytes that come in small pieces and never again."""

    def __init__(self, data):
        self._data = data

    def readable(self):
        return True

    def readinto(self, buffer):
        part, self._data = self._data[:7], self._data[7:]
        buffer[: len(part)] = part
        return len(part)


def test_lines_come_one_at_a_time(tmp_path):
    class _Endless(io.RawIOBase):
        served = 0

        def readable(self):
            return True

        def readinto(self, buffer):
            line = json.dumps({**LINE, "id": str(self.served)}).encode() + b"\n"
            line = line[: len(buffer)]
            buffer[: len(line)] = line
            _Endless.served += 1
            return len(line)

    stream = io.BufferedReader(_Endless())
    found = read(["-"], stdin=stream)
    assert [next(found).conversation.id for _ in range(3)] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"turns": [{"text": "x"}]}, "turns[0].role is missing"),
        ({"turns": [{"role": "robot", "text": "x"}]}, "turns[0].role is 'robot'; allowed are"),
        ({"turns": [{"role": "customer"}]}, "turns[0].text is missing"),
        ({"turns": "x"}, "turns is 'x'"),
        ({"id": " "}, "id is empty"),
        ({"started_at": "yesterday"}, "started_at is 'yesterday'"),
        ({"turns": [{"role": "customer", "text": "x" * 1_000_001}]}, "at most 1,000,000"),
    ],
)
def test_a_bad_record_is_one_error_with_its_line(write, change, said):
    path = write("a.jsonl", LINE, {**LINE, "id": "c-2", **change}, {**LINE, "id": "c-3"})
    first, bad, last = read([path])
    assert (first.conversation.id, last.conversation.id) == ("c-1", "c-3")
    assert isinstance(bad, TranscriptError)
    assert (bad.path, bad.line) == (str(path), 2)
    assert said in bad.reason


def test_allowed_roles_are_listed(write):
    (bad,) = read([write("a.jsonl", {"id": "1", "turns": [{"role": "bot", "text": "x"}]})])
    assert all(role.value in bad.reason for role in Role)


def test_null_means_not_given(write, one):
    turns = [{"role": "customer", "text": "Hi", "tool_calls": None, "visibility": None}]
    record = one(write("a.jsonl", {"id": "1", "turns": turns, "tags": None, "flags": None}))
    assert record.conversation == Conversation(id="1", turns=(Turn(role=Role.CUSTOMER, text="Hi"),))


def test_times_without_a_zone_are_utc_and_language_is_a_primary_tag(write, one):
    line = {**LINE, "started_at": "2025-01-02T03:04:05", "language": "pt-BR"}
    conversation = one(write("a.jsonl", line)).conversation
    assert conversation.started_at == datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert conversation.language == "pt"


def test_nul_bytes_and_lone_surrogates_leave_the_text(write, one):
    raw = '{"id": "1", "turns": [{"role": "customer", "text": "a\\u0000b\\ud800c\\u0007"}]}'
    text = one(write("a.jsonl", raw)).conversation.turns[0].text
    assert text == "ab\ufffdc"
    text.encode("utf-8")


def test_schema_describes_lines_and_refuses_others(write):
    schema = canonical_schema()
    check = jsonschema.Draft202012Validator(schema)
    check.check_schema(schema)
    check.validate({**LINE, "surveys": [{"kind": "csat", "value": 4}], "anything": 1})
    for bad in ({"id": "1"}, {**LINE, "turns": [{"text": "x"}]}, {**LINE, "surveys": [{}]}):
        assert not check.is_valid(bad)


_WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=40).map(
    lambda s: s + "x"
)
_TIMES = st.none() | st.datetimes(
    datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_WORDS, inner, max_size=2),
    max_leaves=4,
)
_CALLS = st.builds(
    ToolCall,
    name=st.just("track_order"),
    arguments=st.dictionaries(_WORDS, _JSON, max_size=2),
    id=st.none() | _WORDS,
    requester=st.sampled_from(Role),
    result=st.none() | _WORDS,
    ok=st.none() | st.booleans(),
    time=_TIMES,
)
_TURNS = st.builds(
    Turn,
    role=st.sampled_from(Role),
    text=_WORDS,
    time=_TIMES,
    author=st.none() | _WORDS,
    visibility=st.sampled_from(Visibility),
    tool_calls=st.lists(_CALLS, max_size=2).map(tuple),
    sources=st.lists(st.builds(Source, title=_WORDS), max_size=1).map(tuple),
    ai_drafted=st.none() | st.booleans(),
)
_RECORDS = st.builds(
    Record,
    conversation=st.builds(
        Conversation,
        id=_WORDS.map(lambda s: s.strip()),
        turns=st.lists(_TURNS, max_size=4).map(tuple),
        channel=st.none() | _WORDS,
        language=st.sampled_from(["en", "de"]),
        started_at=_TIMES,
        kind=st.none() | st.sampled_from(Kind),
        agent=st.none() | st.builds(Agent, model=_WORDS),
        tags=st.lists(_WORDS, max_size=2).map(tuple),
        attributes=st.dictionaries(_WORDS, _JSON, max_size=2),
        flags=st.builds(Flags, spam=st.none() | st.booleans()),
        handoffs=st.just(()) | st.just((Handoff(before_turn=0, to=Role.HUMAN_AGENT),)),
        tool_log=st.none() | st.booleans(),
    ),
    sealed=st.builds(
        Sealed,
        vendor_claim=st.none() | st.builds(VendorClaim, value=_WORDS),
        surveys=st.lists(st.builds(Survey, kind=_WORDS, value=_WORDS), max_size=1).map(tuple),
        costs=st.dictionaries(_WORDS, _JSON, max_size=1),
        answer_key=st.dictionaries(_WORDS, _JSON, max_size=1),
    ),
)


def _again(record):
    data = canonical.line(record) + b"\n"
    (found,) = read(["-"], format="canonical", stdin=io.BytesIO(data))
    assert isinstance(found, Record), found
    return found


@settings(deadline=None)
@given(_RECORDS)
def test_a_written_record_is_read_as_it_was(record):
    once = _again(record)
    again = _again(once)
    assert (again.conversation, again.sealed) == (once.conversation, once.sealed)
    calls = [c for t in record.conversation.turns for c in t.tool_calls]
    told = any(without_sealed_keys(c.arguments) != c.arguments for c in calls)
    if not once.sealed.events and not told:
        # Nothing in it needed sealing: the very same conversation comes back.
        assert (once.conversation, once.sealed) == (record.conversation, record.sealed)
