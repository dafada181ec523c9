"""Which sentences are taken for "it has been done"."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxscore.grounding.completion_claims import completion_claims


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("I have refunded 62 euros to your card.", "refund"),
        ("I've just cancelled the order, is there anything else?", "cancel"),
        ("Done: I've updated your address.", "change"),
        ("Your reservation XEHM4B has been successfully cancelled!", "cancel"),
        ("Your exchange request has been submitted!", "exchange"),
        ("We were able to reset your password.", "reset"),
        ("I went ahead and removed the bag.", "remove"),
        ("Since you paid by gift card, the refund has been added back to it.", "add"),
        ("Upgrade completed successfully!", "change"),
        ("I'm pleased to tell you that your booking has been changed.", "change"),
        ("I have e-mailed the label to you just now.", "send"),
        ("It has been sent to your e-mail address.", "send"),
        ("Both flights are now cancelled.", "cancel"),
        ("The total is $50, which has been charged to your card.", "pay"),
    ],
)
def test_a_completed_action_is_found(text, family):
    assert [c.family for c in completion_claims(text)] == [family]


@pytest.mark.parametrize(
    "text",
    [
        "I will refund you once the parcel is back.",
        "Would you like me to cancel it?",
        "Has your order been cancelled?",
        "I have not cancelled your order.",
        "I couldn't refund it; nothing has been refunded.",
        "If your flight has been cancelled, you may ask for a refund.",
        "You will hear from us once the refund has been processed.",
        "I see that your line has been suspended.",
        "It looks like the order has been cancelled.",
        "Your flight was cancelled by the airline.",
        "Your flight has been cancelled by the airline.",
        "The reservation was created on May 3.",
        'The page says "your order has been cancelled" at the top.',
        "> Your order has been cancelled",
        "You've updated the app.",
        "The airline has cancelled your flight.",
        "I've updated the summary above.",
        "I've confirmed that flight HAT018 was delayed.",
        "Items that have been returned cannot be exchanged.",
        "It should have been refunded by now.",
        "Your order has already been delivered.",
        "We have applied $35 from the gift card, leaving $110 unpaid.",
        "Your request has been added to your open conversation.",
        "Your Wi-Fi calling is now enabled.",
    ],
)
def test_what_is_no_claim_of_the_agents_is_left_out(text):
    assert list(completion_claims(text)) == []


def test_the_span_holds_the_verb_and_at_most_25_words():
    text = "word " * 40 + "I have cancelled your order today."
    (claim,) = completion_claims(text)
    assert "cancelled" in text[claim.start : claim.end]
    assert len(text[claim.start : claim.end].split()) <= 25


@given(st.text(max_size=300))
def test_any_text_is_read_and_every_span_lies_in_it(text):
    for lead in ("", "I've cancelled it. "):
        for claim in completion_claims(lead + text):
            assert 0 <= claim.start < claim.end <= len(lead + text)
