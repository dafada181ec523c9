"""The ledger: one SQLite file, append-only in meaning."""

from cxscore.store.entries import (
    Entry,
    SealedEntry,
    VerdictEntry,
    VerdictRows,
    VersionEntry,
    rows_of,
    rows_of_failure,
)
from cxscore.store.identity import unit
from cxscore.store.ledger import Ledger
from cxscore.store.packing import pack, unpack
from cxscore.store.reading import Head, StoredVerdict, Summary
from cxscore.store.register import InputRegister

__all__ = [
    "Entry",
    "Head",
    "InputRegister",
    "Ledger",
    "SealedEntry",
    "StoredVerdict",
    "Summary",
    "VerdictEntry",
    "VerdictRows",
    "VersionEntry",
    "pack",
    "rows_of",
    "rows_of_failure",
    "unit",
    "unpack",
]
