"""What surveys hide: judge bias, who answers, and how customers differ from reviewers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cxscore.calibration.population import Floats, numbers
from cxscore.errors import LabelError
from cxscore.estimates import Estimate, Unavailable

LEAST = 20
"""Labels of respondents, and of non-respondents, a stream needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveySplit:
    """The gap between the judge's mean and the survey's, of one stream, in three terms."""

    stream: str
    conversations: int
    answered: int
    gap: float
    """Mean of the judge over all − mean of the answers; the terms add up to it."""
    judge_bias: Estimate | Unavailable
    """E[J − H] over all: above 0 the judge is lenient."""
    selection: Estimate | Unavailable
    """E[H] over all − E[H] of those who answer: below 0 the happy answer more."""
    harshness: Estimate | Unavailable
    """E[H − C] of those who answer: above 0 customers rate lower than reviewers."""


def survey_split(
    *,
    judge: Sequence[float] | Floats,
    human: Sequence[float | None] | Floats,
    answer: Sequence[float | None] | Floats,
    streams: Sequence[str],
    refusal: str | None = None,
) -> tuple[SurveySplit, ...]:
    """Split the gap between judge and survey, stream by stream.

    Estimand: T1 = E[J − H], T2 = E[H] − E[H | answered], T3 = E[H − C | answered], over the
    conversations served; T1 + T2 + T3 is the gap exactly, since one Ĥ of each cell of stream and
    answering serves all three.

    Interval: 95 %, t; Ĥ of a cell is a regression on J (and C among those who answered) over the
    whole cell, its variance (1 − n/N) s²/n of the residuals.

    Fails when: labels were not picked at random within stream × answered (``sample --design
    survey`` does), or a cell has fewer than ``LEAST`` of them: Unavailable.

    Source: CALIBRATION.md 1.5 and 0b.4.

    Args:
        judge: (N,) levels; all three on the same scale.
        human: (N,) levels; absent: not labelled.
        answer: (N,) the customers' answers mapped to the scale; absent: no answer.
        streams: (N,) who served it.
        refusal: why the labels may not be used, as when nobody knows how they were picked; the
            terms then are Unavailable.

    Raises:
        LabelError: lengths differ, or the judge has no level for a conversation.
    """
    j = numbers(judge, "judge")
    h, c = numbers(human, "human"), numbers(answer, "answer")
    if not len(j) == len(h) == len(c) == len(streams):
        raise LabelError("judge, human, answer and streams have different lengths")
    if np.isnan(j).any():
        raise LabelError("the judge has no level for some conversations; leave those out")
    names = np.array(streams)
    return tuple(
        _stream(str(g), j[names == g], h[names == g], c[names == g], refusal)
        for g in sorted(set(streams))
    )


def _stream(name: str, j: Floats, h: Floats, c: Floats, refusal: str | None) -> SurveySplit:
    answered = ~np.isnan(c)
    n, r = len(j), int(answered.sum())
    gap = float(j.mean() - c[answered].mean()) if r else float("nan")
    missing = refusal or _missing(h, answered)
    if missing is not None:
        none = Unavailable(missing=missing)
        return SurveySplit(
            stream=name, conversations=n, answered=r, gap=gap, judge_bias=none, selection=none,
            harshness=none,
        )  # fmt: skip
    p = r / n
    yes, v_yes, m_yes = _cell(np.column_stack([j, c])[answered], h[answered])
    no, v_no, m_no = (0.0, 0.0, 2) if r == n else _cell(j[~answered][:, None], h[~answered])
    mean = p * yes + (1 - p) * no
    df = min(m_yes, m_no) - 2
    both = float(np.sqrt(p**2 * v_yes + (1 - p) ** 2 * v_no))
    return SurveySplit(
        stream=name,
        conversations=n,
        answered=r,
        gap=gap,
        judge_bias=_term(float(j.mean()) - mean, both, df, m_yes + m_no),
        selection=_term(mean - yes, (1 - p) * float(np.sqrt(v_yes + v_no)), df, m_yes + m_no),
        harshness=_term(yes - float(c[answered].mean()), float(np.sqrt(v_yes)), m_yes - 3, m_yes),
    )


def _missing(h: Floats, answered: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> str | None:
    for who, cell in (("who answered", answered), ("who did not answer", ~answered)):
        have = int((~np.isnan(h[cell])).sum())
        if have < min(LEAST, int(cell.sum())):  # a cell labelled whole needs no more
            return (
                f"{have} labels of customers {who}; {LEAST} are needed:"
                " cxscore sample --design survey"
            )
    return None if answered.any() else "no customer answered"


def _cell(x: Floats, h: Floats) -> tuple[float, float, int]:
    """Mean of H over a cell by regression on what is known of all, its variance, and the labels."""
    known = ~np.isnan(h)
    m, size = int(known.sum()), len(h)
    design = np.column_stack([np.ones(size), x])
    beta, *_ = np.linalg.lstsq(design[known], h[known], rcond=None)
    residual = h[known] - design[known] @ beta
    k = int(np.linalg.matrix_rank(design[known]))
    s2 = float((residual**2).sum()) / max(1, m - k)
    value = float((design @ beta).mean() + residual.mean())
    return value, (1 - m / size) * s2 / m, m


def _term(value: float, se: float, df: int, n: int) -> Estimate:
    from scipy.stats import t

    half = float(t.ppf(0.975, max(1, df))) * se
    return Estimate(
        value=value,
        low=value - half,
        high=value + half,
        n=n,
        method="regression estimator by answering, t interval; target served",
    )


def if_all_had_answered(
    share: float, response_rate: float, *, odds_ratio: float | None = None
) -> tuple[float, float]:
    """Bounds on the satisfied share of all customers, from the share of those who answered.

    Estimand: the share had everybody answered, 0–1. Not identified by any label: only bounds.

    Interval: without ``odds_ratio`` Manski's worst case; with it, those who are silent are at most
    so many times as likely (in odds) to be satisfied or not as those who answer.

    Args:
        share: satisfied among those who answered, 0–1.
        response_rate: 0–1.
        odds_ratio: Γ ≥ 1.

    Raises:
        ValueError: a number out of its range.

    >>> [round(x, 3) for x in if_all_had_answered(0.85, 0.05)]
    [0.043, 0.992]
    >>> [round(x, 3) for x in if_all_had_answered(0.85, 0.05, odds_ratio=1.5)]
    [0.794, 0.892]
    """
    if not 0 <= share <= 1 or not 0 <= response_rate <= 1:
        raise ValueError("shares lie between 0 and 1")
    told = share * response_rate
    silent = 1 - response_rate
    if odds_ratio is None:
        return told, told + silent
    if odds_ratio < 1:
        raise ValueError("an odds ratio of 1 is no difference; it goes up from there")
    if share in {0.0, 1.0}:
        return share, share
    odds = share / (1 - share)
    low, high = odds / odds_ratio, odds * odds_ratio
    return told + silent * low / (1 + low), told + silent * high / (1 + high)


def tipping_point(observed: float, true: float) -> float:
    """How many times likelier the satisfied must be to answer for a survey to be off that far.

    >>> round(tipping_point(0.85, 0.75), 2)
    1.89

    Raises:
        ValueError: a share of 0 or 1, or out of range.
    """
    if not 0 < observed < 1 or not 0 < true < 1:
        raise ValueError("shares lie between 0 and 1, both left out")
    return (observed / (1 - observed)) / (true / (1 - true))
