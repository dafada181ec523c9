"""How well people agree with each other, and the judge beside them on the same conversations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from cxscore.calibration.agreement import DRAWS, confusion, kappa_of
from cxscore.calibration.alternative_annotator import AltTest, alternative_annotator_test
from cxscore.calibration.interrater import alpha_of_counts, icc, weight_matrix
from cxscore.calibration.population import Floats
from cxscore.errors import LabelError
from cxscore.estimates import Estimate, Unavailable

LEAST = 10
"""Conversations rated twice under which people's agreement is not told."""

Ratings = Mapping[str, Mapping[str, float]]
"""Rater to conversation to level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """People among themselves, and the judge held against them where two or more rated."""

    raters: int
    twice: int
    """Conversations two or more people rated."""
    exact: Estimate | Unavailable
    """Share of pairs of people with the same level, 0–1."""
    alpha: Estimate | Unavailable
    """Krippendorff, ordinal."""
    ac2: Estimate | Unavailable
    """Gwet's AC2, quadratic weights (AC1 on two levels)."""
    kappa: Estimate | Unavailable
    """Quadratic κ of people with people."""
    icc: float | None
    """ICC(2,1) of one rater; None: not everybody rated the same conversations."""
    beside: Estimate | Unavailable
    """κ of judge with each person − κ of people with people, over the same conversations."""
    stands_in: AltTest | Unavailable
    """The alternative annotator test: whether the judge may replace a person."""

    @property
    def ceiling(self) -> float | None:
        """κ of people with people; None: not known."""
        return self.kappa.value if isinstance(self.kappa, Estimate) else None


def reliability(
    ratings: Ratings,
    judge: Mapping[str, float],
    levels: Sequence[float],
    rng: np.random.Generator,
) -> Reliability:
    """People's agreement on the conversations two or more of them rated, and the judge's beside it.

    Estimand: the statistics over conversations like those rated twice.

    Interval: 95 %, percentile bootstrap over conversations, ``DRAWS`` draws; ``beside`` redraws
    judge and people together.

    Fails when: fewer than ``LEAST`` conversations were rated twice, or raters saw each other.

    Source: CALIBRATION.md 1.1; Krippendorff (2011); Gwet (2014); Calderon et al. (2025).

    Args:
        ratings: of people who had not seen the judge.
        judge: conversation to its level; absent where it gave none.
        levels: of the scale, ascending.
        rng: the source of chance.
    """
    scale = np.asarray(levels, np.float64)
    by: dict[str, list[float]] = {}
    for rated in ratings.values():
        for name, level in rated.items():
            by.setdefault(name, []).append(level)
    twice = sorted(name for name, given in by.items() if len(given) > 1)
    if len(twice) < LEAST:
        missing = f"{len(twice)} conversations were rated by two people; {LEAST} are the least"
        none = Unavailable(missing=f"{missing}: cxscore sample --twice {LEAST}")
        return Reliability(
            raters=len(ratings), twice=len(twice), exact=none, alpha=none, ac2=none, kappa=none,
            icc=None, beside=none, stands_in=none,
        )  # fmt: skip
    counts = _counts([by[n] for n in twice], scale)
    pairs = _pair_tables([by[n] for n in twice], scale)
    alike = np.full(len(twice), 1 / len(twice))
    draws = rng.multinomial(len(twice), alike, DRAWS).astype(np.float64)
    known = np.array([name in judge for name in twice])
    with_judge = _judge_tables([(judge.get(n), by[n]) for n in twice], scale)

    def beside(times: Floats) -> float:
        mine = np.einsum("u,uhj->hj", times * known, with_judge)
        theirs = np.einsum("u,uhj->hj", times * known, pairs)
        return _kappa(mine, scale) - _kappa(theirs, scale)

    n = len(twice)
    same = pairs[:, range(len(scale)), range(len(scale))].sum(axis=1)
    every = pairs.sum(axis=(1, 2))
    return Reliability(
        raters=len(ratings),
        twice=n,
        exact=_interval(lambda t: float(t @ same / (t @ every)), draws, n, "pairs of people alike"),
        alpha=_interval(
            lambda t: alpha_of_counts(np.repeat(counts, t.astype(int), axis=0), scale, "ordinal"),
            draws[: DRAWS // 4],
            n,
            "Krippendorff's α, ordinal",
        ),
        ac2=_interval(lambda t: _gwet(counts, t, scale), draws, n, "Gwet's AC2, quadratic"),
        kappa=_interval(
            lambda t: _kappa(np.einsum("u,uhj->hj", t, pairs), scale), draws, n, "κ of people"
        ),
        icc=_complete_icc(ratings, twice),
        beside=_interval(beside, draws, int(known.sum()), "κ of the judge − κ of people")
        if known.sum() >= LEAST
        else Unavailable(missing="the judge gave too few of these conversations a level"),
        stands_in=_stands_in(ratings, judge),
    )


def _counts(given: Sequence[Sequence[float]], scale: Floats) -> Floats:
    return np.array([[sum(v == level for v in g) for level in scale] for g in given], np.float64)


def _pair_tables(given: Sequence[Sequence[float]], scale: Floats) -> Floats:
    """(units, q, q): every pair of a conversation both ways; who is first is nobody's choice."""
    tables = []
    for g in given:
        one, two = np.array(list(combinations(g, 2)), np.float64).T
        tables.append(confusion(one, two, scale) + confusion(two, one, scale))
    return np.array(tables)


def _judge_tables(given: Sequence[tuple[float | None, Sequence[float]]], scale: Floats) -> Floats:
    """(units, q, q): the judge with each person, people in rows; nothing where it gave no level."""
    q = len(scale)
    return np.array(
        [
            np.zeros((q, q))
            if level is None
            else confusion(np.full(len(g), level), np.array(g, np.float64), scale)
            for level, g in given
        ]
    )


def _kappa(table: Floats, scale: Floats) -> float:
    return kappa_of(table, scale, "quadratic") if table.sum() > 0 else float("nan")


def _gwet(counts: Floats, times: Floats, scale: Floats) -> float:
    """AC2 of redrawn units, from their counts; ``interrater.gwet`` takes ratings one by one."""
    w, q = weight_matrix(scale, "quadratic"), len(scale)
    rated = counts.sum(axis=1)
    agreeing = (counts * (counts @ w - 1)).sum(axis=1) / (rated * (rated - 1))
    share = times @ (counts / rated[:, None]) / times.sum()
    chance = float(w.sum() / (q * (q - 1)) * (share * (1 - share)).sum())
    observed = float(times @ agreeing / times.sum())
    return (observed - chance) / (1 - chance) if chance < 1 else float("nan")


def _interval(
    statistic: Callable[[Floats], float], draws: Floats, n: int, method: str
) -> Estimate | Unavailable:
    value = statistic(np.ones(draws.shape[1]))
    if np.isnan(value):
        return Unavailable(missing="people gave one level only: agreement says nothing")
    found = np.array([statistic(one) for one in draws])
    low, high = np.nanquantile(found, [0.025, 0.975])
    return Estimate(
        value=value,
        low=min(value, float(low)),
        high=max(value, float(high)),
        n=n,
        method=f"{method}; bootstrap over conversations rated twice",
    )


def _complete_icc(ratings: Ratings, twice: Sequence[str]) -> float | None:
    raters = sorted(r for r, rated in ratings.items() if all(n in rated for n in twice))
    if len(raters) < 2:
        return None
    found = icc([[ratings[r][n] for r in raters] for n in twice])["ICC2"]
    return None if np.isnan(found) else float(found)


def _stands_in(ratings: Ratings, judge: Mapping[str, float]) -> AltTest | Unavailable:
    try:
        return alternative_annotator_test(ratings, judge)
    except LabelError as error:
        return Unavailable(missing=error.reason)
