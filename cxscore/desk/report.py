"""The overview of a store: on the terminal, as JSON, and as one HTML file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Literal

from cxscore.desk.show import rubric_of
from cxscore.desk.shown import Shown, shown_by
from cxscore.desk.whole_files import whole_file
from cxscore.errors import InputError
from cxscore.kpi.overview import Overview, overview
from cxscore.report import html, terminal
from cxscore.rubric import Rubric
from cxscore.store import Ledger
from cxscore.transcript import Json
from cxscore.verdict import Judged

TITLE = "Conversation report"

Transcripts = Literal["none", "first", "all"]
"""Which conversations stand whole in a report: none; those to read first or with something
proved and others by lot, as many as can be mailed; or all, whatever the size of the file."""


def write_report(
    store: Path,
    out: Path,
    *,
    now: datetime,
    transcripts: Transcripts = "none",
    title: str = TITLE,
    rubric: str | None = None,
    config: Path | None = None,
) -> Path:
    """Write the report as one self-contained HTML file, whole or not at all.

    Args:
        store: the ledger's file.
        out: the HTML file; replaced when it is there.
        now: when the report is made.
        transcripts: which conversations stand whole in it.
        title: heading of the page.
        rubric: id or file the verdicts were made with, where it is not a packaged one.
        config: settings file with the workspace's redaction rules; None: of the current folder.

    Personal data is replaced as in what a model is shown: the page leaves the house too.

    Returns:
        The path written.

    Raises:
        StoreError: there is no store, or it cannot be read.
        InputError: the file cannot be written, or the rubric is not known.
    """
    with Ledger.open(store, create=False) as ledger:
        seen, found = _overview(ledger, now=now, rubric=rubric)
        clean = shown_by(ledger, config)
        text = html.render(
            clean.overview(seen, ledger),
            _whole(ledger, seen, clean, transcripts),
            found,
            title=title,
            with_transcripts=transcripts != "none",
            everything=transcripts == "all",
        )
    with whole_file(out) as file:
        file.write(text)
    with Ledger.open(store, create=False) as ledger:
        # The page holds quotes: an erasure must be able to say that it is out of date.
        ledger.register_export(out)
    return out


def _whole(
    ledger: Ledger, seen: Overview, clean: Shown, transcripts: Transcripts
) -> Iterable[Judged]:
    if transcripts == "none":
        return ()
    chosen = ledger.judged() if transcripts == "all" else ledger.judged(html.wanted(seen))
    return map(clean.judged, chosen)


def first_screen(
    store: Path, *, now: datetime, rubric: str | None = None, colour: bool = False
) -> str:
    """The overview on one screen of a terminal, raising as ``write_report``."""
    with Ledger.open(store, create=False) as ledger:
        seen, found = _overview(ledger, now=now, rubric=rubric)
    return terminal.first_screen(seen, found, colour=colour).rstrip("\n")


def overview_json(store: Path, *, now: datetime, rubric: str | None = None) -> dict[str, Json]:
    """The overview as plain JSON values, raising as ``write_report``."""
    with Ledger.open(store, create=False) as ledger:
        seen, _ = _overview(ledger, now=now, rubric=rubric)
    return terminal.to_json(seen)


def rubric_held(ledger: Ledger, rubric: str | None) -> Rubric:
    """The rubric most verdicts were made with, as the store keeps it, or the one named.

    Raises:
        InputError: it is not known, or no verdict was made with the one named.
    """
    counts = ledger.summary()
    made_with = max(counts.rubrics, key=counts.rubrics.__getitem__, default="cx@")
    kept = ledger.rubric(made_with) if rubric is None else None
    found = kept or rubric_of(made_with, rubric)
    if found is None:
        reason = (
            f"the verdicts were made with the rubric {made_with}, which is not packaged:"
            " name its file"
        )
        raise InputError(reason, path=str(ledger.path))
    if counts.rubrics and not any(_same(ref, found) for ref in counts.rubrics):
        held = ", ".join(counts.rubrics)
        reason = f"no verdict was made with the rubric {found.id}; the store holds {held}"
        raise InputError(reason, path=str(ledger.path))
    return found


def _overview(ledger: Ledger, *, now: datetime, rubric: str | None) -> tuple[Overview, Rubric]:
    found = rubric_held(ledger, rubric)
    articles = {kb.digest: len(kb.articles) for kb in ledger.knowledge_history()}
    return overview(
        ledger.judged(),
        found,
        now=now,
        article_counts=articles,
        unreadable=ledger.last_unreadable(),
        notice=ledger.notice,
    ), found


def _same(ref: str, rubric: Rubric) -> bool:
    return ref.partition("@")[0] == rubric.id
