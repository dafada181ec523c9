"""What none of n shows."""

from __future__ import annotations


def most_with_none(n: int) -> float:
    """The highest rate none of n checks is consistent with, at 95 %.

    >>> round(most_with_none(299), 4)
    0.01

    Raises:
        ValueError: no check.
    """
    if n < 1:
        raise ValueError("at least one check")
    return float(1 - 0.05 ** (1 / n))
