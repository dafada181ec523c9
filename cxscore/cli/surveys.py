"""``cxscore surveys``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from cxscore.cli import options


@click.command(
    "surveys",
    epilog="""\b
Examples:
  cxscore surveys
  cxscore surveys --out surveys.html
  cxscore surveys month.csv --judge score --human qa --answer csat --stream handler
\b
Without FILE: the surveys, verdicts and labels of the store; cxscore.toml says how answers read on a
criterion's scale. With FILE: one conversation a row, all three on one scale. Labels must be drawn
at random among those who answered and among those who did not: cxscore sample --design survey.
""",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--judge", help="Column of the judge's levels.")
@click.option("--human", help="Column of people's levels; empty: not labelled.")
@click.option("--answer", help="Column of customers' answers; empty: none.")
@click.option("--stream", help="Column of who served it.")
@click.option(
    "--satisfied-from", type=float, default=4.0, show_default=True, help="Satisfied from here on."
)
@options.store
@options.config
@click.option("--rubric", help="Rubric the verdicts were made with, where it is not packaged.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write a page with pictures."
)
@options.as_json
def command(
    file: Path | None,
    judge: str | None,
    human: str | None,
    answer: str | None,
    stream: str | None,
    satisfied_from: float,
    store: Path,
    config: Path | None,
    rubric: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """What surveys hide: judge bias, who answers, and how customers differ from reviewers."""
    from cxscore.desk.surveys import (
        surveys_file,
        surveys_json,
        surveys_lines,
        surveys_store,
        write_page,
    )

    if file is None:
        if judge or human or answer or stream:
            raise click.UsageError("--judge, --human, --answer and --stream name columns of a FILE")
        found = surveys_store(store, config=config, rubric=rubric)
    else:
        if not (judge and human and answer and stream):
            raise click.UsageError("a FILE needs --judge, --human, --answer and --stream")
        found = (
            surveys_file(
                file,
                judge=judge,
                human=human,
                answer=answer,
                stream=stream,
                satisfied_from=satisfied_from,
            ),
        )
    written = None if out is None else write_page(found, out, now=datetime.now(UTC))
    if as_json:
        told = [surveys_json(one) for one in found]
        options.print_json({"surveys": told, "page": None if written is None else str(written)})
        return
    click.echo("\n\n".join("\n".join(surveys_lines(one)) for one in found))
    if written is not None:
        click.echo(f"wrote {written}")
