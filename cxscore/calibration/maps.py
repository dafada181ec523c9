"""What one judged level reads as on people's scale: for display of single conversations only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cxscore.calibration.population import Floats
from cxscore.estimates import Unavailable

Fitting = Callable[[Floats, Floats, Floats, Floats], Floats]
LEAST, MANY, FOLDS = 50, 200, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayMap:
    """Judge level to what people would say on average; never to be averaged again.

    A map of single conversations does not correct a mean: fitted on pooled data it left one group
    .67 levels off where the raw judge was .25 off (CALIBRATION.md 0.9). Means come from ``choose``.
    """

    kind: Literal["linear", "isotonic"]
    reads_as: tuple[tuple[float, float], ...]
    """(judge's level, people's mean level), ascending."""
    n: int


def display_map(
    judge: Sequence[float] | Floats,
    human: Sequence[float] | Floats,
    levels: Sequence[float],
    *,
    weight: Sequence[float] | Floats | None = None,
) -> DisplayMap | Unavailable:
    """Fit a map: linear from 50 labels, isotonic from 200 where cross-validation prefers it.

    Args:
        judge: (n,) levels.
        human: (n,) levels.
        levels: of the scale, ascending.
        weight: (n,) 1/π.

    >>> display_map([1, 2], [1, 2], [1, 2, 3]).missing
    '2 labels; a map needs 50'
    """
    j, h = np.asarray(judge, np.float64), np.asarray(human, np.float64)
    w = np.ones(len(j)) if weight is None else np.asarray(weight, np.float64)
    if len(j) < LEAST:
        return Unavailable(missing=f"{len(j)} labels; a map needs {LEAST}")
    if len(np.unique(j)) < 2:
        return Unavailable(missing="the judge gave one level only: nothing to map")
    scale = np.asarray(levels, np.float64)
    kind: Literal["linear", "isotonic"] = "linear"
    if len(j) > MANY and _error(j, h, w, _isotonic) < _error(j, h, w, _linear):
        kind = "isotonic"
    fitted = (_isotonic if kind == "isotonic" else _linear)(j, h, w, scale)
    held = np.clip(fitted, scale[0], scale[-1])
    return DisplayMap(
        kind=kind,
        reads_as=tuple((float(a), float(b)) for a, b in zip(scale, held, strict=True)),
        n=len(j),
    )


def _linear(j: Floats, h: Floats, w: Floats, at: Floats) -> Floats:
    slope, middle = np.polyfit(j, h, 1, w=np.sqrt(w))
    # A judge that is right backwards is not turned round, only not listened to.
    return np.asarray(
        middle + slope * at if slope > 0 else np.full(len(at), np.average(h, weights=w))
    )


def _isotonic(j: Floats, h: Floats, w: Floats, at: Floats) -> Floats:
    from sklearn.isotonic import IsotonicRegression

    model = IsotonicRegression(out_of_bounds="clip").fit(j, h, sample_weight=w)
    return np.asarray(model.predict(at))


def _error(j: Floats, h: Floats, w: Floats, fit: Fitting) -> float:
    """Weighted squared error of held-out folds."""
    fold, total = np.arange(len(j)) % FOLDS, 0.0
    for k in range(FOLDS):
        out = fold == k
        guess = fit(j[~out], h[~out], w[~out], j[out])
        total += float((w[out] * (guess - h[out]) ** 2).sum())
    return total
