"""Several processes for CPU-bound judges, and what happens when one of them dies."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from cxscore import wire
from cxscore.judging import Judge
from cxscore.run import worker
from cxscore.run.source import JudgeSource
from cxscore.store import VerdictRows, rows_of_failure
from cxscore.transcript import Transcript

INLINE_FIRST = 256
"""So many conversations are judged in this process before others are started for the rest."""
CHUNK = 16
"""Conversations sent to a process at a time."""


@dataclass(slots=True, kw_only=True)
class Job:
    """Transcripts handed in together."""

    transcripts: Sequence[Transcript]
    future: Future[list[VerdictRows]] | None = None
    """None: to be judged in this process."""
    processes: ProcessPoolExecutor | None = None
    """The pool it was sent to."""


class JudgePool:
    """Judges in this process, or in several once there is enough to judge.

    A source that cannot be sent to another process, or whose workers do not come up, is judged
    here. A conversation that kills its worker twice is a failed judgement; the run goes on.
    """

    def __init__(self, source: JudgeSource, workers: int) -> None:
        self._source = source
        self._workers = workers if source.answer is None else 1
        self._judge: Judge | None = None
        self._processes: ProcessPoolExecutor | None = None
        self._ready: Future[None] | None = None
        self._submitted = 0

    @property
    def chunk(self) -> int:
        """How many conversations to hand in at a time now."""
        return CHUNK if self._parallel else 1

    @property
    def ahead(self) -> int:
        """How many jobs may be under way before the oldest is waited for."""
        return 4 * self._workers if self._parallel else 0

    @property
    def _parallel(self) -> bool:
        return self._workers > 1 and self._submitted >= INLINE_FIRST

    def submit(self, transcripts: Sequence[Transcript]) -> Job:
        """Hand transcripts in; with several processes this returns at once."""
        parallel = self._parallel
        self._submitted += len(transcripts)
        if not parallel or not transcripts:
            return Job(transcripts=transcripts)
        processes = self._start()
        if processes is None:
            return Job(transcripts=transcripts)
        future = _send(processes, transcripts)
        return Job(transcripts=transcripts, future=future, processes=processes)

    def result(self, job: Job) -> list[VerdictRows]:
        """The judgements of a job, in order."""
        if job.future is None:
            return [self._here(t) for t in job.transcripts]
        try:
            return job.future.result()
        except BrokenProcessPool:
            if job.processes is self._processes:
                self._mourn()
            return [self._alone(t) for t in job.transcripts]

    def close(self) -> None:
        """End the processes; what is not begun is dropped."""
        if self._processes is not None:
            self._processes.shutdown(wait=True, cancel_futures=True)
            self._processes = None

    def _here(self, transcript: Transcript) -> VerdictRows:
        if self._judge is None:
            self._judge = self._source.build()
        return worker.judge_one(self._judge, transcript, self._source.answer)

    def _alone(self, transcript: Transcript) -> VerdictRows:
        """Judge a conversation that may kill its worker, without dying of it."""
        processes = self._start()
        if processes is None:
            return self._here(transcript)
        try:
            return _send(processes, [transcript]).result()[0]
        except BrokenProcessPool:
            self._mourn()
            if self._workers == 1:
                return self._here(transcript)
            return rows_of_failure("the judging process died on this conversation", "worker_died")

    def _mourn(self) -> None:
        """Put a broken pool away; give up on processes when none of its workers ever came up."""
        came_up = self._ready is not None and self._ready.done() and self._ready.exception() is None
        if not came_up:
            # The judge cannot be built there, or the calling script has no __main__ guard.
            # This process can still judge.
            self._workers = 1
        self.close()

    def _start(self) -> ProcessPoolExecutor | None:
        """The processes, started when first needed; None when this process must judge."""
        if self._workers == 1:
            return None
        if self._processes is None:
            parts = (self._source.factory, self._source.args, self._source.kwargs)
            if not _can_be_sent(parts):
                self._workers = 1
                return None
            # Never fork: the caller may hold threads and locks (a notebook, an event loop).
            methods = multiprocessing.get_all_start_methods()
            method = "forkserver" if "forkserver" in methods else "spawn"
            self._processes = ProcessPoolExecutor(
                self._workers,
                mp_context=multiprocessing.get_context(method),
                initializer=worker.start,
                initargs=parts,
            )
            self._ready = self._processes.submit(worker.ready)
        return self._processes


def _can_be_sent(parts: object) -> bool:
    try:
        pickle.dumps(parts)
    except Exception:  # pickle raises whatever an object's own hooks raise
        return False
    return True


def _send(
    processes: ProcessPoolExecutor, transcripts: Sequence[Transcript]
) -> Future[list[VerdictRows]]:
    try:
        return processes.submit(worker.judge_many, [wire.dump(t) for t in transcripts])
    except BrokenProcessPool as broken:
        future: Future[list[VerdictRows]] = Future()
        future.set_exception(broken)
        return future
