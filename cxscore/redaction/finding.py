"""Runs the finders in order over one text, each on what the ones before it left."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from cxscore.redaction import contacts
from cxscore.redaction.contacts import MASK
from cxscore.redaction.rules import PLACEHOLDER, Kind, RedactionRules, contact_key, either

Found: TypeAlias = tuple[int, int, Kind, str]
"""Start, end, kind, and a key that is one for all spellings."""


@dataclass(slots=True)
class _Sheet:
    text: str
    found: list[Found]

    def hide(self, start: int, end: int) -> None:
        self.text = self.text[:start] + MASK * (end - start) + self.text[end:]

    def take(self, spans: Iterable[Found], kinds: frozenset[Kind], public: frozenset[str]) -> None:
        for start, end, kind, key in list(spans):
            if kind not in kinds or MASK in self.text[start:end]:
                continue
            self.hide(start, end)
            if key not in public:
                self.found.append((start, end, kind, key))


class Finder:
    """The rules, compiled."""

    def __init__(self, rules: RedactionRules) -> None:
        self.kinds = rules.kinds
        self._public = frozenset(contact_key(p) for p in rules.public)
        self._protected = either(rules.protected, "protected")
        self._ids = either(rules.ids, "ids") if Kind.ID in rules.kinds else None

    def contacts(
        self, text: str, phones: frozenset[str], emails: tuple[str, ...]
    ) -> tuple[str, list[Found]]:
        """The text with contacts, protected words and ordinary numbers masked; and the contacts."""
        sheet = _Sheet(text, [])
        if "[" in text:
            for found in PLACEHOLDER.finditer(text):
                sheet.hide(*found.span())
        self._configured(sheet)
        before = -1
        # What stood wall to wall with a find is free to be found itself: until nothing is new.
        while len(sheet.found) > before:
            before = len(sheet.found)
            if "@" in sheet.text or "(" in sheet.text or "[" in sheet.text:
                self._mails(sheet, emails)
            if contacts.has_number(sheet.text):
                self._numbers(sheet, phones)
        sheet.found.sort()
        return sheet.text, sheet.found

    def _configured(self, sheet: _Sheet) -> None:
        if self._protected is not None:
            for start, end in _spans(self._protected, sheet.text):
                sheet.hide(start, end)
        if self._ids is not None:
            ids = _spans(self._ids, sheet.text)
            taken = ((s, e, Kind.ID, sheet.text[s:e]) for s, e in ids)
            sheet.take(taken, self.kinds, frozenset())

    def _mails(self, sheet: _Sheet, emails: tuple[str, ...]) -> None:
        for email in emails:
            for start, end in _spans(
                re.compile(rf"(?i)(?<!\w){re.escape(email)}(?!\w)"), sheet.text
            ):
                found = (start, end, Kind.EMAIL, email.casefold())
                sheet.take([found], self.kinds, self._public)
        sheet.take(contacts.emails(sheet.text), self.kinds, self._public)

    def _numbers(self, sheet: _Sheet, phones: frozenset[str]) -> None:
        sheet.take(contacts.ibans(sheet.text), self.kinds, frozenset())
        address = contacts.may_hold_address(sheet.text)
        if not address and not contacts.may_hold_phone(sheet.text):
            return
        sheet.take(contacts.cards(sheet.text), self.kinds, frozenset())
        if not address and next(contacts.phones(sheet.text, phones), None) is None:
            return
        for start, end in contacts.ordinary(sheet.text):
            sheet.hide(start, end)
        if address:
            sheet.take(contacts.addresses(sheet.text), self.kinds, frozenset())
        sheet.take(contacts.phones(sheet.text, phones), self.kinds, self._public)


def _spans(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    return [
        found.span()
        for found in pattern.finditer(text)
        if found.end() > found.start() and MASK not in found[0]
    ]
