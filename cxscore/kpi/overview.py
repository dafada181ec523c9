"""The first look at a ledger: what was understood, known, proved, not known, and what to read.

Nothing here is an estimate: every number counts conversations that were delivered, and names them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cxscore.kpi.counting import Top
from cxscore.kpi.findings import FindingBook, Proved
from cxscore.kpi.known import KnownBook, KnownWithoutJudge
from cxscore.kpi.reading import ReadingBook, ToRead, claims_resolved, lot
from cxscore.kpi.returns import ReturnLinker
from cxscore.kpi.understood import Understood, UnderstoodBook
from cxscore.kpi.unknowns import Unknown, UnknownBook
from cxscore.rubric import Rubric
from cxscore.verdict import Judged

SAMPLE = 300
"""Ids drawn by a fixed lot, for pages that show some conversations whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The first look, in the order it is read."""

    generated_at: datetime
    understood: Understood
    known: KnownWithoutJudge
    proved: Proved
    unknown: tuple[Unknown, ...]
    to_read: tuple[ToRead, ...]
    unreadable: int
    """Records the last run could not read or store."""
    sample: tuple[str, ...]
    """Ids of eligible conversations drawn by a fixed lot, at most ``SAMPLE``."""
    notice: str | None = None
    """What every page about this store says before anything else."""

    @property
    def heuristic(self) -> bool:
        """Whether any verdict comes from a judge of fixed rules; every page then says so."""
        return any(judge.heuristic for judge in self.understood.judges)


def overview(
    judged: Iterable[Judged],
    rubric: Rubric,
    *,
    now: datetime,
    article_counts: Mapping[str, int] | None = None,
    unreadable: int = 0,
    notice: str | None = None,
) -> Overview:
    """Count a ledger in one pass.

    Memory holds counts, capped id lists and, for the returns, some 200 bytes per conversation that
    has a customer id.

    Args:
        judged: the latest version of every conversation, each once, in any order.
        rubric: gives the order and the scales of the criteria; verdicts made with another rubric
            are counted under the criteria they share.
        now: when the page is made. The data end at their own last time, not now.
        unreadable: records the last run could not read; they are in no ledger.
        article_counts: knowledge base digest to number of articles, where known.
        notice: what every page about the store says first.
    """
    understood, known = UnderstoodBook(rubric, article_counts or {}), KnownBook()
    linker, findings, unknowns = ReturnLinker(), FindingBook(), UnknownBook()
    reading, drawn = ReadingBook(rubric), Top[str](SAMPLE)
    for one in judged:
        understood.add(one)
        known.add(one)
        if one.exclusion is not None:
            continue
        conversation = one.record.conversation
        linker.add(conversation, claimed_resolved=claims_resolved(one.record.sealed.vendor_claim))
        findings.add(one)
        unknowns.add(one)
        reading.add(one)
        drawn.add(lot(conversation.id), conversation.id)
    taken = understood.understood()
    returns = linker.returns(taken.last)
    facts = known.known(returns)
    return Overview(
        unreadable=unreadable,
        generated_at=now,
        understood=taken,
        known=facts,
        proved=findings.proved(),
        unknown=unknowns.unknowns(
            judged=taken.judged,
            returns=returns,
            claims=sum(label.conversations.n for label in facts.vendor_labels),
            answers=sum(survey.answered.n for survey in facts.surveys),
        ),
        to_read=reading.reading(returns),
        sample=drawn.values(),
        notice=notice,
    )
