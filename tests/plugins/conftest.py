"""A tiny plug-in, really installed: built from its sources and found by its entry points."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DISTRIBUTION = Path(__file__).parent / "distribution"

Cxscore = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder the tiny distribution was installed into, from a copy of its sources."""
    folder = tmp_path_factory.mktemp("plug-in")
    sources, target = folder / "sources", folder / "site"
    for file in DISTRIBUTION.rglob("*"):
        if file.suffix in {".py", ".toml"}:
            copy = sources / file.relative_to(DISTRIBUTION)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--no-index", "--no-deps", "--no-build-isolation", "--target", str(target), str(sources)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture
def plugged_in(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny distribution on this process's path; gone again afterwards."""
    monkeypatch.syspath_prepend(str(installed))
    yield
    for name in [n for n in sys.modules if n.partition(".")[0] == "cxscore_tiny"]:
        del sys.modules[name]


@pytest.fixture
def cxscore(installed: Path, tmp_path: Path) -> Cxscore:
    """Runs the command line in a folder of its own, with the plug-in installed."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{installed}"}
        command = [sys.executable, "-m", "cxscore", *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=tmp_path, env=env
        )

    return run
