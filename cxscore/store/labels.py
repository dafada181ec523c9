"""Labels in the file: the level stays, the rater's words can be erased."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from cxscore import wire
from cxscore.label import Label
from cxscore.store.bare import bare_label
from cxscore.store.packing import pack, unpack


def add(connection: sqlite3.Connection, labels: Iterable[Label], at: datetime) -> int:
    """Store labels that are not stored yet; returns how many."""
    new = 0
    for label in labels:
        done = connection.execute(
            "INSERT INTO label (content, conversation_id, recorded_at, frame) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (content) DO NOTHING",
            (
                hashlib.sha256(wire.dump(label)).digest(),
                label.conversation_id,
                at.isoformat(),
                pack(bare_label(label)),
            ),
        )
        new += done.rowcount
        if done.rowcount and label.comment is not None:
            connection.execute(
                "INSERT INTO label_text VALUES (?, ?)", (done.lastrowid, label.comment)
            )
    return new


def stored(connection: sqlite3.Connection) -> Iterator[Label]:
    """Every label, in the order they came in."""
    for frame, comment in connection.execute(
        "SELECT l.frame, t.comment FROM label l LEFT JOIN label_text t ON t.label = l.key"
        " ORDER BY l.key"
    ):
        yield replace(unpack(Label, frame), comment=comment)
