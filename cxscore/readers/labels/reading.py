"""A file of reviews to labels: every row is checked before any counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from cxscore.errors import LabelError
from cxscore.label import Design, Label, Sampling, Split
from cxscore.readers.labels import forms, tables
from cxscore.readers.labels.answers import Answer, Loss, Unmapped
from cxscore.readers.labels.label_map import COLUMNS, NA, LabelMap
from cxscore.rubric import Criterion, Rubric, ScaleKind

E = TypeVar("E", bound=StrEnum)
_YES = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_NA = frozenset({NA, "n/a", "none", "not applicable"})
Broken = Callable[[str], LabelError]
LEGS = ("journey", "ai", "human")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFile:
    """What a file holds."""

    labels: tuple[Label, ...]
    lines: tuple[int, ...]
    """Where each label stood."""
    unmapped: tuple[Unmapped, ...]
    """Rows left out because nothing of ours is named for their answer or question."""
    losses: tuple[Loss, ...]


@dataclass(slots=True)
class _Left:
    """Rows nothing of ours is named for."""

    rows: Counter[tuple[str, str, str | None]] = field(default_factory=Counter)
    first: dict[tuple[str, str, str | None], int] = field(default_factory=dict)

    def note(self, what: str, text: str, criterion: str | None, line: int) -> None:
        key = (what, text, criterion)
        self.rows[key] += 1
        self.first.setdefault(key, line)

    def all(self) -> tuple[Unmapped, ...]:
        return tuple(
            Unmapped(what=w, text=t, criterion=c, rows=n, line=self.first[w, t, c])
            for (w, t, c), n in self.rows.items()
        )


def read_labels(path: Path, rubric: Rubric, mapping: LabelMap | None = None) -> LabelFile:
    """Every label of a file.

    Args:
        path: .csv, .tsv, .jsonl, .xlsx, or a .json of forms.
        rubric: whose criteria and levels count.
        mapping: their words for ours; without one, unknown answers are errors.

    Raises:
        LabelError: the file or a row of it cannot be used, or one rater gave two levels for the
            same thing.
    """
    mapping = mapping or LabelMap()
    left, seen = _Left(), dict[tuple[str, ...], tuple[int, Label]]()
    labels: list[Label] = []
    lines: list[int] = []
    used: dict[str, dict[str, set[str]]] = {}
    for answer in _answers(path, rubric, mapping):
        label = _label(answer, rubric, mapping, left, used, path)
        if label is None:
            continue
        key = (label.conversation_id, label.criterion, label.leg, label.rater)
        before = seen.get(key)
        if before is not None:
            if before[1] == label:
                continue
            reason = (
                f"rater {label.rater!r} labelled {label.criterion} of {label.conversation_id!r}"
                f" already at line {before[0]}; leave one label of a rater"
            )
            raise LabelError(reason, path=str(path), line=answer.line)
        seen[key] = (answer.line, label)
        labels.append(label)
        lines.append(answer.line)
    if not labels and not left.rows:
        raise LabelError("holds no label", path=str(path))
    return LabelFile(
        labels=tuple(labels),
        lines=tuple(lines),
        unmapped=left.all(),
        losses=tuple(_losses(used, rubric)),
    )


def _answers(path: Path, rubric: Rubric, mapping: LabelMap) -> Iterator[Answer]:
    suffix = path.suffix.casefold()
    if suffix == ".json":
        yield from forms.answers(path)
        return
    if suffix not in tables.TABLES:
        allowed = ", ".join((*tables.TABLES, ".json"))
        raise LabelError(f"“{suffix}” is not read; allowed: {allowed}", path=str(path))
    names = {column: mapping.columns.get(column, column) for column in COLUMNS}
    for line, row in tables.rows(path):
        cells = {column: row[name] for column, name in names.items() if name in row}
        wide = _wide(row, rubric, mapping)
        if "criterion" in cells or not wide:
            yield Answer(line=line, cells=cells)
            continue
        for criterion, level in wide.items():
            yield Answer(line=line, cells={**cells, "criterion": criterion, "level": level})


def _wide(row: Mapping[str, str], rubric: Rubric, mapping: LabelMap) -> dict[str, str]:
    """Criteria that stand as columns of their own."""
    if "criterion" in mapping.defaults:
        return {}
    known = {c.id for c in rubric.criteria} | set(mapping.criteria)
    return {name: text for name, text in row.items() if name in known}


def _label(
    answer: Answer,
    rubric: Rubric,
    mapping: LabelMap,
    left: _Left,
    used: dict[str, dict[str, set[str]]],
    path: Path,
) -> Label | None:
    defaults = {
        k: str(v).lower() if isinstance(v, bool) else str(v) for k, v in mapping.defaults.items()
    }
    cells = {**defaults, **answer.cells}

    def broken(reason: str) -> LabelError:
        return LabelError(reason, path=str(path), line=answer.line)

    for needed in ("conversation_id", "criterion", "rater", "level"):
        if needed not in cells:
            if needed == "level" and "criterion" in cells and answer.cells:
                return None  # an empty cell: the rater left it out
            raise broken(f"{needed} is missing; name its column under `columns:` or give a default")
    criterion = _criterion(cells["criterion"], rubric, mapping)
    if criterion is None:
        if not mapping.criteria:
            known = ", ".join(c.id for c in rubric.criteria)
            found = cells["criterion"]
            raise broken(f"{found!r} is no criterion of {rubric.id}; allowed: {known}")
        left.note("question", cells["criterion"], None, answer.line)
        return None
    told = mapping.answers(criterion.id).get(cells["level"].casefold())
    level, good = _level(cells["level"] if told is None else told, criterion)
    if not good:
        if not mapping.answers(criterion.id):
            allowed = ", ".join(str(v) for v in criterion.scale.values)
            found = cells["level"]
            raise broken(f"{found!r} is no level of {criterion.id}; allowed: {allowed}, or na")
        left.note("answer", cells["level"], criterion.id, answer.line)
        return None
    used.setdefault(criterion.id, {}).setdefault(str(level), set()).add(cells["level"].casefold())
    leg = cells.get("leg", "journey").casefold()
    if leg not in LEGS:
        raise broken(f"{leg!r} is no leg; allowed: {', '.join(LEGS)}")
    return Label(
        conversation_id=cells["conversation_id"],
        criterion=criterion.id,
        level=level,
        rater=cells["rater"],
        leg=leg,
        time=_time(cells.get("time"), broken),
        saw_judge=_truth(cells.get("saw_judge"), broken),
        split=_one_of(Split, "split", cells.get("split"), broken),
        sampling=_sampling(cells, broken),
        comment=cells.get("comment"),
    )


def _criterion(text: str, rubric: Rubric, mapping: LabelMap) -> Criterion | None:
    name = mapping.criteria.get(text, text)
    return next((c for c in rubric.criteria if c.id == name), None)


def _level(text: str, criterion: Criterion) -> tuple[int | str | None, bool]:
    """The level, and whether the text names one."""
    if text.casefold() in _NA:
        return None, True
    if criterion.scale.kind is ScaleKind.ORDINAL:
        whole = text.removesuffix(".0")
        level: int | str = int(whole) if whole.isdecimal() else text
    else:
        level = text.casefold() if criterion.scale.kind is ScaleKind.YES_NO else text
        if criterion.scale.kind is ScaleKind.YES_NO and level in _YES:
            level = "yes" if _YES[str(level)] else "no"
    return level, level in criterion.scale.values


def _sampling(cells: Mapping[str, str], broken: Broken) -> Sampling | None:
    design = _one_of(Design, "design", cells.get("design"), broken)
    told = cells.get("inclusion_probability")
    if design is None:
        if told is not None:
            allowed = ", ".join(Design)
            raise broken(f"inclusion_probability stands without a design; allowed: {allowed}")
        return None
    chance = None
    if told is not None:
        try:
            chance = float(told)
        except ValueError:
            raise broken(f"inclusion_probability {told!r} is no number") from None
        if not 0 < chance <= 1:
            raise broken(f"inclusion_probability {told} is not above 0 and at most 1")
    return Sampling(design=design, inclusion_probability=chance, stratum=cells.get("stratum"))


def _one_of(kind: type[E], name: str, told: str | None, broken: Broken) -> E | None:
    if told is None:
        return None
    try:
        return kind(told.casefold().replace(" ", "_"))
    except ValueError:
        raise broken(f"{told!r} is no {name}; allowed: {', '.join(kind)}") from None


def _truth(told: str | None, broken: Broken) -> bool | None:
    if told is None:
        return None
    if told.casefold() not in _YES:
        raise broken(f"saw_judge {told!r} is neither true nor false")
    return _YES[told.casefold()]


def _time(told: str | None, broken: Broken) -> datetime | None:
    if told is None:
        return None
    try:
        if told.replace(".", "", 1).isdecimal() and len(told) > 8:
            return datetime.fromtimestamp(float(told), tz=UTC)
        time = datetime.fromisoformat(told)
    except (ValueError, OverflowError, OSError):
        raise broken(f"time {told!r} is no ISO 8601 time") from None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time


def _losses(used: Mapping[str, Mapping[str, Iterable[str]]], rubric: Rubric) -> Iterator[Loss]:
    """Answers of theirs that became one of ours, and levels of ours nobody can have given."""
    for criterion in rubric.criteria:
        levels = used.get(criterion.id)
        if levels is None:
            continue
        for level, texts in levels.items():
            told = sorted(texts)
            if len(told) > 1 and set(told) - _NA:
                named = ", ".join(repr(t) for t in told)
                yield Loss(
                    criterion=criterion.id,
                    sentence=f"{named} all became {level}: told apart no more",
                )
        missing = [str(v) for v in criterion.scale.values if str(v) not in levels]
        foreign = any(set(texts) - {level} - _NA for level, texts in levels.items())
        if foreign and missing:
            yield Loss(criterion=criterion.id, sentence=f"no answer became {', '.join(missing)}")
