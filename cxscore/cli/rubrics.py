"""``cxscore rubrics``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from cxscore.cli import options


@click.group(
    "rubrics",
    epilog="\b\nExamples:\n  cxscore rubrics show cx\n  cxscore rubrics check ours.yaml\n"
    "  cxscore rubrics import scorecard.csv --out ours.yaml",
)
def command() -> None:
    """List, show, check and import rubrics."""


@command.command("list")
@options.as_json
def list_(as_json: bool) -> None:
    """List the packaged rubrics."""
    from cxscore.desk.rubrics import catalogue

    entries = catalogue()
    if as_json:
        options.print_json({"rubrics": [asdict(e) for e in entries]})
        return
    for e in entries:
        click.echo(f"{e.id:<14} {e.version:<8} {e.criteria:>3} criteria  {e.title}")


@command.command()
@click.argument("rubric", default="cx")
@options.as_json
def show(rubric: str, as_json: bool) -> None:
    """Show a rubric: criteria, anchors, weights, taxonomies."""
    from cxscore.desk.rubrics import as_json as plain
    from cxscore.desk.rubrics import show

    if as_json:
        options.print_json(plain(rubric))
    else:
        click.echo(show(rubric))


@command.command()
@click.argument("rubric")
@options.as_json
def check(rubric: str, as_json: bool) -> int:
    """Check a rubric: errors make exit code 2, warnings do not."""
    from cxscore.desk.rubrics import check

    findings = check(rubric)
    errors = sum(f.severity == "error" for f in findings)
    if as_json:
        options.print_json({"findings": [asdict(f) for f in findings], "errors": errors})
    else:
        for f in findings:
            click.echo(f"{f.path}:{f.line}: {f.severity}: {f.message}")
        click.echo(f"{errors} errors, {len(findings) - errors} warnings")
    return 2 if errors else 0


@command.command("import")
@click.argument("scorecard", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The YAML file."
)
@click.option("--title", help="Title of the rubric; without it the scorecard's own.")
@options.as_json
def import_(scorecard: Path, out: Path, title: str | None, as_json: bool) -> None:
    """Turn a Zendesk QA, Intercom, Amazon Connect or spreadsheet scorecard into a rubric."""
    from cxscore.desk.rubrics import import_scorecard

    findings = import_scorecard(scorecard, out, title=title)
    if as_json:
        options.print_json({"rubric": str(out), "findings": [asdict(f) for f in findings]})
        return
    click.echo(f"wrote {out}")
    for f in findings:
        click.echo(f"{f.path}:{f.line}: {f.severity}: {f.message}")
