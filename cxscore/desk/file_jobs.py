"""What a file batch is judged by: noted with it, so that import and next export judge alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from cxscore.desk.judge_names import ModelJudge
from cxscore.desk.judging import ModelOptions
from cxscore.desk.kb import articles_in
from cxscore.desk.rubrics import open_rubric
from cxscore.desk.score import Job, kept_history, tool_rules
from cxscore.store import Batch, Ledger
from cxscore.transcript import Record


def stored_records(ledger: Ledger, ids: tuple[str, ...] | None = None) -> Iterator[Record]:
    """Stored conversations: all, or those named."""
    if ids is None:
        for judged in ledger.walk():
            yield judged.record
        return
    for name in ids:
        found = ledger.one(name)
        if found is not None:
            yield found.record


def file_judge(job: Job, ledger: Ledger) -> ModelJudge:
    """A job's judge, whose model nobody asks."""
    articles = None if job.knowledge is None else articles_in(job.knowledge)
    return ModelJudge(
        name=job.judge,
        rubric=open_rubric(job.rubric),
        history=kept_history(ledger, articles, job.knowledge_as_of),
        secret=ledger.secret,
        prompt=job.model.prompt,
        scoring=job.model.scoring,
        config=job.config,
        unasked=True,
        tools=tool_rules(job.config),
    )


def noted(job: Job) -> dict[str, Any]:
    """What an import and the next export need to judge as this export did."""
    as_of = job.knowledge_as_of
    return {
        "model": job.judge,
        "rubric": _absolute(job.rubric),
        "knowledge": None if job.knowledge is None else str(job.knowledge.resolve()),
        "knowledge_as_of": None if as_of is None else as_of.isoformat(),
        "prompt": _absolute(job.model.prompt),
        "scoring": job.model.scoring,
        "config": None if job.config is None else str(job.config.resolve()),
    }


def _absolute(name: str) -> str:
    path = Path(name)
    return str(path.resolve()) if path.is_file() else name


def job_of(batch: Batch, store: Path) -> Job:
    """The job a file batch was made by."""
    noted = batch.job
    as_of = noted["knowledge_as_of"]
    return Job(
        paths=(),
        store=store,
        knowledge=None if noted["knowledge"] is None else Path(noted["knowledge"]),
        knowledge_as_of=None if as_of is None else datetime.fromisoformat(as_of),
        rubric=noted["rubric"],
        judge=noted["model"],
        config=None if noted["config"] is None else Path(noted["config"]),
        model=ModelOptions(prompt=noted["prompt"], scoring=noted["scoring"]),
    )
