"""One judgement, from wire bytes to stored rows; and the process that makes many of them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

from cxscore import wire
from cxscore.errors import EvidenceError, JudgeError, ProviderError, ReplyError
from cxscore.judging import Ask, Judge, Reply, drive
from cxscore.run.source import Answer
from cxscore.store import VerdictRows, rows_of, rows_of_failure
from cxscore.transcript import Transcript

_CODES: tuple[tuple[type[JudgeError], str], ...] = (
    (ProviderError, "provider"),
    (ReplyError, "reply"),
    (EvidenceError, "evidence"),
    (JudgeError, "judge"),
)

_seat: list[Judge] = []
"""This process's judge, once it is built."""


def judge_one(judge: Judge, transcript: Transcript, answer: Answer | None = None) -> VerdictRows:
    """Judge a transcript; whatever a judge raises becomes a failed judgement, never an end."""
    try:
        return rows_of(drive(judge.deliberate(transcript), answer or _nobody))
    except Exception as error:  # a plug-in's judge may raise anything; the run goes on
        return rows_of_error(error)


def rows_of_error(error: Exception) -> VerdictRows:
    """The failed judgement of what a judge raised."""
    if isinstance(error, JudgeError):
        code = next(code for kind, code in _CODES if isinstance(error, kind))
        return rows_of_failure(str(error), code)
    return rows_of_failure(f"{type(error).__name__}: {error}", "crash")


def _nobody(asks: tuple[Ask, ...]) -> tuple[Reply, ...]:
    raise JudgeError(f"the judge asks {len(asks)} questions of a model, and no model is set up")


def start(factory: Callable[..., Judge], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Build this process's judge."""
    # Ctrl-C is the parent's to handle: it stops the workers in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.join,), daemon=True).start()
    _seat[:] = [factory(*args, **kwargs)]


def _end_with(wait: Callable[[], None]) -> None:
    # A run that is shot cannot stop its workers, and they would wait for work for ever.
    wait()
    os._exit(1)


def ready() -> None:
    """Done when a worker has come up with its judge."""


def judge_many(transcripts: list[bytes]) -> list[VerdictRows]:
    """Judge transcripts given as wire bytes, which cross processes cheaper than objects."""
    (judge,) = _seat
    return [judge_one(judge, wire.load(Transcript, t)) for t in transcripts]
