"""Claims and actions several seats found, brought together by the words they stand in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from cxscore.verdict import (
    ActionCheck,
    ActionVerdict,
    ClaimCheck,
    ClaimVerdict,
    Quote,
    Severity,
)

Check = TypeVar("Check", ClaimCheck, ActionCheck)

_CLAIMS: Mapping[str, int] = {
    ClaimVerdict.SUPPORTED_BY_ARTICLE: 0,
    ClaimVerdict.SUPPORTED_BY_CONVERSATION: 1,
    ClaimVerdict.UNVERIFIABLE: 2,
    ClaimVerdict.NOT_IN_KNOWLEDGE_BASE: 3,
    ClaimVerdict.CONTRADICTED: 4,
}
_ACTIONS: Mapping[str, int] = {
    ActionVerdict.LOGGED: 0,
    ActionVerdict.UNKNOWN: 1,
    ActionVerdict.NO_LOG: 2,
    ActionVerdict.FAILED: 3,
    ActionVerdict.MISSING: 4,
}
_GRAVITY: Mapping[str, int] = {**_CLAIMS, **_ACTIONS}
"""Verdict to how heavily it weighs against the agent."""
_SEVERITIES: Mapping[Severity | None, int] = {
    None: 0,
    **{severity: n for n, severity in enumerate(Severity, 1)},
}


def merged(lists: Sequence[Sequence[Check]]) -> tuple[tuple[Check, ...], int]:
    """The statements most seats listed, each with the verdict most of these gave it.

    Two quotes are one statement when they share at least half of the shorter one. Where verdicts
    are level, the one milder for the agent counts.

    Args:
        lists: one per seat that read the conversation.

    Returns:
        The statements in the order of the transcript, and how many were left out because no more
        than half of the seats listed them.
    """
    kept: list[Check] = []
    lost = 0
    for group in _same_words(lists):
        if 2 * len(group) > len(lists):
            kept.append(_agreed([min(own, key=_gravest) for own in group.values()]))
        else:
            lost += 1
    return tuple(kept), lost


def same_words(one: Quote, other: Quote) -> bool:
    """Whether two quotes share at least half of the shorter one."""
    if one.turn != other.turn:
        return False
    shared = min(one.end, other.end) - max(one.start, other.start)
    shorter = min(one.end - one.start, other.end - other.start)
    return shared > 0 and 2 * shared >= shorter


def _same_words(lists: Sequence[Sequence[Check]]) -> list[dict[int, list[Check]]]:
    """Groups of checks of the same words: seat number to its checks."""
    groups: list[dict[int, list[Check]]] = []
    for seat, checks in enumerate(lists):
        for check in checks:
            near = [g for g in groups if _touches(g, check)]
            joined: dict[int, list[Check]] = {}
            for group in near:
                for number, own in group.items():
                    joined.setdefault(number, []).extend(own)
            joined.setdefault(seat, []).append(check)
            groups = [g for g in groups if not any(g is n for n in near)] + [joined]
    return sorted(groups, key=_place)


def _touches(group: Mapping[int, list[Check]], check: Check) -> bool:
    return any(same_words(c.quote, check.quote) for own in group.values() for c in own)


def _place(group: Mapping[int, list[Check]]) -> tuple[int, int, int]:
    return min((c.quote.turn, c.quote.start, c.quote.end) for own in group.values() for c in own)


def _gravest(check: Check) -> tuple[int, str]:
    return (-_GRAVITY[check.verdict], repr(check))


def _agreed(checks: list[Check]) -> Check:
    """The check of a seat that gave the verdict, and the weight, most of them gave."""
    counted = Counter(c.verdict for c in checks)
    verdict = min(counted, key=lambda v: (-counted[v], _GRAVITY[v]))
    voters = [c for c in checks if c.verdict == verdict]
    weights = Counter(_weight(c) for c in voters)
    weight = min(weights, key=lambda w: (-weights[w], w))
    speaker = min((c for c in voters if _weight(c) == weight), key=repr)
    if isinstance(speaker, ClaimCheck):
        taken_back = sum(getattr(c, "corrected", False) for c in checks)
        return replace(speaker, corrected=2 * taken_back > len(checks))
    return speaker


def _weight(check: Check) -> tuple[int, str, str]:
    """Severity, then proof and error: how much the check counts."""
    if isinstance(check, ClaimCheck):
        return (_SEVERITIES[check.severity], check.proof.value, check.error or "")
    return (_SEVERITIES[check.severity], "", check.action)
