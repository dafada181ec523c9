"""What of a handover's five checks the record itself decides; the rest stays not known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cxscore.transcript import Conversation, Handoff, Role, Turn

_IDENTIFIER = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+|\b(?=[\w-]*\d{4})[\w-]*\d\b")
"""An e-mail address, or a word with four digits in a row: order, contract, postcode, phone."""


def checks(
    conversation: Conversation, turns: Sequence[tuple[int, Turn]]
) -> Mapping[str, bool | None] | None:
    """Checks of the first handover to a person; None: there was none.

    A reason and a note are there or not. Identifiers the customer gave went along where the note
    holds them, and did not where the customer had to give one again. Where nobody gave one, or
    nobody came, neither is known. A destination is known to be wrong where the person passed the
    conversation on; that it was right is nobody's to say without reading.

    Args:
        conversation: with its handovers.
        turns: its public turns by index.
    """
    moves = [h for h in conversation.handoffs if h.to is Role.HUMAN_AGENT]
    if not moves:
        return None
    first = moves[0]
    given = _identifiers(turns, first, after=False)
    again = given & _identifiers(turns, first, after=True)
    came = any(i >= first.before_turn and t.role is Role.HUMAN_AGENT for i, t in turns)
    return {
        "reason_stated": first.reason is not None,
        "context_summary": first.summary is not None,
        "identifiers_carried": _carried(given, again, first.summary),
        "no_repeat_asked": not again if came and given else None,
        "right_destination": False if _passed_on(moves, turns) else None,
    }


def _carried(given: frozenset[str], again: frozenset[str], summary: str | None) -> bool | None:
    if not given:
        return None
    if summary is not None:
        return given <= _found(summary)
    return False if again else None


def _passed_on(moves: Sequence[Handoff], turns: Sequence[tuple[int, Turn]]) -> bool:
    """A person of one team handed over to another."""
    spoke = [i for i, t in turns if t.role is Role.HUMAN_AGENT]
    return any(
        spoke and later.before_turn > spoke[0] and later.team != moves[0].team
        for later in moves[1:]
    )


def _identifiers(
    turns: Sequence[tuple[int, Turn]], first: Handoff, *, after: bool
) -> frozenset[str]:
    return frozenset().union(
        *(
            _found(turn.text)
            for index, turn in turns
            if turn.role is Role.CUSTOMER and (index >= first.before_turn) is after
        )
    )


def _found(text: str) -> frozenset[str]:
    return frozenset(m.casefold() for m in _IDENTIFIER.findall(text))
