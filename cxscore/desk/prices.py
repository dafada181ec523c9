"""The prices a workspace pays."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cxscore.errors import ConfigError
from cxscore.readers import settings
from cxscore.readers.yaml_file import read_yaml
from cxscore.resources import prices_path
from cxscore.run.money import Price, Prices

__all__ = ["read_prices", "workspace_prices"]


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: str = Field(min_length=1)
    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cache_read: float | None = Field(default=None, ge=0)
    cache_write: float | None = Field(default=None, ge=0)
    batch_discount: float = Field(default=0.0, ge=0, le=1)
    date: date
    source: str


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    schema_: int = Field(alias="schema", ge=1, le=1)
    prices: list[_Line]


def workspace_prices(config: Path | None) -> Prices:
    """The prices of the settings file, or the packaged ones.

    Args:
        config: the settings file; None: ``cxscore.toml`` of the current folder, where there is one.

    Raises:
        ConfigError: the settings or the prices cannot be used.
    """
    path = config or settings.beside(Path())
    named = settings.load(path).prices.file
    if named is None or path is None:
        return read_prices(prices_path())
    return read_prices(path.parent / named)


def read_prices(path: Path) -> Prices:
    """The prices of a file.

    Raises:
        ConfigError: it is not there, is not YAML, or a line cannot be used.
    """
    document = read_yaml(path)
    try:
        read = _File.model_validate(document)
    except ValidationError as error:
        raise ConfigError(_sentence(error, document), path=str(path)) from None
    prices = tuple(
        Price(**{**line.model_dump(), "date": line.date.isoformat()}) for line in read.prices
    )
    return Prices(prices=prices, path=str(path))


def _sentence(error: ValidationError, document: object) -> str:
    first = error.errors()[0]
    place = list(first["loc"])
    if len(place) < 2 or place[0] != "prices" or not isinstance(document, dict):
        return f"{'.'.join(map(str, place)) or 'the file'}: {first['msg'].lower()}"
    line = document["prices"][place[1]]
    model = line.get("model") if isinstance(line, dict) else None
    which = f"price of {model}" if model else f"price number {int(place[1]) + 1}"
    field = ".".join(map(str, place[2:]))
    return f"{which}: {field}: {first['msg'].lower()}"
