"""Checks that two wheels carry the same files: one built from the tree, one from the sdist."""

from __future__ import annotations

import sys
from zipfile import ZipFile


def names(path: str) -> set[str]:
    """File names in a wheel, but for its own list of them."""
    with ZipFile(path) as wheel:
        return {name for name in wheel.namelist() if not name.endswith("/RECORD")}


if __name__ == "__main__":
    tree, sdist = names(sys.argv[1]), names(sys.argv[2])
    if tree != sdist:
        sys.exit(f"the sdist builds another wheel; only in one of them: {sorted(tree ^ sdist)}")
