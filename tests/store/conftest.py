"""Puts the stub judges on the path, for this process and for the workers it starts."""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = str(Path(__file__).parent.parent / "run")
if _HERE not in sys.path:
    sys.path.insert(0, _HERE)
