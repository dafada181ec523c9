"""What is written down is true: links, command lines, names, docstrings, versions."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import click
import pytest

from cxscore.cli.main import COMMANDS, LazyGroup

ROOT = Path(__file__).parents[2]
OURS = ["cxscore", "docs", "tests", "bench", "eval", "examples", "prompts", "rubrics", "notebooks"]
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".txt", ".json", ".jsonl", ".csv", ".jinja", ".cfg"}
SKIPPED = {"__pycache__", ".hypothesis", "node_modules", ".ruff_cache"}


def files(*suffixes: str) -> list[Path]:
    """Every file of the project with one of the suffixes, without caches and build results."""
    found = [p for p in ROOT.iterdir() if p.is_file() and not p.name.startswith(".")]
    found += [p for room in (*OURS, ".ci") for p in (ROOT / room).rglob("*") if p.is_file()]
    kept = [p for p in found if not SKIPPED & set(p.parts)]
    return sorted(p for p in kept if not suffixes or p.suffix in suffixes)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


MODULES = [p for p in files(".py") if p.is_relative_to(ROOT / "cxscore")]
PAGES = files(".md")


# Docstrings and annotations ------------------------------------------------------------------


def public(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Public functions and classes of a module, and the public methods of its classes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node.name.startswith("_"):
                continue
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (
                    m
                    for m in node.body
                    if isinstance(m, ast.FunctionDef | ast.AsyncFunctionDef)
                    and not m.name.startswith("_")
                )


def overrides_click(tree: ast.Module, node: ast.AST) -> bool:
    return any(
        isinstance(c, ast.ClassDef)
        and node in c.body
        and any("click." in ast.unparse(b) for b in c.bases)
        for c in tree.body
    )


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_public_name_has_a_docstring(path: Path):
    tree = ast.parse(path.read_text("utf-8"))
    bare = [
        n.name
        for n in public(tree)
        if ast.get_docstring(n) is None
        and not overrides_click(tree, n)
        and not is_told_elsewhere(n)
    ]
    assert bare == []
    assert ast.get_docstring(tree), "a module says what it is about"


def is_told_elsewhere(node: ast.AST) -> bool:
    # The help of a command stands where click reads it, an overload's with its implementation.
    written = [ast.unparse(d) for d in getattr(node, "decorator_list", [])]
    return any("command(" in d or d.endswith("overload") for d in written)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_function_is_annotated(path: Path):
    bare = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            a = node.args
            named = [*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg]
            given = [x for x in named if x is not None and x.arg not in {"self", "cls"}]
            if node.returns is None or any(x.annotation is None for x in given):
                bare.append(f"{node.name}:{node.lineno}")
    assert bare == []


# Names and places ----------------------------------------------------------------------------

# The brackets keep this file from finding itself.
MACHINE = re.compile(
    r"/[w]ork/|/[t]mp/|/[r]oot/|/[h]ome/\w|/[o]pt/\w|file:/[/]|--(?:extra-)?index-[u]rl"
    r"|[p]ypi\.\w+|\bfind-[l]inks"
)


@pytest.mark.parametrize("path", [p for p in files() if p.suffix in TEXT or not p.suffix], ids=name)
def test_no_file_names_a_machine_or_a_registry(path: Path):
    lines = path.read_text("utf-8", errors="replace").splitlines()
    assert [f"{n}: {line}" for n, line in enumerate(lines, 1) if MACHINE.search(line)] == []


def test_no_room_is_a_drawer_for_odds_and_ends():
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
    assert [name(p) for p in MODULES if drawers & set(p.with_suffix("").parts)] == []


def test_constraints_are_plain_pins():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert [x for x in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9._!+-]+", x)] == []
    assert "openai==3.3.0" in lines
    assert not any(x.startswith("cxscore") for x in lines)


def test_every_dependency_has_a_floor_and_a_pin():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    wanted = [w for w in wanted if not w.startswith("cxscore[")]
    pinned = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = {x.partition("==")[0].lower().replace("_", "-") for x in pinned}
    names = {re.split(r"[<>=!\[; ]", w)[0].lower().replace("_", "-") for w in wanted}
    assert names <= pins
    assert [w for w in wanted if ">=" not in w and not w.startswith("types-")] == []
    for capped in ("openai", "anthropic", "tenacity", "instructor", "datasets"):
        assert any(w.startswith(capped) and ",<" in w for w in wanted)


def test_the_makefile_only_wraps_the_commands_of_the_readme():
    readme = (ROOT / "README.md").read_text("utf-8")
    commands = [x[1:] for x in (ROOT / "Makefile").read_text("utf-8").splitlines() if x[:1] == "\t"]
    assert len(commands) == 2
    assert [c for c in commands if c not in readme] == []


def test_the_licence_is_whole():
    licence = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in licence
    assert "END OF TERMS AND CONDITIONS" in licence


# Docs ----------------------------------------------------------------------------------------

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(page: str) -> set[str]:
    heads = re.findall(r"^#+\s+(.*)$", FENCE.sub("", page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.strip().lower()).replace(" ", "-") for h in heads}


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_link_leads_somewhere(path: Path):
    page = path.read_text("utf-8")
    broken = []
    for target in (a or b for a, b in LINK.findall(FENCE.sub("", page))):
        file, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        goal = (path.parent / file) if file else path
        if not goal.exists() or (anchor and anchor not in anchors(goal.read_text("utf-8"))):
            broken.append(target)
    assert broken == []


def command_lines(page: str) -> Iterator[str]:
    """Every ``cxscore …`` line of the shell blocks, continuation lines joined."""
    for block in re.findall(
        r"^```(?:sh|bash|console|shell)\n(.*?)^```", page, re.MULTILINE | re.DOTALL
    ):
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"\s*(?:&&|\|\||\||;)\s*", line.split(" #")[0]):
                words = part.strip().removeprefix("$ ")
                if re.match(r"(?:\S*/)?cxscore\s", words):
                    yield words


def complaint(line: str) -> str | None:
    """Why a command line would be refused before it does anything; None when it would run."""
    words = shlex.split(line)[1:]
    if words[0] in {"-h", "--help", "--version"}:
        return None
    if words[0] not in COMMANDS:
        return f"no command {words[0]}"
    command: click.Command | None = LazyGroup("cxscore").get_command(
        click.Context(click.Command("cxscore")), words.pop(0)
    )
    while isinstance(command, click.Group) and words and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    known = {o for p in command.params for o in (*p.opts, *p.secondary_opts)}
    unknown = [
        w
        for w in words
        if re.match(r"--?[a-z]", w) and w.partition("=")[0] not in known | {"--help", "-h"}
    ]
    if unknown:
        return f"no option {unknown[0]}"
    if isinstance(command, click.Group) and words and words[0] != "--help":
        return f"no command {words[0]}"
    return None


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_command_line_of_the_docs_is_one_of_ours(path: Path):
    lines = list(command_lines(path.read_text("utf-8")))
    assert [(line, why) for line in lines if (why := complaint(line))] == []


def test_the_readme_has_both_commands_between_its_marks():
    readme = (ROOT / "README.md").read_text("utf-8")
    for mark, begin in {"demo": "cxscore demo", "test": "-m pytest"}.items():
        block = readme.split(f"<!-- command: {mark} -->")[1].split("<!-- /command -->")[0]
        line = [x for x in block.splitlines() if x and not x.startswith("```")]
        assert len(line) == 1
        assert line[0].endswith(begin)
        assert "make" not in line[0].split()


def test_the_ci_script_is_valid_shell():
    for script in ("run", "unpack_sdist"):
        subprocess.run(["bash", "-n", ROOT / ".ci" / script], check=True)
