"""What is replaced, what is left alone, and what the record itself knows of the people in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from cxscore.errors import ConfigError


class Kind(StrEnum):
    """What a placeholder stands for."""

    EMAIL = "EMAIL"
    PHONE = "PHONE"
    CARD = "CARD"
    IBAN = "IBAN"
    IP = "IP"
    NAME = "NAME"
    ID = "ID"


PLACEHOLDER = re.compile(r"\[(EMAIL|PHONE|CARD|IBAN|IP|NAME|ID)_([1-9]\d*)\]")
"""A placeholder as it stands in redacted text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactionRules:
    """A workspace's settings."""

    kinds: frozenset[Kind] = frozenset(Kind)
    """Which kinds are replaced."""
    ids: tuple[str, ...] = ()
    """Regular expressions of the desk's own ids of persons, replaced by ``[ID_n]``."""
    protected: tuple[str, ...] = ()
    """Regular expressions of what is never touched, e.g. the shop's order numbers."""
    public: frozenset[str] = frozenset()
    """The company's own mails and phones (see ``published``): they are no customer's data, and what
    an agent says of them is held against the help articles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the record itself tells about the people in the conversation.

    Hidden from ``repr``, so that no log line shows it.
    """

    names: tuple[str, ...] = field(default=(), repr=False)
    emails: tuple[str, ...] = field(default=(), repr=False)
    phones: tuple[str, ...] = field(default=(), repr=False)
    never: tuple[str, ...] = ()
    """Words that are no person's name: brand, vendor, product."""


def either(patterns: Iterable[str], setting: str) -> re.Pattern[str] | None:
    """One pattern that matches what any of the given ones matches; None for none.

    Raises:
        ConfigError: one is no regular expression, or matches nothing at all.
    """
    parts = []
    for written in patterns:
        try:
            compiled = re.compile(written)
        except re.error as error:
            raise ConfigError(
                f"redaction.{setting}: {written!r} is no regular expression ({error})"
            ) from None
        if compiled.match("") is not None:
            raise ConfigError(
                f"redaction.{setting}: {written!r} matches the empty text; say what must be there"
            )
        parts.append(f"(?:{written})")
    return re.compile("|".join(parts)) if parts else None


def contact_key(text: str) -> str:
    """One key for all spellings of one mail address or one phone number.

    A phone number counts by its last eight digits: +49 171 2345678 and 0171 2345678 are one.

    >>> contact_key("+49 (0)171 234-5678") == contact_key("0171 2345678")
    True
    """
    if "@" in text:
        return text.casefold()
    return "".join(c for c in text if c.isdigit())[-8:]
