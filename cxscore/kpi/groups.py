"""Which values of an export's own attributes are groups, and which are somebody's."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from cxscore.kpi.facts import Contact
from cxscore.kpi.stitching import STITCHED

ONE_CUSTOMER = "(one customer)"
"""Stands for each value only one customer bears: it tells who somebody is and groups nothing."""
ENOUGH_UNKNOWN = 5
"""Conversations of unknown customers that are taken for more than one customer's."""


def grouped(
    contacts: Sequence[Contact], own: AbstractSet[str], personal: Callable[[str, str], bool]
) -> list[Contact]:
    """Contacts whose free attributes hold groups only; an attribute without any group goes.

    Args:
        contacts: all conversations; those without a customer may all be one's, up to
            ``ENOUGH_UNKNOWN`` of them.
        own: names of attributes that are fields of ours and stay as they are.
        personal: (name, value) to whether the value is a person's; such a value goes.

    >>> def one(id: str, **attributes: str) -> Contact:
    ...     return Contact(id=id, customer=id, attributes=attributes)
    >>> rows = [one("a", plan="pro", mail="x@a.example"), one("b", plan="pro", mail="y@a.example")]
    >>> [dict(c.attributes) for c in grouped(rows, frozenset(), lambda name, value: False)]
    [{'plan': 'pro'}, {'plan': 'pro'}]
    """
    bearers: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    unknown: Counter[tuple[str, str]] = Counter()
    for one in contacts:
        for pair in one.attributes.items():
            if pair[0] in own:
                continue
            who = bearers[pair]
            if one.customer is None:
                unknown[pair] += one.exclusion != STITCHED
            elif len(who) < 2 and one.exclusion != STITCHED:
                who.add(one.customer)
    told = {
        pair: ONE_CUSTOMER
        if len(who) < 2 and unknown[pair] < ENOUGH_UNKNOWN
        else None
        if personal(*pair)
        else pair[1]
        for pair, who in bearers.items()
    }
    groups = {name for (name, _), text in told.items() if text not in {None, ONE_CUSTOMER}}
    return [replace(c, attributes=_told(c.attributes, told, groups | own)) for c in contacts]


def _told(
    attributes: Mapping[str, str],
    told: Mapping[tuple[str, str], str | None],
    named: AbstractSet[str],
) -> dict[str, str]:
    kept = {name: told.get((name, value), value) for name, value in attributes.items()}
    return {name: text for name, text in kept.items() if text is not None and name in named}
