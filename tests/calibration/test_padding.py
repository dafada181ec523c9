"""Padding changes the length alone, and what the judge makes of it is told with an interval."""

import pytest

from cxscore.calibration.padding import FILLERS, padded, padding_effect
from cxscore.estimates import Unavailable
from cxscore.transcript import Conversation, Role, Turn


def chat(language="en"):
    return Conversation(
        id="c",
        language=language,
        turns=(
            Turn(role=Role.CUSTOMER, text="Where is my order?"),
            Turn(role=Role.AI_AGENT, text="It arrives on Friday."),
            Turn(role=Role.AI_AGENT, text="Anything else?"),
        ),
    )


def test_only_the_turns_of_the_ai_grow_and_keep_their_words():
    before, after = chat(), padded(chat())
    assert after.turns[0] == before.turns[0]
    for old, new in zip(before.turns[1:], after.turns[1:], strict=True):
        assert new.text.endswith(old.text)
        assert all(new.text.count(f) <= 1 for f in FILLERS["en"])
    assert after.turns[1].text != after.turns[2].text


def test_no_filler_in_a_language_or_no_agent_is_no_pair():
    assert padded(chat("pt")) is None
    assert padded(chat("de-AT")).turns[1].text.startswith(FILLERS["de"][0])
    human = Conversation(id="c", language="en", turns=(Turn(role=Role.HUMAN_AGENT, text="Hi."),))
    assert padded(human) is None


def test_the_change_has_an_interval():
    plain = [3.0] * 20
    up = padding_effect(plain, [4.0] * 10 + [3.0] * 10)
    assert up.value == pytest.approx(0.5)
    assert 0 < up.low < up.high
    still = padding_effect(plain, plain)
    assert (still.value, still.high) == (0, 0.15)
    assert isinstance(padding_effect([3.0] * 9, [3.0] * 9), Unavailable)
