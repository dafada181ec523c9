"""Checks an installation from outside: where it lies, what it carries, what its facade offers."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cxscore
from cxscore.resources import data_dir


def problems(*, inside: Path | None, outside: Path | None) -> list[str]:
    """What is wrong with the installation this interpreter imports; empty when nothing is."""
    found = []
    package = Path(cxscore.__file__).resolve().parent
    if inside is not None and not package.is_relative_to(inside):
        found.append(f"cxscore is imported from {package}, not from the checkout {inside}")
    if outside is not None and package.is_relative_to(outside):
        found.append(f"cxscore is imported from the checkout: {package}")
    if not (package / "py.typed").is_file():
        found.append("py.typed is missing: type checkers will ignore the annotations")
    found += [
        f"{kind}/ holds no file"
        for kind in ("prompts", "prices", "rubrics", "examples")
        if not any(p.is_file() for p in data_dir(kind).rglob("*"))
    ]
    if not (data_dir("rubrics") / "cx.yaml").is_file():
        found.append("rubrics/cx.yaml is missing")
    found += [f"cxscore.{n} does not resolve" for n in cxscore.__all__ if not hasattr(cxscore, n)]
    return found


def main() -> int:
    """Print the problems; 1 when there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inside", type=Path, help="The checkout it must be imported from.")
    parser.add_argument("--outside", type=Path, help="The checkout it must not be imported from.")
    options = parser.parse_args()
    found = problems(inside=options.inside, outside=options.outside)
    print("\n".join(found) or f"cxscore {cxscore.__version__} is whole: {cxscore.__file__}")  # noqa: T201 - a script
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
