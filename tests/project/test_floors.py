"""The floors of the house hold, and the linter that holds them sees what it should see."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")

needs_linter = pytest.mark.skipif(
    not LINTER.exists(), reason="import-linter comes with the dev extra; .ci/run has it"
)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    shutil.copytree(
        ROOT / "cxscore", tmp_path / "cxscore", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(house: Path) -> tuple[int, str]:
    done = subprocess.run(
        [LINTER, "--no-cache"],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(house)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def append(path: Path, line: str) -> None:
    path.write_text(path.read_text("utf-8") + f"\n{line}\n", "utf-8")


@needs_linter
def test_the_house_as_it_stands_passes(house: Path):
    code, text = lint(house)
    assert code == 0, text


@needs_linter
def test_a_stray_module_fails(house: Path):
    (house / "cxscore" / "utils.py").write_text('"""Odds and ends."""\n', "utf-8")
    code, text = lint(house)
    assert code == 1
    assert "cxscore.utils" in text


@needs_linter
@pytest.mark.parametrize(
    ("room", "line", "broken"),
    [
        ("grounding/__init__.py", "import sqlite3", "core does no I/O"),
        ("grounding/__init__.py", "def f():\n    import pathlib", "core does no I/O"),
        ("judges/__init__.py", "import openai", "core does no I/O"),
        ("transcript/eligibility.py", "import cxscore.judging", "No import cycles"),
        ("errors.py", "import cxscore.transcript", "imports only floors below"),
        ("readers/__init__.py", "import cxscore.store", "imports only floors below"),
        ("store/__init__.py", "import asyncio", "asyncio only in run"),
        ("errors.py", "def f():\n    import cxscore.cli", "imports only floors below"),
    ],
)
def test_an_import_against_the_floors_fails(house: Path, room: str, line: str, broken: str):
    append(house / "cxscore" / room, line)
    code, text = lint(house)
    assert code == 1
    assert f"{broken}" in text.partition("Broken contracts")[2]


def test_every_floor_below_the_shops_is_kept_from_io():
    contracts = {
        c["id"]: c
        for c in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"][
            "importlinter"
        ]["contracts"]
    }
    layers = " ".join(contracts["floors"]["layers"]).split("resources")[1].split()
    core = {w.strip("()") for w in layers if w not in {"|", ":"}} - {
        "redaction", "report", "testing"
    }  # fmt: skip
    present = {
        c for c in core if list(ROOT.glob(f"cxscore/{c}.py")) + list(ROOT.glob(f"cxscore/{c}/"))
    }
    kept = {m.removeprefix("cxscore.") for m in contracts["core-without-io"]["source_modules"]}
    assert present <= kept
