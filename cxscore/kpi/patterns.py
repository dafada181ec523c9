"""Warning patterns: moves that mean something only together, under one error budget a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cxscore.estimates import Unavailable
from cxscore.kpi.compare import Change, change
from cxscore.kpi.figure import Figure
from cxscore.kpi.weekdays import Spike

Direction = Literal["up", "down", "flat", "unknown"]
BUDGET = 0.05
"""Chance that a page of an unchanged period shows any move at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One that fired."""

    id: str
    name: str
    sentence: str
    first_action: str
    ids: tuple[str, ...] = ()
    """Conversations to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """Every move of a page, each tested at its share of the budget."""

    changes: Mapping[str, Change | Unavailable]

    def direction(self, kpi: str) -> Direction:
        """Where a KPI went; unknown: there is no number on one side."""
        one = self.changes.get(kpi)
        if one is None or isinstance(one, Unavailable):
            return "unknown"
        return "flat" if not one.moved else "up" if one.value > 0 else "down"


def moves(before: Mapping[str, Figure], now: Mapping[str, Figure], *, more: int = 0) -> Moves:
    """Test every KPI both periods hold, at ``BUDGET`` over all of them (Bonferroni).

    Args:
        before: figures of the earlier period.
        now: of the later one.
        more: further tests that share the page's budget.
    """
    shared = sorted(before.keys() & now.keys())
    z = quantile(len(shared) + more)
    return Moves(changes={name: change(before[name], now[name], z=z) for name in shared})


def quantile(tests: int) -> float:
    """Normal quantile of one of so many two-sided tests.

    >>> round(quantile(1), 2), round(quantile(20), 2)
    (1.96, 3.02)
    """
    from scipy.stats import norm

    return float(norm.isf(BUDGET / max(1, tests) / 2))


def fired(found: Moves, now: Mapping[str, Figure]) -> tuple[Pattern, ...]:
    """Patterns of the moves; where one explains another, the more telling one stands.

    Args:
        found: the moves between two periods of one definition and one judge.
        now: the figures of the later one, for the conversations to look at.
    """
    at = found.direction
    claimed = at("V1")
    patterns: list[Pattern] = []
    if claimed == "up" and at("cx_positive") == "down":
        patterns.append(
            _pattern("W1", "Containment masquerading as resolution",
                     "claimed resolutions rose, and good experiences fell",
                     "read claimed conversations with a composite under 4", now, "V1")
        )  # fmt: skip
    returns = [k for k in ("reopen_48h", "reopen_7d", "repeat_same") if at(k) == "up"]
    if claimed == "up" and returns:
        patterns.append(
            _pattern("W2", "Packaged containment",
                     "claimed resolutions rose, and so did customers who come back",
                     "read what came back first", now, returns[0])
        )  # fmt: skip
    if claimed == "up" and at("D11p") in {"flat", "down"} and not patterns:
        patterns.append(
            _pattern("W3", "Claim without substance",
                     "claimed resolutions rose, and true ones did not",
                     "ask the vendor what changed in definition or grading", now, "V1")
        )  # fmt: skip
    trapped = [k for k in ("negative_end", "asked_in_vain") if at(k) == "up"]
    if at("escalation") == "down" and trapped:
        patterns.append(
            _pattern("W4", "Trapping",
                     "fewer are handed over, and more end badly or ask for a person in vain",
                     "read conversations that asked for a person", now, trapped[0])
        )  # fmt: skip
    resolution = at("D11p") if at("D11p") != "unknown" else claimed
    if resolution == "up" and at("involvement") == "down":
        patterns.append(
            _pattern("W7", "Cherry-picked traffic",
                     "the rate rose while the AI takes on less",
                     "compare the topics it no longer takes", now, "involvement")
        )  # fmt: skip
    if at("hallucination_conversation_critical") == "up" or at("false_actions") == "up":
        name = (
            "false_actions"
            if at("false_actions") == "up"
            else "hallucination_conversation_critical"
        )
        patterns.append(
            _pattern("W6", "Errors that matter rose",
                     "critical hallucinations or false actions rose",
                     "read them all; look for one article behind them", now, name)
        )  # fmt: skip
    if at("csat_all") == "up" and at("response_all") == "down":
        patterns.append(
            _pattern("W9", "Fewer, happier answers",
                     "satisfaction rose while fewer answered",
                     "look at who still answers: cxscore surveys", now, "response_all")
        )  # fmt: skip
    if at("self_grade_kappa") == "down":
        patterns.append(
            _pattern("W10", "The vendor's grade drifts from ours",
                     "the vendor's own grades agree less with independent ones",
                     "ask which model and prompt grade now; read where they differ", now,
                     "self_grade_kappa")
        )  # fmt: skip
    if at("escalation") == "up":
        patterns.append(
            _pattern("E", "More handovers", "more conversations are handed to a person",
                     "look at the topics of those handed over", now, "escalation")
        )  # fmt: skip
    return tuple(patterns)


def _pattern(
    id: str, name: str, sentence: str, first: str, now: Mapping[str, Figure], shown: str
) -> Pattern:
    figure = now.get(shown)
    ids = () if figure is None else tuple(sorted(figure.numerator.fetch())[:3])
    return Pattern(id=id, name=name, sentence=sentence, first_action=first, ids=ids)


def spike(found: Sequence[Spike]) -> tuple[Pattern, ...]:
    """Days with more handovers than their weekday had, as one pattern."""
    if not found:
        return ()
    told = "; ".join(
        f"{s.day.day:%A %d %B}: {s.day.handed} of {s.day.involved}, before {s.before[0]} of"
        f" {s.before[1]}"
        for s in found
    )
    return (
        Pattern(
            id="E-day",
            name="A day with more handovers",
            sentence=f"more customers handed over than on the same weekday: {told}",
            first_action="look at what broke that day",
            ids=tuple(i for s in found for i in s.day.ids)[:3],
        ),
    )


def one_side_falls(overall: Direction, groups: Mapping[str, Direction]) -> tuple[str, ...]:
    """W5: the whole rose, and these groups fell."""
    if overall != "up":
        return ()
    return tuple(name for name, direction in sorted(groups.items()) if direction == "down")
