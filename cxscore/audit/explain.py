"""Which definition a figure is consistent with: definitions × windows × denominators tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cxscore.errors import ConfigError
from cxscore.kpi.facts import Facts, Mask, yes
from cxscore.kpi.followup import WINDOWS, Followup
from cxscore.kpi.ladder import alone, answered, claimed, involved, judged, left_alone

_SILENT = ("24h", "48h", "72h", "7d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One way to count."""

    definition: str
    """Id of the ladder."""
    meaning: str
    denominator: str
    k: int
    n: int
    ids: frozenset[str]

    @property
    def value(self) -> float:
        """K / n."""
        return self.k / self.n


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A candidate that rounds to the figure."""

    candidate: Candidate
    reproduced: bool | None
    """The same conversations; None: their ids were not given, so that it is consistent, no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a figure may mean."""

    figure: float
    decimals: int
    """Of the figure in percent."""
    tried: tuple[Candidate, ...]
    matches: tuple[Match, ...]
    by_chance: float
    """Expected number of matches had every candidate been any share: tried × width of rounding."""


def explain(
    facts: Facts,
    after: Followup,
    figure: float,
    *,
    decimals: int = 0,
    ids: frozenset[str] | None = None,
) -> Explanation:
    """Try every way to count that vendors use, and keep those that round to the figure.

    Consistent is not reproduced: two definitions may give one figure with other conversations. Only
    a given set of ids can tell.

    Args:
        facts: all conversations.
        after: their returns.
        figure: a share, 0–1.
        decimals: of the figure in percent.
        ids: the conversations the vendor counts as resolved.

    Raises:
        ConfigError: no share, or ids that are not there.
    """
    if not 0 <= figure <= 1:
        raise ConfigError(f"{figure:g} is no share; allowed: 83% or 0.83")
    if ids is not None:
        unknown = sorted(ids - set(facts.id.tolist()))
        if unknown:
            raise ConfigError(
                f"{len(unknown)} of the ids are no conversation here, first {unknown[0]!r}"
            )
    tried = tuple(_candidates(facts, after))
    half = 0.5 * 10 ** -(decimals + 2)
    matches = tuple(
        Match(candidate=c, reproduced=None if ids is None else c.ids == ids)
        for c in tried
        if abs(c.value - figure) <= half + 1e-12
    )
    distinct = {(c.k, c.n, c.ids) for c in tried}
    return Explanation(
        figure=figure,
        decimals=decimals,
        tried=tried,
        matches=matches,
        by_chance=len(distinct) * 2 * half,
    )


def _candidates(facts: Facts, after: Followup) -> Iterator[Candidate]:
    everything = np.ones(len(facts), np.bool_)
    touched = yes(facts.involved)
    bases = (
        ("everything the AI touched, excluded ones too", touched),
        ("eligible the AI was involved in", involved(facts)),
        ("eligible the AI answered", answered(facts)),
        ("all eligible", facts.eligible),
        ("all conversations", everything),
    )
    for definition, meaning, counted, watched in _numerators(facts, after):
        for name, base in bases:
            inside = base & watched
            n = int(inside.sum())
            if not n:
                continue
            kept = inside & counted
            yield Candidate(
                definition=definition,
                meaning=meaning,
                denominator=name,
                k=int(kept.sum()),
                n=n,
                ids=frozenset(facts.id[kept].tolist()),
            )


def _numerators(facts: Facts, after: Followup) -> Iterator[tuple[str, str, Mask, Mask]]:
    always = np.ones(len(facts), np.bool_)
    touched = yes(facts.involved)
    untouched = touched & alone(facts)
    yield "V0", "the vendor says resolved", touched & yes(facts.claimed), always
    yield "D1", "no person took part", untouched, always
    yield "D1e", "not handed to a person", touched & ~yes(facts.escalated), always
    yield "D2", "answered and left or confirmed", left_alone(facts), always
    yield "D3", "the customer confirmed", touched & yes(facts.confirmed), always
    yield "D4", "the vendor's own check passes", untouched & yes(facts.self_grade), always
    good, _ = judged(facts)
    yield "D10", "judged resolved", good, always
    for window in _SILENT:
        seen = after.seen >= WINDOWS[window]
        silent = ~(after.any <= WINDOWS[window])
        same = ~(after.same <= WINDOWS[window])
        yield "D7", f"no person, no contact in {window}", untouched & silent, seen
        yield "D8", f"answered and left, no contact in {window}", left_alone(facts) & silent, seen
        yield "D9", f"claimed, issue not back in {window}", claimed(facts) & same, seen
        yield "D11", f"judged resolved, issue not back in {window}", good & same, seen
    yield "D11p", "judged resolved, issue not back so far", good & ~after.back("7d"), always
