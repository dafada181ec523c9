"""``cxscore.toml``: what a workspace tells about its tools, times and money."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cxscore.errors import ConfigError

FILE_NAME = "cxscore.toml"


class Tools(BaseModel):
    """Which tools of the log change something."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    write: tuple[str, ...] | None = None
    """Name patterns (``cancel_*``) of tools that change state; None: the documented defaults."""
    read: tuple[str, ...] | None = None
    """Name patterns of tools that only look; None: the documented defaults."""


class Settings(BaseModel):
    """A workspace's settings; a missing file means all defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tools: Tools = Tools()
    workspace: dict[str, Any] = Field(default_factory=dict)
    """Name, time zone, currency and go-live date: used by the KPI pages."""
    costs: dict[str, Any] = Field(default_factory=dict)
    """Money per unit: used by the KPI pages."""


def load(path: Path | None) -> Settings:
    """Read a settings file; None reads nothing and returns the defaults.

    Raises:
        ConfigError: the file is not there, is not TOML or holds an unknown key.
    """
    if path is None:
        return Settings()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError("there is no such settings file", path=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the settings file cannot be read: {error}", path=str(path)) from None
    try:
        return Settings.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        place = int(line.group(1)) if line else None
        raise ConfigError(f"not valid TOML: {error}", path=str(path), line=place) from None
    except ValidationError as error:
        raise ConfigError(_sentence(error), path=str(path)) from None


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] != "extra_forbidden":
        return f"{key}: {first['msg'].lower()}, found {first['input']!r}"
    model = Tools if key.startswith("tools.") else Settings
    allowed = list(model.model_fields)
    close = difflib.get_close_matches(key.rsplit(".", 1)[-1], allowed, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"unknown key {key!r}, allowed are {', '.join(allowed)}{hint}"


def beside(folder: Path) -> Path | None:
    """The settings file of a folder, or None when it has none."""
    path = folder / FILE_NAME
    return path if path.is_file() else None
