"""One writer at a time: a row with a heartbeat, taken over when its holder is gone."""

from __future__ import annotations

import os
import socket
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cxscore.errors import StoreBusyError, StoreError
from cxscore.store.connection import transaction
from cxscore.store.packing import epoch

STALE_S = 60.0
"""A lease without a beat for this long is taken over."""
BEAT_S = 5.0
"""How often an idle writer beats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who writes to the store."""

    token: str
    pid: int
    host: str
    started_at: str
    beat: float
    """Seconds since 1970."""


def acquire(connection: sqlite3.Connection, *, token: str, now: datetime, path: str) -> None:
    """Take the lease, or take it over from a holder that is gone.

    Raises:
        StoreBusyError: another run holds it; the message names its process and start.
    """
    with transaction(connection):
        holder = _holder(connection)
        if holder is not None and _alive(holder, epoch(now)):
            raise StoreBusyError(
                f"{path}: another run is writing to this store: process {holder.pid} on "
                f"{holder.host}, started {holder.started_at}; wait until it has ended"
            )
        connection.execute(
            "INSERT OR REPLACE INTO lease (id, token, pid, host, started_at, beat)"
            " VALUES (1, ?, ?, ?, ?, ?)",
            (token, os.getpid(), socket.gethostname(), now.isoformat(), epoch(now)),
        )


def beat(connection: sqlite3.Connection, *, token: str, now: datetime, path: str) -> None:
    """Say that the holder lives; call it inside every transaction that writes.

    Raises:
        StoreError: the lease was taken over meanwhile (this process slept for too long).
    """
    done = connection.execute("UPDATE lease SET beat = ? WHERE token = ?", (epoch(now), token))
    if done.rowcount != 1:
        raise StoreError(f"{path}: another run has taken this store over; run again when it ends")


def release(connection: sqlite3.Connection, *, token: str) -> None:
    """Give the lease back; nothing happens when it was taken over."""
    connection.execute("DELETE FROM lease WHERE token = ?", (token,))


def _holder(connection: sqlite3.Connection) -> Holder | None:
    row = connection.execute("SELECT token, pid, host, started_at, beat FROM lease").fetchone()
    if row is None:
        return None
    token, pid, host, started_at, beat_at = row
    return Holder(token=token, pid=pid, host=host, started_at=started_at, beat=beat_at)


def _alive(holder: Holder, now: float) -> bool:
    if now - holder.beat > STALE_S:
        return False
    # Asking Windows about a process ends it: there only the heartbeat counts.
    return os.name == "nt" or holder.host != socket.gethostname() or _runs(holder.pid)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        # A killed process nobody has waited for yet still has an entry: state Z is dead.
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
    return status.rpartition(")")[2].split()[:1] != ["Z"]
