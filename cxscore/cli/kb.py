"""``cxscore kb``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from cxscore.cli import options


@click.group(
    "kb",
    epilog="\b\nExamples:\n  cxscore kb check help-centre/\n"
    "  cxscore kb add help-centre/ --as-of 2026-10-01\n  cxscore kb list",
)
def command() -> None:
    """Add and check knowledge bases."""


@command.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--as-of", type=options.Day(), required=True, help="The day the articles stood like this."
)
@options.store
@options.as_json
def add(folder: Path, as_of: datetime, store: Path, as_json: bool) -> None:
    """Keep a dated snapshot of a folder of articles in the store.

    A conversation is held against the newest snapshot that is not later than it, else the oldest,
    marked, left out of grades. One without a date is held against the newest, marked.
    """
    from cxscore.desk.kb import add

    snapshot = add(store, folder, as_of)
    if as_json:
        options.print_json(asdict(snapshot))
        return
    news = "kept" if snapshot.new else "known already"
    click.echo(
        f"{news}: {snapshot.articles} articles as of {snapshot.as_of}, {snapshot.digest[:12]}"
    )


@command.command("list")
@options.store
@options.as_json
def list_(store: Path, as_json: bool) -> None:
    """List the snapshots a store holds."""
    from cxscore.desk.kb import snapshots

    held = snapshots(store)
    if as_json:
        options.print_json({"snapshots": [asdict(s) for s in held]})
        return
    for s in held:
        click.echo(f"{s.as_of}  {s.articles:>6} articles  {s.digest[:12]}")
    if not held:
        click.echo("no snapshots; add one: cxscore kb add FOLDER --as-of DATE")


@command.command()
@click.argument("folder", type=click.Path(path_type=Path))
@options.as_json
def check(folder: Path, as_json: bool) -> int:
    """Check a folder of articles: unreadable, empty, twice, undated, out of date."""
    from cxscore.desk.kb import check

    findings = check(folder)
    errors = sum(f.severity == "error" for f in findings)
    if as_json:
        options.print_json({"findings": [asdict(f) for f in findings], "errors": errors})
    else:
        for f in findings:
            click.echo(f"{f.path}{f':{f.line}' if f.line else ''}: {f.severity}: {f.message}")
        click.echo(f"{errors} errors, {len(findings) - errors} warnings")
    return 2 if errors else 0
