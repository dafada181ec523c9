"""Which words ask for a person, and which only mention one."""

import pytest

from cxscore.grounding.actions import ToolRules
from cxscore.judges.embedded.reading import Reading
from cxscore.transcript import Role, Transcript, Turn


def asks(text):
    turn = Turn(role=Role.CUSTOMER, text=text)
    transcript = Transcript(id="t", turns=(turn,), language="en")
    return bool(Reading(transcript, shelf=None, tools=ToolRules()).asks_for_human)


@pytest.mark.parametrize(
    "text",
    [
        "I want to speak to a human please.",
        "Can I talk to a real person?",
        "Yes, please transfer me to a human agent.",
        "Please transfer me to someone who can help with the refund.",
        "Could you escalate this to someone who can review it?",
        "I would appreciate being transferred to a human agent.",
        "I'd like to speak with a supervisor or someone who can help.",
        "Is there someone else I can talk to about this?",
        "Put me through to your manager.",
        "I want a human now!",
        "Can I get a representative?",
        "Agent please",
        "I want to talk to customer service rep",
    ],
)
def test_words_that_ask_for_a_person(text):
    assert asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "I want to buy a gift card for someone else, how do I do that?",
        "I need to change the name on the ticket, I bought it for another person",
        "I would like to return a jacket that I got from someone",
        "Can I transfer my subscription to someone in my family?",
        "Can I transfer this ticket to another person?",
        "Can my booking be transferred to another person?",
        "I'd like to know who is the operator of the flight",
        "I need a quote for a team of 12, one specialist seat included",
        "I need a manager account for the shop",
        "I have to talk to my manager first",
        "I would like to speak to my travel agent about it",
        "I already had to speak to a manager twice",
        "I already talked to a human, they could not help, can you?",
        "My manager wants me to get the invoice",
        "I have a question about the travel agent fee",
        "I just want to give up my seat for someone who might need it more.",
        "Can I order the supervisor edition mug, and get someone a gift card too?",
        "Please do not transfer me to a human.",
    ],
)
def test_words_that_only_mention_somebody(text):
    assert not asks(text)
