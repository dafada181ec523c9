"""Which values of an export's own attributes are groups, and which are somebody's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from cxscore.kpi.facts import Contact

ONE_CUSTOMER = "(one customer)"
"""Stands for each value only one customer bears: it tells who somebody is and groups nothing."""


def grouped(
    contacts: Sequence[Contact], own: AbstractSet[str], personal: Callable[[str, str], bool]
) -> list[Contact]:
    """Contacts whose free attributes hold groups only; an attribute without any group goes.

    Args:
        contacts: all conversations; one without a customer counts as a customer of its own.
        own: names of attributes that are fields of ours and stay as they are.
        personal: (name, value) to whether the value is a person's; such a value goes.

    >>> def one(id: str, **attributes: str) -> Contact:
    ...     return Contact(id=id, attributes=attributes)
    >>> rows = [one("a", plan="pro", mail="x@a.example"), one("b", plan="pro", mail="y@a.example")]
    >>> [dict(c.attributes) for c in grouped(rows, frozenset(), lambda name, value: False)]
    [{'plan': 'pro'}, {'plan': 'pro'}]
    """
    bearers: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for one in contacts:
        for pair in one.attributes.items():
            if pair[0] not in own and len(bearers[pair]) < 2:
                bearers[pair].add(one.customer or f"\0{one.id}")
    told = {
        pair: ONE_CUSTOMER if len(who) < 2 else None if personal(*pair) else pair[1]
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
