"""A vendor's contract as YAML, and its invoices as CSV."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from cxscore.audit.contract import Breach, Contract
from cxscore.audit.invoice import InvoiceLine
from cxscore.errors import ConfigError, InputError
from cxscore.kpi.periods import EARLIEST, LATEST
from cxscore.readers.csv_file import read_rows
from cxscore.readers.yaml_file import read_yaml
from cxscore.transcript import EXCLUSION_LADDER

_COLUMNS = ("invoice", "vendor", "conversation_id", "date", "outcome", "amount", "currency")


def _number(value: object) -> object:
    # yes is a number to Python.
    if isinstance(value, bool):
        raise ValueError("should be a number")
    return value


Number = Annotated[float, BeforeValidator(_number)]
MOST = 1e9
"""Money beyond this is a slip of the keyboard."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    vendor: str
    price: Number = Field(ge=0, le=MOST)
    currency: str = Field(min_length=1)
    labels: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)
    not_when: tuple[Breach, ...] = ()
    exclusions: tuple[str, ...] = tuple(map(str, EXCLUSION_LADDER))
    window_hours: Number | None = Field(default=None, gt=0)
    definition: str | None = None


def read_contract(path: Path) -> Contract:
    """Read a contract's own rule.

    Raises:
        ConfigError: it cannot be read, or a value is not allowed.
    """
    held = read_yaml(path)
    if not isinstance(held, dict):
        raise ConfigError("the contract holds no keys; see docs/audit.md", path=str(path))
    try:
        found = _File.model_validate(held)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            reason = f"unknown key {key!r}, allowed are {', '.join(_File.model_fields)}"
        else:
            reason = f"{key}: {first['msg'].lower()}, found {first['input']!r}"
        raise ConfigError(reason, path=str(path)) from None
    unknown = [step for step in found.exclusions if step not in set(map(str, EXCLUSION_LADDER))]
    if unknown:
        allowed = ", ".join(map(str, EXCLUSION_LADDER))
        raise ConfigError(f"exclusions: {unknown[0]!r}; allowed: {allowed}", path=str(path))
    returns = {Breach.RETURNED, Breach.RETURNED_THREAD} & set(found.not_when)
    if returns and found.window_hours is None:
        raise ConfigError("not_when names returns: window_hours says within what", path=str(path))
    return Contract(**found.model_dump())


def read_invoice(path: Path) -> tuple[InvoiceLine, ...]:
    """Read an invoice: ``invoice, vendor, conversation_id, date, outcome, amount, currency``.

    Raises:
        ConfigError: it cannot be read, or a column is missing.
        InputError: a line cannot be used.
    """
    lines: list[InvoiceLine] = []
    for at, row in read_rows(path, _COLUMNS):
        line = _line(row, at, path)
        if lines and line.currency != lines[0].currency:
            reason = (
                f"currency {line.currency!r}, the lines before are in {lines[0].currency!r}: an"
                " invoice has one"
            )
            raise InputError(reason, path=str(path), line=at)
        lines.append(line)
    if not lines:
        raise InputError("holds no line", path=str(path))
    return tuple(lines)


def _line(row: dict[str, str], at: int, path: Path) -> InvoiceLine:
    def wrong(name: str, allowed: str) -> InputError:
        reason = f"{name} says {row[name]!r}; allowed: {allowed}"
        return InputError(reason, path=str(path), line=at)

    try:
        day = datetime.fromisoformat(row["date"].strip()).date()
    except ValueError:
        raise wrong("date", "2026-09-30") from None
    if not EARLIEST <= day <= LATEST:
        raise wrong("date", f"{EARLIEST} to {LATEST}")
    try:
        amount = float(row["amount"])
    except (TypeError, ValueError):
        amount = math.nan
    if not abs(amount) <= MOST or "_" in row["amount"]:
        raise wrong("amount", "a number, 0.95 or -0.95")
    return InvoiceLine(
        line=at - 1,
        invoice=(row["invoice"] or "").strip(),
        vendor=(row["vendor"] or "").strip(),
        conversation_id=(row["conversation_id"] or "").strip(),
        day=day,
        outcome=(row["outcome"] or "").strip(),
        amount=amount,
        currency=(row["currency"] or "").strip(),
        note=(row.get("note") or "").strip(),
    )
