"""Lets Python look for reference cycles less often while a run goes on."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 50_000
"""Objects made before the youngest are looked through."""


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Raise the collector's first threshold, and put it back.

    A conversation is made of thousands of small objects and hardly a cycle; looking for one after
    every 700 of them took a tenth of a run's processor time. What the caller has set higher, or
    turned off, stays.
    """
    before = gc.get_threshold()
    if 0 < before[0] < YOUNG:
        gc.set_threshold(YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
