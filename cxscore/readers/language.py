"""Which language the customer writes, from the words alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from cxscore.transcript import Role, Turn, Visibility

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

SAMPLE_CHARACTERS = 160
"""Enough to tell; the cost grows with the length."""
LEAST_LETTERS = 12
LEAST_WORDS = 3
LEAST_CONFIDENCE = 0.6

LANGUAGES = (
    *("ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he"),
    *("hi", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "nl", "no", "pl", "pt", "ro"),
    *("ru", "sk", "sl", "sr", "sv", "sw", "ta", "th", "tl", "tr", "uk", "ur", "vi", "zh"),
)
"""The candidates: languages with much written support. A short English line would otherwise be
taken for one of a hundred rarely written ones."""

_NO_WORDS = re.compile(r"#\w+#|https?://\S+|\S+@\S+|\b\w*\d\w*\b|[^\w\s']|_")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def language_of(turns: Iterable[Turn]) -> str | None:
    """The customer's language as a two-letter tag; None when the words do not tell.

    Only what the customer wrote counts: the agent may answer in another language.
    """
    sample: list[str] = []
    length = 0
    for turn in turns:
        if turn.role is Role.CUSTOMER and turn.visibility is Visibility.PUBLIC and turn.text:
            sample.append(turn.text[:SAMPLE_CHARACTERS])
            length += len(turn.text)
            if length >= SAMPLE_CHARACTERS:
                break
    return language_of_text(" ".join(sample))


def language_of_text(text: str) -> str | None:
    """The language of a text as a two-letter tag; None when it is too short or unclear.

    >>> language_of_text("My parcel has not arrived, where is it?")
    'en'
    >>> language_of_text("ok") is None
    True
    """
    words = _NO_WORDS.sub(" ", text)[:SAMPLE_CHARACTERS].split()
    letters = sum(map(len, words))
    # Some scripts write no spaces and say much in few characters.
    unspaced = len(_UNSPACED.findall(text)) >= LEAST_LETTERS // 2
    if not unspaced and (letters < LEAST_LETTERS or len(words) < LEAST_WORDS):
        return None
    language, confidence = _identifier().classify(" ".join(words))
    return language if confidence >= LEAST_CONFIDENCE else None


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    # An identifier of our own: the library's shared one can be narrowed by anyone.
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier
