"""One conversation, explained."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path

from cxscore.desk.rubrics import open_rubric
from cxscore.errors import InputError
from cxscore.report import conversation as pages
from cxscore.resources import rubric_names
from cxscore.rubric import Rubric
from cxscore.store import Ledger

_LOOKED_AT = 5_000
"""Ids compared letter by letter when looking for near ones."""


def show(
    store: Path,
    id: str,
    *,
    blind: bool = False,
    as_json: bool = False,
    rubric: str | None = None,
    colour: bool = False,
) -> str:
    """One conversation with its verdict, or as a judge sees it.

    Args:
        store: the ledger's file.
        id: the conversation's id.
        blind: only what a judge is handed: no verdict, nothing sealed.
        as_json: plain JSON instead of text.
        rubric: id or file that gives names and scales; the packaged one of the verdict if not said.
        colour: whether to use ANSI colours.

    Raises:
        StoreError: there is no store, or it cannot be read.
        InputError: the store does not know the id; the message names near ones.
    """
    with Ledger.open(store, create=False) as ledger:
        judged, notice = ledger.one(id), ledger.notice
        if judged is None:
            raise InputError(_unknown(ledger, id), path=str(store))
    if as_json:
        told = pages.blind_json(judged) if blind else pages.to_json(judged)
        told |= {"notice": notice} if notice else {}
        return json.dumps(told, ensure_ascii=False, indent=2)
    if blind:
        return pages.show_blind(judged, colour=colour).rstrip("\n")
    made_with = judged.verdict.rubric if judged.verdict else None
    shown = pages.show(judged, rubric_of(made_with, rubric), colour=colour, notice=notice)
    return shown.rstrip("\n")


def rubric_of(made_with: str | None, name: str | None = None) -> Rubric | None:
    """The rubric to read verdicts with.

    Args:
        made_with: ``id@digest`` as it stands on a verdict.
        name: a packaged id or a file, which goes before.

    Returns:
        None where nothing is named and the verdict's rubric is not packaged.

    Raises:
        InputError: nothing usable of that name.
    """
    if name is None and made_with is not None:
        packaged = made_with.partition("@")[0]
        name = packaged if packaged in rubric_names() else None
    return None if name is None else open_rubric(name)


def _unknown(ledger: Ledger, id: str) -> str:
    near: list[str] = []
    pool: list[str] = []
    asked = id.casefold()
    for known in ledger.ids():
        if asked and asked in known.casefold() and len(near) < 5:
            near.append(known)
        if len(pool) < _LOOKED_AT or known[:3].casefold() == asked[:3]:
            pool = pool if len(pool) > 2 * _LOOKED_AT else [*pool, known]
    near += [n for n in get_close_matches(id, pool, n=5, cutoff=0.6) if n not in near]
    if not pool:
        return f"there is no conversation “{id}”: the store is empty"
    hint = "near ones: " + ", ".join(near[:5]) if near else "cxscore export lists every id"
    return f"there is no conversation “{id}”; {hint}"
