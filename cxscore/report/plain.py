"""Nouns as plain JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum

from cxscore.estimates import Members
from cxscore.transcript import Json


def plain(noun: object) -> Json:
    """A noun as dicts, lists, strings and numbers: enums by value, times in ISO form.

    >>> from cxscore.verdict import Quote
    >>> plain((Quote(turn=2, start=0, end=2, text="No"),))
    [{'turn': 2, 'start': 0, 'end': 2, 'text': 'No'}]
    """
    if isinstance(noun, Enum):
        return noun.value
    if noun is None or isinstance(noun, bool | int | float | str):
        return noun
    if isinstance(noun, datetime):
        return noun.isoformat()
    if isinstance(noun, Mapping):
        return {str(plain(k)): plain(v) for k, v in noun.items()}
    if isinstance(noun, list | tuple):
        return [plain(v) for v in noun]
    if isinstance(noun, Members):
        return list(noun.ids())
    if is_dataclass(noun):
        return {f.name: plain(getattr(noun, f.name)) for f in fields(noun)}
    return str(noun)
