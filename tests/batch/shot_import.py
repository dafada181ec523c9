"""An import that stops in the middle of its transaction, to be shot there."""

from __future__ import annotations

import sqlite3
import sys
import time
from pathlib import Path

from cxscore.desk.batch import import_replies
from cxscore.store import batches

_write = batches.Taking.write
_written: list[str] = []


def write(taking: batches.Taking, connection: sqlite3.Connection) -> None:
    """As it is written, but the sixth takes a minute."""
    _write(taking, connection)
    _written.append(taking.custom_id)
    if len(_written) == 6:
        sys.stdout.write("half\n")
        sys.stdout.flush()
        time.sleep(60)


if __name__ == "__main__":
    batches.Taking.write = write  # type: ignore[method-assign]  # the moment to be shot at
    import_replies(Path(sys.argv[1]), store=Path(sys.argv[2]), model="file:gw")
