"""Runs a named judge over records, whether it asks a model or not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cxscore.desk.batch_runs import BatchChoice, by_batches
from cxscore.desk.judge_names import (
    ModelJudge,
    Scoring,
    asks_model,
    judge_source,
    model_panel,
)
from cxscore.errors import TranscriptError
from cxscore.grounding.actions import ToolRules
from cxscore.knowledge import KnowledgeBase
from cxscore.rubric import Rubric
from cxscore.run import Progress, Tally, score_records
from cxscore.store import Ledger
from cxscore.transcript import Record
from cxscore.verdict import Judged

if TYPE_CHECKING:
    from cxscore.run.live import LiveOptions
    from cxscore.run.panel import OpenPanel

MOST_WORKERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """How a judge that asks a model goes about it."""

    prompt: str = "rubric"
    """A packaged version or a file."""
    scoring: Scoring = "level"
    concurrency: int = 16
    """Asks in flight at most."""
    budget_usd: float | None = None
    repeat_share: float = 0.01
    """Of the conversations judged, asked twice, 0–1."""
    repeat_least: int = 20
    """At least so many are asked twice."""
    batch: BatchChoice | None = None
    """Ask through the provider's batches; None: ask live."""


MODEL_OPTIONS = ModelOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """Everything a run needs but the judge's name."""

    records: Iterable[Record | TranscriptError]
    ledger: Ledger
    rubric: Rubric
    history: tuple[KnowledgeBase, ...]
    tools: ToolRules
    model: ModelOptions
    config: Path | None = None
    workers: int | None = None
    limit: int | None = None
    on_progress: Callable[[Progress], None] | None = None
    on_result: Callable[[Judged], None] | None = None
    replay_known: bool = False
    rescore_kb: bool = False
    retry_failed: bool = False
    beside: bool = False
    """Verdicts go beside those that pages show."""


def judged_by(name: str, job: Judging) -> Tally:
    """Run the named judge over records.

    Raises:
        InputError: the judge cannot be set up, or its model will answer no ask.
        PluginError: there is no such judge.
        StoreError: the ledger cannot be used, or another run is writing.
    """
    if asks_model(name):
        return _by_model(name, job)
    return score_records(
        job.records,
        ledger=job.ledger,
        judge=judge_source(
            name,
            job.rubric,
            job.history,
            job.tools,
            config=job.config,
            secret=job.ledger.secret,
        ),
        rubric=job.rubric,
        workers=job.workers or min(MOST_WORKERS, os.cpu_count() or 1),
        limit=job.limit,
        on_progress=job.on_progress,
        on_result=job.on_result,
        replay_known=job.replay_known,
        rescore_kb=job.rescore_kb,
        retry_failed=job.retry_failed,
        beside=job.beside,
    )


def _by_model(name: str, job: Judging) -> Tally:
    from cxscore.run.live import score_live

    if job.model.batch is not None:
        return by_batches(
            job.records,
            ledger=job.ledger,
            panel=panel_of(name, job),
            rubric=job.rubric,
            choice=job.model.batch,
            live=live_options(job),
            on_progress=job.on_progress,
            on_result=job.on_result,
        )
    return score_live(
        job.records,
        ledger=job.ledger,
        panel=panel_of(name, job),
        rubric=job.rubric,
        options=live_options(job),
        on_progress=job.on_progress,
        on_result=job.on_result,
    )


def panel_of(name: str, job: Judging) -> OpenPanel:
    """The named model over the rubric judge.

    Raises:
        ConfigError: the settings or the prompt cannot be used.
    """
    return model_panel(
        ModelJudge(
            name=name,
            rubric=job.rubric,
            history=job.history,
            secret=job.ledger.secret,
            prompt=job.model.prompt,
            scoring=job.model.scoring,
            concurrency=job.model.concurrency,
            config=job.config,
            tools=job.tools,
        )
    )


def live_options(job: Judging) -> LiveOptions:
    """A job's options as a live run takes them.

    Raises:
        ConfigError: the prices cannot be used.
    """
    from cxscore.desk.prices import workspace_prices
    from cxscore.run.live import LiveOptions
    from cxscore.run.repeats import RepeatPlan

    return LiveOptions(
        concurrency=job.model.concurrency,
        prices=workspace_prices(job.config),
        budget_usd=job.model.budget_usd,
        repeats=RepeatPlan(share=job.model.repeat_share, least=job.model.repeat_least),
        limit=job.limit,
        replay_known=job.replay_known,
        rescore_kb=job.rescore_kb,
        retry_failed=job.retry_failed,
        beside=job.beside,
    )
