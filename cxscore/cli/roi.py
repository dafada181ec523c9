"""``cxscore roi``."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from cxscore.cli import options


@click.command(
    "roi",
    epilog="""\b
Examples:
  cxscore roi
  cxscore roi --scenario low --from 2026-09-01 --to 2026-10-01
  cxscore roi --contact-share 0.6 --json
\b
Costs come from cxscore.toml. What the AI solves is easier than the average contact, so low, mid and
high value an avoided one at 50, 75 and 100 % of it: our guess, name your own. The interval is the
true rate's.
""",
)
@options.store
@options.first_day
@options.last_day
@click.option("--scenario", type=click.Choice(["low", "mid", "high"]), help="Only this one.")
@click.option("--contact-share", type=float, help="Cost of an avoided contact, share of average.")
@options.config
@options.as_json
def command(
    store: Path,
    first: date | None,
    last: date | None,
    scenario: str | None,
    contact_share: float | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """What true resolutions are worth against all they cost, in scenarios."""
    from cxscore.desk.roi import roi, roi_json, roi_text

    found = roi(
        store,
        first=first,
        last=last,
        scenario=scenario,
        contact_share=contact_share,
        config=config,
    )
    if as_json:
        options.print_json(roi_json(found))
    else:
        options.print_text(roi_text(found))
