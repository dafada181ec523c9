"""Erasure on request or by age: in the store, in its log, and in the exports it knows of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cxscore import export
from cxscore.errors import ConfigError
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

    Exports are rewritten first: when the erasure is cut short, the same call finds the same
    conversations again.

    Raises:
        ConfigError: neither a customer nor an age was given, or both.
        StoreError: another run is writing; an export cannot be rewritten; or another program still
            reads the old pages of the store.
    """
    if (customer_id is None) == (older_than is None):
        raise ConfigError("name either a customer or an age to erase by, not both")
    with ledger.writing():
        ids = ledger.ids_to_erase(customer_id=customer_id, older_than=older_than)
        known = ledger.exports() if ids else ()
        missing = tuple(p for p in known if not p.exists())
        tables = [p for p in known if p.suffix == ".parquet" and p not in missing]
        rewritten = tuple(p for p in tables if export.forget(p, ids))
        reason = "customer" if customer_id is not None else "age"
        count = ledger.erase(ids, reason=reason)
    return Erasure(
        conversations=count,
        rewritten=rewritten,
        missing=missing,
        by_hand=tuple(p for p in known if p not in missing and p not in tables),
    )
