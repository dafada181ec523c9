"""Colour and folding for terminals, as plain strings."""

from __future__ import annotations

import textwrap

WIDTH = 100
_CODES = {"bold": "1", "dim": "2", "bad": "1;31", "good": "32", "mark": "7", "head": "1;36"}


def paint(text: str, style: str, *, colour: bool) -> str:
    """Text in a style, or as it is.

    >>> paint("no", "bad", colour=False)
    'no'
    """
    if not colour or not text:
        return text
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m"


def fold(text: str, *, indent: str = "", first: str | None = None, width: int = WIDTH) -> list[str]:
    """Text folded into lines of at most ``width``, later lines indented."""
    start = indent if first is None else first
    lines = textwrap.wrap(
        text,
        width=width,
        initial_indent=start,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )
    return lines or [start.rstrip()]


def cut(text: str, limit: int) -> str:
    """At most ``limit`` characters, an ellipsis where something is left out.

    >>> cut("a long sentence", 7)
    'a long…'
    """
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
