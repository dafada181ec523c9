"""``cxscore audit``."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from cxscore.cli import options
from cxscore.cli.explain import Share


@click.command(
    "audit",
    epilog="""\b
Examples:
  cxscore audit --claim 83%
  cxscore audit --vendor Grumblethorpe --contract contract.yaml --invoice invoice.csv --out audit/
  cxscore audit --by vendor --json
\b
--out writes audit.html, a letter of two pages, the evidence for every conversation in dispute, and
the list as .csv and .xlsx. Money stands in three columns that are never summed: breaches of the
contract's own rule, what keeps it and is wrong by evidence, and what is not shown.
""",
)
@options.store
@click.option("--vendor", help="Only conversations this vendor's AI took part in.")
@options.first_day
@options.last_day
@click.option("--claim", type=Share(), help="The vendor's figure: 83%.")
@click.option(
    "--contract",
    "contracts",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="YAML of what may be billed; may be given again.",
)
@click.option(
    "--invoice",
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV of what was billed, line by line.",
)
@click.option("--by", type=click.Choice(["vendor"]), help="Vendors under one definition.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the packet."
)
@options.config
@options.as_json
def command(
    store: Path,
    vendor: str | None,
    first: date | None,
    last: date | None,
    claim: tuple[float, int] | None,
    contracts: tuple[Path, ...],
    invoice: Path | None,
    by: str | None,
    out: Path | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Hold a vendor's self-graded resolutions against what happened and what was billed."""
    from cxscore.desk.audit import AuditJob, audit
    from cxscore.desk.audit_told import audit_json, audit_text, write_packet

    job = AuditJob(
        store=store,
        vendor=vendor,
        first=first,
        last=last,
        claim=claim,
        contracts=contracts,
        invoice=invoice,
        by_vendor=by is not None,
        config=config,
    )
    found = audit(job)
    written = () if out is None else write_packet(found, job, out, now=datetime.now(UTC))
    if as_json:
        options.print_json({**audit_json(found), "files": [str(path) for path in written]})
        return
    options.print_text(audit_text(found))
    for path in written:
        click.echo(f"wrote {path}")
