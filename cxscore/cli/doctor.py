"""``cxscore doctor``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from cxscore.cli import options


@click.command("doctor", epilog="\b\nExample:\n  cxscore doctor --store cxscore.db")
@options.store
@options.config
@options.as_json
def command(store: Path, config: Path | None, as_json: bool) -> int:
    """Check the installation, the packaged data, the settings and a store."""
    from cxscore.desk.doctor import examine

    findings = examine(store, config)
    if as_json:
        options.print_json({"findings": [asdict(f) for f in findings]})
    else:
        for f in findings:
            click.echo(f"{f.state:<7} {f.subject:<22} {f.sentence}")
    return 2 if any(f.state == "broken" for f in findings) else 0
