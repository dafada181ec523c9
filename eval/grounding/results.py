"""Where the grounding measurements are written: results.json and the tables of the docs page."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "grounding.md"


def shared_from_command_line(about: str | None) -> Path:
    """The folder that holds ``data/``: --shared, else CXSCORE_SHARED, else beside the checkout."""
    parser = argparse.ArgumentParser(description=about)
    default = Path(os.environ.get("CXSCORE_SHARED", ROOT.parent / "shared"))
    parser.add_argument("--shared", type=Path, default=default)
    folder: Path = parser.parse_args().shared
    return folder


def write(name: str, result: Mapping[str, Any]) -> None:
    """Put one measurement into results.json and its table between the page's markers."""
    path = HERE / "results.json"
    results = json.loads(path.read_text()) if path.exists() else {}
    results[name] = result
    path.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")
    text = table(result)
    begin, end = f"<!-- {name}: generated -->", f"<!-- {name}: end -->"
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(begin, 1)
    PAGE.write_text(f"{before}{begin}\n{text}\n{end}{rest.split(end, 1)[1]}", encoding="utf-8")
    print(text)


def table(result: Mapping[str, Any]) -> str:
    """Rows by key; columns are the members every row shares."""
    columns = list(next(iter(result.values())))
    lines = [f"| | {' | '.join(c.replace('_', ' ') for c in columns)} |"]
    lines.append("|---" * (len(columns) + 1) + "|")
    for key, row in result.items():
        cells = " | ".join(str(row[c]) for c in columns)
        lines.append(f"| {key.replace('_', ' ')} | {cells} |")
    return "\n".join(lines)
