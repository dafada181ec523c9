"""Which call hands over to a person, and what of a handover's five checks the record decides."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from cxscore.transcript import Conversation, Handoff, Role, Turn

_IDENTIFIER = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+|\b(?=[\w-]*\d{4})[\w-]*\d\b")
"""An e-mail address, or a word with four digits in a row: order, contract, postcode, phone."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_HANDOVERS = frozenset({
    "escalate", "escalated", "escalates", "escalation", "handoff", "handover",
})  # fmt: skip
_HANDED = frozenset({("hand", "off"), ("hand", "over"), ("live", "agent"), ("human", "takeover")})
_MOVES = frozenset({
    "assign", "connect", "forward", "hand", "pass", "reassign", "redirect", "route", "send",
    "submit", "switch", "transfer",
})  # fmt: skip
_ASKS = frozenset({
    "bring", "call", "contact", "get", "involve", "invoke", "notify", "request", "speak",
    "summon", "talk",
})  # fmt: skip
_HUMANS = frozenset({"human", "humans", "operator", "operators"})
_PEOPLE = _HUMANS | frozenset({
    "advisor", "agent", "agents", "colleague", "department", "desk", "group", "helpdesk",
    "manager", "people", "person", "queue", "rep", "representative", "representatives", "service",
    "specialist", "staff", "supervisor", "support", "team",
})  # fmt: skip
_BETWEEN = frozenset({
    "a", "an", "call", "case", "chat", "contact", "conversation", "customer", "front", "issue",
    "live", "off", "over", "session", "the", "ticket", "tier", "to", "user", "with",
})  # fmt: skip
"""What may stand between the verb and the people; money, seats and lines may not."""
_TOWARDS = frozenset({"to", "with"})
_NO_HANDOVER = frozenset({
    # asks whether, or looks something up
    "availability", "can", "check", "count", "describe", "detect", "eligible", "fetch", "find",
    "history", "if", "intent", "is", "list", "load", "lookup", "needed", "policy", "rate", "read",
    "reason", "score", "search", "should", "show", "status", "view", "whether",
    # takes it back
    "cancel", "de", "dont", "no", "not", "prevent", "undo",
    # is about something else of theirs
    "ai", "amount", "article", "bot", "email", "mail", "member", "page", "resources", "role",
    "schedule", "transcript", "update", "virtual",
})  # fmt: skip


def hands_over(call: str) -> bool:
    """Whether a tool of this name hands the conversation to a person, by its words.

    >>> [hands_over(n) for n in ("transfer_to_human_agents", "escalateTicket", "hand_to_team")]
    [True, True, True]
    >>> [hands_over(n) for n in ("search_merchandise_by_team", "transfer_funds_to_agent")]
    [False, False]
    """
    words = [w.lower() for w in _WORD.findall(call)]
    if _NO_HANDOVER & set(words):
        return False
    # Off and over are words of their own in hand_off and hand_over.
    if _HANDOVERS & set(words) or any(p in _HANDED for p in pairwise(words)):
        return True
    return any(_to_people(words, at) for at in range(len(words)))


def _to_people(words: Sequence[str], at: int) -> bool:
    """Whether the word there is a verb whose words lead to people."""
    last = next((i for i, w in enumerate(words) if i > at and w in _PEOPLE), None)
    if last is None or words[at] not in _MOVES | _ASKS:
        return False
    between = words[at + 1 : last]
    human = words[last] in _HUMANS or "live" in between
    if words[at] in _ASKS:
        return human and _BETWEEN.issuperset(between)
    if not human and not _TOWARDS & set(between):
        return False  # assign_support_plan
    # The people's own name may stand before them: transfer_to_billing_team.
    named = len(between) > 1 and between[-2] in _TOWARDS
    return _BETWEEN.issuperset(between[:-1] if named else between)


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
