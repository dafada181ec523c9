"""The page of a cadence as a file, with the conversations it names standing whole in it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cxscore.desk.cadence import CadenceReport
from cxscore.desk.report import Transcripts
from cxscore.desk.shown import shown_by
from cxscore.desk.whole_files import whole_file
from cxscore.report.cadence_page import SHOWN, render
from cxscore.report.html import section
from cxscore.store import Ledger


def write_cadence(
    found: CadenceReport,
    store: Path,
    out: Path,
    *,
    now: datetime,
    transcripts: Transcripts = "none",
    config: Path | None = None,
) -> Path:
    """Write the page as one self-contained HTML file.

    Args:
        found: what it shows.
        store: the ledger it was made of.
        out: the HTML file.
        now: when it is made.
        transcripts: which conversations stand whole in it: none, those it names, or all of the
            period.
        config: settings file with the workspace's redaction rules.

    Raises:
        InputError: it cannot be written.
    """
    sections: list[tuple[str, str]] = []
    with Ledger.open(store, create=False) as ledger:
        if transcripts != "none":
            clean = shown_by(ledger, config)
            ids = _all_of(found) if transcripts == "all" else named_in(found)
            sections = [
                (one.record.conversation.id, section(clean.judged(one), found.rubric))
                for one in ledger.judged(ids)
            ]
        with whole_file(out) as file:
            file.write(render(found, sections, now=now))
        ledger.register_export(out)
    return out


def _all_of(found: CadenceReport) -> list[str]:
    facts = found.loaded.facts
    kept = found.loaded.started_within(found.now.first, found.now.last)
    ids: list[str] = facts.id[kept].tolist()
    return ids


def named_in(found: CadenceReport) -> list[str]:
    """Conversations the page names outside the lists of its numbers."""
    named = [r.conversation_id for r in found.to_read]
    named += [i for p in found.patterns for i in p.ids]
    named += [i for f in found.fix for i in f.ids[:SHOWN]]
    named += [i for a in found.articles for i in a.ids[:SHOWN]]
    return sorted({*named, *found.critical})
