"""A store as Parquet files, registered so that erasure reaches them."""

from __future__ import annotations

from pathlib import Path

from cxscore import export
from cxscore.store import Ledger


def export_parquet(
    ledger: Ledger, folder: str | Path, *, with_transcripts: bool = False
) -> tuple[Path, ...]:
    """Write every table of a store as a Parquet file; a run may be writing to it meanwhile.

    Claims and scores carry quotes, so the files hold words of customers even without transcripts.

    Args:
        ledger: open.
        folder: created where missing; files of an earlier export are replaced, each one whole.
        with_transcripts: fill the ``transcript`` column of ``conversations``.

    Returns:
        The files.

    Raises:
        StoreError: the folder cannot be written, or the store cannot be read.
    """
    folder = Path(folder)
    gone = ledger.erased()
    # Registered before the first byte: a run killed half-way leaves nothing unknown behind.
    for path in export.parquet_files(folder):
        ledger.register_export(path)
    files = export.write_parquet(
        folder, ledger.judged(), ledger.labels(), with_transcripts=with_transcripts
    )
    # An erasure may have run while the tables were read.
    meanwhile = ledger.erased() - gone
    if meanwhile:
        for path in files:
            export.forget(path, meanwhile)
    return files
