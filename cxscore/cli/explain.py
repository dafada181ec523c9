"""``cxscore explain``."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import click

from cxscore.cli import options


class Share(click.ParamType[Any]):
    """``83%``, ``83.3%`` or ``0.83``."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the value as (share, decimals in percent), or fail with a sentence."""
        text = str(value).strip().replace(",", ".")
        found = re.fullmatch(r"(\d+)(?:\.(\d+))?\s*(%?)", text)
        if found is None:
            self.fail(f"{value!r} is no share; for example 83% or 0.83", param, ctx)
        number, digits = float(text.rstrip("% ")), len(found[2] or "")
        if not found[3]:
            number, digits = number * 100, max(0, digits - 2)
        if not 0 <= number <= 100:
            self.fail(f"{value!r} is no share; for example 83% or 0.83", param, ctx)
        return number / 100, digits


@click.command(
    "explain",
    epilog="""\b
Examples:
  cxscore explain 83%
  cxscore explain 83.3% --ids vendor-resolved.txt
\b
Consistent is not reproduced: only the vendor's own list of conversations (--ids, one a line) can
tell two definitions of one figure apart.
""",
)
@click.argument("figure", type=Share())
@options.store
@options.first_day
@options.last_day
@click.option(
    "--ids",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Ids the vendor counts, one a line.",
)
@options.config
@options.as_json
def command(
    figure: tuple[float, int],
    store: Path,
    first: date | None,
    last: date | None,
    ids: Path | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Which definition, window and denominator a claimed figure is consistent with."""
    from cxscore.desk.explain import explain_figure, explanation_json, explanation_text

    found = explain_figure(store, *figure, first=first, last=last, ids=ids, config=config)
    if as_json:
        options.print_json(explanation_json(found))
    else:
        options.print_text(explanation_text(found))
