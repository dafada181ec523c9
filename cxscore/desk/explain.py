"""What a claimed figure may mean, in a store's conversations."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from cxscore.audit.explain import Candidate, Explanation, explain
from cxscore.desk.kpi_facts import load_facts
from cxscore.errors import ConfigError


def explain_figure(
    store: Path,
    figure: float,
    decimals: int,
    *,
    first: date | None = None,
    last: date | None = None,
    ids: Path | None = None,
    config: Path | None = None,
) -> Explanation:
    """Try every way to count on a period of a store.

    Raises:
        StoreError: there is no store, or it cannot be read.
        ConfigError: the ids cannot be read or are not there, or the period is empty.
        InputError: the store is empty, or goes on after the settings say it ends.
    """
    given = None
    if ids is not None:
        try:
            given = frozenset(filter(None, map(str.strip, ids.read_text("utf-8-sig").splitlines())))
        except OSError as error:
            raise ConfigError(f"cannot be read: {error.strerror or error}", path=str(ids)) from None
        except UnicodeDecodeError as error:
            raise ConfigError(f"is no UTF-8 text: {error.reason}", path=str(ids)) from None
        if not given:
            raise ConfigError("holds no id; one a line", path=str(ids))
    loaded = load_facts(store, config=config)
    known = loaded.known(loaded.started_within(first, last))
    if not len(known.facts):
        raise ConfigError("no conversation in this period")
    return explain(known.facts, known.after, figure, decimals=decimals, ids=given)


def explanation_json(found: Explanation) -> dict[str, Any]:
    """As plain JSON values."""
    return {
        "figure": found.figure,
        "tried": len(found.tried),
        "matches_by_chance": found.by_chance,
        "matches": [
            {**_candidate(m.candidate), "reproduced": m.reproduced, "ids": sorted(m.candidate.ids)}
            for m in found.matches
        ],
        "nearest": [_candidate(c) for c in nearest(found)],
    }


def _candidate(one: Candidate) -> dict[str, Any]:
    return {
        "definition": one.definition,
        "meaning": one.meaning,
        "denominator": one.denominator,
        "k": one.k,
        "n": one.n,
        "value": one.value,
    }


def nearest(found: Explanation) -> list[Candidate]:
    """The three that come nearest without rounding to it."""
    matched = {id(m.candidate) for m in found.matches}
    rest = [c for c in found.tried if id(c) not in matched]
    return sorted(rest, key=lambda c: (abs(c.value - found.figure), c.definition))[:3]


def explanation_text(found: Explanation) -> str:
    """For people."""
    chance = f"{found.by_chance:.1f} would round to it by chance"
    lines = [f"{found.figure:.{found.decimals}%}: {len(found.tried)} ways to count tried; {chance}"]
    for match in found.matches:
        one = match.candidate
        word = {None: "consistent", True: "reproduced", False: "consistent, other conversations"}
        lines.append(
            f"  {word[match.reproduced]}: {one.definition}, {one.meaning}, of {one.denominator}:"
            f" {one.k} of {one.n}"
        )
    if not found.matches:
        lines.append("  no way to count gives it")
    lines += [
        f"  near: {c.definition}, {c.meaning}, of {c.denominator}: {c.k} of {c.n} = {c.value:.1%}"
        for c in nearest(found)
    ]
    if found.matches and found.matches[0].reproduced is None:
        lines.append("Ask for the list of conversations: --ids tells which one it is.")
    return "\n".join(lines)
