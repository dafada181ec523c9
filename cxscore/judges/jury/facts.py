"""The facts most seats hold; what no majority holds is unknown."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from cxscore.judges.jury.outcomes import majority
from cxscore.judges.jury.statements import same_words
from cxscore.verdict import Fact, Facts, Issue, Quote


def agreed(told: Sequence[Facts]) -> Facts:
    """The facts more than half of the seats agree on.

    Args:
        told: one per seat that read the conversation.
    """
    seats = len(told)
    turns = sorted({turn for f in told for turn in f.acts})
    acts = {turn: majority((f.acts.get(turn) for f in told), seats) for turn in turns}
    return Facts(
        acts={turn: act for turn, act in acts.items() if act is not None},
        asked_for_human=_fact([f.asked_for_human for f in told]),
        human_joined=_fact([f.human_joined for f in told]),
        confirmed=_fact([f.confirmed for f in told]),
        last_message_negative=_fact([f.last_message_negative for f in told]),
        kind=majority((f.kind for f in told), seats),
        issues=_issues([f.issues for f in told]),
        sentiment_path=_path([f.sentiment_path for f in told]),
    )


def _fact(told: Sequence[Fact | None]) -> Fact | None:
    value = majority((None if f is None else f.value for f in told), len(told))
    holders = [f for f in told if f is not None and f.value is value]
    # The most located words speak; among equals the words themselves decide.
    return min(holders, key=lambda f: (-len(f.evidence), repr(f))) if holders else None


def _path(told: Sequence[tuple[tuple[int, float], ...]]) -> tuple[tuple[int, float], ...]:
    by_turn: dict[int, list[float]] = {}
    for path in told:
        for turn, mood in dict(path).items():
            by_turn.setdefault(turn, []).append(mood)
    return tuple(
        (turn, median(moods))
        for turn, moods in sorted(by_turn.items())
        if 2 * len(moods) > len(told)
    )


def _issues(told: Sequence[tuple[Issue, ...]]) -> tuple[Issue, ...]:
    """Issues most seats found, matched by the customer's words, or by topic where none are given.

    Each seat's first issue of a group counts.
    """
    groups: list[dict[int, Issue]] = []
    pairs = sorted(
        ((seat, issue) for seat, issues in enumerate(told) for issue in issues),
        key=lambda pair: (_place(pair[1].request), repr(pair[1])),
    )
    for seat, issue in pairs:
        near = (g for g in groups if seat not in g and any(_same(i, issue) for i in g.values()))
        group = next(near, None)
        if group is None:
            groups.append({seat: issue})
        else:
            group[seat] = issue
    return tuple(_issue(list(g.values()), len(told)) for g in groups if 2 * len(g) > len(told))


def _same(one: Issue, other: Issue) -> bool:
    if one.request is None or other.request is None:
        return one.request is other.request and (one.kind, one.topic) == (other.kind, other.topic)
    return same_words(one.request, other.request)


def _place(quote: Quote | None) -> tuple[int, int, int]:
    return (1 << 60, 0, 0) if quote is None else (quote.turn, quote.start, quote.end)


def _issue(told: Sequence[Issue], seats: int) -> Issue:
    requests = sorted((i.request for i in told if i.request is not None), key=_place)
    return Issue(
        request=requests[0] if requests else None,
        kind=majority((i.kind for i in told), seats),
        topic=majority((i.topic for i in told), seats),
        resolved=majority((i.resolved for i in told), seats),
    )
