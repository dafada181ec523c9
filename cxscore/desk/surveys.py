"""What surveys hide: from the columns of a file, or from a store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cxscore.calibration.nonresponse import Answered, had_all_answered
from cxscore.calibration.surveys import (
    SurveySplit,
    if_all_had_answered,
    survey_split,
    tipping_point,
)
from cxscore.desk.columns import read_table
from cxscore.desk.estimate import number_json
from cxscore.desk.report import rubric_held
from cxscore.desk.whole_files import whole_file
from cxscore.errors import ConfigError, InputError, LabelError
from cxscore.estimates import Estimate, Unavailable
from cxscore.label import Design, Label, Survey
from cxscore.readers import settings
from cxscore.store import Ledger

if TYPE_CHECKING:
    from cxscore.calibration.population import Floats
    from cxscore.readers.settings import SurveyTable
    from cxscore.rubric import Criterion
    from cxscore.verdict import Judged

GAMMAS = (1.25, 1.5, 2.0, 3.0)
SEED = 20_261_127
"""Of the bootstrap: the same input gives the same page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """The split of each stream, and what could be said had everybody answered."""

    survey: str
    """``csat``, or the column of the answers."""
    criterion: str
    """What it is held against, or the column of the judge."""
    streams: tuple[SurveySplit, ...]
    satisfied: Mapping[str, tuple[float, float]]
    """Stream to (share satisfied among those who answered, response rate)."""
    answered: Mapping[str, Answered]
    notes: tuple[str, ...] = ()


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
    return _surveyed(
        survey=answer,
        criterion=judge,
        judge=j,
        human=table.numbers(human),
        answers=answers,
        streams=names,
        satisfied_from=satisfied_from,
    )


def surveys_store(
    store: Path, *, config: Path | None = None, rubric: str | None = None
) -> tuple[Surveyed, ...]:
    """Split the gap of every survey the settings map to a criterion.

    Args:
        store: a ledger with verdicts, surveys and labels.
        config: settings file; None: ``cxscore.toml`` of the current folder.
        rubric: id or file the verdicts were made with, where it is not a packaged one.

    Raises:
        StoreError: there is no store, or it cannot be read.
        ConfigError: no survey is mapped, or one to no criterion or level of the rubric.
        InputError: an answer of the store is not mapped.
    """
    path = config or settings.beside(Path())
    tables = settings.load(path).surveys
    if not tables:
        raise ConfigError(
            "no survey is mapped to a criterion's scale; say how its answers read:"
            ' [surveys.csat] with criterion = "…", levels = { "5" = 5, … }, satisfied_from = 4',
            path=None if path is None else str(path),
        )
    with Ledger.open(store, create=False) as ledger:
        held = rubric_held(ledger, rubric)
        known = {c.id: c for c in held.criteria}
        for kind, table in tables.items():
            _check(kind, table, known, path)
        labels = [one for one in ledger.labels() if one.leg == "journey"]
        rows = _rows(ledger.judged(), tables, store)
    return tuple(
        _of_store(kind, table, known[table.criterion], rows[kind], labels)
        for kind, table in tables.items()
    )


def _check(
    kind: str, table: SurveyTable, known: Mapping[str, Criterion], path: Path | None
) -> None:
    from cxscore.calibration.trust import level_numbers

    place = None if path is None else str(path)
    if table.criterion not in known:
        reason = f"surveys.{kind}.criterion is {table.criterion!r}; allowed: {', '.join(known)}"
        raise ConfigError(reason, path=place)
    scale = level_numbers(known[table.criterion]).values()
    for answer, level in table.levels.items():
        if not min(scale) <= level <= max(scale):
            raise ConfigError(
                f"surveys.{kind}.levels: {answer!r} reads as {level:g}; {table.criterion} goes from"
                f" {min(scale):g} to {max(scale):g}",
                path=place,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    id: str
    stream: str
    level: Any
    """The judge's, of every criterion: id to level."""
    answer: float | None


def _rows(
    judged: Iterable[Judged], tables: Mapping[str, SurveyTable], store: Path
) -> dict[str, list[_Row]]:
    """Every eligible conversation, once for each survey."""
    found: dict[str, list[_Row]] = {kind: [] for kind in tables}
    for one in judged:
        if one.exclusion is not None or one.verdict is None:
            continue
        conversation = one.record.conversation
        for kind, table in tables.items():
            outcome = one.verdict.journey.get(table.criterion)
            found[kind].append(
                _Row(
                    id=conversation.id,
                    stream=conversation.stream or "no agent",
                    level=getattr(outcome, "level", None),
                    answer=_answer(one.record.sealed.surveys, kind, table, conversation.id, store),
                )
            )
    return found


def _answer(
    surveys: Sequence[Survey], kind: str, table: SurveyTable, id: str, store: Path
) -> float | None:
    """The last answer counts where a customer answered twice."""
    given = [s.value for s in surveys if s.kind == kind and s.value is not None]
    if not given:
        return None
    text = f"{given[-1]:g}" if isinstance(given[-1], int | float) else str(given[-1]).strip()
    if text not in table.levels:
        raise InputError(
            f"conversation {id!r}: the {kind} answer {text[:40]!r} is not in surveys.{kind}.levels;"
            f" there are: {', '.join(table.levels)}",
            path=str(store),
        )
    return table.levels[text]


def _of_store(
    kind: str, table: SurveyTable, criterion: Criterion, rows: list[_Row], labels: list[Label]
) -> Surveyed:
    from cxscore.calibration.trust import level_numbers, usable_labels

    value = level_numbers(criterion)
    usable, notes = usable_labels([one for one in labels if one.criterion == criterion.id])
    people: defaultdict[str, list[float]] = defaultdict(list)
    for one in usable:
        if one.level in value:
            people[one.conversation_id].append(value[one.level])
    held = [row for row in rows if row.level in value]
    if len(held) < len(rows):
        notes.append(
            f"{len(rows) - len(held)} conversations without a judged level are left out: the gap is"
            " of those with one"
        )
    return _surveyed(
        survey=kind,
        criterion=criterion.id,
        judge=np.array([value[row.level] for row in held], np.float64),
        human=np.array(
            [np.mean(people[row.id]) if row.id in people else np.nan for row in held], np.float64
        ),
        answers=np.array([np.nan if r.answer is None else r.answer for r in held], np.float64),
        streams=[row.stream for row in held],
        satisfied_from=table.satisfied_from,
        refusal=_refusal(usable, held),
        notes=tuple(notes),
    )


def _refusal(labels: Sequence[Label], rows: Sequence[_Row]) -> str | None:
    """Why the labels may not stand for their cell of stream and answering; None: they may."""
    if not labels:
        return "no label of this criterion: cxscore sample --design survey"
    again = "cxscore sample --design survey draws labels that can"
    if any(
        one.sampling is None or one.sampling.design not in {Design.RANDOM, Design.STRATIFIED}
        for one in labels
    ):
        return f"some labels were not picked at random, or nobody knows: {again}"
    cell = {row.id: (row.stream, row.answer is not None) for row in rows}
    chances: defaultdict[tuple[str, bool], set[float]] = defaultdict(set)
    for one in labels:
        sampling = one.sampling
        if one.conversation_id in cell and sampling and sampling.inclusion_probability is not None:
            chances[cell[one.conversation_id]].add(round(sampling.inclusion_probability, 6))
    if any(len(kinds) > 1 for kinds in chances.values()):
        return f"labels of one stream had different chances to be picked: {again}"
    return None


def _surveyed(
    *,
    survey: str,
    criterion: str,
    judge: Floats,
    human: Floats,
    answers: Floats,
    streams: Sequence[str],
    satisfied_from: float,
    refusal: str | None = None,
    notes: tuple[str, ...] = (),
) -> Surveyed:
    held, rng = np.array(streams), np.random.default_rng(SEED)
    satisfied, answered = {}, {}
    for name in sorted(set(streams)):
        mine = answers[held == name]
        happy = np.where(np.isnan(mine), np.nan, mine >= satisfied_from)
        told = happy[~np.isnan(happy)]
        if len(told):
            satisfied[name] = (float(told.mean()), len(told) / len(mine))
            answered[name] = had_all_answered(judge[held == name], happy, rng)
    return Surveyed(
        survey=survey,
        criterion=criterion,
        streams=survey_split(
            judge=judge, human=human, answer=answers, streams=streams, refusal=refusal
        ),
        satisfied=satisfied,
        answered=answered,
        notes=notes,
    )


def write_page(found: Sequence[Surveyed], out: Path, *, now: datetime) -> Path:
    """Write "What the surveys hide" as one self-contained HTML file.

    Raises:
        ConfigError: it cannot be written.
    """
    from cxscore.report.surveys_page import render

    with whole_file(out) as file:
        file.write(render(found, now=now))
    return out


def surveys_json(found: Surveyed) -> dict[str, Any]:
    """A split as plain JSON values."""
    return {
        "survey": found.survey,
        "criterion": found.criterion,
        "notes": list(found.notes),
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
                "satisfied": _satisfied(found, one.stream),
            }
            for one in found.streams
        ],
    }


def _bounds(found: Surveyed, stream: str) -> dict[str, list[float]] | None:
    if stream not in found.satisfied:
        return None
    share, rate = found.satisfied[stream]
    told = {"worst_case": list(if_all_had_answered(share, rate))}
    for gamma in GAMMAS:
        told[f"odds_ratio_{gamma:g}"] = list(if_all_had_answered(share, rate, odds_ratio=gamma))
    return told


def _satisfied(found: Surveyed, stream: str) -> dict[str, Any] | None:
    if stream not in found.answered:
        return None
    one = found.answered[stream]
    return {
        "response_rate": found.satisfied[stream][1],
        **{n: number_json(getattr(one, n)) for n in ("naive", "weighted", "aipw")},
        "respondents_apart": number_json(one.apart),
        "tipping_point": tipping(found, stream),
    }


def tipping(found: Surveyed, stream: str) -> float | None:
    """How many times likelier the satisfied must be to answer for the survey to be 10 points off.

    None: nobody or everybody who answered is satisfied, or 10 points less is no share.
    """
    share, _ = found.satisfied[stream]
    return tipping_point(share, share - 0.1) if 0.1 < share < 1 else None


def surveys_lines(found: Surveyed) -> list[str]:
    """A split for people."""
    lines = [f"survey {found.survey} against {found.criterion}"]
    lines += [f"  {note}" for note in found.notes]
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
            lines += _had_all(found.answered[one.stream])
            times = tipping(found, one.stream)
            if times is not None:
                lines.append(
                    f"  10 points too high if the satisfied answer {times:.2f} times as often"
                )
    return lines


def _had_all(one: Answered) -> list[str]:
    if isinstance(one.weighted, Unavailable) or isinstance(one.aipw, Unavailable):
        return []
    w = one.weighted
    lines = ["  had all answered as those did whom the judge saw alike: "]
    lines[0] += f"{w.value:.0%} ({w.low:.0%} to {w.high:.0%}); AIPW {one.aipw.value:.0%}"
    if isinstance(one.apart, Estimate):
        lines.append(
            f"  judged levels of those who answered and of all are {one.apart.value:.0%} apart"
            " (total variation)"
        )
    return lines


def _said(term: Estimate | Unavailable) -> str:
    if isinstance(term, Unavailable):
        return f"not available: {term.missing}"
    return f"{term.value:+.2f} ({term.low:+.2f} to {term.high:+.2f}), {term.n} labels"
