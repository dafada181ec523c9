"""Drives a judge over records: what is known is skipped, what is judged is stored at once."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from cxscore.errors import TranscriptError
from cxscore.rubric import Rubric
from cxscore.run.pool import Job, JudgePool
from cxscore.run.prepare import (
    Due,
    Duplicate,
    Erased,
    Excluded,
    Known,
    OtherFile,
    Prepared,
    Rules,
    Unreadable,
    place,
    prepare,
)
from cxscore.run.source import JudgeSource
from cxscore.run.tally import Counting, Progress, Tally
from cxscore.store import InputRegister, Ledger, VerdictEntry, VerdictRows, unpack
from cxscore.transcript import Exclusion, Record
from cxscore.verdict import Judged, Verdict

PROGRESS_S = 0.1
"""Progress is told at most this often."""


def score_records(
    records: Iterable[Record | TranscriptError],
    *,
    ledger: Ledger,
    judge: JudgeSource,
    rubric: Rubric,
    workers: int = 1,
    limit: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_result: Callable[[Judged], None] | None = None,
    replay_known: bool = False,
    rescore_kb: bool = False,
    retry_failed: bool = False,
) -> Tally:
    """Judge what the ledger does not know yet and store it, streaming, in bounded memory.

    Interrupt it whenever you like: what was stored stays, and the same call goes on from there.

    Args:
        records: from a reader; a ``TranscriptError`` among them is counted as failed.
        ledger: open; this call holds its writer's lease.
        judge: how to build the judge.
        rubric: the rubric the judge grades by; its digest is part of the identity of a verdict.
        workers: processes for judging; 1 judges in this process. More are started only once there
            is enough to judge.
        limit: read at most so many records.
        on_progress: told at most ten times a second, and at the end.
        on_result: called once for each conversation judged or excluded in this run, in input
            order; not for unreadable records, duplicates and erased conversations.
        replay_known: call ``on_result`` for conversations that were judged before, too.
        rescore_kb: judge again where the knowledge base has changed since.
        retry_failed: judge again what failed for any reason; provider failures always are.

    Returns:
        The counts. Every record is counted once.

    Raises:
        StoreError: another run is writing, or the store cannot be written.
    """
    rules = Rules(
        source=judge, rubric_digest=rubric.digest, rescore_kb=rescore_kb, retry_failed=retry_failed
    )
    with ledger.writing():
        run = ledger.begin_run(
            judge=judge.fingerprint, rubric=rubric.ref, heuristic=judge.heuristic
        )
        scoring = _Scoring(
            ledger=ledger,
            rules=rules,
            rubric=rubric,
            run=run,
            on_result=on_result,
            replay_known=replay_known,
            news=_News(on_progress),
        )
        tally = scoring.over(islice(records, limit), JudgePool(judge, workers))
        # Messages may cite a transcript: they are for the caller, not for the file.
        ledger.end_run(run, replace(tally, messages=()).as_json())
    return tally


class _News:
    """Tells progress, not too often."""

    def __init__(self, tell: Callable[[Progress], None] | None) -> None:
        self._tell = tell
        self._start = time.monotonic()
        self._told = self._start
        self.read = 0
        self.judged = 0

    def spread(self, counting: Counting, *, last: bool = False) -> None:
        now = time.monotonic()
        if self._tell is None or (not last and now - self._told < PROGRESS_S):
            return
        self._told = now
        self._tell(
            Progress(
                read=self.read,
                settled=counting.settled,
                judged=self.judged,
                failed=counting.counts["failed"],
                elapsed_s=now - self._start,
            )
        )


@dataclass(slots=True, kw_only=True)
class _Scoring:
    ledger: Ledger
    rules: Rules
    rubric: Rubric
    run: int
    on_result: Callable[[Judged], None] | None
    replay_known: bool
    news: _News

    def over(self, records: Iterator[Record | TranscriptError], pool: JudgePool) -> Tally:
        """Prepare, judge and settle the records in their order."""
        counting = Counting()
        register = InputRegister()
        under_way: deque[tuple[Sequence[Prepared], Job]] = deque()
        try:
            while chunk := list(islice(records, pool.chunk)):
                self.news.read += len(chunk)
                prepared = [
                    prepare(item, ledger=self.ledger, register=register, rules=self.rules)
                    for item in chunk
                ]
                job = pool.submit([p.transcript for p in prepared if isinstance(p, Due)])
                under_way.append((prepared, job))
                while len(under_way) > pool.ahead:
                    self._settle_all(*under_way.popleft(), pool, counting)
            while under_way:
                self._settle_all(*under_way.popleft(), pool, counting)
        finally:
            pool.close()
            register.close()
        self.news.spread(counting, last=True)
        return counting.tally(heuristic=self.rules.source.heuristic)

    def _settle_all(
        self, prepared: Sequence[Prepared], job: Job, pool: JudgePool, counting: Counting
    ) -> None:
        results = iter(pool.result(job))
        for one in prepared:
            if isinstance(one, Due):
                self.news.judged += 1
                self._settle_judged(one, next(results), counting)
            else:
                self._settle(one, counting)
        self.news.spread(counting)

    def _settle(
        self,
        one: OtherFile | Unreadable | Duplicate | Erased | Excluded | Known,
        counting: Counting,
    ) -> None:
        if isinstance(one, OtherFile):
            counting.other_file(one.message)
        elif isinstance(one, Unreadable):
            counting.failed(one.message, unreadable=True)
        elif isinstance(one, Duplicate):
            counting.counts["duplicates"] += 1
        elif isinstance(one, Erased):
            counting.excluded("erased")
        elif isinstance(one, Excluded):
            self._settle_excluded(one, counting)
        else:
            self._settle_known(one, counting)

    def _settle_excluded(self, one: Excluded, counting: Counting) -> None:
        counting.understood(one.record.conversation)
        counting.excluded(one.reason)
        if one.changed:
            self.ledger.put(one.entry)
        if self.on_result is not None:
            self.on_result(
                Judged(
                    record=one.record,
                    version=one.entry.version,
                    exclusion=Exclusion(one.reason),
                )
            )

    def _settle_known(self, one: Known, counting: Counting) -> None:
        counting.understood(one.record.conversation)
        if one.changed:
            self.ledger.put(one.entry)
        if one.verdict.failed:
            _, error, _ = self.ledger.verdict_of(one.verdict.key)
            message = f"{place(one.record)}: failed in an earlier run: {error}; retry it on request"
            counting.failed(message, unreadable=False)
        else:
            counting.counts["updated" if one.updated else "already_scored"] += 1
            counting.states(self.ledger.score_states(one.verdict.key))
        if self.replay_known and self.on_result is not None:
            verdict, error, scored_at = self.ledger.verdict_of(one.verdict.key)
            self.on_result(
                Judged(
                    record=one.record,
                    version=one.entry.version,
                    verdict=verdict,
                    error=error,
                    heuristic=self.rules.source.heuristic,
                    scored_at=scored_at,
                )
            )

    def _settle_judged(self, one: Due, rows: VerdictRows, counting: Counting) -> None:
        counting.understood(one.record.conversation)
        self.ledger.put(replace(one.entry, verdict=self._verdict(one, rows)))
        if rows.body is None:
            counting.failed(f"{place(one.record)}: {rows.error}", unreadable=False)
        else:
            counting.counts["updated" if one.updated else "new"] += 1
            counting.states((str(r[1]), str(r[2])) for r in rows.scores if r[0] == "journey")
        if self.on_result is not None:
            self.on_result(
                Judged(
                    record=one.record,
                    version=one.entry.version,
                    verdict=None if rows.body is None else unpack(Verdict, rows.body),
                    error=rows.error,
                    heuristic=self.rules.source.heuristic,
                    scored_at=one.entry.at,
                )
            )

    def _verdict(self, one: Due, rows: VerdictRows) -> VerdictEntry:
        return VerdictEntry(
            unit=one.unit,
            rows=rows,
            judge=self.rules.source.fingerprint,
            rubric=self.rubric.ref,
            heuristic=self.rules.source.heuristic,
            run=self.run,
        )
