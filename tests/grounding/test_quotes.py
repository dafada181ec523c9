from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxscore.grounding.quotes import locate
from cxscore.transcript import Role, Transcript, Turn


def talk(*texts: str) -> Transcript:
    roles = (Role.CUSTOMER, Role.AI_AGENT)
    turns = tuple(Turn(role=roles[n % 2], text=t) for n, t in enumerate(texts))
    return Transcript(id="t", turns=turns)


CHAT = talk(
    "Where is my parcel?", "It’s on  the\nway – **order 12** ships today.", "No. It is not!"
)


@pytest.mark.parametrize(
    ("asked", "turn", "found"),
    [
        ("my parcel", 0, "my parcel"),
        ("it's on the way", 1, "It’s on  the\nway"),
        ("way - order 12 ships", 1, "way – **order 12** ships"),
        ('"ORDER 12 SHIPS TODAY…"', 1, "order 12** ships today"),
        ("  ships today.  ", 1, "ships today."),
    ],
)
def test_the_transcripts_own_words_come_back(asked: str, turn: int, found: str) -> None:
    quote = locate(asked, CHAT, turn)
    assert quote is not None
    assert (quote.turn, quote.text) == (turn, found)
    assert CHAT.turns[turn].text[quote.start : quote.end] == found


def test_a_miscounted_turn_is_put_right_for_long_quotes_only() -> None:
    moved = locate("Where is my parcel?", CHAT, 2)
    assert moved is not None
    assert moved.turn == 0
    assert locate("not", CHAT, 0) is None
    assert locate("Where is my parcel?", CHAT, 99) is not None


@pytest.mark.parametrize("asked", ["", "   ", "...", "refund", "parcel my"])
def test_words_that_are_not_there_are_not_found(asked: str) -> None:
    assert locate(asked, CHAT) is None


def test_exact_words_win_over_similar_ones_in_another_turn() -> None:
    chat = talk("YES please", "yes please")
    quote = locate("yes please", chat)
    assert quote is not None
    assert quote.turn == 1


@given(st.text(min_size=1, max_size=60), st.data())
def test_any_slice_of_a_turn_is_found(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    piece = text[start:end]
    quote = locate(piece, talk(text), 0)
    if piece.strip():
        assert quote is not None
        assert quote.text == piece.strip()
        assert text[quote.start : quote.end] == quote.text


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_quote_is_always_a_slice_of_its_turn(asked: str, text: str) -> None:
    quote = locate(asked, talk(text))
    if quote is not None:
        assert text[quote.start : quote.end] == quote.text
        assert quote.text
