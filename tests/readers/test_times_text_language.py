from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxscore.readers import times
from cxscore.readers.language import language_of, language_of_text
from cxscore.readers.text import clean, plain
from cxscore.transcript import Role, Turn


@pytest.mark.parametrize(
    "value",
    ["2025-01-02T03:04:05Z", "2025-01-02 03:04:05 UTC", 1735787045, 1735787045000, "1735787045"],
)
def test_times_of_many_forms(value):
    assert times.parse(value) == datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("value", ["noon", True, [], {}, float("inf"), 1e30, "99999999999999999"])
def test_what_is_no_time(value):
    with pytest.raises(ValueError, match="is no time"):
        times.parse(value)


@settings(deadline=None)
@given(st.text())
def test_clean_text_is_utf_8_and_stays_clean(text):
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert clean(cleaned) == cleaned
    assert not set(cleaned) & set(map(chr, [*range(9), 11, 12, *range(14, 32), 127]))


@settings(deadline=None)
@given(st.text(st.sampled_from('<>p/b&;a \n!-"=[]'), max_size=60))
def test_any_markup_becomes_plain_text(markup):
    assert isinstance(plain(markup), str)


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("https://example.com/a?b=1", "https://example.com/a?b=1"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("<style>x</style><div>a</div>", "a"),
        ("3 < 5", "3 < 5"),
        ("<![; <p>a</p>", "<![;\na"),
    ],
)
def test_plain(markup, words):
    assert plain(markup) == words


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is my order?", "en"),
        ("Gostaria de saber onde está a minha encomenda", "pt"),
        ("Wo ist mein Paket, es sollte gestern kommen", "de"),
        ("Bonjour, je voudrais un remboursement", "fr"),
        ("注文はどこですか、まだ届いていません", "ja"),
        ("我的订单在哪里？还没有收到", "zh"),
        ("hi", None),
        ("ok thanks", None),
        ("#NAME# 4711 https://example.com/x a@b.de", None),
        ("", None),
    ],
)
def test_languages(text, language):
    assert language_of_text(text) == language


def test_only_the_customer_decides():
    agent = Turn(role=Role.HUMAN_AGENT, text="Thank you for contacting us, how can I help you?")
    customer = Turn(role=Role.CUSTOMER, text="Não recebi a minha encomenda, podem ajudar?")
    assert language_of([agent, customer]) == "pt"
    assert language_of([agent]) is None


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_has_a_language_or_none(text):
    found = language_of_text(text)
    assert found is None or len(found) == 2
