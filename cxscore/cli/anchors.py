"""``cxscore anchors``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from cxscore.cli import options
from cxscore.cli.main import EXIT_BUDGET
from cxscore.cli.progress import Progress


@click.command(
    "anchors",
    epilog="""\b
Examples:
  cxscore anchors --judge openai:gpt-4o-mini --times 10    at the freeze
  cxscore anchors --judge openai:gpt-4o-mini               every night
  cxscore drift                                            exit code 4 at an alarm
\b
Anchors are the conversations with labels of the anchor split. Every judging asks afresh.
""",
)
@options.store
@click.option("--judge", required=True, help="A model as for cxscore score.")
@click.option(
    "--times",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How often every anchor is judged now.",
)
@click.option("--rubric", default="cx", show_default=True, help="A packaged rubric or a YAML file.")
@options.of_models
@options.kb
@options.kb_as_of
@options.config
@options.as_json
def command(
    store: Path,
    judge: str,
    times: int,
    rubric: str,
    prompt: str,
    scoring: Literal["level", "expected"],
    concurrency: int,
    repeats: tuple[float, int],
    budget_usd: float | None,
    dry_run: bool,
    kb: Path | None,
    kb_as_of: datetime | None,
    config: Path | None,
    as_json: bool,
) -> int:
    """Judge the frozen anchors afresh and keep their means, for cxscore drift."""
    from cxscore.desk.anchors import AnchorJob, judge_anchors
    from cxscore.desk.judging import ModelOptions

    if dry_run:
        raise click.UsageError("use cxscore rejudge --split anchor --dry-run for what it costs")
    job = AnchorJob(
        store=store,
        judge=judge,
        times=times,
        rubric=rubric,
        knowledge=kb,
        knowledge_as_of=kb_as_of,
        config=config,
        model=ModelOptions(
            prompt=prompt,
            scoring=scoring,
            concurrency=concurrency,
            budget_usd=budget_usd,
            repeat_share=0.0,
            repeat_least=0,
        ),
    )
    with Progress() as progress:
        found = judge_anchors(job, now=lambda: datetime.now(UTC), on_progress=progress.show)
    if as_json:
        options.print_json(
            {
                "judge": found.judge,
                "anchors": found.anchors,
                "judgings": found.judgings,
                "means": [asdict(m) for m in found.means],
                "spending": [t.as_json()["spending"] for t in found.tallies],
                "stopped": found.stopped,
            }
        )
    else:
        click.echo("\n".join(found.lines()))
    return EXIT_BUDGET if found.stopped else 0
