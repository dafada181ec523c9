"""What the survey would have said had everybody answered, and who answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cxscore.calibration.population import Floats
from cxscore.calibration.rare import korn_graubard
from cxscore.errors import LabelError
from cxscore.estimates import Estimate, Unavailable

LEAST = 30
"""Answers under which nothing is weighted."""
LEAST_CELL = 5
"""Answers of a judged level under which it joins its neighbour."""
DRAWS = 500
MOST_LEVELS = 12
"""Judged levels told apart; more are cut into ten classes of equal size."""
ASSUMES = "assumes that the silent are like those who answered wherever the judge says the same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One stream's satisfied share in four ways, and how those who answer differ."""

    naive: Estimate | Unavailable
    """Of those who answered."""
    weighted: Estimate | Unavailable
    """Those who answered stand for those the judge saw alike."""
    aipw: Estimate | Unavailable
    """The same, with a line of the answers on the judge's level beside the weights."""
    apart: Estimate | Unavailable
    """Total variation between the judge's levels of those who answered and of all, 0–1."""


def had_all_answered(
    judge: Sequence[float] | Floats,
    satisfied: Sequence[float | None] | Floats,
    rng: np.random.Generator,
) -> Answered:
    """The satisfied share had everybody answered, as far as the judge's levels can tell.

    Estimand: mean of C over all conversations, 0–1; identified only if answering depends on
    nothing but the judge's level. Labels by people cannot repair that: read it between
    ``if_all_had_answered``'s bounds.

    Interval: 95 %; naive Korn–Graubard, weighted and AIPW percentile bootstrap over conversations.

    Fails when: fewer than ``LEAST`` answered: Unavailable; or the silent differ at the same level.

    Source: Robins, Rotnitzky & Zhao (1994); CALIBRATION.md 1.5.

    Args:
        judge: (N,) levels.
        satisfied: (N,) 1 or 0; absent: no answer.
        rng: the source of chance.

    Raises:
        LabelError: lengths differ, or the judge has no level for a conversation.
    """
    j = np.asarray(judge, np.float64)
    c = np.array([np.nan if v is None else v for v in satisfied], np.float64)
    if len(j) != len(c):
        raise LabelError(f"judge has {len(j)} values, answers {len(c)}")
    if np.isnan(j).any():
        raise LabelError("the judge has no level for some conversations; leave those out")
    told = ~np.isnan(c)
    r = int(told.sum())
    naive = _naive(c[told])
    if r < LEAST:
        none = Unavailable(missing=f"{r} customers answered; {LEAST} are the least for weights")
        return Answered(naive=naive, weighted=none, aipw=none, apart=none)
    kind = _classes(j)
    draws = [_three(j, kind, c, rng.integers(0, len(j), len(j))) for _ in range(DRAWS)]
    found = _three(j, kind, c, np.arange(len(j)))
    columns = np.array([d for d in draws if not np.isnan(d).any()]).T
    weighted, aipw, apart = (
        Estimate(
            value=value,
            low=min(value, float(np.quantile(column, 0.025))),
            high=max(value, float(np.quantile(column, 0.975))),
            n=r,
            method=f"{name}, bootstrap over conversations",
        )
        for value, column, name in zip(
            map(float, found),
            columns,
            (f"weighted by judged level; {ASSUMES}", f"AIPW; {ASSUMES}", "total variation"),
            strict=True,
        )
    )
    return Answered(naive=naive, weighted=weighted, aipw=aipw, apart=apart)


def _naive(c: Floats) -> Estimate | Unavailable:
    n = len(c)
    if not n:
        return Unavailable(missing="no customer answered")
    value = float(c.mean())
    if n < 2 or value in {0.0, 1.0}:
        half = min(1.0, 3 / n)
        low, high = max(0.0, value - half), min(1.0, value + half)
    else:
        low, high = korn_graubard(value, se=(value * (1 - value) / n) ** 0.5, n=n, df=n - 1)
    return Estimate(value=value, low=low, high=high, n=n, method="those who answered, exact")


def _classes(j: Floats) -> Floats:
    if len(np.unique(j)) <= MOST_LEVELS:
        return j
    return np.searchsorted(np.quantile(j, np.arange(0.1, 1, 0.1)), j).astype(np.float64)


def _three(
    j: Floats, kind: Floats, c: Floats, chosen: np.ndarray[tuple[int], np.dtype[np.intp]]
) -> Floats:
    """Weighted share, AIPW share and total variation of a redrawn set."""
    level, alike, answer = j[chosen], kind[chosen], c[chosen]
    told = ~np.isnan(answer)
    if told.sum() < 2:
        return np.full(3, np.nan)
    cell = _cells(alike, told)
    size = np.bincount(cell)
    chance = np.bincount(cell, weights=told) / size
    means = np.bincount(cell[told], weights=answer[told], minlength=len(size)) / np.bincount(
        cell[told], minlength=len(size)
    )
    weighted = float((size * means).sum() / len(level))
    design = np.column_stack([np.ones(len(level)), level])
    beta, *_ = np.linalg.lstsq(design[told], answer[told], rcond=None)
    predicted = design @ beta
    off = (answer[told] - predicted[told]) / chance[cell[told]]
    aipw = float(predicted.mean() + off.sum() / len(level))
    kinds, place = np.unique(alike, return_inverse=True)
    of_all = np.bincount(place, minlength=len(kinds)) / len(level)
    of_told = np.bincount(place[told], minlength=len(kinds)) / told.sum()
    return np.array(
        [np.clip(weighted, 0, 1), np.clip(aipw, 0, 1), np.abs(of_all - of_told).sum() / 2]
    )


def _cells(
    level: Floats, told: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Judged levels as cells that hold ``LEAST_CELL`` answers each, poor ones joined upward."""
    kinds, place = np.unique(level, return_inverse=True)
    answers = np.bincount(place[told], minlength=len(kinds))
    cell, held, of = 0, 0, np.zeros(len(kinds), np.intp)
    for k, n in enumerate(answers):
        of[k] = cell
        held += int(n)
        if held >= LEAST_CELL:
            cell, held = cell + 1, 0
    if held < LEAST_CELL and cell > 0:
        of[of == cell] = cell - 1
    return np.asarray(of[place])
