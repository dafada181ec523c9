"""``cxscore surveys``."""

from __future__ import annotations

from pathlib import Path

import click

from cxscore.cli import options


@click.command(
    "surveys",
    epilog="""\b
Examples:
  cxscore surveys month.csv --judge score --human qa --answer csat --stream handler
\b
One conversation a row, all three on one scale. Labels must be drawn at random among those who
answered and among those who did not: cxscore sample --design survey.
""",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--judge", required=True, help="Column of the judge's levels.")
@click.option("--human", required=True, help="Column of people's levels; empty: not labelled.")
@click.option("--answer", required=True, help="Column of customers' answers; empty: none.")
@click.option("--stream", required=True, help="Column of who served it.")
@click.option(
    "--satisfied-from", type=float, default=4.0, show_default=True, help="Satisfied from here on."
)
@options.as_json
def command(
    file: Path,
    judge: str,
    human: str,
    answer: str,
    stream: str,
    satisfied_from: float,
    as_json: bool,
) -> None:
    """What surveys hide: judge bias, who answers, and how customers differ from reviewers."""
    from cxscore.desk.surveys import surveys_file, surveys_json, surveys_lines

    found = surveys_file(
        file,
        judge=judge,
        human=human,
        answer=answer,
        stream=stream,
        satisfied_from=satisfied_from,
    )
    if as_json:
        options.print_json(surveys_json(found))
    else:
        click.echo("\n".join(surveys_lines(found)))
