"""``cxscore.toml``: what a workspace tells about its tools, times and money."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, Literal

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


class PricesTable(BaseModel):
    """Where prices stand."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str | None = None
    """Prices file, beside the settings file unless absolute; None: the packaged one."""


class ProviderTable(BaseModel):
    """How one provider is reached."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    headers: dict[str, str] = Field(default_factory=dict)
    """Extra headers on every request; ``$NAME`` stands for an environment variable."""
    ca_bundle: str | None = None
    """PEM file of the certificate authorities to trust."""
    proxy: str | None = None
    """``http://host:port``."""
    key_variable: str | None = None
    """Environment variable that holds the key."""


class RedactionTable(BaseModel):
    """What is taken out of a transcript before a model sees it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ids: tuple[str, ...] = ()
    """Regular expressions of the desk's own ids of persons."""
    protected: tuple[str, ...] = ()
    """Regular expressions of what is never touched, e.g. order numbers."""


class KnowledgeTable(BaseModel):
    """How articles are searched."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    retriever: str = "lexical"
    """``lexical``, or the name of a plug-in's retriever."""


class CascadeTable(BaseModel):
    """When a cascade goes on to its next judge; see ``judges.cascade.Escalation``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    certainty: float = 0.7
    """A level whose judge gives it a smaller probability goes on, 0–1."""
    certainty_of: dict[str, float] = Field(default_factory=dict)
    """Criterion id to a threshold of its own."""
    drift: float = 0.75
    """A level so far from its expected level goes on, in levels."""
    always: tuple[str, ...] = ()
    """Criteria the first judge never settles."""
    never: tuple[str, ...] = ()
    """Criteria whose outcome stands whatever it is."""
    audit_share: float = 0.0
    """Share of conversations, 0–1, the second judge looks at without any doubt."""


class SurveyTable(BaseModel):
    """How a survey's answers read on a criterion's scale."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    criterion: str
    """Criterion of the rubric the survey asks about."""
    levels: dict[str, float]
    """Answer as it stands in the data to a level of that criterion."""
    satisfied_from: float
    """Levels from this one on count as satisfied."""


class Settings(BaseModel):
    """A workspace's settings; a missing file means all defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tools: Tools = Tools()
    topics: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Topic to words of the customer, for conversations whose export names none; in order."""
    prices: PricesTable = PricesTable()
    providers: dict[Literal["openai", "anthropic", "compatible", "instructor"], ProviderTable] = (
        Field(default_factory=dict)
    )
    redaction: RedactionTable = RedactionTable()
    knowledge: KnowledgeTable = KnowledgeTable()
    cascade: CascadeTable = CascadeTable()
    surveys: dict[str, SurveyTable] = Field(default_factory=dict)
    """Kind of survey (``csat``) to how its answers read; without one its gap is not split."""
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


_TABLES: dict[str, type[BaseModel]] = {
    "tools": Tools,
    "prices": PricesTable,
    "providers": ProviderTable,
    "redaction": RedactionTable,
    "knowledge": KnowledgeTable,
    "cascade": CascadeTable,
    "surveys": SurveyTable,
}


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] != "extra_forbidden":
        return f"{key}: {first['msg'].lower()}, found {first['input']!r}"
    table, _, rest = key.partition(".")
    model = _TABLES.get(table, Settings) if rest else Settings
    allowed = list(model.model_fields)
    close = difflib.get_close_matches(key.rsplit(".", 1)[-1], allowed, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"unknown key {key!r}, allowed are {', '.join(allowed)}{hint}"


def beside(folder: Path) -> Path | None:
    """The settings file of a folder, or None when it has none."""
    path = folder / FILE_NAME
    return path if path.is_file() else None
