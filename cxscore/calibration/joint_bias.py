"""Towards whom a judge is lenient, all else equal: one regression of judge minus people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cxscore.calibration.alternative_annotator import rejected
from cxscore.calibration.population import Floats
from cxscore.estimates import Estimate, Unavailable

PER_TERM = 10
"""Labels a coefficient needs at least."""
LEAST_GROUP = 10
"""Labels of a group under which it has no coefficient of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One coefficient: a group against its factor's commonest, or one doubling of a number."""

    factor: str
    group: str
    against: str
    """The commonest group; ``per doubling`` for numbers."""
    n: int
    value: Estimate
    """In levels, all other factors alike."""
    stands_out: bool
    """At a false discovery rate of 5 % over all coefficients."""


def joint_bias(
    difference: Sequence[float] | Floats,
    factors: Mapping[str, Sequence[str]],
    *,
    amounts: Mapping[str, Sequence[float] | Floats] | None = None,
    weight: Sequence[float] | Floats | None = None,
) -> tuple[Effect, ...] | Unavailable:
    """Regress judge minus people on every factor at once.

    Estimand: the coefficients of the linear projection of J − H on the factors, in the population
    with weights 1/π, in this sample without.

    Interval: 95 %, t; HC3 standard errors.

    Fails when: fewer than ``PER_TERM`` labels for a coefficient: Unavailable. Groups under
    ``LEAST_GROUP`` labels are pooled as "others". A judge that compresses the scale looks lenient
    to whoever is served worse: read it beside ``compression``.

    Source: MacKinnon & White (1985), HC3; Benjamini & Hochberg (1995); CALIBRATION.md 1.3.

    Args:
        difference: (n,) J − H in levels.
        factors: name to (n,) groups; empty: not known, a group of its own.
        amounts: name to (n,) positive numbers, taken as log2.
        weight: (n,) 1/π.
    """
    d = np.asarray(difference, np.float64)
    w = np.ones(len(d)) if weight is None else np.asarray(weight, np.float64)
    names, columns = _columns(factors, amounts or {})
    if not names:
        return Unavailable(missing="all conversations are of one kind: nothing to compare")
    if len(d) < PER_TERM * (len(names) + 1):
        return Unavailable(
            missing=f"{len(d)} labels for {len(names)} coefficients;"
            f" {PER_TERM * (len(names) + 1)} are the least"
        )
    x = np.column_stack([np.ones(len(d)), *columns])
    if np.linalg.matrix_rank(x) < x.shape[1]:
        return Unavailable(
            missing="some factors always go together in these labels: they cannot be told apart"
        )
    beta, se = _hc3(x, d, w)
    df = len(d) - x.shape[1]
    from scipy.stats import t

    quantile = float(t.ppf(0.975, df))
    p = [float(2 * t.sf(abs(b) / s, df)) if s > 0 else 1.0 for b, s in zip(beta, se, strict=True)]
    out = rejected(p[1:])
    return tuple(
        Effect(
            factor=factor,
            group=group,
            against=against,
            n=n,
            value=Estimate(
                value=float(beta[i]),
                low=float(beta[i] - quantile * se[i]),
                high=float(beta[i] + quantile * se[i]),
                n=len(d),
                method="joint regression of judge − people, HC3, t interval",
            ),
            stands_out=out[i - 1],
        )
        for i, (factor, group, against, n) in enumerate(names, 1)
    )


def _columns(
    factors: Mapping[str, Sequence[str]], amounts: Mapping[str, Sequence[float] | Floats]
) -> tuple[list[tuple[str, str, str, int]], list[Floats]]:
    names: list[tuple[str, str, str, int]] = []
    columns: list[Floats] = []
    for factor, groups in factors.items():
        held = np.array([g or "not known" for g in groups])
        kinds, counts = np.unique(held, return_counts=True)
        few = kinds[counts < LEAST_GROUP]
        held = np.where(np.isin(held, few), "others", held)
        kinds, counts = np.unique(held, return_counts=True)
        base = str(kinds[int(np.argmax(counts))])
        for kind, count in zip(kinds, counts, strict=True):
            if kind != base and count >= LEAST_GROUP:
                names.append((factor, str(kind), base, int(count)))
                columns.append((held == kind).astype(float))
            # "others" of fewer than that stay with the commonest: too few to be told apart.
    for name, values in amounts.items():
        logs = np.log2(np.maximum(np.asarray(values, np.float64), 1.0))
        if float(logs.std()) > 0:
            names.append((name, "", "per doubling", len(logs)))
            columns.append(logs - logs.mean())
    return names, columns


def _hc3(x: Floats, y: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Weighted least squares with HC3 standard errors."""
    root = np.sqrt(w)
    xw, yw = x * root[:, None], y * root
    inverse = np.linalg.inv(xw.T @ xw)
    beta = inverse @ xw.T @ yw
    residual = yw - xw @ beta
    leverage = np.einsum("ij,jk,ik->i", xw, inverse, xw)
    meat = xw * (residual / np.maximum(1 - leverage, 1e-8))[:, None]
    return beta, np.sqrt(np.diag(inverse @ (meat.T @ meat) @ inverse))
