from pathlib import Path

import pytest

from cxscore.errors import ConfigError, TranscriptError
from cxscore.readers import read
from cxscore.transcript import Role, Visibility, blind

MAPPING = """
schema: 1
name: desk
records: tickets[]
id: number
id_prefix: "t-"
turns: comments
role: author.kind
roles: {end_user: customer, bot: ai_agent, staff: human_agent, trigger: drop, api: tool}
text: body
html: true
time: created
author: author.id
internal: private
tool: {name: call.name, arguments: call.args, result: body, ok: call.ok}
sources: {each: articles, title: t, url: u}
tool_log: true
conversation: {channel: via, started_at: created, tags: labels, kind: "'action'"}
agent: {vendor: "'Acme'", model: bot_model}
attributes: {plan: custom.plan}
vendor_claim: {value: resolution, window: 24h, graded_by: vendor_llm}
surveys: [{kind: csat, value: satisfaction.score, scale: 1-5, comment: satisfaction.comment}]
costs: {usd: price}
answer_key: {truth: truth}
"""
TICKET = {
    "number": 7,
    "via": "e-mail",
    "created": 1735787045,
    "labels": ["late", 5],
    "bot_model": "m",
    "custom": {"plan": "pro"},
    "resolution": "SENTINEL-claim",
    "satisfaction": {"score": 1, "comment": "SENTINEL-survey"},
    "price": 0.5,
    "truth": "SENTINEL-truth",
    "comments": [
        {"author": {"kind": "end_user", "id": 9}, "body": "<p>Hi &amp; <b>help</b></p><p>me</p>"},
        {"author": {"kind": "trigger"}, "body": "assigned"},
        {"author": {"kind": "api"}, "body": "ok", "call": {"name": "find", "args": {"a": 1}}},
        {
            "author": {"kind": "bot"},
            "body": "See <a href='u'>this</a>",
            "articles": [{"t": "Returns", "u": "https://x"}],
        },
        {"author": {"kind": "staff"}, "body": "note", "private": True},
    ],
}


@pytest.fixture
def mapped(write):
    def _mapped(document, mapping=MAPPING):
        data = write("tickets.json", document)
        return list(read([data], mapping=write("map.yaml", mapping)))

    return _mapped


def test_everything_a_mapping_can_say(mapped):
    (record,) = mapped({"tickets": [TICKET]})
    conversation, sealed = record.conversation, record.sealed
    assert (conversation.id, conversation.channel, conversation.tags) == (
        "t-7",
        "e-mail",
        ("late", "5"),
    )
    assert conversation.started_at.isoformat() == "2025-01-02T03:04:05+00:00"
    assert (conversation.agent.vendor, conversation.agent.model) == ("Acme", "m")
    assert conversation.attributes == {"plan": "pro"}
    customer, tool, bot, note = conversation.turns
    assert (customer.text, customer.author) == ("Hi & help\nme", "9")
    assert (tool.role, tool.text, tool.tool_calls[0].arguments) == (Role.AI_AGENT, "", {"a": 1})
    assert (bot.text, bot.sources[0].title) == ("See this", "Returns")
    assert note.visibility is Visibility.INTERNAL
    assert (sealed.vendor_claim.value, sealed.vendor_claim.window) == ("SENTINEL-claim", "24h")
    assert (sealed.surveys[0].value, sealed.surveys[0].comment) == (1, "SENTINEL-survey")
    assert (sealed.costs, sealed.answer_key) == ({"usd": 0.5}, {"truth": "SENTINEL-truth"})
    assert "SENTINEL" not in str(blind(conversation))


def test_turns_with_times_are_put_in_order(mapped):
    late = {"author": {"kind": "bot"}, "body": "two", "created": "2025-01-02"}
    early = {"author": {"kind": "end_user"}, "body": "one", "created": "2025-01-01"}
    (record,) = mapped({"tickets": [{"number": 1, "comments": [late, early]}]})
    assert [t.text for t in record.conversation.turns] == ["one", "two"]


def test_lines_and_lists_without_records(write):
    mapping = write("m.yaml", "{name: x, id: k, turns: t, role: r, roles: {c: customer}, text: b}")
    value = {"k": "1", "t": [{"r": "c", "b": "Hello"}]}
    for path in (write("a.jsonl", value, value), write("a.json", [value, value])):
        found = list(read([path], mapping=mapping))
        assert [(r.conversation.id, r.line) for r in found] == [("1", 1), ("1", 2)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"number": None}, "id (number) finds null"),
        ({"comments": None}, "turns (comments) finds null, not a list"),
        ({"comments": [{"author": {"kind": "ufo"}, "body": ""}]}, "turn 0 has role 'ufo'"),
        ({"comments": [{"author": {"kind": "api"}, "body": ""}]}, "tool.name (call.name) finds"),
        ({"comments": [{"author": {"kind": "bot"}, "body": 3}]}, "turn 0: content is a number"),
        ({"created": "noon"}, "'noon' is no time"),
    ],
)
def test_a_record_that_does_not_fit_is_one_error(mapped, change, said):
    bad, good = mapped({"tickets": [{**TICKET, **change}, TICKET]})
    assert isinstance(bad, TranscriptError)
    assert (bad.line, said in bad.reason) == (1, True), bad.reason
    assert good.conversation.id == "t-7"


def test_lists_of_turns_that_differ_in_length(write):
    text = "{name: x, id: k, turns: {a: a, b: b}, role: a, roles: {c: customer}, text: b}"
    path = write("a.jsonl", {"k": "1", "a": ["c"], "b": ["x", "y"]})
    (bad,) = read([path], mapping=write("m.yaml", text))
    assert "differ in length" in bad.reason


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: number", "id: 'number['", "id: 'number[' is no JMESPath"),
        ("{plan: custom.plan}", "{plan: 'a..b'}", "attributes.plan: 'a..b' is no JMESPath"),
        ("satisfaction.score", "'a b'", "surveys[0].value: 'a b' is no JMESPath"),
        ("bot: ai_agent", "bot: robot", "roles.bot is 'robot'"),
        ("text: body", "txt: body", "text is missing"),
        ("html: true", "htlm: true", "htlm is no key of a mapping file"),
        ("name: desk", "name: [desk", "is not valid YAML"),
        ("tool: {", "#", "no key tool"),
    ],
)
def test_a_slip_in_a_mapping_names_file_key_and_reason(write, old, new, said):
    assert old in MAPPING
    mapping = write("map.yaml", MAPPING.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        read([write("t.json", {"tickets": []})], mapping=mapping)
    assert caught.value.path == str(mapping)
    assert said in caught.value.reason


def test_mapping_files_that_are_none(write, tmp_path):
    data = write("t.json", {"tickets": []})
    for mapping in (tmp_path / "none.yaml", write("empty.yaml", ""), write("b.yaml", b"\xff\xfe")):
        with pytest.raises(ConfigError):
            read([data], mapping=mapping)


def test_records_that_finds_no_list(write, refusal):
    path, mapping = write("t.json", {"other": 1}), write("map.yaml", MAPPING)
    assert "records (tickets[]) finds null" in refusal(path, mapping=mapping).reason


def test_the_abcd_example_reads_its_shape(write):
    mapping = Path(__file__).parents[2] / "examples" / "mappings" / "abcd.yaml"
    chat = {
        "convo_id": 5,
        "scenario": {"flow": "f", "subflow": "s", "personal": {"member_level": "gold"}},
        "original": [["agent", "Hi!"], ["customer", "Hello"], ["action", "Looked up."]],
        "delexed": [
            {"speaker": "agent", "targets": ["s", None, None, []]},
            {"speaker": "customer", "targets": ["s", None, None, []]},
            {"speaker": "action", "targets": ["s", "take_action", "pull-up", ["x"]]},
        ],
    }
    (record,) = read([write("abcd.json", [chat])], mapping=mapping)
    (call,) = record.conversation.turns[2].tool_calls
    assert (call.name, call.result, call.requester) == ("pull-up", "Looked up.", Role.HUMAN_AGENT)
    assert record.conversation.id == "abcd-5"
    assert record.sealed.answer_key == {"flow": "f", "subflow": "s"}
