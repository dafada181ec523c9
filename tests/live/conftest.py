"""Puts the helpers of these tests, and the stub judges of tests/run, on the path."""

from __future__ import annotations

import sys
from pathlib import Path

for _folder in (Path(__file__).parent, Path(__file__).parents[1] / "run"):
    if str(_folder) not in sys.path:
        sys.path.insert(0, str(_folder))
