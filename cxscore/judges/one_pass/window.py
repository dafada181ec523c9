"""Which turns are shown of a transcript that is too long for a model's window."""

from __future__ import annotations

from dataclasses import dataclass

from cxscore.grounding.claims import claims
from cxscore.transcript import Role, Transcript, Turn

LAST_TURNS = 10
_AROUND_A_TURN = 60
"""Characters of markup, about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How much of a transcript a model can be shown."""

    characters: int = 360_000
    """About 90,000 tokens: fits a window of 128,000 beside rules, articles and reply."""


def windowed(transcript: Transcript, characters: int) -> frozenset[int] | None:
    """The turns shown of a transcript that does not fit; None when all of it does.

    Shown before anything else: the first request, the last ten turns, every tool call (latest
    first), turns with claims; then what room is left takes other turns from the end backwards.
    """
    sizes = [size(t) for t in transcript.turns]
    if sum(sizes) <= characters:
        return None
    kept: set[int] = set()
    room = characters
    for index in dict.fromkeys(_by_weight(transcript)):
        if sizes[index] <= room:
            kept.add(index)
            room -= sizes[index]
    return frozenset(kept)


def size(turn: Turn) -> int:
    """Characters a turn takes in the prompt, about."""
    calls = sum(
        len(c.result or "") + len(str(dict(c.arguments))) + _AROUND_A_TURN for c in turn.tool_calls
    )
    return len(turn.text) + _AROUND_A_TURN + calls


def _by_weight(transcript: Transcript) -> list[int]:
    turns = transcript.turns
    backwards = range(len(turns) - 1, -1, -1)
    first = [n for n, t in enumerate(turns) if t.role is Role.CUSTOMER and t.text][:1]
    calls = [n for n in backwards if turns[n].tool_calls]
    said = {c.quote.turn for c in claims(transcript)}
    return [
        *first,
        *backwards[:LAST_TURNS],
        *calls,
        *(n for n in backwards if n in said),
        *backwards,
    ]
