"""``cxscore estimate``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import click

from cxscore.cli import options


class Scale(click.ParamType[Any]):
    """Ends of a scale: ``1-5``, ``0-100``."""

    name = "low-high"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the value as (low, high), or fail with a sentence."""
        found = re.fullmatch(r"(-?[\d.]+)\s*[-:]\s*(-?[\d.]+)", str(value))
        try:
            low, high = (float(found[1]), float(found[2])) if found else (0.0, 0.0)
        except ValueError:
            low = high = 0.0
        if not low < high:
            self.fail(f"{value!r} is no scale; for example 1-5 or 0-1", param, ctx)
        return low, high


@click.command(
    "estimate",
    epilog="""\b
Examples:
  cxscore estimate week.csv --judge gpt_resolved --human qa_resolved --design random
  cxscore estimate week.csv --judge score --human qa --strata s --design stratified --scale 1-5
  cxscore estimate all.csv --judge gpt --cheap-judge embedded --human qa --design random
  cxscore estimate risk.csv --judge score --human qa --inclusion-probability p --design targeted
\b
One conversation a row: the judge's level on all, people's on some (empty: not labelled), as numbers
or yes/no. The way the labelled were picked chooses the estimator, or the number is refused.
""",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--judge", required=True, help="Column of the judge's levels.")
@click.option("--human", required=True, help="Column of people's levels; empty: not labelled.")
@click.option("--strata", help="Column of the stratum each was drawn in.")
@click.option("--stream", help="Column of who served it; strata are merged within a stream.")
@click.option("--inclusion-probability", help="Column of each one's chance to be labelled.")
@click.option("--customer", help="Column of the customer; those who come back are one cluster.")
@click.option("--by", help="One more number for each value of this column.")
@click.option(
    "--design",
    type=click.Choice(["random", "stratified", "targeted", "survey_reply", "convenience"]),
    help="How the labelled conversations were picked.",
)
@click.option("--cheap-judge", help="Column of a cheaper judge on all; --judge is then on some.")
@click.option("--asked", help="Column that says yes where --judge was asked.")
@click.option("--scale", type=Scale(), help="Lowest and highest level, e.g. 1-5.")
@click.option(
    "--target",
    type=click.Choice(["served", "process"]),
    default="served",
    show_default=True,
    help="These conversations, or conversations like these (for trends and differences).",
)
@options.as_json
def command(
    file: Path,
    judge: str,
    human: str,
    strata: str | None,
    stream: str | None,
    inclusion_probability: str | None,
    customer: str | None,
    by: str | None,
    cheap_judge: str | None,
    asked: str | None,
    design: str | None,
    scale: tuple[float, float] | None,
    target: Literal["served", "process"],
    as_json: bool,
) -> None:
    """The true mean or rate behind a judge's scores, from the columns of FILE."""
    from cxscore.desk.estimate import Columns, answer_lines, difference_line, estimate_file

    found = estimate_file(
        file,
        Columns(
            judge=judge,
            human=human,
            strata=strata,
            stream=stream,
            inclusion_probability=inclusion_probability,
            customer=customer,
            by=by,
            cheap_judge=cheap_judge,
            asked=asked,
        ),
        design=design,
        scale=scale,
        target=target,
    )
    if as_json:
        options.print_json(found.to_json())
        return
    lines = answer_lines(found.whole)
    for name, one in found.groups.items():
        lines += ["", *answer_lines(one, f"{by} {name}")]
    for name, gap in found.differences.items():
        lines += ["", difference_line(name, gap)]
    click.echo("\n".join(lines))
