from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxscore.grounding import sentences


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences.split(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("It costs $2.50, e.g. for tea. Fine.", ["It costs $2.50, e.g. for tea.", "Fine."]),
        ("Ask Dr. Weber at 5 p.m. on Monday.", ["Ask Dr. Weber at 5 p.m. on Monday."]),
        ("We close at 5 p.m. The shop too.", ["We close at 5 p.m.", "The shop too."]),
        ("See https://a.example/x.html?b=1. Bye.", ["See https://a.example/x.html?b=1.", "Bye."]),
        ("- one\n* two\n2. three", ["one", "two", "three"]),
        ("Steps:\n\n1) Log in\n2) Tap Save", ["Steps:", "Log in", "Tap Save"]),
        ('He said "no." Then left.', ['He said "no."', "Then left."]),
        ("wait... what", ["wait... what"]),
        ("谢谢。再见！", ["谢谢。", "再见！"]),
        ("  \n ", []),
        ("", []),
    ],
)
def test_sentences_are_cut_where_a_reader_would(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


@given(st.text(alphabet=st.sampled_from("ab A.!?\n-1)\"'…。 "), max_size=80))
def test_spans_are_ordered_disjoint_and_lose_no_letter(text: str) -> None:
    spans = sentences.split(text)
    at = 0
    for start, end in spans:
        assert at <= start < end <= len(text)
        assert text[start:end].strip() == text[start:end]
        assert "\n" not in text[start:end]
        at = end
    kept = "".join(text[start:end] for start, end in spans)
    assert sum(c.isalpha() for c in kept) == sum(c.isalpha() for c in text)
