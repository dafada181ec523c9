"""Nouns survive the store, and a digest changes exactly when what it stands for changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cxscore import wire
from cxscore.estimates import Unavailable
from cxscore.knowledge import Article, KnowledgeBase, Passage
from cxscore.label import Label, Survey
from cxscore.rubric import CompositeRule, Criterion, Rubric, Scale
from cxscore.transcript import (
    Agent,
    Conversation,
    Flags,
    Handoff,
    Kind,
    Leg,
    Record,
    Role,
    Sealed,
    SealedEvent,
    Source,
    ToolCall,
    Turn,
    VendorClaim,
    Visibility,
    blind,
    content_digest,
    visible_digest,
)
from cxscore.verdict import (
    Abstained,
    ActionCheck,
    ClaimCheck,
    Composite,
    Fact,
    Facts,
    Failed,
    Graded,
    Issue,
    Judged,
    Knowledge,
    LogLine,
    PassageRef,
    Quote,
    Verdict,
)

# A lone surrogate is no text: readers replace it before a noun is built.
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
maybe_text = st.none() | text
number = st.floats(allow_nan=False, allow_infinity=False)
zones = st.sampled_from([None, UTC, timezone(timedelta(hours=5, minutes=45))])
when = st.none() | st.datetimes(datetime(1995, 1, 1), datetime(2100, 1, 1), timezones=zones)
json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | number | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
json_object = st.dictionaries(text, json_value, max_size=3)
level = st.integers(1, 5) | st.sampled_from(["yes", "no"]) | text


def tuples(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(strategy, max_size=2).map(tuple)


for _type, _strategy in {
    str: text,
    float: number,
    datetime: when.filter(lambda w: w is not None),
    ToolCall: st.builds(ToolCall, arguments=json_object, time=when),
}.items():
    st.register_type_strategy(_type, _strategy)

tool_call = st.builds(ToolCall, name=text, arguments=json_object, id=maybe_text, result=maybe_text)
turn = st.builds(
    Turn,
    role=st.sampled_from(Role),
    text=text,
    time=when,
    author=maybe_text,
    visibility=st.sampled_from(Visibility),
    tool_calls=tuples(tool_call),
    sources=tuples(st.builds(Source)),
    ai_drafted=st.none() | st.booleans(),
)
conversation = st.builds(
    Conversation,
    turns=tuples(turn),
    started_at=when,
    ended_at=when,
    updated_at=when,
    attributes=json_object,
    handoffs=tuples(st.builds(Handoff)),
    tags=tuples(text),
)
sealed = st.builds(Sealed, costs=json_object, answer_key=json_object)
record = st.builds(Record, conversation=conversation, sealed=sealed)
outcome = st.one_of(
    st.builds(Graded, level=st.none() | level), st.builds(Abstained), st.builds(Failed)
)
verdict = st.builds(
    Verdict,
    outcomes=st.dictionaries(
        st.sampled_from(Leg), st.dictionaries(text, outcome, max_size=3), max_size=3
    ),
    composite=st.none()
    | st.builds(Composite, weights=st.dictionaries(text, number, max_size=2))
    | st.builds(lambda why: Unavailable(missing=why), text),
)
judged = st.builds(Judged, record=record, verdict=st.none() | verdict)
rubric = st.builds(
    Rubric,
    sections=st.dictionaries(text, text, max_size=2),
    composite=st.none()
    | st.builds(CompositeRule, weights=st.dictionaries(text, number, max_size=2)),
)

NOUNS = {
    Conversation: conversation,
    Record: record,
    Verdict: verdict,
    Judged: judged,
    Rubric: rubric,
    **{
        noun: st.builds(noun)
        for noun in (
            ActionCheck, Agent, Article, ClaimCheck, Criterion, Fact, Facts, Flags, Issue,
            Knowledge, KnowledgeBase, Label, LogLine, Passage, PassageRef, Quote, Scale,
            SealedEvent, Survey, VendorClaim,
        )
    },
}  # fmt: skip
relaxed = settings(
    max_examples=20,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
)


@pytest.mark.parametrize("noun", NOUNS, ids=lambda n: n.__name__)
@relaxed
@given(data=st.data())
def test_a_noun_survives_the_wire(noun: type, data: st.DataObject):
    one = data.draw(NOUNS[noun])
    assert wire.load(noun, wire.dump(one)) == one


@relaxed
@given(conversation)
def test_digests_survive_the_wire(one: Conversation):
    other = wire.load(Conversation, wire.dump(one))
    assert content_digest(other) == content_digest(one)
    assert visible_digest(blind(other)) == visible_digest(blind(one))


def test_values_json_does_not_know_do_not_break_a_digest():
    one = Conversation(id="c", turns=(), attributes={"a": float("nan"), "b": float("inf")})
    other = wire.load(Conversation, wire.dump(one))
    assert content_digest(other) == content_digest(one)


def test_a_whole_number_in_a_floats_place_is_written_without_a_warning():
    survey = Survey(kind="csat", value=5)
    assert wire.load(Survey, wire.dump(survey)) == survey


@pytest.mark.parametrize("text_", ["", "{", "[]", '{"turn": "x"}', "null"])
def test_bytes_that_do_not_fit_are_refused(text_: str):
    with pytest.raises(ValidationError):
        wire.load(Quote, text_)


def test_the_schema_of_a_conversation_names_its_required_members():
    assert wire.schema(Conversation)["required"] == ["id", "turns"]


# Digests -------------------------------------------------------------------------------------

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CALL = ToolCall(name="refund", arguments={"a": 1}, result="ok", ok=True, time=NOON)
BASE = Conversation(
    id="c1",
    turns=(
        Turn(role=Role.CUSTOMER, text="hi", time=NOON),
        Turn(role=Role.AI_AGENT, text="done", tool_calls=(CALL,), sources=(Source(title="FAQ"),)),
        Turn(role=Role.SYSTEM, text="closed"),
    ),
    channel="chat",
    language="en",
    started_at=NOON,
    handoffs=(Handoff(before_turn=1, to=Role.AI_AGENT, team="t", summary="s"),),
    tool_log=True,
)


def with_turn(index: int, **changes: object) -> Conversation:
    turns = list(BASE.turns)
    turns[index] = replace(turns[index], **changes)
    return replace(BASE, turns=tuple(turns))


def with_call(**changes: object) -> Conversation:
    return with_turn(1, tool_calls=(replace(CALL, **changes),))


VISIBLE = {
    "channel": replace(BASE, channel="email"),
    "language": replace(BASE, language="de"),
    "start": replace(BASE, started_at=NOON + timedelta(seconds=1)),
    "log unknown": replace(BASE, tool_log=None),
    "log missing": replace(BASE, tool_log=False),
    "words": with_turn(0, text="hi."),
    "role": with_turn(0, role=Role.HUMAN_AGENT),
    "turn time": with_turn(0, time=NOON + timedelta(seconds=1)),
    "turn added": replace(BASE, turns=(*BASE.turns, Turn(role=Role.CUSTOMER, text=""))),
    "source": with_turn(1, sources=(Source(url="FAQ"),)),
    "tool name": with_call(name="refunds"),
    "argument": with_call(arguments={"a": 2}),
    "argument type": with_call(arguments={"a": "1"}),
    "argument truth": with_call(arguments={"a": True}),
    "argument list": with_call(arguments={"a": [1]}),
    "result": with_call(result="no"),
    "no result": with_call(result=None),
    "failed": with_call(ok=False),
    "requester": with_call(requester=Role.CUSTOMER),
    "handoff": replace(BASE, handoffs=()),
    "handoff place": replace(BASE, handoffs=(replace(BASE.handoffs[0], before_turn=2),)),
    "handoff note": replace(BASE, handoffs=(replace(BASE.handoffs[0], summary="t"),)),
}
HIDDEN = {
    "system words": with_turn(2, text="reopened"),
    "author": with_turn(1, author="bot-7"),
    "drafted": with_turn(1, ai_drafted=True),
    "customer": replace(BASE, customer_id="u"),
    "issue": replace(BASE, issue_id="i"),
    "kind": replace(BASE, kind=Kind.ACTION),
    "topic": replace(BASE, topic="t"),
    "agent": replace(BASE, agent=Agent(vendor="v")),
    "team": replace(BASE, team="t", human_agent="h", brand="b"),
    "tags": replace(BASE, tags=("vip",)),
    "attributes": replace(BASE, attributes={"csat": 5}),
    "flags": replace(BASE, flags=Flags(spam=True)),
    "end": replace(BASE, ended_at=NOON),
    "handoff reason": replace(BASE, handoffs=(replace(BASE.handoffs[0], reason="r"),)),
}


@pytest.mark.parametrize("name", VISIBLE)
def test_the_visible_digest_changes_with_everything_a_judge_sees(name: str):
    assert visible_digest(blind(VISIBLE[name])) != visible_digest(blind(BASE))
    assert content_digest(VISIBLE[name]) != content_digest(BASE)


def test_all_visible_variants_have_digests_of_their_own():
    assert len({visible_digest(blind(v)) for v in VISIBLE.values()}) == len(VISIBLE)


@pytest.mark.parametrize("name", HIDDEN)
def test_the_visible_digest_ignores_what_no_judge_sees(name: str):
    assert visible_digest(blind(HIDDEN[name])) == visible_digest(blind(BASE))
    assert content_digest(HIDDEN[name]) != content_digest(BASE)


def test_the_id_is_not_part_of_what_is_shown():
    other = replace(BASE, id="c2")
    assert visible_digest(blind(other)) == visible_digest(blind(BASE))
    assert content_digest(other) != content_digest(BASE)


def test_a_new_stamp_is_no_new_version():
    assert content_digest(replace(BASE, updated_at=NOON)) == content_digest(BASE)


def test_one_moment_in_two_zones_has_one_digest():
    local = NOON.astimezone(timezone(timedelta(hours=2)))
    assert content_digest(replace(BASE, started_at=local)) == content_digest(BASE)
    naive = NOON.replace(tzinfo=None)
    assert content_digest(replace(BASE, started_at=naive)) != content_digest(BASE)


def test_the_order_of_arguments_is_not_content():
    one = with_call(arguments={"a": 1, "b": {"x": 1, "y": 2}})
    two = with_call(arguments={"b": {"y": 2, "x": 1}, "a": 1})
    assert content_digest(one) == content_digest(two)


def test_a_mapping_and_a_list_of_pairs_differ():
    one = replace(BASE, attributes={"a": {"k": 1}})
    two = replace(BASE, attributes={"a": [["k", 1]]})
    assert content_digest(one) != content_digest(two)


def test_the_digest_is_the_same_in_every_release():
    # Changing it scores every stored conversation anew: do that on purpose only.
    assert visible_digest(blind(BASE))[:16] == "5c837021ac510c4a"
    assert content_digest(BASE)[:16] == "38629c381c7670fa"
