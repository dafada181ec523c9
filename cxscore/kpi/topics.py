"""Topics by words of the customer, where the export names none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cxscore.kpi.facts import Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """A workspace's topics in order: the first whose words occur is the topic."""

    words: Mapping[str, Sequence[str]]
    """Topic to words or phrases, whole and in any case; ``refund*`` takes any ending."""
    _patterns: Mapping[str, re.Pattern[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        made = {
            t: re.compile("|".join(map(_pattern, w)), re.IGNORECASE)
            for t, w in self.words.items()
            if w
        }
        object.__setattr__(self, "_patterns", made)

    def of(self, text: str) -> str | None:
        """The topic of a request; None: no word of any occurs.

        >>> Topics(words={"refund": ["refund*", "money back"]}).of("Refunded? I want it!")
        'refund'
        """
        return next((t for t, p in self._patterns.items() if p.search(text)), None)


def _pattern(word: str) -> str:
    stem = word.strip()
    end = r"\w*" if stem.endswith("*") else ""
    body = r"\s+".join(map(re.escape, stem.rstrip("*").split()))
    return rf"(?<!\w){body}{end}(?!\w)"


def with_topics(
    contacts: Sequence[Contact], requests: Mapping[str, str], topics: Topics
) -> list[Contact]:
    """Contacts with a topic each, as far as words tell one; a given one stays.

    Args:
        contacts: all conversations.
        requests: id to the customer's first words.
        topics: of the workspace.
    """
    return [
        one
        if one.attributes.get("topic") or not (found := topics.of(requests.get(one.id, "")))
        else replace(one, attributes={**one.attributes, "topic": found})
        for one in contacts
    ]
