"""``cxscore demo``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cxscore.cli import options
from cxscore.cli.progress import Progress

if TYPE_CHECKING:
    from cxscore.desk.demo import DemoJudge


@click.command(
    "demo",
    epilog="\b\nExamples:\n  cxscore demo && open cxscore-demo/report.html\n"
    "  cxscore demo --judge recorded",
)
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("cxscore-demo"),
    show_default=True,
    help="Where the store and the report go.",
)
@click.option(
    "--judge",
    type=click.Choice(["embedded", "recorded"]),
    default="embedded",
    show_default=True,
    help="Fixed rules, or the replay of a language model's recorded replies.",
)
@options.as_json
def command(folder: Path, judge: DemoJudge, as_json: bool) -> int:
    """Score the example workspace; no key, no network.

    The company, its customers and every conversation of the workspace are invented. With
    `--judge recorded` the replies a language model once gave are judged again: they show the
    product and prove no accuracy.
    """
    from cxscore.desk.demo import demo

    with Progress() as progress:
        result = demo(folder, now=datetime.now(UTC), judge=judge, on_progress=progress.show)
    if as_json:
        options.print_json(result.to_json())
    else:
        click.echo(result.screen)
    return 0
