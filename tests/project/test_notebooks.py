"""Notebooks run, and what stands in them is what they print.

CXSCORE_UPDATE_DOCS=1 writes the outputs anew.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
MARK = "\x1e"


def _code(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def _printed(cell):
    return "".join("".join(out["text"]) for out in cell["outputs"])


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda p: p.stem)
def test_a_notebook_prints_what_stands_in_it(path, tmp_path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = _code(notebook)
    script = f"\nprint({MARK!r}, end='')\n".join("".join(c["source"]) for c in cells)
    (tmp_path / "notebook.py").write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "notebook.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = done.stdout.split(MARK)
    if os.environ.get("CXSCORE_UPDATE_DOCS"):
        for number, (cell, text) in enumerate(zip(cells, printed, strict=True), 1):
            cell["execution_count"] = number
            lines = text.splitlines(keepends=True)
            out = {"name": "stdout", "output_type": "stream", "text": lines}
            cell["outputs"] = [out] if lines else []
        told = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
        path.write_text(told, encoding="utf-8")
    assert [_printed(cell) for cell in cells] == printed


def test_there_are_notebooks():
    assert len(list(NOTEBOOKS.glob("*.ipynb"))) >= 2
