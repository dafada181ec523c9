"""Strata as they can be used: what holds too few labels is merged, and the merge is told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxscore.calibration.population import UNJUDGED, Population

LEAST = 2
"""Labels a stratum needs to have a variance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Two strata made one."""

    gone: str
    into: str
    labels: int
    """Labels the stratum had by itself."""

    def sentence(self) -> str:
        """The merge in one sentence."""
        return f"stratum {self.gone!r} ({self.labels} labels) was merged into {self.into!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Strata:
    """Every conversation's stratum after merging."""

    names: tuple[str, ...]
    index: NDArray[np.intp]
    """(N,) place in ``names``."""
    merges: tuple[Merge, ...]
    bare: tuple[str, ...]
    """Streams that hold fewer than ``LEAST`` labels in all: nothing can be told of them."""


def usable_strata(p: Population) -> Strata:
    """Split off what has no verdict, and merge strata with 0 or 1 label within their stream.

    A stratum goes into the one before it in name order, else into the one after. No sample is
    random across strata drawn with different chances: a merge trades some bias for an answer, and
    that is why it is told.
    """
    unjudged = np.isnan(p.judge)
    full = [
        (stream, f"{name}, {UNJUDGED}" if un else name)
        for stream, name, un in zip(p.streams, p.strata, unjudged.tolist(), strict=True)
    ]
    labels: dict[tuple[str, str], int] = dict.fromkeys(full, 0)
    for key, has in zip(full, p.labelled.tolist(), strict=True):
        labels[key] += has
    moved: dict[tuple[str, str], tuple[str, str]] = {}
    merges: list[Merge] = []
    for stream in sorted({s for s, _ in labels}):
        _merge(sorted(k for k in labels if k[0] == stream), labels, moved, merges)
    ends = {key: _end(key, moved) for key in set(full)}
    kept = sorted(set(ends.values()))
    place = {key: i for i, key in enumerate(kept)}
    bare = tuple(key[0] for key in kept if labels[key] < LEAST)
    return Strata(
        names=tuple(name for _, name in kept),
        index=np.array([place[ends[key]] for key in full], np.intp),
        merges=tuple(merges),
        bare=bare,
    )


def _merge(
    keys: list[tuple[str, str]],
    labels: dict[tuple[str, str], int],
    moved: dict[tuple[str, str], tuple[str, str]],
    merges: list[Merge],
) -> None:
    alive = list(keys)
    while len(alive) > 1:
        poor = next((k for k in alive if labels[k] < LEAST), None)
        if poor is None:
            return
        at = alive.index(poor)
        into = alive[at - 1] if at else alive[1]
        merges.append(Merge(gone=poor[1], into=into[1], labels=labels[poor]))
        labels[into] += labels[poor]
        moved[poor] = into
        alive.remove(poor)


def _end(key: tuple[str, str], moved: dict[tuple[str, str], tuple[str, str]]) -> tuple[str, str]:
    while key in moved:
        key = moved[key]
    return key
