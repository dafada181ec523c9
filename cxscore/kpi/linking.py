"""Which conversations are about one issue, where the export gives no key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cxscore.kpi.facts import Contact, Facts

WINDOW = 21 * 86_400.0
"""Seconds after which a customer's next word is a new issue."""
OVERLAP = 0.2
"""Share of words two requests have in common from which they are about one thing."""


def linked(contacts: Sequence[Contact], requests: Mapping[str, frozenset[str]]) -> list[Contact]:
    """Contacts with an issue key each: the given one, else linked by customer, time and topic.

    Two conversations of a customer within ``WINDOW`` are one issue where their topics are the same,
    or where no topic contradicts it and their requests share ``OVERLAP`` of their words. Linking
    errs both ways: print any-issue returns beside it, and its error where pairs are labelled.

    Args:
        contacts: all conversations.
        requests: id to the content words of the customer's first turns; of one whose words were
            erased there are none, and what no key of the export links is ``lost``.
    """
    by: defaultdict[str, list[Contact]] = defaultdict(list)
    keys: dict[str, str] = {}
    for one in contacts:
        if one.customer is not None and one.started is not None:
            by[one.customer].append(one)
    for mine in by.values():
        mine.sort(key=lambda c: (c.started or 0.0, c.id))
        for place, one in enumerate(mine):
            keys[one.id] = one.issue or _earlier(one, mine[:place], keys, requests)
    return [_keyed(one, keys.get(one.id), requests) for one in contacts]


def _keyed(one: Contact, key: str | None, requests: Mapping[str, frozenset[str]]) -> Contact:
    own = _own_key(one)
    lost = one.issue is None and one.customer is not None and one.id not in requests
    return replace(one, issue=key or one.issue or own, lost=lost)


def _own_key(one: Contact) -> str:
    # No key of an export begins so: an id of a conversation may equal another's issue key.
    return f"\0{one.id}"


def _earlier(
    one: Contact,
    before: Sequence[Contact],
    keys: Mapping[str, str],
    requests: Mapping[str, frozenset[str]],
) -> str:
    for other in reversed(before):
        if other.exclusion is not None:
            continue
        gap = (one.started or 0.0) - (other.ended or other.started or 0.0)
        if gap <= WINDOW and _alike(one, other, requests):
            return keys[other.id]
    return _own_key(one)


def _alike(one: Contact, other: Contact, requests: Mapping[str, frozenset[str]]) -> bool:
    topics = one.attributes.get("topic"), other.attributes.get("topic")
    mine, theirs = requests.get(one.id, frozenset()), requests.get(other.id, frozenset())
    smaller = min(len(mine), len(theirs))
    share = len(mine & theirs) / smaller if smaller else 0.0
    if all(topics):
        return topics[0] == topics[1] or share >= 2 * OVERLAP
    return share >= OVERLAP


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkError:
    """How often linking was wrong on pairs somebody labelled."""

    same: int
    """Labelled one issue."""
    apart: int
    """Labelled two."""
    missed: tuple[tuple[str, str], ...]
    """One issue, linked as two."""
    joined: tuple[tuple[str, str], ...]
    """Two issues, linked as one."""
    unknown: int
    """Pairs of which a conversation is not among these."""


def link_error(facts: Facts, pairs: Mapping[tuple[str, str], bool]) -> LinkError:
    """Compare with labelled pairs (earlier, later) → whether they are one issue."""
    key = dict(zip(facts.id.tolist(), facts.issue.tolist(), strict=True))
    held = {p: same for p, same in sorted(pairs.items()) if p[0] in key and p[1] in key}
    linked_ = {p: key[p[0]] == key[p[1]] >= 0 for p in held}
    return LinkError(
        same=sum(held.values()),
        apart=len(held) - sum(held.values()),
        missed=tuple(p for p, same in held.items() if same and not linked_[p]),
        joined=tuple(p for p, same in held.items() if not same and linked_[p]),
        unknown=len(pairs) - len(held),
    )
