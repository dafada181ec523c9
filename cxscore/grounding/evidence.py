"""What a conversation itself shows: tool results, and what the customer wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from cxscore.grounding.contacts import contacts
from cxscore.grounding.quantities import Quantity, quantities, specifics
from cxscore.grounding.words import terms
from cxscore.transcript import Role, Transcript
from cxscore.verdict import LogLine

COVERED = 0.6
"""Least share of a claim's content terms the conversation must hold."""
IN_ONE = 0.7
"""The same for a claim without numbers and codes: then one result or message must hold it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One tool result or customer message."""

    turn: int
    line: LogLine | None
    """None for the customer's words."""
    text: str
    terms: frozenset[str]
    specifics: frozenset[str]
    quantities: tuple[Quantity, ...]


class Evidence:
    """Everything shown in a conversation, read when it is first asked for."""

    def __init__(self, transcript: Transcript) -> None:
        """Take a transcript; nothing is read yet."""
        self._transcript = transcript
        self._shown: list[Shown] | None = None
        self._before: Before | None = None

    @property
    def has_log(self) -> bool:
        """Whether a tool log with results is at hand."""
        return self._transcript.tool_log is not False and any(
            c.result is not None for t in self._transcript.turns for c in t.tool_calls
        )

    def before(self, turn: int) -> Before:
        """What was shown up to a turn, its own tool results included, its words not."""
        if self._shown is None:
            self._shown = _read(self._transcript)
        if self._before is None or self._before.turn != turn:
            shown = [
                s for s in self._shown if s.turn < turn or (s.turn == turn and s.line is not None)
            ]
            self._before = Before(turn, shown)
        return self._before


class Before:
    """Everything shown up to one turn."""

    def __init__(self, turn: int, shown: Sequence[Shown]) -> None:
        """Take what was shown, in order."""
        self.turn = turn
        self.shown = shown
        self._terms: frozenset[str] = frozenset().union(*(s.terms for s in shown))
        self._specifics: frozenset[str] = frozenset().union(*(s.specifics for s in shown))

    def amounts(self, claim: str) -> list[Quantity]:
        """Amounts shown, and those of the claim whose bare number was: logs give no units.

        Small numbers stand in every log, so durations count only with their unit.
        """
        bare = [
            q
            for q in quantities(claim)
            if q.unit != "days" and specifics(q.text) <= self._specifics
        ]
        return [q for s in self.shown for q in s.quantities] + bare

    @property
    def contacts(self) -> frozenset[str]:
        """Links, mail addresses and phone numbers shown."""
        return frozenset().union(*(contacts(s.text) for s in self.shown))

    def covers(self, claim: str) -> tuple[bool, tuple[LogLine, ...]]:
        """Whether what was shown covers a claim, and the line of the tool log that holds most.

        Every number, code and date of the claim must have been shown. A claim without any must
        stand in one result or message: a long log holds every common word somewhere.
        """
        wanted, words = specifics(claim), frozenset(terms(claim))
        if not words or not wanted <= self._specifics:
            return False, ()
        if not wanted:
            return self._in_one(words)
        # Codes and amounts say more than words: with two of them fewer words will do.
        least = COVERED if len(wanted) < 2 else COVERED / 2
        if len(words & self._terms) < least * len(words):
            return False, ()
        best = max(
            self.shown, key=lambda s: (len(wanted & s.specifics), len(words & s.terms), s.turn)
        )
        return True, (best.line,) if best.line else ()

    def _in_one(self, words: frozenset[str]) -> tuple[bool, tuple[LogLine, ...]]:
        for shown in reversed(self.shown):
            if len(words & shown.terms) >= max(3, IN_ONE * len(words)):
                return True, (shown.line,) if shown.line else ()
        return False, ()


def _read(transcript: Transcript) -> list[Shown]:
    shown = []
    for number, turn in enumerate(transcript.turns):
        if turn.role is Role.CUSTOMER and turn.text:
            shown.append(_shown(number, None, turn.text))
        for index, call in enumerate(turn.tool_calls):
            if call.result:
                line = LogLine(turn=number, call=index)
                shown.append(_shown(number, line, call.result))
    return shown


def _shown(turn: int, line: LogLine | None, text: str) -> Shown:
    read, codes, amounts = _reading(text)
    return Shown(turn=turn, line=line, text=text, terms=read, specifics=codes, quantities=amounts)


@lru_cache(maxsize=256)
def _reading(text: str) -> tuple[frozenset[str], frozenset[str], tuple[Quantity, ...]]:
    return frozenset(terms(text)), specifics(text), quantities(text)
