"""The front door is small, everything behind it resolves, and opening it loads nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import cxscore

HEAVY = {"openai", "anthropic", "instructor", "datasets", "sklearn"}
UNNEEDED_FOR_HELP = HEAVY | {
    "numpy", "scipy", "pandas", "pyarrow", "pydantic", "bm25s", "py3langid", "vaderSentiment",
    "jinja2", "yaml", "bs4", "sqlite3", "asyncio", "multiprocessing",
}  # fmt: skip


def modules_after(*command: str) -> set[str]:
    """Top-level modules a fresh interpreter holds after running ``command`` to its exit."""
    script = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sorted({m.partition('.')[0] for m in sys.modules}),"
        " file=sys.stderr))\n" + "\n".join(command)
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


def test_the_facade_has_at_most_25_names():
    assert len(cxscore.__all__) == len(set(cxscore.__all__)) <= 25


def test_every_name_of_the_facade_is_listed_once_and_in_order():
    assert cxscore.__all__ == sorted(cxscore.__all__, key=lambda n: (n[0].islower(), n))
    assert set(cxscore.__all__) <= set(dir(cxscore))


@pytest.mark.parametrize("name", cxscore.__all__)
def test_every_name_resolves(name: str):
    assert getattr(cxscore, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        cxscore.nothing  # noqa: B018 - the access is the test


def test_importing_cxscore_loads_only_itself():
    needs = "import __future__, importlib, typing"
    assert modules_after(needs, "import cxscore") - modules_after(needs) == {"cxscore"}


def test_importing_the_nouns_loads_no_library():
    loaded = modules_after("from cxscore import Conversation, Rubric, Verdict, Label, Estimate")
    assert loaded & (UNNEEDED_FOR_HELP - {"sqlite3"}) == set()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["score", "--help"]])
def test_asking_for_help_loads_no_library(arguments: list[str]):
    loaded = modules_after(
        f"sys.argv = ['cxscore', *{arguments!r}]",
        "from cxscore.cli.main import main",
        "try: code = main()",
        "except SystemExit as stop: code = stop.code",
        "sys.exit(code)",
    )
    assert "click" in loaded
    assert loaded & UNNEEDED_FOR_HELP == set()
