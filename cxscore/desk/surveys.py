"""What surveys hide, from the columns of a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cxscore.calibration.surveys import SurveySplit, if_all_had_answered, survey_split
from cxscore.desk.columns import read_table
from cxscore.desk.estimate import number_json
from cxscore.errors import LabelError
from cxscore.estimates import Estimate, Unavailable

GAMMAS = (1.25, 1.5, 2.0, 3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """The split of each stream, and what could be said had everybody answered."""

    streams: tuple[SurveySplit, ...]
    satisfied: dict[str, tuple[float, float]]
    """Stream to (share satisfied among those who answered, response rate)."""


def surveys_file(
    path: Path, *, judge: str, human: str, answer: str, stream: str, satisfied_from: float
) -> Surveyed:
    """Split the gap between judge and survey of a file's conversations.

    Args:
        path: .csv, .tsv, .jsonl or .xlsx, one conversation a row.
        judge: column of the judge's levels.
        human: column of people's levels; empty: not labelled.
        answer: column of the answers, on the same scale; empty: no answer.
        stream: column of who served it.
        satisfied_from: answers from this level on count as satisfied.

    Raises:
        LabelError: the file or a row of it cannot be used.
        ConfigError: a column is not there.
    """
    table = read_table(path, [judge, human, answer, stream])
    names, answers = table.texts(stream), table.numbers(answer)
    j = table.numbers(judge)
    without = np.flatnonzero(np.isnan(j))
    if len(without):
        raise table.place.error("the judge has no level; leave such rows out", int(without[0]))
    if np.isnan(answers).all():
        raise LabelError("no customer answered", path=str(path))
    held = np.array(names)
    satisfied = {}
    for name in sorted(set(names)):
        mine = answers[held == name]
        told = mine[~np.isnan(mine)]
        if len(told):
            share = float((told >= satisfied_from).mean())
            satisfied[name] = (share, len(told) / len(mine))
    return Surveyed(
        streams=survey_split(judge=j, human=table.numbers(human), answer=answers, streams=names),
        satisfied=satisfied,
    )


def surveys_json(found: Surveyed) -> dict[str, Any]:
    """A split as plain JSON values."""
    return {
        "streams": [
            {
                "stream": one.stream,
                "conversations": one.conversations,
                "answered": one.answered,
                "gap": one.gap if one.answered else None,
                "judge_bias": number_json(one.judge_bias),
                "selection": number_json(one.selection),
                "harshness": number_json(one.harshness),
                "if_all_had_answered": _bounds(found, one.stream),
            }
            for one in found.streams
        ]
    }


def _bounds(found: Surveyed, stream: str) -> dict[str, list[float]] | None:
    if stream not in found.satisfied:
        return None
    share, rate = found.satisfied[stream]
    told = {"worst_case": list(if_all_had_answered(share, rate))}
    for gamma in GAMMAS:
        told[f"odds_ratio_{gamma:g}"] = list(if_all_had_answered(share, rate, odds_ratio=gamma))
    return told


def surveys_lines(found: Surveyed) -> list[str]:
    """A split for people."""
    lines = []
    for one in found.streams:
        lines += [
            f"{one.stream or 'all'}: {one.answered:,} of {one.conversations:,} answered"
            + (f"; judge − survey {one.gap:+.2f} levels, of which" if one.answered else "")
        ]
        lines += [
            f"  {name:<46} {_said(term)}"
            for name, term in (
                ("judge against people (above 0: lenient)", one.judge_bias),
                ("who answers (below 0: the happy answer more)", one.selection),
                ("customers against people (above 0: harsher)", one.harshness),
            )
        ]
        if one.stream in found.satisfied:
            share, rate = found.satisfied[one.stream]
            low, high = if_all_had_answered(share, rate)
            lines.append(
                f"  satisfied: {share:.0%} of those who answered; had all answered, between"
                f" {low:.0%} and {high:.0%}"
            )
            curve = ", ".join(
                "{:g}: {:.0%} to {:.0%}".format(g, *if_all_had_answered(share, rate, odds_ratio=g))
                for g in GAMMAS
            )
            lines.append(f"  if the silent differ in odds by at most {curve}")
    return lines


def _said(term: Estimate | Unavailable) -> str:
    if isinstance(term, Unavailable):
        return f"not available: {term.missing}"
    return f"{term.value:+.2f} ({term.low:+.2f} to {term.high:+.2f}), {term.n} labels"
