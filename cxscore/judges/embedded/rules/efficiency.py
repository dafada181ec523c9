"""Efficiency: facts asked for twice, and loops; waits and length are not held against anyone."""

from __future__ import annotations

from cxscore.judges.embedded import wording
from cxscore.judges.embedded.finding import Finding, not_applicable
from cxscore.judges.embedded.reading import Reading
from cxscore.judges.embedded.wording import clip
from cxscore.verdict import Abstained, Quote


def efficiency(reading: Reading) -> Finding | Abstained:
    """5 nothing asked twice; 4 a spare turn; 3 asked for known facts; 2 one loop; 1 loops."""
    if not reading.answered:
        return not_applicable("no agent turn")
    loops, repeats = reading.loops, reading.repeats
    if len(loops) >= 3:
        return _loop(0.0, f"the same message {len(loops)} times again", loops)
    if loops:
        return _loop(0.25, "the same message again", loops)
    if not reading.agent_english:
        return Abstained(reason="questions are recognised in English only", code="language")
    if len(repeats) >= 2:
        return _loop(0.25, f"the customer had to repeat {len(repeats)} times", repeats)
    asked = _asked_twice(reading)
    if asked is not None:
        slot, quotes = asked
        return Finding(
            credit=0.5,
            reason=f"asked for the {slot} again after it was given",
            evidence=quotes,
            causes=("asked_twice",),
        )
    spare = _spare(reading)
    if spare:
        return Finding(credit=0.75, reason="a turn that moved nothing", evidence=spare)
    return Finding(credit=1.0, reason="nothing asked twice, no loop")


def _loop(credit: float, reason: str, quotes: tuple[Quote, ...]) -> Finding:
    return Finding(credit=credit, reason=reason, evidence=quotes, causes=("looped",))


def _asked_twice(reading: Reading) -> tuple[str, tuple[Quote, ...]] | None:
    """The first slot an agent asks for again although the customer answered with data."""
    asked: dict[str, Quote] = {}
    given: set[str] = set()
    for i in sorted((*reading.said, *reading.answered)):
        text = reading.text(i)
        if i in reading.said_set:
            if any(c.isdigit() for c in text) or "@" in text:
                given |= {s for s in asked if _holds(s, text)}
            continue
        for line in wording.sentences_of(text):
            if not wording.ASKS.search(line):
                continue
            for slot, pattern in wording.SLOTS:
                match = pattern.search(line)
                if match is None or wording.CHOICE.search(line):
                    continue
                at = text.find(line)
                quote = clip(i, text, at + match.start(), at + match.end())
                if slot in given:
                    return slot, (asked[slot], quote)
                asked.setdefault(slot, quote)
    return None


def _holds(slot: str, text: str) -> bool:
    """Whether a customer's message holds what the slot asks for."""
    return bool(wording.SLOT_VALUES[slot].search(text))


def _spare(reading: Reading) -> tuple[Quote, ...]:
    """Agent turns the customer had to answer though they only said "one moment"."""
    idle = [
        i
        for i in reading.answered
        if len(reading.text(i)) <= 120
        and wording.WAITS.search(reading.text(i))
        and i + 1 < len(reading.transcript.turns)
        and i + 1 in reading.said_set
    ]
    return tuple(reading.quote(i) for i in idle) if len(idle) >= 2 else ()
