"""``cxscore rejudge``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

import click

from cxscore.cli import options
from cxscore.cli.progress import Progress


@click.command(
    "rejudge",
    epilog="""\b
Examples:
  cxscore rejudge --rubric team/returns-2.yaml --judge openai:gpt-4o-mini --limit 200
  cxscore rejudge --judge anthropic:claude-haiku-4-5 --dry-run
  cxscore rejudge --split tune --rubric team/returns-2.yaml
  cxscore rejudge --prompt draft.md.jinja --judge openai:gpt-4o-mini --id A-1042 --id A-1077
\b
The verdicts that pages and tables show stay as they are. cxscore compare shows what would change;
--adopt makes the new judge the judge of record.
""",
)
@options.store
@click.option("--id", "ids", multiple=True, help="Only this conversation; may be given again.")
@click.option(
    "--split",
    type=click.Choice(["tune", "calibrate", "anchor"]),
    help="Only conversations with labels of this split.",
)
@click.option("--rubric", default="cx", show_default=True, help="A packaged rubric or a YAML file.")
@click.option(
    "--judge",
    default="embedded",
    show_default=True,
    help="embedded, a plug-in's name, or a model as for cxscore score.",
)
@options.of_models
@options.kb
@options.kb_as_of
@click.option("--limit", type=click.IntRange(min=1), help="At most so many conversations, by id.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Processes of a judge that asks no model.",
)
@options.config
@options.max_failed
@click.option("--retry-failed", is_flag=True, help="Judge what failed under this judge again.")
@click.option(
    "--adopt",
    is_flag=True,
    help="Make this judge with this rubric the judge of record: pages and tables then show it.",
)
@options.as_json
def command(
    store: Path,
    ids: tuple[str, ...],
    split: str | None,
    rubric: str,
    judge: str,
    prompt: str,
    scoring: Literal["level", "expected"],
    concurrency: int,
    repeats: tuple[float, int],
    budget_usd: float | None,
    dry_run: bool,
    kb: Path | None,
    kb_as_of: datetime | None,
    limit: int | None,
    workers: int | None,
    config: Path | None,
    max_failed: float,
    retry_failed: bool,
    adopt: bool,
    as_json: bool,
) -> int:
    """Judge stored conversations with another judge, rubric, prompt or model, on trial."""
    from cxscore.desk.judging import ModelOptions
    from cxscore.desk.rejudge import Trial, forecast_rejudge, rejudge
    from cxscore.label import Split

    trial = Trial(
        store=store,
        ids=ids,
        split=None if split is None else Split(split),
        knowledge=kb,
        knowledge_as_of=kb_as_of,
        rubric=rubric,
        judge=judge,
        limit=limit,
        workers=workers,
        config=config,
        retry_failed=retry_failed,
        model=ModelOptions(
            prompt=prompt,
            scoring=scoring,
            concurrency=concurrency,
            budget_usd=budget_usd,
            repeat_share=repeats[0],
            repeat_least=repeats[1],
        ),
        adopt=adopt,
    )
    if dry_run:
        options.print_forecast(forecast_rejudge(trial), as_json=as_json)
        return 0
    with Progress() as progress:
        result = rejudge(trial, on_progress=progress.show)
    if as_json:
        options.print_json(result.to_json())
    else:
        click.echo(result.sentence())
        click.echo(f"judge: {result.judge} with {result.rubric}")
    return result.exit_code(max_failed)
