"""The exclusion ladder: its order, and what is no reason to leave a conversation out."""

from __future__ import annotations

import itertools

import pytest

from cxscore.transcript import (
    EXCLUSION_LADDER,
    Conversation,
    Exclusion,
    Flags,
    Role,
    ToolCall,
    Turn,
    Visibility,
    exclusion,
)


def conversation(*turns: Turn, **flags: object) -> Conversation:
    return Conversation(id="c", turns=turns, flags=Flags(**flags))  # type: ignore[arg-type]


def said(text: str, role: Role = Role.CUSTOMER) -> Turn:
    return Turn(role=role, text=text)


GREETING = said("Hi")
REQUEST = said("Where is my parcel?")
BOT = said("Hello, how can I help?", Role.AI_AGENT)


def test_the_ladder_stands_in_the_published_order():
    assert [e.value for e in EXCLUSION_LADDER] == [
        "test",
        "merged",
        "spam",
        "empty",
        "no_request",
        "outbound_unanswered",
    ]


FLAGS = {
    Exclusion.TEST: {"test": True},
    Exclusion.MERGED: {"merged_into": "c2"},
    Exclusion.SPAM: {"spam": True},
}
TURNS = {Exclusion.EMPTY: (BOT,), Exclusion.NO_REQUEST: (BOT, GREETING), None: (BOT, REQUEST)}


@pytest.mark.parametrize(
    "flagged", [c for n in range(4) for c in itertools.combinations(FLAGS, n)], ids=str
)
@pytest.mark.parametrize("last", TURNS, ids=str)
def test_the_first_match_wins(flagged: tuple[Exclusion, ...], last: Exclusion | None):
    flags = {k: v for e in flagged for k, v in FLAGS[e].items()}
    expected = next((e for e in EXCLUSION_LADDER if e in flagged), last)
    assert exclusion(conversation(*TURNS[last], **flags)) is expected


@pytest.mark.parametrize("unknown", [None, False])
def test_unknown_and_false_flags_exclude_nobody(unknown: bool | None):
    assert exclusion(conversation(REQUEST, spam=unknown, test=unknown, outbound=unknown)) is None


def test_nobody_wrote_at_all():
    assert exclusion(conversation()) is Exclusion.EMPTY
    assert exclusion(conversation(said("   "), BOT)) is Exclusion.EMPTY


def test_outbound_without_an_answer_needs_the_flag_and_a_message():
    assert exclusion(conversation(BOT, outbound=True)) is Exclusion.OUTBOUND_UNANSWERED
    assert exclusion(conversation(BOT)) is Exclusion.EMPTY
    assert exclusion(conversation(outbound=True)) is Exclusion.EMPTY
    assert exclusion(conversation(BOT, REQUEST, outbound=True)) is None


@pytest.mark.parametrize(
    "text",
    ["hi", "Hello!!", "hi there 👋", "Good morning", "Hallo", "Olá, bom dia!", "is anyone there?",
     "test", "Guten Tag", "hey team"],
)  # fmt: skip
def test_a_greeting_is_no_request(text: str):
    assert exclusion(conversation(said(text), BOT)) is Exclusion.NO_REQUEST


@pytest.mark.parametrize("text", ["refund", "hi, refund", "?", "help", "Why", "1", "hi it broke"])
def test_one_word_is_a_request(text: str):
    # A minimum of words would remove exactly the fast failures.
    assert exclusion(conversation(said(text), BOT)) is None


def test_a_greeting_and_then_a_request_is_eligible():
    assert exclusion(conversation(GREETING, BOT, REQUEST)) is None


def test_a_customer_who_only_operates_tools_took_part():
    phone = Turn(
        role=Role.CUSTOMER,
        text="",
        tool_calls=(ToolCall(name="reboot_device", requester=Role.CUSTOMER),),
    )
    assert exclusion(conversation(phone, BOT)) is None
    assert exclusion(conversation(GREETING, phone)) is None


def test_an_internal_note_is_not_the_customers_word():
    note = Turn(role=Role.CUSTOMER, text="called in", visibility=Visibility.INTERNAL)
    assert exclusion(conversation(note, BOT)) is Exclusion.EMPTY


def test_a_conversation_without_any_agent_is_judged():
    # Nobody answered: leaving it out would hide the failure.
    assert exclusion(conversation(REQUEST)) is None
