"""Judges stored conversations again with another judge, rubric, prompt or model, on trial."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from cxscore.desk.judge_names import asks_model
from cxscore.desk.judging import (
    MODEL_OPTIONS,
    Judging,
    ModelOptions,
    judged_by,
    live_options,
    panel_of,
)
from cxscore.desk.kb import articles_in
from cxscore.desk.rubrics import open_rubric
from cxscore.desk.score import Result, kept_history, tool_rules
from cxscore.errors import ConfigError, InputError
from cxscore.label import Split
from cxscore.run import Progress
from cxscore.store import Ledger
from cxscore.transcript import Record

if TYPE_CHECKING:
    from cxscore.run.forecast import Forecast


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What to judge again, and by whom."""

    store: Path
    ids: tuple[str, ...] = ()
    """Only these conversations; empty: all."""
    split: Split | None = None
    """Only conversations with labels of this split."""
    knowledge: Path | None = None
    """Folder of articles; None uses the dated snapshots of the store."""
    knowledge_as_of: datetime | None = None
    rubric: str = "cx"
    judge: str = "embedded"
    limit: int | None = None
    workers: int | None = None
    config: Path | None = None
    retry_failed: bool = False
    model: ModelOptions = MODEL_OPTIONS
    adopt: bool = False
    """Make it the judge of record when the run has ended by itself."""


def rejudge(
    trial: Trial, *, on_progress: Callable[[Progress, int | None], None] | None = None
) -> Result:
    """Judge stored conversations; verdicts go beside those pages show, which stay.

    Raises:
        InputError: what was handed in cannot be used, or an id is not in the store.
        StoreError: there is no store, it cannot be used, or another run is writing.
    """
    with ExitStack() as stack:
        job = _prepared(trial, stack, on_progress)
        tally = judged_by(trial.judge, job)
        if trial.adopt and tally.stopped is None:
            job.ledger.appoint(judge=tally.judge, rubric=job.rubric.ref)
    return Result(
        tally=tally, judge=tally.judge, rubric=job.rubric.ref, store=trial.store, out=None
    )


def forecast_rejudge(trial: Trial) -> Forecast:
    """What a trial would cost; no call is made.

    Raises:
        InputError: what was handed in cannot be used, or the judge asks no model.
        StoreError: there is no store, or it cannot be read.
    """
    from cxscore.run.forecast import forecast

    if not asks_model(trial.judge):
        raise ConfigError(f"the judge {trial.judge!r} asks no model: it costs nothing")
    with ExitStack() as stack:
        job = _prepared(trial, stack, None)
        return forecast(
            job.records,
            ledger=job.ledger,
            panel=panel_of(trial.judge, job),
            rubric=job.rubric,
            options=live_options(job),
        )


def _prepared(
    trial: Trial,
    stack: ExitStack,
    on_progress: Callable[[Progress, int | None], None] | None,
) -> Judging:
    rubric = open_rubric(trial.rubric)
    articles = None if trial.knowledge is None else articles_in(trial.knowledge)
    ledger = stack.enter_context(Ledger.open(trial.store, create=False))
    # Read through a connection of its own: the run reads and writes through the other.
    stored = stack.enter_context(Ledger.open(trial.store, create=False))
    wanted = frozenset(trial.ids)
    known = frozenset(stored.ids())
    if missing := sorted(wanted - known):
        raise InputError(
            f"there is no conversation {missing[0]!r}; {len(missing)} of the ids are not stored",
            path=str(trial.store),
        )
    if trial.split is not None:
        wanted = _of_split(stored, trial.split, wanted or known, trial.store)
    total = len(wanted or known)
    return Judging(
        records=_records(stored, wanted, trial.limit),
        ledger=ledger,
        rubric=rubric,
        history=kept_history(ledger, articles, trial.knowledge_as_of),
        tools=tool_rules(trial.config),
        model=trial.model,
        config=trial.config,
        workers=trial.workers,
        on_progress=None if on_progress is None else lambda p: on_progress(p, total),
        retry_failed=trial.retry_failed,
        beside=True,
    )


def _of_split(stored: Ledger, split: Split, wanted: frozenset[str], store: Path) -> frozenset[str]:
    labelled = {one.conversation_id for one in stored.labels() if one.split is split} & wanted
    if not labelled:
        raise InputError(
            f"no conversation has labels of the {split.value} split; cxscore labels import brings"
            " them",
            path=str(store),
        )
    return frozenset(labelled)


def _records(stored: Ledger, wanted: frozenset[str], limit: int | None) -> Iterator[Record]:
    erased = stored.erased()
    judged = stored.judged(wanted) if wanted else stored.walk()
    words = (j.record for j in judged if j.record.conversation.id not in erased)
    return islice(words, limit)
