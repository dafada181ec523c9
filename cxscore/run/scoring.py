"""Drives a judge over records: what is known is skipped, what is judged is stored at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from cxscore.errors import TranscriptError
from cxscore.rubric import Rubric
from cxscore.run.pool import Job, JudgePool
from cxscore.run.prepare import Due, Prepared, Rules, prepare
from cxscore.run.settling import Settling
from cxscore.run.source import JudgeSource
from cxscore.run.tally import Counting, News, Progress, Tally
from cxscore.store import InputRegister, Ledger
from cxscore.transcript import Record
from cxscore.verdict import Judged


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
    beside: bool = False,
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
        beside: store verdicts beside those that pages show, which stay.

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
        ledger.keep_rubric(rubric)
        settling = Settling(
            ledger=ledger,
            put=ledger.put,
            rules=rules,
            rubric=rubric,
            run=run,
            counting=Counting(),
            on_result=on_result,
            replay_known=replay_known,
            beside=beside,
        )
        scoring = _Scoring(settling=settling, news=News(on_progress))
        tally = scoring.over(islice(records, limit), JudgePool(judge, workers))
        # Messages may cite a transcript: they are for the caller, not for the file.
        ledger.end_run(run, replace(tally, messages=()).as_json())
    return tally


@dataclass(slots=True, kw_only=True)
class _Scoring:
    settling: Settling
    news: News

    def over(self, records: Iterator[Record | TranscriptError], pool: JudgePool) -> Tally:
        """Prepare, judge and settle the records in their order."""
        settling = self.settling
        register = InputRegister()
        under_way: deque[tuple[Sequence[Prepared], Job]] = deque()
        try:
            while chunk := list(islice(records, pool.chunk)):
                self.news.read += len(chunk)
                prepared = [
                    prepare(item, ledger=settling.ledger, register=register, rules=settling.rules)
                    for item in chunk
                ]
                job = pool.submit([p.transcript for p in prepared if isinstance(p, Due)])
                under_way.append((prepared, job))
                while len(under_way) > pool.ahead:
                    self._settle_all(*under_way.popleft(), pool)
            while under_way:
                self._settle_all(*under_way.popleft(), pool)
        finally:
            pool.close()
            register.close()
        self.news.spread(settling.counting, last=True)
        return settling.counting.tally(
            judge=settling.rules.source.fingerprint, heuristic=settling.rules.source.heuristic
        )

    def _settle_all(self, prepared: Sequence[Prepared], job: Job, pool: JudgePool) -> None:
        results = iter(pool.result(job))
        for one in prepared:
            if isinstance(one, Due):
                self.news.judged += 1
                self.settling.settle_judged(one, next(results))
            else:
                self.settling.settle(one)
        self.news.spread(self.settling.counting)
