"""Scripts beside the package import what exists: nothing else runs them in every change."""

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(p for folder in ("bench", "eval") for p in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_name_taken_from_the_package_is_there(script):
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cxscore"):
            room = importlib.import_module(node.module)
            for name in node.names:
                if not hasattr(room, name.name):
                    importlib.import_module(f"{node.module}.{name.name}")
