"""Entry point of the command line: finds commands lazily, turns errors into exit codes."""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from typing import NoReturn

import click

from cxscore import __version__
from cxscore.errors import (
    BudgetExceeded,
    CxscoreError,
    InputError,
    PluginError,
    ProviderError,
    StoreError,
)

# Name to module and one-line help: `cxscore --help` imports none of the modules.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("cxscore.cli.demo", "Score the invented example workspace and write its report."),
    "score": ("cxscore.cli.score", "Score conversations; run it again to score only what is new."),
    "rejudge": ("cxscore.cli.rejudge", "Judge stored conversations again, on trial."),
    "compare": ("cxscore.cli.compare", "Compare two judges, rubrics, prompts or models."),
    "batch": ("cxscore.cli.batch", "Asks and replies as files, and what is out in batches."),
    "show": ("cxscore.cli.show", "Show one conversation with its scores and their evidence."),
    "report": ("cxscore.cli.report", "Write the report of a store as one HTML file."),
    "export": ("cxscore.cli.export", "Write scores, claims and conversations as Parquet."),
    "rubrics": ("cxscore.cli.rubrics", "List, show, check and import rubrics."),
    "kb": ("cxscore.cli.kb", "Add and check knowledge bases."),
    "labels": ("cxscore.cli.labels", "Take in labels by people, and check them."),
    "sample": ("cxscore.cli.sample", "Draw conversations for people to label, and plan how many."),
    "estimate": ("cxscore.cli.estimate", "The true rate behind a judge's, from columns."),
    "calibrate": ("cxscore.cli.calibrate", "Can we trust this judge? Scores against labels."),
    "surveys": ("cxscore.cli.surveys", "What surveys hide, in three terms."),
    "anchors": ("cxscore.cli.anchors", "Judge the frozen anchors afresh, for drift."),
    "drift": ("cxscore.cli.drift", "Whether the judge moved, on frozen anchors."),
    "kpis": ("cxscore.cli.kpis", "Every KPI with its interval and its conversations."),
    "roi": ("cxscore.cli.roi", "What true resolutions are worth against all they cost."),
    "audit": ("cxscore.cli.audit", "A vendor's self-graded resolutions, held against the truth."),
    "explain": ("cxscore.cli.explain", "What a claimed figure may mean: 83%."),
    "schema": ("cxscore.cli.schema", "Print the JSON Schema of an input format."),
    "doctor": ("cxscore.cli.doctor", "Check the installation, a store and the settings."),
    "erase": ("cxscore.cli.erase", "Erase a customer's texts, or old ones; numbers stay."),
}

EXIT_OK, EXIT_INTERNAL, EXIT_INPUT, EXIT_FAILED, EXIT_GATE, EXIT_BUDGET = range(6)
EXIT_UNAVAILABLE = 75
EXIT_STOPPED = 130


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  cxscore demo
  cxscore score transcripts/ --kb help-centre/
  cxscore show CONVERSATION-ID
  cxscore report --out report.html
\b
Exit codes: 0 ok · 1 internal error · 2 bad input or usage · 3 more records failed
than --max-failed allows · 4 a gate failed · 5 stopped by budget · 75 provider unavailable
""",
)
@click.version_option(__version__, prog_name="cxscore")
def group() -> None:
    """Score customer-service conversations, and know how far to trust the scores."""


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    wants_json = "--json" in sys.argv[1:]
    try:
        code = group.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(_report(error.format_message(), EXIT_INPUT, wants_json=wants_json, quiet=True))
    except click.Abort:
        sys.exit(_report("stopped", EXIT_STOPPED, wants_json=wants_json))
    except KeyboardInterrupt:
        message = "stopped; the same command goes on where it left off"
        sys.exit(_report(message, EXIT_STOPPED, wants_json=wants_json))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(EXIT_OK)
    except CxscoreError as error:
        sys.exit(_report(str(error), exit_code(error), wants_json=wants_json))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        message = f"{where}{error.strerror or error}"
        sys.exit(_report(message, EXIT_INPUT, wants_json=wants_json))
    except Exception as error:
        traceback.print_exc()
        message = f"internal error, please report it with the lines above: {error!r}"
        sys.exit(_report(message, EXIT_INTERNAL, wants_json=wants_json))
    sys.exit(code if isinstance(code, int) else EXIT_OK)


def exit_code(error: CxscoreError) -> int:
    """The exit code an error stands for."""
    if isinstance(error, InputError | StoreError | PluginError):
        return EXIT_INPUT
    if isinstance(error, BudgetExceeded):
        return EXIT_BUDGET
    return EXIT_UNAVAILABLE if isinstance(error, ProviderError) else EXIT_INTERNAL


def _report(message: str, code: int, *, wants_json: bool, quiet: bool = False) -> int:
    from cxscore.cli import options
    from cxscore.report.words import printable

    if not quiet:
        click.echo(f"error: {printable(message)}", err=True)
    if wants_json:
        options.print_json({"error": message, "exit_code": code}, indent=None)
    return code
