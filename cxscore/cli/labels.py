"""``cxscore labels``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from cxscore.cli import options


@click.group(
    "labels",
    epilog="\b\nExamples:\n  cxscore labels import reviews.csv\n"
    "  cxscore labels import scorecards.json --map label_map.yaml\n  cxscore labels check\n"
    "  cxscore labels disagreements --out differ.html",
)
def command() -> None:
    """Take in labels by people, and check them."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--map",
    "mapping",
    type=click.Path(path_type=Path, dir_okay=False),
    help="label_map.yaml: their columns, questions and answers in our words.",
)
@click.option("--rubric", default="cx", show_default=True, help="A packaged rubric or a YAML file.")
@click.option("--skip-unmapped", is_flag=True, help="Leave out rows the map has no place for.")
@click.option(
    "--skip-unknown", is_flag=True, help="Leave out labels of conversations not in the store."
)
@options.store
@options.as_json
def import_(
    file: Path,
    mapping: Path | None,
    rubric: str,
    skip_unmapped: bool,
    skip_unknown: bool,
    store: Path,
    as_json: bool,
) -> None:
    """Take the labels in FILE (.csv, .tsv, .jsonl, .xlsx, or .json of forms), all or none.

    Columns: conversation_id, criterion, level, rater; leg, time, saw_judge, split, design,
    inclusion_probability, stratum and comment where known. A column for each criterion is read too.
    """
    from cxscore.desk.labels import import_labels

    done = import_labels(
        file,
        store=store,
        rubric=rubric,
        mapping=mapping,
        skip_unmapped=skip_unmapped,
        skip_unknown=skip_unknown,
    )
    if as_json:
        options.print_json(done.to_json())
        return
    click.echo(f"{done.stored:,} labels stored, {done.known:,} known already")
    if done.from_draw:
        click.echo(f"  {done.from_draw:,} got stratum and chance from the draw in the store")
    for u in done.unmapped:
        of = f" of {u.criterion}" if u.criterion else ""
        click.echo(f"  left out, {u.rows:,} rows: {u.what} {u.text!r}{of}, first at line {u.line}")
    for loss in done.losses:
        click.echo(f"  lost in mapping, {loss.criterion}: {loss.sentence}")
    if done.unknown_conversations:
        click.echo(f"  left out: {done.unknown_conversations:,} labels of unknown conversations")
    click.echo(f"Next: cxscore labels check --store {store}")


@command.command("check")
@click.option("--rubric", default="cx", show_default=True, help="A packaged rubric or a YAML file.")
@options.store
@options.as_json
def check(rubric: str, store: Path, as_json: bool) -> int:
    """Check the labels of a store: too few, one answer, one rater, judge in sight, split leaks."""
    from cxscore.desk.labels import check

    found = check(store, rubric=rubric)
    if as_json:
        options.print_json(found.to_json())
        return 2 if found.errors else 0
    click.echo(
        f"{found.labels:,} labels of {found.conversations:,} conversations by"
        f" {found.raters:,} raters"
    )
    for criterion, levels in found.levels.items():
        told = ", ".join(f"{level}: {n:,}" for level, n in levels.items())
        click.echo(f"  {criterion:<18} {told}")
    for f in found.findings:
        click.echo(f"{f.severity}: {f.criterion + ': ' if f.criterion else ''}{f.message}")
    if not found.labels:
        click.echo("no labels; take some in: cxscore labels import FILE")
    return 2 if found.errors else 0


@command.command("disagreements")
@click.option(
    "--split",
    type=click.Choice(["tune", "calibrate", "anchor"]),
    default="tune",
    show_default=True,
    help="Whose labels; reading those of calibrate is a look that is counted.",
)
@click.option("--criterion", help="Only this one.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write all of them: .html, .csv or .xlsx.",
)
@click.option(
    "--most",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="How many of each criterion are listed here.",
)
@options.rubric_made_with
@options.store
@options.config
@options.as_json
def disagreements(
    split: str,
    criterion: str | None,
    out: Path | None,
    most: int,
    rubric: str | None,
    store: Path,
    config: Path | None,
    as_json: bool,
) -> None:
    """Where judge and people differ, with both reasons: what to change in the rubric."""
    from cxscore.desk.disagreements import (
        disagreements,
        disagreements_text,
        write_disagreements,
    )
    from cxscore.label import Split

    found = disagreements(
        store, split=Split(split), criterion=criterion, rubric=rubric, config=config
    )
    if out is not None:
        write_disagreements(found, out, now=datetime.now(UTC), store=store)
    if as_json:
        options.print_json(found.to_json())
        return
    click.echo(disagreements_text(found, most=most))
    if out is not None:
        click.echo(f"wrote {out}")
