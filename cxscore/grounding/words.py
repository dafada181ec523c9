"""Text to index terms: lower case, light English stemming, numbers in one spelling."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]{1,2}\b)?|[^\W_]+")

STOPWORDS = frozenset(
    """a an the of in on at by for with and or but if then than to from as into about
    is are was were be been being am do does did done have has had having
    i you he she it we they me him us them my your his her its our their this that these those
    not no nor so too very can could will would should may might must shall
    there here what which who whom when where how why also just any some such please
    i'm i've i'll i'd you're you've you'll we're we've we'll it's that's they're don't doesn't
    isn't aren't can't won't didn't let's""".split()  # noqa: SIM905 - a word list reads better as text
)
"""Words that carry no subject; left out of terms."""


def terms(text: str) -> list[str]:
    """Index terms of a text, in order, stopwords left out.

    >>> terms("The refunds of $1,250.00 are processed within 5 days.")
    ['refund', '1250', 'process', 'within', '5', 'day']
    """
    return [t for t in map(_term, _WORD.findall(text.lower())) if t]


@lru_cache(maxsize=65536)
def _term(word: str) -> str:
    """One word's term, empty for a stopword. Cached: a language has few words."""
    word = word.replace("’", "'")
    if word in STOPWORDS:
        return ""
    if word[0].isdigit():
        return _number(word)
    return _stem(word.removesuffix("'s"))


def _number(word: str) -> str:
    plain = re.sub(r",(?=\d{3}(?:\D|$))", "", word)
    return re.sub(r"\.0+$", "", plain)


def _stem(word: str) -> str:
    """Plural, -ing and -ed off. Cruder than Porter, but it never joins unrelated words.

    >>> [_stem(w) for w in ("policies", "boxes", "cancelled", "shipping", "status", "charge")]
    ['policy', 'box', 'cancel', 'ship', 'status', 'charg']
    """
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes")):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            if word[-1] == word[-2] and word[-1] not in "sz":
                word = word[:-1]
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word
