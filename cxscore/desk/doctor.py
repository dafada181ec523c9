"""Looks whether everything a run needs is in place."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from cxscore.errors import CxscoreError
from cxscore.readers import settings
from cxscore.resources import data_dir
from cxscore.store import Ledger

_PACKAGES = (
    "openai",
    "anthropic",
    "tenacity",
    "scikit-learn",
    "bm25s",
    "vaderSentiment",
    "pyarrow",
)
_EXTRAS = {"instructor": "instructor", "datasets": "datasets", "openpyxl": "xlsx"}
_KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at."""

    subject: str
    state: Literal["ok", "missing", "broken"]
    """``missing`` is not an error: something optional is not there."""
    sentence: str


def examine(store: Path, config: Path | None) -> tuple[Finding, ...]:
    """Look at the installation, packaged data, settings and a store; changes nothing."""
    return (*_installation(), *_data(), _settings(config), _store(store))


def _installation() -> Iterator[Finding]:
    found = ".".join(str(part) for part in sys.version_info[:3])
    yield Finding(subject="python", state="ok", sentence=found)
    for name in _PACKAGES:
        yield _package(name, needed="reinstall cxscore")
    for name, extra in _EXTRAS.items():
        yield _package(name, needed=None, extra=extra)
    for key in _KEYS:
        known = bool(os.environ.get(key))
        yield Finding(
            subject=key,
            state="ok" if known else "missing",
            sentence="is set" if known else "is not set; the embedded judge needs no key",
        )


def _package(name: str, *, needed: str | None, extra: str = "") -> Finding:
    try:
        return Finding(subject=name, state="ok", sentence=version(name))
    except PackageNotFoundError:
        if needed:
            return Finding(subject=name, state="broken", sentence=f"is not installed; {needed}")
        hint = f"is not installed; pip install 'cxscore[{extra}]' where it is wanted"
        return Finding(subject=name, state="missing", sentence=hint)


def _data() -> Iterator[Finding]:
    for kind in ("prompts", "rubrics", "examples"):
        try:
            files = sum(1 for path in data_dir(kind).rglob("*") if path.is_file())
            yield Finding(subject=f"{kind}/", state="ok", sentence=f"{files} files")
        except CxscoreError as error:
            yield Finding(subject=f"{kind}/", state="broken", sentence=str(error))


def _settings(config: Path | None) -> Finding:
    path = config or settings.beside(Path())
    if path is None:
        return Finding(subject="settings", state="missing", sentence="no cxscore.toml: defaults")
    try:
        settings.load(path)
    except CxscoreError as error:
        return Finding(subject="settings", state="broken", sentence=str(error))
    return Finding(subject="settings", state="ok", sentence=str(path))


def _store(path: Path) -> Finding:
    if not path.exists():
        return Finding(subject="store", state="missing", sentence=f"{path} is not there yet")
    try:
        with Ledger.open(path, create=False) as ledger:
            held = len(list(ledger.ids()))
    except CxscoreError as error:
        return Finding(subject="store", state="broken", sentence=str(error))
    return Finding(subject="store", state="ok", sentence=f"{path}: {held} conversations")
