"""Quotes located in the transcript by code: a quote that is not there is no evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from cxscore.transcript import Transcript
from cxscore.verdict import Quote

SHORTEST_ELSEWHERE = 8
"""Fewer characters than this are looked for in the named turn only: "No" stands everywhere."""

_WRAPPING = "\"'“”‘’«»„‚`´*_…. \t\r\n"
_CLASSES = {
    **dict.fromkeys("'’‘‚`´′", "['’‘‚`´′]"),
    **dict.fromkeys('"“”„«»″', '["“”„«»″]'),
    **dict.fromkeys("-–—‐‑−", "[-–—‐‑−]"),
    "…": r"(?:…|\.{3})",
}
_GAP = r"[*`_]*[\s\u200b\u00a0]+[*`_]*"


def locate(text: str, transcript: Transcript, turn: int | None = None) -> Quote | None:
    """Find quoted words in a transcript.

    The exact words first; then regardless of white space, letter case, the kind of quotation marks
    and dashes, Markdown emphasis, and marks around the quote. Each way looks through the named
    turn before it looks elsewhere, nearest turn first.

    Args:
        text: the words as a judge gave them.
        transcript: what the judge was shown.
        turn: index of the turn the judge named; None: any turn, from the first on.

    Returns:
        The quote with the transcript's own words, or None when they are not there.
    """
    wanted = text.strip()
    if not wanted:
        return None
    order = list(_order(wanted, transcript, turn))
    for index in order:
        start = transcript.turns[index].text.find(wanted)
        if start >= 0:
            return quote(transcript, index, start, start + len(wanted))
    pattern = _pattern(wanted)
    for index in order if pattern else ():
        found = pattern.search(transcript.turns[index].text) if pattern else None
        if found:
            return quote(transcript, index, found.start(), found.end())
    return None


def quote(transcript: Transcript, turn: int, start: int, end: int) -> Quote:
    """The quote of a span of a turn's text."""
    return Quote(turn=turn, start=start, end=end, text=transcript.turns[turn].text[start:end])


def _order(wanted: str, transcript: Transcript, turn: int | None) -> Iterator[int]:
    count = len(transcript.turns)
    if turn is None:
        yield from range(count)
        return
    if 0 <= turn < count:
        yield turn
    if len(wanted) >= SHORTEST_ELSEWHERE:
        yield from sorted((i for i in range(count) if i != turn), key=lambda i: (abs(i - turn), i))


@lru_cache(maxsize=512)
def _pattern(wanted: str) -> re.Pattern[str] | None:
    words = wanted.strip(_WRAPPING).split()
    written = [_written(w.strip("*`")) for w in words]
    written = [w for w in written if w]
    return re.compile(_GAP.join(written), re.IGNORECASE) if written else None


def _written(word: str) -> str:
    return "".join(_CLASSES.get(c) or re.escape(c) for c in word)
