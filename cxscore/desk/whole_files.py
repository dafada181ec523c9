"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from cxscore.errors import ConfigError


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """A text file that takes its place when the block ends well, and leaves nothing otherwise.

    A symbolic link keeps pointing where it points. What is no regular file (a pipe, a device) is
    written as it stands.

    Raises:
        ConfigError: it cannot be written.
    """
    if path == Path("-"):
        reason = "names no file; for standard output write /dev/stdout"
        raise ConfigError(reason, path="-")
    try:
        if path.exists() and not path.is_file():
            with path.open("w", encoding="utf-8", newline="\n") as file:
                yield file
            return
        target = path.resolve()
        # One name per file: what a killed run left behind is overwritten by the next.
        part = target.with_name(f".{target.name}.part")
        try:
            with part.open("w", encoding="utf-8", newline="\n") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", path=str(path)) from None
