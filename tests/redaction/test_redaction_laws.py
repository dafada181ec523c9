"""Laws of redaction: quotes come back, twice is once, nothing else changes, no false collisions."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cxscore.errors import TranscriptError
from cxscore.readers import read
from cxscore.redaction import Known, RedactionRules, Redactor, known
from cxscore.redaction.contacts import is_iban, luhn
from cxscore.redaction.rules import PLACEHOLDER
from cxscore.transcript import Role, ToolCall, Transcript, Turn, blind
from cxscore.verdict import Quote

ROOT = Path(__file__).resolve().parents[2]

WORDS = """ana@post.example|Ana|Ana Lima|ana lima|my name is ana lima.|My name is Bo Diaz|Hi Ana,
|0171 2345678|+49 171 2345678|555-123-4567|4111 1111 1111 1111|DE89370400440532013000|203.0.113.5
|2001:db8::17|[EMAIL_1]|[NAME_2]|[CARD_9|order|order number|call|phone|PW-1234|2026-08-31|€ 12|May
|version|1.2.3.4|Regards,|thanks, |Mr |Good morning, |,|.|-|(|)|@|#|123|12345678|é|ı|İ|ß|P1234567
|I'm |speaking|my wife |a(at)b.example|_|@post.example|+|Lima speaking|Bo here"""
PIECES = st.sampled_from([*WORDS.replace("\n", "").split("|"), "\n", "\n\n", " ", "\x00"])
SAID = st.lists(PIECES | st.text(max_size=6), max_size=14).map("".join) | st.lists(
    PIECES, max_size=14
).map(" ".join)
TOLD = st.builds(
    Known,
    names=st.lists(st.sampled_from(["Ana Lima", "Bo", "May Stone", "Lima"]), max_size=2).map(tuple),
    phones=st.sampled_from([(), ("0171 2345678",), ("12345678",)]),
    emails=st.sampled_from([(), ("ana@post.example",)]),
)
RULES = st.sampled_from(
    [RedactionRules(), RedactionRules(ids=(r"P\d{7}",), protected=(r"PW-\d+",))]
)


def conversation(said):
    return Transcript(id="c", turns=tuple(Turn(role=Role.CUSTOMER, text=t) for t in said))


PLAIN = RedactionRules()


@given(st.lists(SAID, max_size=3), TOLD, RULES)
@example(["12345678 0171 2345678"], Known(phones=("0171 2345678",)), PLAIN)
@example(["0171 2345678+49 171 2345678"], Known(), PLAIN)
@example(["ana@post.example 1.2.3.4"], Known(), PLAIN)
@example(["My name is Bo Diaz İ Hi Ana,"], Known(names=("Ana Lima",)), PLAIN)
@example(["My name is Bo Diaz+49 171 2345678", "Mr B0171 2345678"], Known(), PLAIN)
def test_redacting_twice_changes_nothing_more(said, told, rules):
    once = Redactor(rules).redact(conversation(said), told).transcript
    assert Redactor(rules).redact(once, told).transcript == once


@given(st.lists(SAID, max_size=3), TOLD)
def test_nothing_but_the_spans_changes(said, told):
    given_ = conversation(said)
    redacted = Redactor().redact(given_, told)
    for index, turn in enumerate(given_.turns):
        shown = redacted.transcript.turns[index].text
        at = shown_at = 0
        for span in redacted.spans.get(index, ()):
            assert turn.text[at : span.start] == shown[shown_at : span.shown_start]
            assert shown[span.shown_start : span.shown_end] == span.placeholder
            assert span.start < span.end
            at, shown_at = span.end, span.shown_end
        assert turn.text[at:] == shown[shown_at:]


@given(st.lists(SAID, min_size=1, max_size=3), TOLD, st.data())
def test_a_quote_comes_back(said, told, data):
    redacted = Redactor().redact(conversation(said), told)
    turn = data.draw(st.integers(0, len(said) - 1))
    shown = redacted.transcript.turns[turn].text
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(shown))] * 2)))
    quote = Quote(turn=turn, start=start, end=end, text=shown[start:end])
    original = redacted.original(quote)
    assert said[turn][original.start : original.end] == original.text
    back = redacted.shown(original)
    assert shown[back.start : back.end] == back.text
    if start < end:
        assert back.start <= start
        assert back.end >= end
    cut = any(
        s.shown_start < edge < s.shown_end
        for s in redacted.spans.get(turn, ())
        for edge in (start, end)
    )
    if start < end and not cut:
        assert back == quote


@given(st.lists(SAID, max_size=3), TOLD)
def test_one_placeholder_stands_for_one_thing_and_never_for_what_stood_there(said, told):
    redacted = Redactor().redact(conversation(said), told)
    before = {m[0] for text in said for m in PLACEHOLDER.finditer(text)}
    given_ = {s.placeholder for spans in redacted.spans.values() for s in spans}
    assert not before & given_


@given(st.lists(SAID, max_size=3), TOLD)
def test_the_same_conversation_gives_the_same_text(said, told):
    redactor = Redactor()
    first = redactor.redact(conversation(said), told)
    redactor.redact(conversation([*said, "My name is Zed Other, z@z.example"]), told)
    assert redactor.redact(conversation(said), told) == first


VALUES = st.recursive(
    SAID | st.integers() | st.booleans() | st.none() | st.just(4111111111111111),
    lambda v: (
        st.lists(v, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "first_name", "phone", "email", "x"]), v, max_size=3
        )
    ),
    max_leaves=8,
)


def shape(value):
    if isinstance(value, dict):
        return {k: shape(v) for k, v in value.items()}
    return [shape(v) for v in value] if isinstance(value, list) else None


@given(
    st.dictionaries(st.sampled_from(["customer", "name", "x"]), VALUES, max_size=3), st.booleans()
)
def test_tool_calls_keep_their_shape(value, ascii_only):
    call = ToolCall(
        name="t", arguments=value, result=json.dumps(value, ensure_ascii=ascii_only, indent=1)
    )
    turn = Turn(role=Role.AI_AGENT, text="", tool_calls=(call,))
    clean = Redactor().redact(Transcript(id="c", turns=(turn,))).transcript
    (call,) = clean.turns[0].tool_calls
    assert shape(json.loads(call.result)) == shape(value) == shape(call.arguments)
    assert Redactor().redact(clean).transcript == clean


@given(st.text("0123456789", min_size=1, max_size=18), st.integers(1, 9), st.data())
def test_luhn_finds_every_single_wrong_digit(digits, change, data):
    check = next(c for c in "0123456789" if luhn(digits + c))
    number = digits + check
    at = data.draw(st.integers(0, len(number) - 1))
    wrong = number[:at] + str((int(number[at]) + change) % 10) + number[at + 1 :]
    assert not luhn(wrong)


@given(st.text("0123456789", min_size=18, max_size=18), st.integers(1, 9), st.data())
def test_mod_97_finds_every_single_wrong_digit(account, change, data):
    check = 98 - int(account + "131400") % 97
    iban = f"DE{check:02d}{account}"
    assert is_iban(iban)
    assert is_iban(iban.lower())
    at = data.draw(st.integers(2, len(iban) - 1))
    wrong = iban[:at] + str((int(iban[at]) + change) % 10) + iban[at + 1 :]
    assert not is_iban(wrong)


def test_the_examples_keep_every_order_number_and_amount():
    wanted = re.compile(r"PW-\d+|€\s?\d+[.,]\d\d|\b\d{5}\b|\d{4}-\d\d-\d\d")
    redactor, seen = Redactor(), 0
    for record in read([ROOT / "examples" / "conversations.jsonl"]):
        assert not isinstance(record, TranscriptError)
        before = blind(record.conversation)
        told = known(record.conversation)
        redacted = redactor.redact(before, told)
        assert redactor.redact(redacted.transcript, told).transcript == redacted.transcript
        for old, new in zip(before.turns, redacted.transcript.turns, strict=True):
            assert wanted.findall(new.text) == wanted.findall(old.text)
            seen += len(wanted.findall(old.text))
    assert seen > 100


@pytest.mark.parametrize("kind", ["EMAIL", "PHONE", "CARD", "IBAN", "IP"])
def test_the_labelled_sets_hold_what_the_page_says(kind):
    script = runpy.run_path(str(ROOT / "eval" / "redaction" / "measure.py"))
    for name in ("labelled", "held_out"):
        found = script["measure"](script["labelled"](script["HERE"] / f"{name}.txt"))
        counts = found["by_kind"][kind]
        assert counts["whole"] >= 0.95 * counts["spans"]
        assert found["decoys"].get("touched", 0) <= 0.02 * sum(found["decoys"].values())
        assert found["by_kind"]["NAME"]["whole"] >= 0.7 * found["by_kind"]["NAME"]["spans"]
