"""Options several commands share, and how results leave the process."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cxscore.kpi.periods import EARLIEST, LATEST

if TYPE_CHECKING:
    from cxscore.run.forecast import Forecast

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


class CalendarDay(click.ParamType[date]):
    """A day of the calendar, in the workspace's time zone."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the value, or fail with a sentence."""
        if isinstance(value, date):
            return value
        try:
            day = date.fromisoformat(str(value).strip())
        except ValueError:
            self.fail(f"{value!r} is not a day; write it as 2026-10-25", param, ctx)
        # Beyond, a calendar has no day before or after, and a clock no second.
        if not EARLIEST <= day <= LATEST:
            self.fail(f"{value} is out of reach; allowed: {EARLIEST} to {LATEST}", param, ctx)
        return day


first_day = click.option("--from", "first", type=CalendarDay(), help="First day.")
last_day = click.option("--to", "last", type=CalendarDay(), help="Day after the last.")


class Repeats(click.ParamType[Any]):
    """How many are asked twice: a share (``1%``, at least 20), a number, or 0."""

    name = "repeats"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the value as (share, least), or fail with a sentence."""
        if isinstance(value, tuple):
            return value
        text = str(value).strip()
        if text.isdecimal():
            return 0.0, int(text)
        share = Share().convert(text, param, ctx)
        return share, LEAST_REPEATS if share else 0


LEAST_REPEATS = 20


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


_MODEL_OPTIONS = (
    click.option(
        "--prompt",
        default="rubric",
        metavar="VERSION|FILE",
        help="Prompt of a judge that asks a model: a packaged version such as 1, or a .jinja file."
        "  [default: the newest]",
    ),
    click.option(
        "--scoring",
        type=click.Choice(["level", "expected"]),
        default="level",
        show_default=True,
        help="expected: also the mean level over token probabilities, where the provider has them.",
    ),
    click.option(
        "--concurrency",
        type=click.IntRange(min=1),
        default=16,
        show_default=True,
        help="Asks in flight at most.",
    ),
    click.option(
        "--repeats",
        type=Repeats(),
        default="1%",
        show_default=True,
        help="Ask about so many conversations twice and print how often the outcome flips: a share"
        f" (at least {LEAST_REPEATS}), a number, or 0.",
    ),
    click.option(
        "--budget-usd",
        type=click.FloatRange(min=0),
        help="Stop before this run's calls cost more; the same command goes on from there.",
    ),
    click.option(
        "--dry-run",
        is_flag=True,
        help="Forecast calls, tokens, cost and time from the asks of a sample; no call is made.",
    ),
)


def of_models(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a judge that asks a model."""
    for option in reversed(_MODEL_OPTIONS):
        command = option(command)
    return command


kb = click.option(
    "--kb",
    type=click.Path(path_type=Path),
    help="Folder of help articles. Without it the dated snapshots of the store are used, if any.",
)
kb_as_of = click.option(
    "--kb-as-of",
    type=Day(),
    help="The day the folder stands for; without it the articles count as current for all.",
)
max_failed = click.option(
    "--max-failed",
    type=Share(),
    default="1%",
    show_default=True,
    help="Share of conversations that may fail before the exit code is 3.",
)


def print_json(value: object, *, indent: int | None = 2) -> None:
    """One JSON object on stdout; what a terminal would obey is written as an escape."""
    from cxscore.report.words import UNPRINTABLE

    text = json.dumps(value, ensure_ascii=False, indent=indent)
    click.echo(UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def print_text(text: str) -> None:
    """Lines for people, without what a terminal would obey."""
    from cxscore.report.words import printable

    click.echo(printable(text))


def print_forecast(found: Forecast, *, as_json: bool) -> None:
    """A forecast on stdout."""
    from cxscore.desk.spending import forecast_json, forecast_text

    if as_json:
        print_json(forecast_json(found))
    else:
        click.echo(forecast_text(found))
