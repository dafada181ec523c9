"""A scorecard on its way to a rubric: what every foreign form is brought to, and its YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from cxscore.readers.rubrics.wording import UNWRITTEN

_MAX_ID = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLevel:
    """One answer, worst first in its question."""

    level: int | str
    anchor: str | None = None
    credit: float | None = None
    """Share of full credit; None for the points of an ordinal scale and plain yes/no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftCriterion:
    """One question of the form."""

    name: str
    question: str
    section: str
    """The section's name as the form shows it."""
    kind: str
    """``ordinal``, ``yes_no`` or ``choices``."""
    levels: Sequence[DraftLevel]
    weight: float | None = None
    """Share of the whole form in any unit; None: the form gives none; 0: not scored."""
    not_applicable: str | None = None
    auto_fail: bool = False


@dataclass(slots=True, kw_only=True)
class Draft:
    """A form, and what of it found no place."""

    source: str
    """What was imported, in words."""
    title: str
    criteria: list[DraftCriterion] = field(default_factory=list)
    section_weights: dict[str, float] = field(default_factory=dict)
    """Section name to weight, for forms that weigh sections; empty: questions are weighed."""
    unmapped: list[str] = field(default_factory=list)
    """One sentence each."""


def identifier(text: str, taken: Iterable[str] = ()) -> str:
    """An id made of a name, not among those taken.

    >>> identifier("Did we greet?", ["did_we_greet"])
    'did_we_greet_2'
    """
    words = re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")
    stem = (words if words[:1].isalpha() else f"q_{words}".rstrip("_"))[: _MAX_ID - 4].rstrip("_")
    used, number, name = set(taken), 1, stem
    while name in used:
        number += 1
        name = f"{stem}_{number}"
    return name


def even_levels(names: Sequence[str]) -> list[DraftLevel]:
    """Choices whose credit the source does not give: equally far apart, worst first."""
    top = max(len(names) - 1, 1)
    return [DraftLevel(level=name, credit=round(i / top, 4)) for i, name in enumerate(names)]


def rubric_yaml(draft: Draft) -> str:
    """The draft as a rubric file, with what could not be mapped as comments at the top."""
    ids, sections = _names(draft)
    _tell_weights(draft)
    body: dict[str, Any] = {
        "format": 1,
        "id": identifier(draft.title),
        "version": "1.0.0",
        "title": draft.title,
        "evidence": (
            "Every level below the top cites a quote of at most 25 words, with its turn number."
        ),
        "sections": {section: name for name, section in sections.items()},
    }
    weights = _composite_weights(draft, ids, sections)
    if weights:
        body["composite"] = {"aggregate": "zendesk_iqs", "weights": weights}
    body["criteria"] = [
        _criterion(c, name, sections[c.section], weighed=bool(draft.section_weights))
        for c, name in zip(draft.criteria, ids, strict=True)
    ]
    return _comments(draft, scored=bool(weights)) + yaml.safe_dump(
        body, sort_keys=False, allow_unicode=True, width=98
    )


def _names(draft: Draft) -> tuple[list[str], dict[str, str]]:
    sections: dict[str, str] = {}
    for c in draft.criteria:
        if c.section not in sections:
            sections[c.section] = identifier(c.section, sections.values())
    ids: list[str] = []
    for c in draft.criteria:
        # A criterion and a section of one name could not be told apart in the composite.
        ids.append(identifier(c.name, [*ids, *sections.values()]))
    return ids, sections


def _composite_weights(
    draft: Draft, ids: Sequence[str], sections: Mapping[str, str]
) -> dict[str, float]:
    if draft.section_weights:
        raw = {sections[s]: w for s, w in draft.section_weights.items() if s in sections and w > 0}
    elif any(c.weight for c in draft.criteria):
        raw = {n: c.weight for n, c in zip(ids, draft.criteria, strict=True) if c.weight}
    else:
        raw = dict.fromkeys(ids, 1.0)
    total = sum(raw.values())
    shares = {name: float(f"{weight / total:.9g}") for name, weight in raw.items()}
    return {name: share for name, share in shares.items() if share > 0}


def _tell_weights(draft: Draft) -> None:
    if draft.section_weights:
        return
    bare = [c.name for c in draft.criteria if not c.weight]
    if len(bare) == len(draft.criteria):
        draft.unmapped.append("The source gives no weights: all questions count the same.")
    elif bare:
        names = ", ".join(f"“{name}”" for name in bare)
        draft.unmapped.append(f"Without a weight, so not part of the score: {names}.")


def _criterion(draft: DraftCriterion, name: str, section: str, *, weighed: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": name,
        "name": draft.name,
        "section": section,
        "rule": None,
        "question": draft.question,
        "not_applicable": draft.not_applicable
        or f"{UNWRITTEN} say when nobody can answer this, or write never.",
    }
    if weighed and draft.weight:
        entry["weight"] = draft.weight
    if draft.auto_fail:
        entry["auto_fail"] = True
    count = len(draft.levels)
    levels = [_level(d, rank, count) for rank, d in enumerate(draft.levels, 1)]
    return entry | {"scale": {"kind": draft.kind, "levels": levels}}


def _level(draft: DraftLevel, rank: int, count: int) -> dict[str, Any]:
    entry: dict[str, Any] = {"level": draft.level}
    if draft.credit is not None:
        entry["credit"] = draft.credit
    missing = (
        f"{UNWRITTEN} say what is seen at answer {rank} of {count} ({draft.level}), 1 is worst."
    )
    return entry | {"anchor": draft.anchor or missing}


def _comments(draft: Draft, *, scored: bool) -> str:
    lines = [f"Imported from {draft.source}."]
    if scored:
        lines.append(
            "The score is a weighted mean on 0-100; a failed critical question makes it 0 "
            "(aggregate: zendesk_iqs)."
        )
    lines.append(f"Texts that begin with “{UNWRITTEN}” must be written by you; then run")
    lines.append("  cxscore rubrics check FILE")
    lines.append("What could not be mapped:" if draft.unmapped else "Everything was mapped.")
    lines += [f"- {' '.join(sentence.split())}" for sentence in dict.fromkeys(draft.unmapped)]
    return "".join(f"# {_printable(line)}\n" for line in lines)


def _printable(line: str) -> str:
    # A control character in a comment would make the whole file unreadable.
    return "".join(c if c.isprintable() else " " for c in line)
