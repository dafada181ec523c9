"""Sentiment at start and end: the customer's words only, read by lexicon and fixed wordings."""

from __future__ import annotations

from cxscore.judges.embedded import wording
from cxscore.judges.embedded.finding import Finding, not_applicable
from cxscore.judges.embedded.mood import Mood
from cxscore.judges.embedded.reading import Reading
from cxscore.judges.embedded.wording import clip
from cxscore.verdict import Abstained, Quote

_REASONS = {
    1: "angry words, or gives up",
    2: "irritated, repeats or doubts",
    3: "neutral or formula thanks",
    4: "mildly positive, thanks with substance",
    5: "clearly pleased",
}


def sentiment_start(reading: Reading) -> Finding | Abstained:
    """Mood of the customer's words up to the first answer of substance."""
    stop = _cannot(reading)
    if stop is not None:
        return stop
    opening = _opening(reading)
    worst = min(opening, key=lambda i: (reading.mood(i).step, i))
    best = max(opening, key=lambda i: (reading.mood(i).step, -i))
    turn = worst if reading.mood(worst).step < 3 else best
    # Nobody is thankful for an answer not yet given: pleasantries of an opening are neutral.
    step = min(reading.mood(turn).step, 4)
    return _finding(step, (_decisive(reading, turn),))


def sentiment_end(reading: Reading) -> Finding | Abstained:
    """Mood of the customer's last message, and of the one before when the last says nothing."""
    stop = _cannot(reading)
    if stop is not None:
        return stop
    last = reading.said[-1]
    now = reading.mood(last)
    if now.step != 3 or not now.formula:
        return _finding(now.step, (_decisive(reading, last),))
    if len(reading.said) > 1 and _says_nothing(reading, last):
        before = reading.said[-2]
        if reading.mood(before).step <= 2:
            quotes = (_decisive(reading, before), reading.quote(last))
            return _finding(reading.mood(before).step, quotes)
    if _worn_down(reading):
        return _finding(2, (*reading.repeats[:2], reading.quote(last)))
    return _finding(3, (reading.quote(last),))


def _cannot(reading: Reading) -> Finding | Abstained | None:
    if not reading.said:
        return not_applicable("no customer words")
    if reading.english is None:
        if sum(len(reading.words(i)) for i in reading.said) <= 1:
            return not_applicable("a single word tells no mood")
        reason = "the language is not known and too few words tell it"
        return Abstained(reason=reason, code="language_unknown")
    if not reading.english:
        reason = "the lexicon is English only, the customer's words are not"
        return Abstained(reason=reason, code="language")
    if sum(len(reading.words(i)) for i in reading.said) <= 1:
        return not_applicable("a single word tells no mood")
    return None


def _opening(reading: Reading) -> list[int]:
    """The first run of customer turns, with the next one when it holds a greeting only."""
    first_reply = next((i for i in reading.answered if i > reading.said[0]), None)
    turns = [i for i in reading.said if first_reply is None or i < first_reply]
    if all(len(reading.words(i)) <= 3 for i in turns) and len(turns) < len(reading.said):
        turns.append(reading.said[len(turns)])
    return turns


def _says_nothing(reading: Reading, turn: int) -> bool:
    text = reading.text(turn)
    return len(reading.words(turn)) <= 6 and "thank" not in text.lower() and "?" not in text


def _worn_down(reading: Reading) -> bool:
    """Neutral words at the end of repeats against refusals, and no thanks."""
    if len(reading.repeats) < 2 or "thank" in reading.text(reading.said[-1]).lower():
        return False
    refusals = sum(bool(wording.REFUSES.search(reading.text(i))) for i in reading.answered)
    return refusals >= 2


def _decisive(reading: Reading, turn: int) -> Quote:
    mood: Mood = reading.mood(turn)
    if mood.end - mood.start >= len(reading.text(turn)):
        return reading.quote(turn)
    return clip(turn, reading.text(turn), mood.start, mood.end)


def _finding(step: int, evidence: tuple[Quote, ...]) -> Finding:
    causes = ("arrived_upset",) if step <= 2 and all(q.turn == 0 for q in evidence) else ()
    return Finding(credit=(step - 1) / 4, reason=_REASONS[step], evidence=evidence, causes=causes)
