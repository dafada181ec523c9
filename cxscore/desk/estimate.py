"""The true rate or mean behind a judge's scores: of arrays, and of the columns of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cxscore.errors import ConfigError, LabelError
from cxscore.estimates import Estimate, Unavailable
from cxscore.label import Design
from cxscore.readers.labels import tables

if TYPE_CHECKING:
    from cxscore.calibration.cascade import Middle
    from cxscore.calibration.choose import Answer
    from cxscore.calibration.population import Column, Place, Population

Target = Literal["served", "process"]


def estimate(
    *,
    judge: Column,
    human: Column,
    strata: Column | None = None,
    streams: Column | None = None,
    pi: Column | float | None = None,
    design: str | None = None,
    customers: Column | None = None,
    scale: tuple[float, float] | None = None,
    target: Target = "served",
    cheap: Column | None = None,
    asked: Column | None = None,
) -> Estimate | Unavailable:
    """The true mean or rate of a population, from a judge on all and people on some of it.

    Estimand: the mean of people's levels over all N conversations (``served``), or over
    conversations like them (``process``).

    Interval: 95 %; ``method`` names the estimator the design led to.

    Fails when: it is not known how the labelled were picked: then it is ``Unavailable`` and says
    what to do. It never returns a number for such a sample.

    Source: stratified difference estimator with cross-fitted λ; AIPW for unequal chances.

    Args:
        judge: (N,) numbers or yes/no; None or NaN where the judge gave no level.
        human: (N,) alike; None or NaN where nobody labelled.
        strata: (N,) the stratum each conversation was drawn in.
        streams: (N,) who served it; strata are merged within a stream only.
        pi: (N,) or one number: the chance of each to be labelled.
        design: ``random``, ``stratified``, ``targeted``, ``survey_reply`` or ``convenience``.
        customers: (N,) who asked; those who come back are one cluster (``process``).
        scale: lowest and highest level; None: 0–1 where all are, else the range seen.
        target: ``served`` or ``process``.
        cheap: (N,) a cheaper judge's levels on all; ``judge`` then speaks on a random sample and
            people on a random sample of that.
        asked: (N,) yes/no, whether ``judge`` was asked; None: where it has a level or people have.

    Raises:
        LabelError: the columns cannot be used; the message says which row.
        ConfigError: there is no such design or target.

    >>> found = estimate(judge=[1, 1, 0, 0] * 30, human=[1, 1, 0, 1] * 8 + [None] * 88,
    ...     design="random", scale=(0, 1))
    >>> round(found.value, 2), found.low < found.value < found.high
    (0.75, True)
    >>> estimate(judge=[1, 0, 1], human=[1, None, None]).missing[:35]
    'it is not known how the labelled co'
    """
    from cxscore.calibration.choose import choose

    held, layer = _held(
        judge=judge,
        human=human,
        cheap=cheap,
        asked=asked,
        strata=strata,
        streams=streams,
        pi=pi,
        clusters=customers,
        scale=scale,
    )
    return choose(held, _design(design), process=_is_process(target), layer=layer).result


def _held(
    *,
    judge: Column,
    cheap: Column | None,
    asked: Column | None,
    scale: tuple[float, float] | None,
    where: Place | None = None,
    **columns: Any,
) -> tuple[Population, Middle | None]:
    from cxscore.calibration.population import NOWHERE, numbers, population, range_seen

    at = where or NOWHERE
    if cheap is None:
        if asked is not None:
            raise ConfigError("asked says of whom the better judge was asked; it needs cheap")
        return population(judge=judge, scale=scale, where=at, **columns), None
    if scale is None:
        scale = range_seen(*(numbers(c, "level", at) for c in (judge, cheap, columns["human"])))
    held = population(judge=cheap, scale=scale, where=at, **columns)
    return held, _layer(held, judge, asked, at)


def _layer(held: Population, judge: Column, asked: Column | None, where: Place) -> Middle:
    from cxscore.calibration.cascade import middle
    from cxscore.calibration.population import numbers

    levels = numbers(judge, "judge", where)
    if asked is not None:
        return middle(held, levels, numbers(asked, "asked", where) > 0, where)
    if len(levels) != held.size:
        raise where.error(f"cheap judge has {held.size} values, judge {len(levels)}")
    # Whom it was asked about in vain nobody can tell: those with a level, and those with a label.
    return middle(held, levels, (levels == levels) | held.labelled, where)


def _design(name: str | None) -> Design | None:
    try:
        return None if name is None else Design(name.replace("-", "_"))
    except ValueError:
        allowed = ", ".join(Design)
        raise ConfigError(f"{name!r} is no sampling design; allowed: {allowed}") from None


def _is_process(target: str) -> bool:
    if target not in {"served", "process"}:
        raise ConfigError(f"{target!r} is no target; allowed: served, process")
    return target == "process"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which columns of a file hold what."""

    judge: str
    human: str
    strata: str | None = None
    stream: str | None = None
    inclusion_probability: str | None = None
    customer: str | None = None
    by: str | None = None
    """One more number for each value of this column."""
    cheap_judge: str | None = None
    """A cheaper judge on all; ``judge`` speaks on a sample."""
    asked: str | None = None
    """Whether ``judge`` was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """What a file holds."""

    whole: Answer
    groups: Mapping[str, Answer]
    differences: Mapping[str, Estimate | Unavailable]
    """``B − A`` of groups that follow each other by name, for conversations like these."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        told = answer_json(self.whole)
        if self.groups:
            told["groups"] = {name: answer_json(one) for name, one in self.groups.items()}
            told["differences"] = {k: number_json(v) for k, v in self.differences.items()}
        return told


def estimate_file(
    path: Path,
    columns: Columns,
    *,
    design: str | None = None,
    scale: tuple[float, float] | None = None,
    target: Target = "served",
) -> Estimated:
    """The true mean of a file's conversations, and of each group of them.

    Args:
        path: .csv, .tsv, .jsonl or .xlsx, one conversation a row.
        columns: which hold what.
        design: as of ``estimate``.
        scale: as of ``estimate``.
        target: as of ``estimate``.

    Raises:
        LabelError: the file or a row of it cannot be used.
        ConfigError: a column is not there, or there is no such design.
    """
    from cxscore.calibration.choose import choose
    from cxscore.calibration.contrast import difference

    rows = list(tables.rows(path))
    if not rows:
        raise LabelError("holds no conversation", path=str(path))
    _known(columns, rows, path)
    chosen, process = _design(design), _is_process(target)
    whole, layer = _population(rows, columns, scale, path)
    ends = (whole.low, whole.high)
    groups, differences = {}, {}
    before: tuple[str, Answer] | None = None
    if columns.by is not None:
        for name in sorted({row.get(columns.by, "") for _, row in rows}):
            mine = [one for one in rows if one[1].get(columns.by, "") == name]
            if any(columns.human in row for _, row in mine):
                held, inner = _population(mine, columns, ends, path)
                groups[name] = choose(held, chosen, process=process, layer=inner)
                # A difference is about the processes behind both groups, whatever the target.
                now = choose(held, chosen, process=True, layer=inner)
                if before is not None:
                    differences[f"{name} − {before[0]}"] = difference(before[1], now)
                before = name, now
    answer = choose(whole, chosen, process=process, layer=layer)
    return Estimated(whole=answer, groups=groups, differences=differences)


def _known(columns: Columns, rows: Sequence[tables.Row], path: Path) -> None:
    there = {name for _, row in rows for name in row}
    for name in asdict(columns).values():
        if name is not None and name not in there:
            reason = f"there is no column {name!r}; there are: {', '.join(sorted(there))}"
            raise ConfigError(reason, path=str(path))


def _population(
    rows: Sequence[tables.Row],
    columns: Columns,
    scale: tuple[float, float] | None,
    path: Path,
) -> tuple[Population, Middle | None]:
    from cxscore.calibration.population import Place

    def column(name: str | None) -> list[str | None] | None:
        return None if name is None else [row.get(name) for _, row in rows]

    return _held(
        judge=column(columns.judge) or [],
        human=column(columns.human) or [],
        cheap=column(columns.cheap_judge),
        asked=column(columns.asked),
        strata=column(columns.strata),
        streams=column(columns.stream),
        pi=column(columns.inclusion_probability),
        clusters=column(columns.customer),
        scale=scale,
        where=Place(path=str(path), lines=[line for line, _ in rows]),
    )


def number_json(number: Estimate | Unavailable) -> dict[str, Any]:
    """A number or its absence as plain JSON values."""
    if isinstance(number, Unavailable):
        return {"unavailable": number.missing}
    return {
        "value": number.value,
        "low": number.low,
        "high": number.high,
        "n": number.n,
        "method": number.method,
        "parts": {p.name: p.half_width for p in number.parts},
    }


def answer_json(found: Answer) -> dict[str, Any]:
    """An answer as plain JSON values."""
    return {
        **number_json(found.result),
        "worst_case": [found.lowest, found.highest],
        "population": found.population,
        "labels": found.labels,
        "unjudged": found.unjudged,
        "labels_alone": found.labels_alone,
        "judge_alone": found.judge_alone,
        "rho": found.rho,
        "labels_saved": found.labels_saved,
        "lambda": list(found.lambdas),
        "merges": [m.sentence() for m in found.merges],
        "notes": list(found.notes),
    }


def answer_lines(found: Answer, name: str = "true mean") -> list[str]:
    """An answer for people."""
    result = found.result
    if isinstance(result, Unavailable):
        lines = [f"{name}: not available, because {result.missing}"]
    else:
        lines = [
            f"{name}: {result.value:.4g}  (95 % interval {result.low:.4g} to {result.high:.4g})",
            f"  {result.method}; {result.n:,} labels",
        ]
    lines.append(
        f"  worst case, whatever the unlabelled are: {found.lowest:.4g} to {found.highest:.4g};"
        f" {found.labels:,} of {found.population:,} conversations labelled"
    )
    rho = "not known" if found.rho is None else f"{found.rho:.2f}"
    saved = "" if found.labels_saved is None else f", saves at most {found.labels_saved:.0%} labels"
    lines.append(f"  correlation of judge and people: {rho}{saved}")
    if found.unjudged:
        lines.append(f"  {found.unjudged:,} without a verdict stay in, as strata of their own")
    lines += [f"  {m.sentence()}" for m in found.merges]
    lines += [f"  {note}" for note in found.notes]
    return lines


def difference_line(name: str, gap: Estimate | Unavailable) -> str:
    """A difference between two groups for people."""
    if isinstance(gap, Unavailable):
        return f"change {name}: not available, because {gap.missing}"
    return f"change {name}: {gap.value:+.4g}  (95 % interval {gap.low:+.4g} to {gap.high:+.4g})"
