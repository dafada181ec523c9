"""The ledger: one SQLite file, append-only in meaning."""

from cxscore.store.anchors import AnchorMean
from cxscore.store.batches import Batch, BatchAsk, BatchPlan, Taking
from cxscore.store.calls import (
    AttemptEntry,
    CallStatistics,
    ReplyEntry,
    reply_key,
    storable,
)
from cxscore.store.draws import Draw, FrameUnit
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
from cxscore.store.record import JudgeHeld, JudgeOfRecord, Outcomes
from cxscore.store.register import InputRegister

__all__ = [
    "AnchorMean",
    "AttemptEntry",
    "Batch",
    "BatchAsk",
    "BatchPlan",
    "CallStatistics",
    "Draw",
    "Entry",
    "FrameUnit",
    "Head",
    "InputRegister",
    "JudgeHeld",
    "JudgeOfRecord",
    "Ledger",
    "Outcomes",
    "ReplyEntry",
    "SealedEntry",
    "StoredVerdict",
    "Summary",
    "Taking",
    "VerdictEntry",
    "VerdictRows",
    "VersionEntry",
    "pack",
    "reply_key",
    "rows_of",
    "rows_of_failure",
    "storable",
    "unit",
    "unpack",
]
