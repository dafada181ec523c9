"""Whether a published figure may stand beside ours: only where both count the same."""

from __future__ import annotations

from collections.abc import Collection

OF_LABELS = frozenset({"V0", "V1", "automation_claimed"})
"""KPIs that count by the vendor's own labels: their definition is the vendor's."""


def not_comparable(kpi: str, definition: str, labels: Collection[str]) -> str | None:
    """Why a figure counted by ``definition`` is not one of this KPI; None: it is.

    Args:
        kpi: id of ours.
        definition: the figure's.
        labels: definitions of the vendor labels in the data.

    >>> not_comparable("D1", "D1", ()) is None
    True
    >>> not_comparable("V1", "other: resolved", ("acme/2026",))
    'counted as other: resolved; the labels here are acme/2026'
    """
    if kpi in OF_LABELS:
        if set(labels) == {definition}:
            return None
        held = ", ".join(sorted(labels)) or "of no stated definition"
        return f"counted as {definition}; the labels here are {held}"
    if definition == kpi:
        return None
    return f"counted as {definition}, not as {kpi}"
