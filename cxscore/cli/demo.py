"""``cxscore demo``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from cxscore.cli import options
from cxscore.cli.progress import Progress


@click.command("demo", epilog="\b\nExample:\n  cxscore demo && open cxscore-demo/report.html")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("cxscore-demo"),
    show_default=True,
    help="Where the store and the report go.",
)
@options.as_json
def command(folder: Path, as_json: bool) -> int:
    """Score the example workspace with the embedded judge; no key, no network.

    The company, its customers and every conversation of the workspace are invented.
    """
    from cxscore.desk.demo import demo

    with Progress() as progress:
        result = demo(folder, now=datetime.now(UTC), on_progress=progress.show)
    if as_json:
        options.print_json(result.to_json())
    else:
        click.echo(result.screen)
    return 0
