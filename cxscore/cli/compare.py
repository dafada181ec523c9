"""``cxscore compare``."""

from __future__ import annotations

from pathlib import Path

import click

from cxscore.cli import options


@click.command(
    "compare",
    epilog="""\b
Examples:
  cxscore compare embedded openai:gpt-4o-mini
  cxscore compare cx@3f2a cx@9b1c --flips 20
  cxscore compare cx@3f2a cx@9b1c --split calibrate
  cxscore compare "gpt-4o-mini cx@3f2a" "gpt-4o-mini cx@9b1c" --json
""",
)
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@options.store
@click.option("--rubric", help="Rubric file, where the store has not kept the verdicts' rubric.")
@click.option(
    "--flips",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="How many changed conversations of each criterion to list.",
)
@click.option(
    "--split",
    type=click.Choice(["tune", "calibrate", "anchor"]),
    default="tune",
    show_default=True,
    help="Whose labels agreement with people is held against; looks at calibrate are counted.",
)
@options.as_json
def command(
    a: str, b: str, store: Path, rubric: str | None, flips: int, split: str, as_json: bool
) -> None:
    """Compare two judges, rubrics, prompts or models on the same stored conversations.

    A and B are words that single out one judge with one rubric: a fingerprint, a rubric's
    id@digest, a model's name, or several of them in quotation marks.
    """
    from cxscore.desk.compare import compare, comparison_json, comparison_text
    from cxscore.label import Split

    found = compare(store, a, b, rubric=rubric, split=Split(split))
    if as_json:
        options.print_json(comparison_json(found))
    else:
        click.echo(comparison_text(found, flips=flips))
