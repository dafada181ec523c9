"""Erasure on request or by age: in the store, in its log, and in the exports it knows of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cxscore import export
from cxscore.errors import ConfigError, StoreError
from cxscore.store import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What an erasure did."""

    conversations: int
    """Conversations whose words are gone; numbers and a tombstone stay."""
    rewritten: tuple[Path, ...]
    """Exports that held some of them."""
    missing: tuple[Path, ...]
    """Exports that are no longer where they were written; a copy elsewhere is yours to delete."""
    by_hand: tuple[Path, ...]
    """Registered files that are no tables (reports): write them again or delete them."""


def erase(
    ledger: Ledger, *, customer_id: str | None = None, older_than: datetime | None = None
) -> Erasure:
    """Erase every word of a customer's conversations, or of those last active before a time.

    Exports are rewritten after the store, of all that was ever erased: an export that read the
    store before has placed its files by then, or sees the erasure itself when it does; and when
    this call is cut short, the same call goes on.

    Raises:
        ConfigError: neither a customer nor an age was given, or both.
        StoreError: another run is writing; an export cannot be rewritten; or another program still
            reads the old pages of the store.
    """
    if (customer_id is None) == (older_than is None):
        raise ConfigError("name either a customer or an age to erase by, not both")
    with ledger.writing():
        ids = ledger.ids_to_erase(customer_id=customer_id, older_than=older_than)
        reason = "customer" if customer_id is not None else "age"
        count = ledger.erase(ids, reason=reason)
        known = ledger.exports()
        missing = tuple(p for p in known if not p.exists())
        tables = [p for p in known if p.suffix == ".parquet" and p not in missing]
        rewritten = _rewritten(tables, ledger.erased())
        for path in known:
            for part in export.left_behind(path):
                part.unlink(missing_ok=True)
    touched = bool(count or rewritten)
    return Erasure(
        conversations=count,
        rewritten=rewritten,
        missing=missing if touched else (),
        by_hand=tuple(p for p in known if p not in missing and p not in tables) if touched else (),
    )


def _rewritten(tables: Sequence[Path], ids: Collection[str]) -> tuple[Path, ...]:
    """Those that held words of the erased; one that cannot be read does not spare the others."""
    found, errors = [], []
    for path in tables:
        try:
            if export.forget(path, ids):
                found.append(path)
        except StoreError as error:
            errors.append(str(error))
    if errors:
        raise StoreError(
            f"{'; '.join(errors)}. The words are gone from the store and its other exports; delete"
            " what cannot be read and run the same command again"
        )
    return tuple(found)
