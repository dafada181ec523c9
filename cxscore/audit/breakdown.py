"""Where the vendor's labels are wrong: by topic, kind, channel, month; and how each label felt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxscore.audit import labels
from cxscore.kpi import durability, operations, quality
from cxscore.kpi.figure import Figure
from cxscore.kpi.ladder import claimed
from cxscore.kpi.registry import Known

MOST_GROUPS = 12
"""Groups of an attribute that are shown, the largest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The labels of one group of conversations."""

    value: str
    claimed: int
    precision: Figure
    recall: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Experience:
    """How conversations with one of the vendor's labels went for the customer."""

    label: str
    conversations: int
    positive: Figure
    satisfied: Figure
    back: Figure
    """The same issue back within seven days."""


def breakdown(known: Known, by: Mapping[str, NDArray[Any]]) -> dict[str, tuple[Group, ...]]:
    """Precision and recall of the labels by each attribute that has more than one value.

    Interval: 95 %, Wilson, of each group by itself: with many groups some differ by chance.

    Args:
        known: the conversations audited.
        by: attribute to (N,) values; empty is not known.
    """
    found = {}
    for name, values in by.items():
        held = values[known.facts.eligible].astype(str)
        names, counts = np.unique(held, return_counts=True)
        if len(names) < 2:
            continue
        order = np.argsort(-counts, kind="stable")[:MOST_GROUPS]
        groups = (_group(known, values, str(names[i])) for i in order)
        found[name] = tuple(g for g in groups if g.claimed)
    return {name: groups for name, groups in found.items() if groups}


def _group(known: Known, values: NDArray[Any], value: str) -> Group:
    part = known.within(values == value)
    return Group(
        value=value or "not known",
        claimed=int(np.count_nonzero(claimed(part.facts))),
        precision=labels.precision(part.facts, part.after),
        recall=labels.recall(part.facts, part.after),
    )


def experience(known: Known) -> tuple[Experience, ...]:
    """Experience, CSAT and returns by the vendor's label, the commonest first."""
    held = known.facts.attributes.get("label")
    if held is None:
        return ()
    names, counts = np.unique(held[known.facts.eligible].astype(str), return_counts=True)
    found = []
    for i in np.argsort(-counts, kind="stable")[:MOST_GROUPS]:
        part = known.within(held == names[i])
        found.append(
            Experience(
                label=str(names[i]) or "no label",
                conversations=int(counts[i]),
                positive=quality.positive(part.facts),
                satisfied=operations.satisfied(part.facts),
                back=durability.repeat_contact(part.facts, part.after, same_issue=True),
            )
        )
    return tuple(found)
