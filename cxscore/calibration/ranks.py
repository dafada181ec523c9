"""Correlations of two raters from their table of counts, so that weights and redraws come free."""

from __future__ import annotations

import numpy as np

from cxscore.calibration.population import Floats


def spearman_of(tables: Floats, levels: Floats) -> Floats:  # noqa: ARG001  alike to the others
    """Spearman's ρ, ties at their middle rank; NaN where one side knows one level only.

    Args:
        tables: (…, q, q) counts or weights, people in rows.
        levels: (q,) ascending; only their order counts.

    Returns:
        (…,) −1 … 1.

    >>> round(float(spearman_of(np.diag([2.0, 3.0, 1.0]), np.array([1.0, 2.0, 3.0]))), 9)
    1.0
    """
    shares = _shares(tables)
    rows, columns = shares.sum(axis=-1), shares.sum(axis=-2)
    return _correlation(shares, _middle(rows), _middle(columns))


def pearson_of(tables: Floats, levels: Floats) -> Floats:
    """Pearson's r of levels; NaN where one side knows one level only."""
    shares = _shares(tables)
    wide = np.broadcast_to(levels, shares.shape[:-1])
    return _correlation(shares, wide, wide)


def kendall_of(tables: Floats, levels: Floats) -> Floats:
    """Kendall's τ-b; NaN where one side knows one level only.

    Args:
        tables: (…, q, q) counts or weights, people in rows.
        levels: (q,) ascending; only their order counts.

    Returns:
        (…,) −1 … 1.

    >>> round(float(kendall_of(np.diag([2.0, 3.0, 1.0]), np.array([1.0, 2.0, 3.0]))), 9)
    1.0
    """
    shares = _shares(tables)
    q = len(levels)
    above = np.triu(np.ones((q, q)), 1)
    # Share of pairs with the second above in both, less those above in one and under in the other.
    same = above @ shares @ above.T
    other = above @ shares @ above
    apart = (shares * (same - other)).sum(axis=(-2, -1))
    untied = [1 - (shares.sum(axis=axis) ** 2).sum(axis=-1) for axis in (-1, -2)]
    return _ratio(2 * apart, *untied)


def lin_of(tables: Floats, levels: Floats) -> Floats:
    """Lin's concordance (1989); NaN where both are one same constant.

    Args:
        tables: (…, q, q) counts or weights, people in rows.
        levels: (q,) ascending, in levels.

    Returns:
        (…,) −1 … 1.

    >>> round(float(lin_of(np.array([[2.0, 1.0], [0.0, 2.0]]), np.array([1.0, 2.0]))), 4)
    0.6154
    """
    shares = _shares(tables)
    rows, columns = shares.sum(axis=-1), shares.sum(axis=-2)
    h, j = rows @ levels, columns @ levels
    together = np.einsum("...hj,h,j->...", shares, levels, levels) - h * j
    spread = rows @ levels**2 - h**2 + columns @ levels**2 - j**2 + (h - j) ** 2
    return _ratio(2 * together, spread, spread)


def _shares(tables: Floats) -> Floats:
    return np.asarray(tables / tables.sum(axis=(-2, -1), keepdims=True))


def _middle(share: Floats) -> Floats:
    return np.asarray(np.cumsum(share, axis=-1) - share / 2)


def _correlation(shares: Floats, of_rows: Floats, of_columns: Floats) -> Floats:
    rows, columns = shares.sum(axis=-1), shares.sum(axis=-2)
    h = of_rows - (rows * of_rows).sum(axis=-1, keepdims=True)
    j = of_columns - (columns * of_columns).sum(axis=-1, keepdims=True)
    together = np.einsum("...hj,...h,...j->...", shares, h, j)
    return _ratio(together, (rows * h**2).sum(axis=-1), (columns * j**2).sum(axis=-1))


def _ratio(up: Floats, one: Floats, other: Floats) -> Floats:
    """Up / √(one · other), NaN where a side has no spread."""
    good = np.minimum(one, other) > 1e-12
    return np.asarray(np.where(good, up / np.sqrt(np.where(good, one * other, 1.0)), np.nan))
