"""``cxscore sample``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from cxscore.cli import options


@click.command(
    "sample",
    epilog="""\b
Examples:
  cxscore sample --plan 3 --share 0.8 --rho 0.6
  cxscore sample -n 60 --out to-label.csv
  cxscore sample -n 120 --design stratified --by stream,band --rater ada --rater bob \\
      --double 40 --packet packets/
\b
Every conversation's chance to be drawn is kept in the store, and stands in the files: without it no
true rate follows from labels. Read them back with cxscore labels import.
""",
)
@options.store
@click.option("-n", "n", type=click.IntRange(min=1), help="How many conversations to draw.")
@click.option(
    "--design",
    "picking",
    type=click.Choice(["random", "stratified", "risk", "survey"]),
    default="random",
    show_default=True,
    help="risk: more of low scores, with known chances; survey: who answered and who did not.",
)
@click.option(
    "--by",
    default="stream,band",
    show_default=True,
    help="Strata, of stream, band (of the score), topic, channel, language.",
)
@click.option(
    "--criterion", default="resolution", show_default=True, help="Whose score makes band and risk."
)
@click.option(
    "--floor", type=click.IntRange(min=0), default=8, show_default=True, help="Least a stratum."
)
@click.option(
    "--double", type=click.IntRange(min=0), default=0, help="How many of them two people rate."
)
@click.option("--rater", "raters", multiple=True, help="Who labels; may be given again.")
@click.option(
    "--seed", type=int, default=1, show_default=True, help="The same seed, the same draw."
)
@click.option(
    "--split",
    type=click.Choice(["tune", "calibrate", "anchor"]),
    default="calibrate",
    show_default=True,
    help="What the labels will be used for.",
)
@click.option("--name", help="Name of the draw.  [default: day, design and seed]")
@click.option(
    "--packet",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for one page and one sheet a rater: no verdict, no claim, no survey.",
)
@click.option("--kb", type=click.Path(path_type=Path), help="Folder of articles for the packets.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="An empty label table (CSV)."
)
@click.option("--plan", "points", type=float, help="Say how many labels ± so many points need.")
@click.option("--share", type=float, default=0.5, show_default=True, help="Expected, for --plan.")
@click.option("--rho", type=float, default=0.0, help="Correlation of judge and people, for --plan.")
@options.rubric_made_with
@options.config
@options.as_json
def command(
    store: Path,
    n: int | None,
    picking: Literal["random", "stratified", "risk", "survey"],
    by: str,
    criterion: str,
    floor: int,
    double: int,
    raters: tuple[str, ...],
    seed: int,
    split: str,
    name: str | None,
    packet: Path | None,
    kb: Path | None,
    out: Path | None,
    points: float | None,
    share: float,
    rho: float,
    rubric: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Draw conversations for people to label, with the chance each had, and plan how many."""
    from cxscore.desk.sample import Sampling, plan, sample

    if points is not None:
        found = plan(store, half_width=points / 100, share=share, rho=rho)
        if as_json:
            options.print_json({"people_only": found.people_only, "with_judge": found.with_judge})
        else:
            click.echo(found.sentence())
        return
    if n is None:
        raise click.UsageError("say how many to draw with -n, or ask with --plan")
    done = sample(
        Sampling(
            store=store,
            n=n,
            picking=picking,
            by=tuple(b.strip() for b in by.split(",") if b.strip()),
            criterion=criterion,
            floor=floor,
            double=double,
            seed=seed,
            split=split,
            name=name,
            raters=raters,
            packet=packet,
            knowledge=kb,
            out=out,
            rubric=rubric,
            config=config,
        ),
        now=datetime.now(UTC),
    )
    if as_json:
        options.print_json(done.to_json())
        return
    click.echo(
        f"{len(done.drawn):,} of {done.population:,} conversations drawn as {done.name}"
        f" ({done.design.value})"
    )
    for stratum, (drawn, whole) in done.strata.items():
        click.echo(f"  {stratum:<28} {drawn:>5} of {whole:,}")
    for file in done.files:
        click.echo(f"wrote {file}")
    if not done.files:
        click.echo("--json lists them; --packet DIR and --out FILE write forms")
