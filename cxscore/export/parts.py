"""Files half written: beside their place, of one process, and gone when it was killed."""

from __future__ import annotations

import glob
import os
from pathlib import Path


def part_of(path: Path, what: str = "") -> Path:
    """Where this process writes a file before it is whole: no other's, so that none meets it.

    Args:
        path: of the whole file.
        what: tells two apart that one process writes.
    """
    return path.with_name(f".{path.name}{what}.{os.getpid()}.part")


def left_behind(path: Path) -> list[Path]:
    """Half-written files of this one whose processes no longer run.

    A page or letter is written under one name, whoever writes it: it is always among them.

    Args:
        path: of the whole file.
    """
    found = path.parent.glob(f".{glob.escape(path.name)}.*.part")
    dead = [p for p in found if not _runs(p.name.split(".")[-2])]
    page = path.with_name(f".{path.name}.part")
    return [*dead, page] if page.is_file() else dead


def _runs(pid: str) -> bool:
    if not pid.isdecimal():
        return False
    if os.name == "nt":
        # Asking Windows about a process ends it; nobody's file is deleted under his hands.
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
