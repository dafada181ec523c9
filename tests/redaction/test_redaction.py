"""What is replaced, what is left alone, and how quotes find their way back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from cxscore.errors import ConfigError
from cxscore.grounding.quotes import locate
from cxscore.redaction import Kind, Known, RedactionRules, Redactor, known, published, redact_text
from cxscore.transcript import (
    Agent,
    Conversation,
    Handoff,
    Leg,
    Record,
    Role,
    Source,
    ToolCall,
    Transcript,
    Turn,
    Visibility,
    blind,
)
from cxscore.verdict import Graded, Judged, Quote, Verdict


def transcript(*texts, calls=(), **more):
    turns = [Turn(role=Role.CUSTOMER, text=t) for t in texts]
    if calls:
        turns.append(Turn(role=Role.AI_AGENT, text="", tool_calls=tuple(calls)))
    return Transcript(id="c", turns=tuple(turns), **more)


def texts(*said, rules=None, told=None, **more):
    redactor = Redactor(rules or RedactionRules())
    redacted = redactor.redact(transcript(*said, **more), told or Known())
    return [t.text for t in redacted.transcript.turns]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("write to Ana+shop@post.example.", "write to [EMAIL_1]."),
        ("schreib an jürgen@müller.example!", "schreib an [EMAIL_1]!"),
        ("call +49 (0)171 234-5678 now", "call [PHONE_1] now"),
        ("(555) 123-4567", "[PHONE_1]"),
        ("portable : 06 12 34 56 78", "portable : [PHONE_1]"),
        ("card 5555-5555-5555-4444 exp 12/27", "card [CARD_1] exp 12/27"),
        ("4111 1111 1111 1111 12/27", "[CARD_1] 12/27"),
        ("DE89 3704 0044 0532 0130 00 please", "[IBAN_1] please"),
        ("from 203.0.113.5 and 2001:db8::17", "from [IP_1] and [IP_2]"),
        ("My name is Ana Lima and I wait", "My name is [NAME_1] and I wait"),
        ("ich heiße Jürgen Groß-Weiß.", "ich heiße [NAME_1]."),
    ],
)
def test_each_kind_is_replaced_by_its_placeholder(text, shown):
    assert redact_text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "PW-1234 #W2378156 HAT136 flight BA2490 seat 14C",
        "2026-08-31 07:42:00, 31.08.2026 12:30, 05/17/2026",
        "€1,249.00 and 599,97 € and 10 000 000 USD",
        "version 7.29.1.4, firmware: 10.0.0.1, v1.2.3.4",
        "1Z999AA10123456784 00340434161094042557 9612497925",
        "order number 5551234567 and Bestellnummer 0171234567",
        "4111 1111 1111 1112 is no card, DE88 3704 is no account",
        "My name is on the account. I'm South African. Hi there, Dear Customer,",
        "May I ask? Will it come? 07:42:00 a::b 00:1A:2B:3C:4D:5E",
    ],
)
def test_what_only_looks_like_personal_data_stays(text):
    assert redact_text(text) == text


def test_one_person_mail_and_phone_has_one_placeholder_all_over():
    assert texts(
        "My name is Ana Lima, ANA@post.example, +49 171 2345678",
        "Thank you, Ana! I wrote to ana@post.example and call 0171 2345678.",
        "Ms Lima, ana_lima_42 is your login",
    ) == [
        "My name is [NAME_1], [EMAIL_1], [PHONE_1]",
        "Thank you, [NAME_1]! I wrote to [EMAIL_1] and call [PHONE_1].",
        "Ms [NAME_1], [NAME_1]_42 is your login",
    ]


def test_a_name_said_later_is_replaced_before():
    assert texts("Ana is waiting", "My name is Ana Lima") == [
        "[NAME_1] is waiting",
        "My name is [NAME_1]",
    ]


def test_a_name_that_is_also_a_word_stays_where_it_is_a_word():
    told = Known(names=("May Stone",))
    assert texts("May I? the stone lamp. May Stone", "Hi May, hello", told=told) == [
        "May I? the stone lamp. [NAME_1]",
        "Hi [NAME_1], hello",
    ]


def test_a_small_letter_word_is_no_name_but_a_full_name_is():
    told = Known(names=("Ruth Baker",))
    assert texts("the baker and ruth baker and Baker", told=told) == [
        "the baker and [NAME_1] and [NAME_1]"
    ]


def test_a_signature_gives_the_full_name():
    shown = texts("Is it there?\n\nYsolde Marchbanks", "Dear Ms Marchbanks,\n\nyes.")
    assert shown == ["Is it there?\n\n[NAME_1]", "Dear Ms [NAME_1],\n\nyes."]


def test_configured_ids_and_protected_patterns():
    rules = RedactionRules(ids=(r"\bP\d{7}\b",), protected=(r"\bPW \d{3} \d{3} \d{4}\b",))
    assert texts("P4471182, PW 555 123 4567, again P4471182", rules=rules) == [
        "[ID_1], PW 555 123 4567, again [ID_1]"
    ]


@pytest.mark.parametrize("pattern", ["(", "a*"])
def test_an_unusable_pattern_is_told(pattern):
    with pytest.raises(ConfigError, match=r"redaction\.ids"):
        Redactor(RedactionRules(ids=(pattern,)))


def test_only_the_wanted_kinds():
    rules = RedactionRules(kinds=frozenset({Kind.EMAIL}))
    assert texts("I'm Ana Lima, a@b.example, +49 171 2345678", rules=rules) == [
        "I'm Ana Lima, [EMAIL_1], +49 171 2345678"
    ]


def test_what_the_articles_publish_stays():
    public = published(["Call our hotline +49 30 901820 or write to help@shop.example"])
    rules = RedactionRules(public=public)
    assert texts("HELP@shop.example, 030 901820, me@home.example", rules=rules) == [
        "HELP@shop.example, 030 901820, [EMAIL_1]"
    ]


def test_numbers_begin_after_placeholders_that_stand_there_already():
    assert texts("[EMAIL_3] wrote", "I am a@b.example") == ["[EMAIL_3] wrote", "I am [EMAIL_4]"]


RESULT = json.dumps(
    {
        "customer": {"first_name": "Zoë", "last_name": "Lima", "phone": 2125550147},
        "card": 4111111111111111,
        "product": {"name": "Blue Lamp", "sku": "4417720098"},
        "note": 'said "hi"\nto zoe@post.example',
        "nested": '{"name": "x", "mail": "zoe@post.example"}',
    }
)


def test_tool_results_stay_json_and_their_fields_are_known():
    call = ToolCall(name="find", arguments={"phone": "2125550147", "n": 3}, result=RESULT)
    redacted = Redactor().redact(transcript("I'm Zoë, 212-555-0147", calls=[call]))
    assert redacted.transcript.turns[0].text == "I'm [NAME_1], [PHONE_1]"
    (clean,) = redacted.transcript.turns[1].tool_calls
    assert clean.arguments == {"phone": "[PHONE_1]", "n": 3}
    value = json.loads(clean.result)
    assert value["customer"] == {
        "first_name": "[NAME_1]",
        "last_name": "[NAME_1]",
        "phone": "[PHONE_1]",
    }
    assert value["card"] == "[CARD_1]"
    assert value["product"] == {"name": "Blue Lamp", "sku": "4417720098"}
    assert value["note"] == 'said "hi"\nto [EMAIL_1]'
    assert json.loads(value["nested"]) == {"name": "x", "mail": "[EMAIL_1]"}


def test_a_result_without_anybody_keeps_its_bytes():
    result = '{ "items" : [ {"name":"Lamp", "id": 4417720098, "price": 49.90} ] }'
    call = ToolCall(name="find", result=result)
    redacted = Redactor().redact(transcript("hi, my name is Ana", calls=[call]))
    assert redacted.transcript.turns[1].tool_calls[0].result == result


def test_known_reads_the_record_and_not_the_product():
    conversation = Conversation(
        id="c",
        turns=(
            Turn(role=Role.CUSTOMER, text="x", author="Ana Lima"),
            Turn(role=Role.AI_AGENT, text="x", author="Thorpe Desk"),
            Turn(role=Role.HUMAN_AGENT, text="x", author="agent-odo"),
        ),
        customer_id="ana@post.example",
        brand="Pottwhistle",
        agent=Agent(vendor="Grumblethorpe"),
        attributes={
            "product": {"name": "Blue Lamp"},
            "contact": {"name": "Li Wen", "e-mail": "li@wen.example"},
            "Mobile number": "+49 171 2345678",
        },
    )
    found = known(conversation)
    assert found.names == ("Li Wen", "Ana Lima")
    assert found.emails == ("li@wen.example", "ana@post.example")
    assert found.phones == ("+49 171 2345678",)
    assert found.never == ("Pottwhistle", "Grumblethorpe")
    assert "Ana" not in repr(found)


def test_a_brand_is_nobody():
    told = Known(never=("Pottwhistle",))
    assert texts("Hi Pottwhistle, hello", told=told) == ["Hi Pottwhistle, hello"]


def test_sources_and_handoffs_are_redacted_too():
    turn = Turn(role=Role.AI_AGENT, text="see", sources=(Source(title="Mail to a@b.example"),))
    handoff = Handoff(before_turn=1, to=Role.HUMAN_AGENT, summary="Ana Lima, a@b.example")
    given = Transcript(
        id="c",
        turns=(turn, Turn(role=Role.CUSTOMER, text="I'm Ana Lima.")),
        handoffs=(handoff,),
    )
    clean = Redactor().redact(given).transcript
    assert clean.turns[0].sources[0].title == "Mail to [EMAIL_1]"
    assert clean.handoffs[0].summary == "[NAME_1], [EMAIL_1]"


def test_quotes_are_located_in_the_redacted_text_and_shown_in_the_original():
    given = transcript("Mail Ana.Lima@post.example by 5 pm, said Ana Lima here", "ok")
    redacted = Redactor().redact(given, Known(names=("Ana Lima",)))
    quote = locate("[EMAIL_1] by 5 pm, said [NAME_1]", redacted.transcript)
    original = redacted.original(quote)
    assert original.text == "Ana.Lima@post.example by 5 pm, said Ana Lima"
    assert redacted.shown(original) == quote
    cut = locate("MAIL_1] by", redacted.transcript)
    assert redacted.original(cut).text == "Ana.Lima@post.example by"


def test_a_verdict_is_shown_in_the_original_and_a_record_for_pages_in_placeholders():
    conversation = Conversation(
        id="ana@post.example",
        turns=(
            Turn(role=Role.CUSTOMER, text="I'm Ana Lima. It is broken", author="Ana Lima"),
            Turn(role=Role.HUMAN_AGENT, text="Ana is angry", visibility=Visibility.INTERNAL),
        ),
        attributes={"mail": "ana@post.example"},
    )
    redacted = Redactor().redact(blind(conversation), known(conversation))
    quote = locate("[NAME_1]. It", redacted.transcript)
    outcome = Graded(level=2, reason="[NAME_1] is upset", evidence=(quote,))
    verdict = Verdict(
        conversation_id=conversation.id,
        judge="j",
        rubric="r",
        outcomes={Leg.JOURNEY: {"tone": outcome}},
    )
    stored = redacted.original_verdict(verdict)
    assert stored.journey["tone"].evidence[0] == Quote(turn=0, start=4, end=16, text="Ana Lima. It")
    shown = Redactor().judged(Judged(record=Record(conversation=conversation), verdict=stored))
    assert shown.verdict == verdict
    assert [t.text for t in shown.record.conversation.turns] == [
        "I'm [NAME_1]. It is broken",
        "[NAME_1] is angry",
    ]
    assert shown.record.conversation.turns[0].author == "[NAME_1]"
    assert shown.record.conversation.attributes == {"mail": "[EMAIL_1]"}
    assert shown.record.conversation.id == conversation.id


def test_nothing_personal_in_the_repr_of_a_redacted_transcript():
    redacted = Redactor().redact(transcript("a@b.example"))
    assert "a@b.example" not in repr(redacted)
    assert "b.example" not in repr(replace(redacted, spans={}))
