"""Puts the helpers of these tests on the path, and keeps the machine's own proxies and keys out."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

for _folder in (Path(__file__).parent, *(Path(__file__).parents[1] / n for n in ("live", "run"))):
    if str(_folder) not in sys.path:
        sys.path.insert(0, str(_folder))


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith(("OPENAI_", "ANTHROPIC_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test")
    # A closed port: a test that forgets its server reaches nobody. Servers write their own over it.
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")


@pytest.fixture(autouse=True)
def nothing_checked() -> None:
    import batched  # on the path only now

    batched._CHECKED.clear()
