"""Which words ask for a grade, which give one, and which only look like it."""

from __future__ import annotations

import pytest

from cxscore.transcript import Role, Turn, is_rating_reply, is_survey_prompt, seal

PROMPTS = [
    "Rate your conversation",
    "How would you rate the help you received?",
    "Please rate us",
    "How did we do?",
    "How did I do today?",
    "Please rate the chat using the thumbs icon and close the chat from your end.",
    "Kindly spare a few minutes to leave a feedback and the rate our chat .",
    "On a scale of 1 to 10, how likely are you to recommend us?",
    "How satisfied were you with the support you received?",
    "Please take our quick survey",
    "Please fill out the CSAT form",
    "Thanks for rating",
    "Wie zufrieden waren Sie mit dem Chat?",
    "Bitte bewerten Sie unseren Service",
    "Wie würden Sie dieses Gespräch bewerten?",
    "Avalie o chat com os ícones dos polegares",
    "Por favor, use o ícone do polegar para avaliar a conversa.",
    "¿Cómo calificaría nuestro servicio?",
    "Comment évalueriez-vous cette conversation ?",
    "Notez notre service",
]
ORDINARY = [
    "Your nightly rate is 90. Let me help you",
    "The exchange rate your service uses is the bank's",
    "The interest rate on your account is 3 %; let me check",
    "On a scale of 1 to 10, how bad is the noise?",
    "Your NPS dashboard is under Reports",
    "Notez que le service ferme à 18h",
    "Bitte bewerten Sie das Produkt im Shop",
    "The rate our service fee is based on",
    "We separate your answers",
    "Could you tell me the survey date of the house?",
    "How was the service charge applied?",
    "Thank you for your feedback, I have passed it on",
]
GRADES = [
    "5",
    "5/5",
    "10/10 would recommend",
    "4 - quick",
    "👍🏽",
    "⭐⭐⭐⭐ nice",
    "5. Very helpful",
    "Good, I'm satisfied",
    "5 out of 5",
    "Ok.",
    "3 stars!",
]
NO_GRADES = [
    "5 days is too long",
    "5 out of 10 items broke",
    "great, but my order is missing",
    "12",
    "I need 5",
    "3.5 GB is gone",
    "10-day return?",
    "no",
    "",
]


@pytest.mark.parametrize("text", PROMPTS)
def test_a_request_for_a_grade_is_a_prompt(text: str):
    assert is_survey_prompt(text)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_of_support_are_no_prompt(text: str):
    assert not is_survey_prompt(text)


@pytest.mark.parametrize("text", GRADES)
def test_a_grade_is_a_grade(text: str):
    assert is_rating_reply(text)


@pytest.mark.parametrize("text", NO_GRADES)
def test_an_ordinary_reply_is_no_grade(text: str):
    assert not is_rating_reply(text)


def agent(text: str) -> Turn:
    return Turn(role=Role.AI_AGENT, text=text)


def customer(text: str) -> Turn:
    return Turn(role=Role.CUSTOMER, text=text)


def words(*turns: Turn) -> list[str]:
    return [t.text for t in seal(turns)[0]]


def test_only_the_sentence_that_asks_leaves_the_turn():
    text = "I cancelled order 7.\nHow would you rate this chat?\nGoodbye!"
    assert words(agent(text)) == ["I cancelled order 7.\nGoodbye!"]


def test_a_prompt_over_two_sentences_takes_the_whole_turn():
    assert words(agent("We would like to know. On a scale of 1-5! Are you happy?")) == []


def test_a_number_is_a_grade_only_while_a_prompt_waits():
    assert words(agent("Press 1 for billing."), customer("1")) == ["Press 1 for billing.", "1"]
    assert words(agent("Rate this chat!"), customer("1")) == []


def test_the_wait_lasts_over_a_goodbye_and_ends_with_a_question():
    assert words(agent("Rate this chat!"), agent("Bye."), customer("2")) == ["Bye."]
    assert words(agent("Rate this chat!"), agent("How many boxes?"), customer("2")) == [
        "How many boxes?",
        "2",
    ]


def test_an_ordinary_reply_after_a_prompt_stays_and_ends_the_wait():
    turns = (agent("Rate this chat!"), customer("My refund is still missing"), customer("3"))
    assert words(*turns) == ["My refund is still missing", "3"]


def test_a_customer_who_speaks_of_a_survey_is_heard():
    assert words(customer("How did we do? is what you always ask")) != []
