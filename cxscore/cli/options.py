"""Options several commands share, and how results leave the process."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

store = click.option(
    "--store",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("cxscore.db"),
    show_default=True,
    help="The ledger file; commands that score make it when it is not there.",
)
as_json = click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one JSON object on stdout and nothing else there.",
)
rubric_made_with = click.option(
    "--rubric", help="The rubric the scores were made with, where it is not a packaged one."
)
config = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Settings file; without it cxscore.toml of the current folder, where there is one.",
)


class Day(click.ParamType[datetime]):
    """A date (``2026-10-25``) or a time with a zone; a bare date is its midnight in UTC."""

    name = "date"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read the value, or fail with a sentence."""
        if isinstance(value, datetime):
            return value
        try:
            time = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a date; write it as 2026-10-25", param, ctx)
        return time if time.tzinfo else time.replace(tzinfo=UTC)


class Share(click.ParamType[float]):
    """A share: ``1%`` or ``0.01``."""

    name = "share"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read the value, or fail with a sentence."""
        text = str(value).strip()
        try:
            share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            self.fail(f"{value!r} is not a share; write 1% or 0.01, between 0 and 1", param, ctx)
        return share


def print_json(value: object) -> None:
    """One JSON object on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
