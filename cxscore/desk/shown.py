"""What leaves the house on pages and in tables: records and verdicts without personal data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cxscore.desk.judge_names import redactor_of
from cxscore.kpi.overview import Overview
from cxscore.label import Label
from cxscore.readers import settings
from cxscore.store import Ledger
from cxscore.verdict import Judged

if TYPE_CHECKING:
    from cxscore.redaction import Redactor

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shown:
    """Redacts with one workspace's rules; the same conversation always gets the same words."""

    redactor: Redactor

    def judged(self, one: Judged) -> Judged:
        """A record beside its verdict."""
        return self.redactor.judged(one)

    def label(self, label: Label) -> Label:
        """A label whose comment names nobody that can be found."""
        if label.comment is None:
            return label
        return replace(label, comment=self.redactor.text(label.comment))

    def overview(self, seen: Overview, ledger: Ledger) -> Overview:
        """An overview whose quotes and sentences are redacted; counts and ids stay.

        Only conversations it quotes are read again: redacting all to count them would cost a
        millisecond each.
        """
        about = set(_about(seen))
        held = {one.record.conversation.id: one for one in ledger.judged(about)}
        clean: Overview = self._each(seen, held)
        return clean

    def _each(self, value: Any, held: Mapping[str, Judged]) -> Any:
        if isinstance(value, tuple):
            return tuple(self._each(one, held) for one in value)
        if not is_dataclass(value) or isinstance(value, type):
            return value
        name = getattr(value, "conversation_id", None)
        if name is not None:
            return self.redactor.finding(value, held[name]) if name in held else value
        news = {f.name: self._each(getattr(value, f.name), held) for f in fields(value) if f.init}
        return replace(value, **news)


def _about(value: Any) -> Iterator[str]:
    """Ids of the conversations anything is quoted of."""
    if isinstance(value, tuple):
        for one in value:
            yield from _about(one)
    elif is_dataclass(value) and not isinstance(value, type):
        name = getattr(value, "conversation_id", None)
        if name is not None:
            yield name
            return
        for f in fields(value):
            yield from _about(getattr(value, f.name))


def shown_by(ledger: Ledger, config: Path | None) -> Shown:
    """How a store's words are shown.

    Args:
        ledger: its articles tell which mails and phones are the company's own.
        config: settings file; None: that of the current folder, where there is one.

    Raises:
        ConfigError: the settings cannot be used.
    """
    held = settings.load(config or settings.beside(Path()))
    return Shown(redactor_of(held.redaction, ledger.knowledge_history())[0])
