"""``cxscore score``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from cxscore.cli import batch as batches
from cxscore.cli import options
from cxscore.cli.progress import Progress

FIRST_SCREEN_UP_TO = 20_000
"""Conversations up to which the first screen is drawn at once; above, the report draws it."""


@click.command(
    "score",
    epilog="""\b
Examples:
  cxscore score chats.jsonl --kb help-centre/
  cxscore score exports/ --kb help-centre/ --kb-as-of 2026-10-01 --out scores.jsonl
  zcat night.jsonl.gz | cxscore score - --format canonical --json
  cxscore score chats.jsonl --kb help-centre/ --judge openai:gpt-4o-mini --dry-run
  cxscore score chats.jsonl --kb help-centre/ --judge openai:gpt-4o-mini --budget-usd 20
  cxscore score chats.jsonl --kb help-centre/ --judge openai:gpt-4o-mini --batch
\b
Run it again over the same or newer exports: what is scored stays scored, what changed is scored
anew, and a run that was stopped goes on where it was.
""",
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@options.kb
@options.kb_as_of
@click.option("--rubric", default="cx", show_default=True, help="A packaged rubric or a YAML file.")
@click.option(
    "--judge",
    default="embedded",
    show_default=True,
    help="embedded, a plug-in's name, or a model: openai:MODEL, anthropic:MODEL,"
    " compatible:MODEL@URL, instructor:PROVIDER/MODEL.",
)
@options.of_models
@batches.of_batches
@options.store
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write one JSON line per conversation, also for those scored earlier.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Read at most so many conversations.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Processes that judge; without it one per processor, at most four.",
)
@click.option("--format", "format_", help="Force an input format instead of detecting it.")
@click.option(
    "--mapping",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Mapping file (YAML) that describes an input format of your own.",
)
@options.config
@options.max_failed
@click.option("--retry-failed", is_flag=True, help="Judge conversations that failed before again.")
@click.option(
    "--rescore-kb", is_flag=True, help="Judge anew what was judged against other articles."
)
@options.as_json
def command(
    paths: tuple[str, ...],
    kb: Path | None,
    kb_as_of: datetime | None,
    rubric: str,
    judge: str,
    prompt: str,
    scoring: Literal["level", "expected"],
    concurrency: int,
    repeats: tuple[float, int],
    budget_usd: float | None,
    dry_run: bool,
    batch: bool,
    finish: Literal["live", "batch"],
    batch_requests: int | None,
    batch_bytes: int | None,
    store: Path,
    out: Path | None,
    limit: int | None,
    workers: int | None,
    format_: str | None,
    mapping: Path | None,
    config: Path | None,
    max_failed: float,
    retry_failed: bool,
    rescore_kb: bool,
    as_json: bool,
) -> int:
    """Score conversations against a rubric and a knowledge base.

    PATH is a file, a folder or - for standard input; formats are detected.
    """
    from cxscore.desk.judging import ModelOptions
    from cxscore.desk.report import first_screen
    from cxscore.desk.score import Job, forecast_job, score_job

    job = Job(
        paths=paths,
        knowledge=kb,
        knowledge_as_of=kb_as_of,
        rubric=rubric,
        judge=judge,
        store=store,
        out=out,
        limit=limit,
        workers=workers,
        format=format_,
        mapping=mapping,
        config=config,
        retry_failed=retry_failed,
        rescore_kb=rescore_kb,
        model=ModelOptions(
            prompt=prompt,
            scoring=scoring,
            concurrency=concurrency,
            budget_usd=budget_usd,
            repeat_share=repeats[0],
            repeat_least=repeats[1],
            batch=batches.choice(
                judge=judge,
                batch=batch,
                finish=finish,
                requests=batch_requests,
                most_bytes=batch_bytes,
            ),
        ),
    )
    if dry_run:
        options.print_forecast(forecast_job(job), as_json=as_json)
        return 0
    with Progress() as progress:
        result = score_job(job, on_progress=progress.show)
    if as_json:
        options.print_json(result.to_json())
    else:
        click.echo(result.sentence())
        if result.tally.graded <= FIRST_SCREEN_UP_TO:
            click.echo(
                f"\n{first_screen(store, now=datetime.now(UTC), rubric=rubric, colour=True)}"
            )
        click.echo(f"\nNext: cxscore report --store {store} · cxscore show ID --store {store}")
    return result.exit_code(max_failed)
