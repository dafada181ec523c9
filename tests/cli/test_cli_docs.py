"""docs/cli.md is the help text, generated; CXSCORE_UPDATE_DOCS=1 writes it anew."""

import os
from pathlib import Path

import click
from click.testing import CliRunner

from cxscore.cli.main import COMMANDS, group

DOCS = Path(__file__).resolve().parents[2] / "docs" / "cli.md"


def help_of(*args: str) -> str:
    result = CliRunner().invoke(
        group, [*args, "--help"], prog_name="cxscore", terminal_width=100, catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return "\n".join(line.rstrip() for line in result.output.splitlines())


def rendered() -> str:
    parts = ["# Command line", "", "Generated from the help texts.", ""]
    pages = [()]
    for name in COMMANDS:
        pages.append((name,))
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            pages += [(name, sub) for sub in command.commands]
    for page in pages:
        parts += [f"## `{' '.join(('cxscore', *page))}`", "", "```text", help_of(*page), "```", ""]
    return "\n".join(parts)


def test_the_page_is_the_help_text():
    if os.environ.get("CXSCORE_UPDATE_DOCS"):
        DOCS.write_text(rendered(), encoding="utf-8")
    assert DOCS.read_text(encoding="utf-8") == rendered()


def test_every_command_shows_an_example():
    for name in COMMANDS:
        assert "Example" in help_of(name), name
