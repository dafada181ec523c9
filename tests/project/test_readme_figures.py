"""The README's measured limits are those of the result files."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_table_is_generated_from_the_results():
    spec = importlib.util.spec_from_file_location("readme_figures", ROOT / "eval" / "readme.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert script.with_table(text) == text, "run: python eval/readme.py"
