"""A file of replies: read line by line, and looked over before anything is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxscore.errors import ConfigError, InputError
from cxscore.store import Batch, Ledger

if TYPE_CHECKING:
    from cxscore.providers.batch_service import Result


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path=str(path)) from None


def results(path: Path, ledger: Ledger, model: str) -> Iterator[tuple[int, Result]]:
    """Line number and reply of every line of a file.

    Raises:
        InputError: a line cannot be used.
    """
    from cxscore.providers.batch_files import read_reply

    book = ledger.batches

    def schema(custom_id: str) -> Mapping[str, Any]:
        asked = book.asked(custom_id)
        return book.schema(asked[0][1].schema) if asked else {}

    for number, line in _lines(path):
        try:
            yield number, read_reply(line, model, schema)
        except ValueError as error:
            raise InputError(str(error), path=str(path), line=number) from None


def checked(path: Path, ledger: Ledger, model: str) -> Batch:
    """Look at every line before anything is stored; returns the newest file batch concerned.

    Raises:
        InputError: a line cannot be used, stands twice, or belongs to no ask of this store.
    """
    batches = {b.key: b for b in ledger.batches.all()}
    seen: dict[bytes, int] = {}
    newest: Batch | None = None
    for number, result in results(path, ledger, model):
        name = result.custom_id
        # Of long ids only a digest is held: a file may have millions of lines.
        key = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:16]
        if key in seen:
            raise InputError(
                f"the custom_id {name!r} stood at line {seen[key]} already; leave one reply for "
                "each ask; nothing was imported",
                path=str(path),
                line=number,
            )
        seen[key] = number
        asked = ledger.batches.asked(name)
        if not asked:
            raise InputError(
                f"the custom_id {name!r} belongs to no ask exported from {ledger.path}; check "
                "that the file and the store belong together; nothing was imported",
                path=str(path),
                line=number,
            )
        files = [batches[k] for k, _ in asked if batches[k].kind == "file"]
        if files and (newest is None or files[0].key > newest.key):
            newest = files[0]
    if not seen:
        raise InputError("the file holds no reply", path=str(path))
    if newest is None:
        raise InputError(
            "these replies belong to a provider's batch; the command that sent it takes them in: "
            "cxscore score --batch",
            path=str(path),
        )
    return newest
