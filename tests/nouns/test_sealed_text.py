"""Sealed keys in tool turns and plain text, and notes written through a tool call."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxscore.transcript import Conversation, Role, ToolCall, Turn, blind, seal, without_sealed_keys
from cxscore.transcript.sealed_keys import clean_text


def shown(*turns: Turn) -> str:
    return repr(blind(Conversation(id="c", turns=seal(turns)[0])))


def calling(name: str, result: str | None = None, **arguments: object) -> Turn:
    call = ToolCall(name=name, arguments=arguments, result=result)  # type: ignore[arg-type]  # JSON
    return Turn(role=Role.AI_AGENT, text="hello", tool_calls=(call,))


def test_a_tool_turns_own_text_is_cleaned() -> None:
    text = json.dumps({"csat": "SENTINEL", "order": "plain"})
    seen = shown(Turn(role=Role.TOOL, text=text))
    assert "SENTINEL" not in seen
    assert "plain" in seen
    _, _, events = seal((Turn(role=Role.TOOL, text=text),))
    assert [e.kind for e in events] == ["vendor_state"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("csat=SENTINEL; resolution_state: SENTINEL", ""),
        ("order: 7\ncsat_score = 2\nstatus: sent", "order: 7\nstatus: sent"),
        ("Ticket CSAT score: 4, owner: kim", "owner: kim"),
        ("{'csat': 'SENTINEL', 'order': 7}", "{'order': 7}"),
        ("order=7 csat=2 owner=kim", "order=7 owner=kim"),
    ],
)
def test_pairs_of_plain_text_leave(text: str, left: str) -> None:
    assert clean_text(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "Hotel Ritz, rating: 4.5; price: 90",
        "Reward: 500 points are worth 5 euros.",
        "Resolution: 1080p; status: resolved",
        "Our answer: yes, you can. Note: the fee is $5.",
        "Error: not enough seats on flight HAT229",
    ],
)
def test_ordinary_plain_text_stays_as_it_is(text: str) -> None:
    assert clean_text(text) == text


@pytest.mark.parametrize(
    "key", ["csat_comment", "rating_comment", "nps_reason", "survey_text", "reward", "reward_info"]
)
def test_words_of_a_survey_and_rewards_leave(key: str) -> None:
    assert without_sealed_keys({key: "SENTINEL", "order": 7}) == {"order": 7}


def test_a_reward_takes_rating_and_survey_along() -> None:
    assert without_sealed_keys({"csat": 1, "rating": 2, "survey": 3, "id": 4}) == {"id": 4}
    assert without_sealed_keys({"reward": 1, "rating": 2, "survey": 3, "id": 4}) == {"id": 4}


@pytest.mark.parametrize(
    "turn",
    [
        calling("add_internal_note", "ok", text="SENTINEL", ticket_id="plain"),
        calling("addPrivateNote", '{"note": "SENTINEL"}', body="SENTINEL", ticket_id="plain"),
        calling("post_note", note="SENTINEL", ticket_id="plain"),
        calling("add_comment", body="SENTINEL", private=True, ticket_id="plain"),
        calling("create_comment", content="SENTINEL", public=False, ticket_id="plain"),
        calling("post_message", message="SENTINEL", visibility="internal", ticket_id="plain"),
    ],
)
def test_an_internal_notes_words_leave_and_the_call_stays(turn: Turn) -> None:
    seen = shown(turn)
    assert "SENTINEL" not in seen
    assert "plain" in seen
    assert turn.tool_calls[0].name in seen
    assert [e.kind for e in seal((turn,))[2]] == ["note"]


@pytest.mark.parametrize(
    "turn",
    [
        calling("add_comment", body="plain words", public=True),
        calling("send_message", message="plain words"),
        calling("get_notes", result="plain words"),
    ],
)
def test_words_for_the_customer_stay(turn: Turn) -> None:
    assert "plain words" in shown(turn)


PIECES = st.lists(
    st.sampled_from(
        ["csat", "order", "rating", "=", ":", " ", ";", "7", "x", "\n", "{", "'", "reward"]
    ),
    max_size=14,
).map("".join)


@given(PIECES)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)
