"""A store as Parquet files, registered so that erasure reaches them."""

from __future__ import annotations

from pathlib import Path

from cxscore import export
from cxscore.desk.shown import shown_by
from cxscore.store import Ledger


def export_parquet(
    ledger: Ledger,
    folder: str | Path,
    *,
    with_transcripts: bool = False,
    config: Path | None = None,
) -> tuple[Path, ...]:
    """Write every table of a store as a Parquet file; a run may be writing to it meanwhile.

    Claims and scores carry quotes, so the files hold words of customers even without transcripts;
    personal data in them is replaced as in what a model is shown. Places of quotes (turn, start,
    end) are those in the redacted text.

    Args:
        ledger: open.
        folder: created where missing; files of an earlier export are replaced, each one whole.
        with_transcripts: fill the ``transcript`` column of ``conversations``.
        config: settings file with the workspace's redaction rules; None: of the current folder.

    Returns:
        The files.

    Raises:
        StoreError: the folder cannot be written, or the store cannot be read.
    """
    folder = Path(folder)
    clean = shown_by(ledger, config)
    gone = ledger.erased()
    # Registered before the first byte: a run killed half-way leaves nothing unknown behind.
    for path in export.parquet_files(folder):
        ledger.register_export(path)
    files = export.write_parquet(
        folder,
        map(clean.judged, ledger.judged()),
        map(clean.label, ledger.labels()),
        with_transcripts=with_transcripts,
    )
    # An erasure may have run while the tables were read.
    meanwhile = ledger.erased() - gone
    if meanwhile:
        for path in files:
            export.forget(path, meanwhile)
    return files
