"""``cxscore kpis``."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from cxscore.cli import options


@click.command(
    "kpis",
    epilog="""\b
Examples:
  cxscore kpis
  cxscore kpis --from 2026-10-19 --to 2026-10-26 --compare previous
  cxscore kpis --by vendor --kpi D11 --kpi V1
  cxscore kpis --tier resolution --tag google --benchmarks benchmarks.yaml
  cxscore kpis --holdout arm=control --kpi D11
  cxscore kpis --json --members > kpis.json
\b
Money, time zone and the last day delivered come from cxscore.toml. A rate of which the judge left
more than a fifth open is refused, with what it lies between.
""",
)
@options.store
@options.first_day
@options.last_day
@click.option("--by", help="One more table for each value: vendor, topic, channel, language …")
@click.option("--compare", type=click.Choice(["previous"]), help="Beside the period before.")
@click.option("--kpi", "ids", multiple=True, help="Only this KPI; may be given again.")
@click.option(
    "--tier",
    "tiers",
    multiple=True,
    type=click.Choice(["resolution", "experience", "business", "operations"]),
    help="Only this tier; may be given again.",
)
@click.option("--tag", "tags", multiple=True, help="Only a framework's: google, microsoft:reason.")
@click.option(
    "--holdout", metavar="ATTRIBUTE=VALUE", help="Beside those the change was held back from."
)
@click.option(
    "--benchmarks",
    type=click.Path(path_type=Path, dir_okay=False),
    help="YAML of published figures; shown only beside their own definition.",
)
@click.option(
    "--pairs",
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV of labelled pairs, for the error of linking: earlier, later, same_issue.",
)
@click.option(
    "--self-service",
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV of help-centre sessions, for deflection.",
)
@click.option("--members", is_flag=True, help="With --json: the conversations of every number.")
@options.config
@options.as_json
def command(
    store: Path,
    first: date | None,
    last: date | None,
    by: str | None,
    compare: str | None,
    ids: tuple[str, ...],
    tiers: tuple[str, ...],
    tags: tuple[str, ...],
    holdout: str | None,
    benchmarks: Path | None,
    pairs: Path | None,
    self_service: Path | None,
    members: bool,
    config: Path | None,
    as_json: bool,
) -> None:
    """Every KPI with its interval, its conversations and what is not known."""
    from cxscore.desk.kpis import Asked, kpis
    from cxscore.desk.kpis_told import kpis_json, kpis_text

    found = kpis(
        Asked(
            store=store,
            first=first,
            last=last,
            by=by,
            compare=compare is not None,
            ids=ids,
            tiers=tiers,
            tags=tags,
            holdout=holdout,
            benchmarks=benchmarks,
            pairs=pairs,
            config=config,
            self_service=self_service,
        )
    )
    if as_json:
        options.print_json(kpis_json(found, members=members))
    else:
        options.print_text(kpis_text(found))
