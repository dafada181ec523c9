from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxscore.grounding.checkable import About, about, is_rule
from cxscore.grounding.contacts import contacts
from cxscore.grounding.quantities import holds_number, quantities, specifics
from cxscore.grounding.support import support
from cxscore.grounding.words import terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$1,250.00", [("$", 1250, 1250)]),
        ("fifty dollars or 30 USD", [("$", 50, 50), ("$", 30, 30)]),
        ("€4.50 and 20 euros", [("€", 4.5, 4.5), ("€", 20, 20)]),
        ("50 cents", [("$", 0.5, 0.5)]),
        ("2.5 % or 3 percent", [("%", 2.5, 2.5), ("%", 3, 3)]),
        ("5-7 business days", [("days", 5, 7)]),
        ("between 5 and 7 days", [("days", 5, 7)]),
        ("24 hours", [("days", 1, 1)]),
        ("24 hrs, two weeks", [("days", 1, 1), ("days", 14, 14)]),
        ("a 60-day window", [("days", 60, 60)]),
        ("one month", [("days", 28, 31)]),
        ("$537.50/year", [("$", 537.5, 537.5)]),
        ("order 12 on 2026-03-04 at 10:30, 4/5", []),
        ("one way", []),
        ("", []),
    ],
)
def test_amounts_are_read_in_one_spelling(
    text: str, expected: list[tuple[str, float, float]]
) -> None:
    assert [(q.unit, q.low, q.high) for q in quantities(text)] == expected
    for q in quantities(text):
        assert q.text == text[q.start : q.end].strip()


def test_amounts_agree_when_a_value_fits_both() -> None:
    def one(text: str):
        return quantities(text)[0]

    assert one("24 hours").agrees(one("1 day"))
    assert one("90 days").agrees(one("3 months"))
    assert one("6 days").agrees(one("5 to 7 days"))
    assert not one("8 days").agrees(one("5 to 7 days"))
    assert not one("$5").agrees(one("€5"))


def test_specifics_are_dates_times_numbers_and_codes() -> None:
    assert specifics("2024-05-20T15:00:00") == {"05-20", "2024", "15:00"}
    assert specifics("May 20 at 3 pm") == {"05-20", "15:00"}
    assert specifics("HAT176 costs $1,051.50") == {"hat176", "1051.5"}
    assert specifics("no figures") == frozenset()
    assert holds_number("at most three cards", "3")
    assert not holds_number("at most three cards", "4")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail a.b+c@shop.example.com now", {"a.b+c@shop.example.com"}),
        ("https://www.shop.example/x?y=1", {"shop.example"}),
        ("call 0800 000 0000", {"08000000000"}),
        ("call +49 (30) 123-4567", {"49301234567"}),
        ("order 48993002 of 2024-05-20, card 4242", set()),
    ],
)
def test_contacts(text: str, expected: set[str]) -> None:
    assert contacts(text) == expected


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Refunds take 5 business days.", About.GENERAL),
        ("Shipping is free for orders from €35, so your basket ships for free!", About.GENERAL),
        ("I'm sorry, but basic economy tickets are not refundable.", About.GENERAL),
        ("Open the settings and tap Network.", About.GENERAL),
        ("Your order #W12 ships on Monday.", About.PERSONAL),
        ("I found two reservations under the name Lee.", About.PERSONAL),
        ("Total: $120", About.PERSONAL),
        ("Flight HAT176 leaves at noon from gate four.", About.PERSONAL),
        ("Thank you for your patience.", None),
        ("Hi there, how are you?", None),
        ("Would you like a refund?", None),
        ("I'll check that for you now.", None),
        ("Please provide your order number.", None),
        ("If you need anything else, just let me know.", None),
        ("Happy to help!", None),
        ("Here are the options:", None),
        ("", None),
    ],
)
def test_what_a_sentence_speaks_of(sentence: str, kind: About | None) -> None:
    assert about(sentence) is kind


def test_a_rule_is_told_in_the_companys_voice() -> None:
    assert is_rule("All refunds are final.")
    assert not is_rule("I can refund you.")
    assert not is_rule("The kettle is blue.")


@given(st.text(max_size=80), st.text(max_size=200))
def test_support_is_a_share(claim: str, passage: str) -> None:
    assert 0.0 <= support(claim, passage) <= 1.0


@given(
    st.lists(st.sampled_from(["tea", "kettle", "refund", "day", "parcel"]), min_size=1, max_size=8)
)
def test_a_text_supports_itself_and_more_text_never_supports_less(words: list[str]) -> None:
    text = " ".join(words)
    assert support(text, text) == 1.0
    assert support(text, f"{words[0]} x") <= support(text, f"{words[0]} x y {text}")


@given(st.text(max_size=120))
def test_reading_any_text_ends_in_an_answer(text: str) -> None:
    assert all(terms(text))
    assert about(text) in (None, About.GENERAL, About.PERSONAL)
    assert all(q.low <= q.high for q in quantities(text))
    specifics(text)
    contacts(text)
