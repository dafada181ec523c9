"""Sentences of a chat message or an article, as spans."""

from __future__ import annotations

import re

_BOUNDARY = re.compile(
    r"""(?x)
    (?P<line> \s*\n\s* )                                   # a line is never continued
    | (?P<mark> [.!?…]+ ["'”’)\]*]* ) (?P<gap> [^\S\n]+ )  # a mark, then white space
    | (?P<wide> [。！？]+ ["”’」』）]* )                     # scripts that put no space after it
    """
)
_MARKER = re.compile(r"(?:[-*•‣◦·–—>]+|\#{1,6}|\(?\d{1,3}[.)])[^\S\n]+")
_ABBREVIATIONS = frozenset(
    """mr mrs ms dr prof st jr vs etc e.g i.e eg ie inc ltd co corp dept incl excl
    a.m p.m u.s u.k z.b d.h bzw ca usw ggf sra dra""".split()  # noqa: SIM905 - a word list reads better as text
)
_BEFORE_NUMBERS = frozenset(
    """no nr nos fig vol p pp ext tel approx est max min jan feb mar apr jun jul aug sep sept oct
    nov dec mon tue wed thu fri sat sun""".split()  # noqa: SIM905 - a word list reads better as text
)
"""Abbreviations when a number follows; words of their own when not: "No. We don't."."""
_LAST_WORD = re.compile(r"[^\s(\[\"'“‘*]+$")


def split(text: str) -> tuple[tuple[int, int], ...]:
    r"""Sentence spans of a text: in order, disjoint, without white space or list markers around.

    >>> text = "Fees apply, e.g. $2.50 per day. See https://a.example/x.html?b=1.\n1. Log in"
    >>> [text[start:end] for start, end in split(text)]
    ['Fees apply, e.g. $2.50 per day.', 'See https://a.example/x.html?b=1.', 'Log in']
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        if match.lastgroup == "gap":
            end = match.end("mark")
            if not _ends(text, start, match.start("mark"), match["mark"], match.end()):
                continue
        else:
            end = match.start() if match.lastgroup == "line" else match.end()
        _append(spans, text, start, end)
        start = match.end()
    _append(spans, text, start, len(text))
    return tuple(spans)


def _ends(text: str, start: int, mark_at: int, mark: str, next_at: int) -> bool:
    """Whether the mark ends a sentence, judged by the words beside it."""
    following = text[next_at : next_at + 1]
    if not mark.startswith("."):
        # "Really?! no" and "wait... what" go on; a question mark before lower case seldom does.
        return not (mark.startswith("…") and following.islower())
    if following.islower() and len(mark.rstrip("\"'”’)]*")) > 1:
        return False
    last = _LAST_WORD.search(text, max(start, mark_at - 30), mark_at)
    if last is None:
        return True
    word = last.group().lower()
    if word in _ABBREVIATIONS:
        # "5 p.m. The office" ends, "5 p.m. on Monday" and "Dr. Weber" do not.
        return word in {"a.m", "p.m", "etc", "usw"} and following.isupper()
    if word in _BEFORE_NUMBERS and following.isdigit():
        return False
    if word.isdigit() and not text[start : last.start()].strip():
        return False
    return not (len(word) == 1 and last.group().isupper())


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while match := _MARKER.match(text, start, end):
        start = match.end()
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))
