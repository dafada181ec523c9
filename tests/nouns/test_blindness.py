"""No judge sees a claim, a survey, a key or a person's name; the ordinary words all arrive."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxscore.errors import TranscriptError
from cxscore.label import Survey
from cxscore.transcript import (
    Agent,
    Conversation,
    Flags,
    Handoff,
    Record,
    Role,
    Sealed,
    Stream,
    ToolCall,
    Turn,
    VendorClaim,
    Visibility,
    blind,
    seal,
    without_sealed_keys,
)

SECRET = re.compile(r"SENTINEL\d*")


def conversation_with_sentinels() -> Record:
    """Everything sealed holds a SENTINEL, everything visible a word beginning with plain_."""
    turns = (
        Turn(role=Role.SYSTEM, text="SENTINEL1 workflow matched"),
        Turn(role=Role.CUSTOMER, text="plain_request ###SENTINEL###", author="SENTINEL2"),
        Turn(
            role=Role.AI_AGENT,
            text="plain_answer",
            author="SENTINEL3",
            ai_drafted=True,
            tool_calls=(
                ToolCall(
                    name="lookup_order",
                    arguments={"order": "plain_order", "csatScore": "SENTINEL4"},
                    result=json.dumps({"status": "plain_status", "resolution_state": "SENTINEL5"}),
                ),
                ToolCall(name="mark_as_resolved", arguments={"note": "SENTINEL6"}, result="ok"),
                ToolCall(name="list_stock", result="plain_output, no JSON"),
            ),
        ),
        Turn(role=Role.HUMAN_AGENT, text="SENTINEL7 note", visibility=Visibility.INTERNAL),
        Turn(
            role=Role.TOOL,
            text="plain_tool_text",
            tool_calls=(ToolCall(name="get_tier", result='[{"gold_answer": "SENTINEL8"}]'),),
        ),
        Turn(role=Role.AI_AGENT, text="plain_closing words. How would you rate SENTINEL9 today?"),
        Turn(role=Role.AI_AGENT, text="Have a nice day!"),
        Turn(role=Role.CUSTOMER, text="1 - SENTINEL10"),
        Turn(role=Role.SYSTEM, text="CSAT SENTINEL11 received"),
        Turn(role=Role.CUSTOMER, text="plain_last"),
    )
    kept, handoffs, events = seal(
        turns, (Handoff(before_turn=9, to=Role.HUMAN_AGENT, reason="SENTINEL12"),)
    )
    return Record(
        conversation=Conversation(
            id="c1",
            turns=kept,
            handoffs=handoffs,
            customer_id="SENTINEL13",
            issue_id="SENTINEL14",
            topic="SENTINEL15",
            agent=Agent(vendor="SENTINEL16", model="SENTINEL17"),
            human_agent="SENTINEL18",
            team="SENTINEL19",
            brand="SENTINEL20",
            tags=("SENTINEL21",),
            attributes={"SENTINEL22": {"SENTINEL23": ["SENTINEL24"]}},
            flags=Flags(merged_into="SENTINEL25"),
        ),
        sealed=Sealed(
            vendor_claim=VendorClaim(value="SENTINEL26"),
            surveys=(Survey(kind="csat", value="SENTINEL27"),),
            costs={"fee": "SENTINEL28"},
            answer_key={"reward": "SENTINEL29"},
            events=events,
        ),
    )


def test_no_sealed_word_reaches_the_transcript():
    shown = repr(blind(conversation_with_sentinels().conversation))
    assert SECRET.findall(shown) == []


def test_every_ordinary_word_reaches_the_transcript():
    shown = repr(blind(conversation_with_sentinels().conversation))
    assert set(re.findall(r"plain_\w+", shown)) == {
        "plain_request",
        "plain_answer",
        "plain_order",
        "plain_status",
        "plain_output",
        "plain_tool_text",
        "plain_closing",
        "plain_last",
    }


def test_what_leaves_the_chat_is_kept_sealed_with_its_kind():
    events = conversation_with_sentinels().sealed.events
    assert [(e.kind, e.at_turn) for e in events] == [
        ("control_token", 1),
        ("vendor_state", 2),
        ("survey", 5),
        ("survey", 7),
        ("survey", 7),
    ]
    assert "SENTINEL6" in events[1].text
    assert "SENTINEL10" in events[3].text


def test_turn_numbers_are_the_same_before_and_after_blinding():
    conversation = conversation_with_sentinels().conversation
    shown = blind(conversation)
    assert [t.role for t in shown.turns] == [t.role for t in conversation.turns]
    for before, after in zip(conversation.turns, shown.turns, strict=True):
        assert after.text in {before.text, ""}


def test_handoffs_move_with_the_turns_that_leave():
    # Turns 7 (the grade) and 8 (the notice) leave, so the last of ten turns is now number 7.
    conversation = conversation_with_sentinels().conversation
    assert conversation.handoffs[0].before_turn == 7
    assert conversation.turns[7].text == "plain_last"


@pytest.mark.parametrize(("before", "after"), [(-3, 0), (0, 0), (1, 0), (2, 1), (99, 1)])
def test_a_handoff_index_is_never_outside_the_turns(before: int, after: int):
    turns = (
        Turn(role=Role.CUSTOMER, text="###STOP###"),
        Turn(role=Role.AI_AGENT, text="Hello"),
    )
    kept, handoffs, _ = seal(turns, (Handoff(before_turn=before, to=Role.AI_AGENT),))
    assert handoffs[0].before_turn == after <= len(kept)


def test_calls_of_an_internal_turn_stay_and_its_words_do_not():
    # Without the call an action that was done would look like a false one.
    note = Turn(
        role=Role.AI_AGENT,
        text="SENTINEL",
        visibility=Visibility.INTERNAL,
        tool_calls=(ToolCall(name="refund_order"),),
    )
    shown = blind(Conversation(id="c", turns=(note,), tool_log=True))
    assert shown.turns[0].text == ""
    assert shown.turns[0].tool_calls[0].name == "refund_order"
    assert shown.tool_log is True


def test_a_log_with_withheld_calls_does_not_count_as_delivered():
    turn = Turn(role=Role.SYSTEM, text="", tool_calls=(ToolCall(name="refund_order"),))
    shown = blind(Conversation(id="c", turns=(turn,), tool_log=True))
    assert shown.turns[0].tool_calls == ()
    assert shown.tool_log is False


@pytest.mark.parametrize(
    "key",
    ["csat", "CSAT score", "csatScore", "conversation_rating", "resolutionState", "ai-resolution",
     "vendor.claim", "last_csat_value", "expected_actions", "reward_info", "qa_score"],
)  # fmt: skip
def test_sealed_keys_leave_in_every_style(key: str):
    assert without_sealed_keys({"a": [{key: "SENTINEL", "b": 1}]}) == {"a": [{"b": 1}]}


@pytest.mark.parametrize(
    "value",
    [
        {"hotel": "Ritz", "rating": 4.5, "service_rating": 5},
        {"amount_billed": 40, "billed": True},
        {"tier": {"gold": 2, "silver": 1}, "reward_points": "10 points"},
        {"satisfaction_guarantee": "30 days"},
        {"site_survey": "2024-05-01", "services": ["a"], "process": 1},
        {"product_rating": 3, "status": "resolved", "resolution": "1080p"},
    ],
)
def test_ordinary_keys_stay(value: dict[str, object]):
    assert without_sealed_keys(value) == value


def test_a_doubtful_key_leaves_beside_a_sealed_one():
    assert without_sealed_keys({"resolution_state": "x", "billed": True, "id": 1}) == {"id": 1}


def test_json_inside_a_string_is_searched_too():
    inner = json.dumps({"csat": "SENTINEL", "order": 7})
    assert without_sealed_keys({"output": inner}) == {"output": '{"order": 7}'}


def test_a_result_without_sealed_keys_keeps_its_bytes():
    raw = '{"b":1,   "a": [1.0, NaN]}'
    turn = Turn(role=Role.AI_AGENT, text="x", tool_calls=(ToolCall(name="t", result=raw),))
    kept, _, _ = seal((turn,))
    assert kept[0].tool_calls[0].result == raw


@pytest.mark.parametrize("deep", ["[" * 300 + "]" * 300, "[" * 100_000 + "]" * 100_000])
def test_a_result_too_deep_to_search_is_refused(deep: str):
    turn = Turn(role=Role.TOOL, text="", tool_calls=(ToolCall(name="t", result=deep),))
    with pytest.raises(TranscriptError, match="nested more than 100 levels"):
        seal((turn,))


def test_arguments_too_deep_to_search_are_refused():
    value: dict[str, object] = {}
    for _ in range(200):
        value = {"a": value}
    with pytest.raises(TranscriptError, match="nested"):
        without_sealed_keys(value)


# Properties ----------------------------------------------------------------------------------

texts = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["5", "Ok", "Rate this chat!", "Done. How did we do?", "###STOP###", "hi"]),
)
calls = st.builds(
    ToolCall,
    name=st.sampled_from(["lookup", "send_survey", "mark_resolved", "refund"]),
    arguments=st.dictionaries(st.sampled_from(["id", "csat", "reward"]), st.integers()),
    result=st.none() | st.sampled_from(['{"csat": 1}', '{"id": 1}', "done"]),
)
turn_lists = st.lists(
    st.builds(
        Turn,
        role=st.sampled_from(Role),
        text=texts,
        author=st.none() | st.just("SENTINEL"),
        visibility=st.sampled_from(Visibility),
        tool_calls=st.lists(calls, max_size=2).map(tuple),
        ai_drafted=st.none() | st.booleans(),
    ),
    max_size=8,
)


@given(turn_lists)
def test_sealing_twice_changes_nothing(turns: list[Turn]):
    once, _, _ = seal(turns)
    twice, _, events = seal(once)
    assert twice == once
    assert events == ()


@given(turn_lists, st.integers(0, 8))
def test_a_handoff_stays_before_the_same_turn(turns: list[Turn], index: int):
    kept, handoffs, _ = seal(turns, (Handoff(before_turn=index, to=Role.HUMAN_AGENT),))
    # The turns before it are the turns that stay of those before it, whatever comes after.
    assert kept[: handoffs[0].before_turn] == seal(turns[:index])[0]


@given(turn_lists)
def test_no_turn_is_empty_and_none_is_invented(turns: list[Turn]):
    kept, _, _ = seal(turns)
    assert all(t.text.strip() or t.tool_calls for t in kept)
    assert len(kept) <= len(turns)


@given(turn_lists)
def test_blinding_keeps_roles_times_and_stream(turns: list[Turn]):
    conversation = Conversation(id="c", turns=seal(turns)[0])
    shown = blind(conversation)
    assert [t.role for t in shown.turns] == [t.role for t in conversation.turns]
    assert shown.stream == conversation.stream
    assert "SENTINEL" not in repr(shown)
    for turn in shown.turns:
        if turn.role is Role.SYSTEM or turn.visibility is Visibility.INTERNAL:
            assert turn.text == ""


def test_stream_is_who_spoke_in_public():
    ai = Turn(role=Role.AI_AGENT, text="a")
    person = Turn(role=Role.HUMAN_AGENT, text="b")
    note = Turn(role=Role.HUMAN_AGENT, text="c", visibility=Visibility.INTERNAL)

    def stream(*turns: Turn) -> Stream | None:
        return Conversation(id="c", turns=turns).stream

    assert stream(ai) is Stream.AI
    assert stream(ai, note) is Stream.AI
    assert stream(ai, person) is Stream.HYBRID
    assert stream(person) is Stream.HUMAN
    assert stream() is None


def test_assisted_is_unknown_until_the_export_says():
    def assisted(*drafted: bool | None) -> bool | None:
        turns = tuple(Turn(role=Role.HUMAN_AGENT, text="a", ai_drafted=d) for d in drafted)
        return Conversation(id="c", turns=turns).assisted

    assert assisted() is None
    assert assisted(None, False) is None
    assert assisted(False, False) is False
    assert assisted(None, True) is True
