"""What a conversation itself shows: tool results, and what the customer wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from cxscore.grounding.quantities import Quantity, quantities, specifics
from cxscore.grounding.words import terms
from cxscore.transcript import Role, Transcript
from cxscore.verdict import LogLine

COVERED = 0.6
"""Least share of a claim's content terms the conversation must hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One tool result or customer message."""

    turn: int
    line: LogLine | None
    """None for the customer's words."""
    terms: frozenset[str]
    specifics: frozenset[str]
    quantities: tuple[Quantity, ...]


class Evidence:
    """Everything shown in a conversation, read when it is first asked for."""

    def __init__(self, transcript: Transcript) -> None:
        """Take a transcript; nothing is read yet."""
        self._transcript = transcript
        self._shown: list[Shown] | None = None

    @property
    def has_log(self) -> bool:
        """Whether a tool log with results is at hand."""
        return self._transcript.tool_log is not False and any(
            c.result is not None for t in self._transcript.turns for c in t.tool_calls
        )

    def before(self, turn: int) -> Sequence[Shown]:
        """What was shown up to a turn, its own tool results included, its words not."""
        if self._shown is None:
            self._shown = _read(self._transcript)
        return [s for s in self._shown if s.turn < turn or (s.turn == turn and s.line is not None)]

    def amounts(self, turn: int) -> tuple[Quantity, ...]:
        """Amounts shown up to a turn."""
        return tuple(q for s in self.before(turn) for q in s.quantities)


def covering(claim: str, shown: Sequence[Shown]) -> tuple[bool, tuple[LogLine, ...]]:
    """Whether what was shown covers a claim, and the log lines that hold most of it.

    Every number, code and date of the claim must have been shown; without any, enough of its
    words.
    """
    wanted = specifics(claim)
    words = frozenset(terms(claim))
    if not words or not shown:
        return False, ()
    if not wanted <= frozenset().union(*(s.specifics for s in shown)):
        return False, ()
    held = words & frozenset().union(*(s.terms for s in shown))
    # Codes and amounts say more than words: with two of them fewer words will do.
    least = COVERED if len(wanted) < 2 else COVERED / 2
    if len(held) / len(words) < least:
        return False, ()
    return True, _best_lines(wanted, words, shown)


def _best_lines(
    wanted: frozenset[str], words: frozenset[str], shown: Sequence[Shown]
) -> tuple[LogLine, ...]:
    ranked = [
        ((len(wanted & s.specifics), len(words & s.terms)), n)
        for n, s in enumerate(shown)
        if s.line is not None
    ]
    if not ranked:
        return ()
    (most, _), best = max(ranked)
    line = shown[best].line
    if line is None or (wanted and not most):
        return ()
    return (line,)


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
    return Shown(turn=turn, line=line, terms=read, specifics=codes, quantities=amounts)


@lru_cache(maxsize=256)
def _reading(text: str) -> tuple[frozenset[str], frozenset[str], tuple[Quantity, ...]]:
    return frozenset(terms(text)), specifics(text), quantities(text)
