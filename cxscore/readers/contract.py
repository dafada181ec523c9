"""A vendor's contract as YAML, and its invoices as CSV."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cxscore.audit.contract import Breach, Contract
from cxscore.audit.invoice import InvoiceLine
from cxscore.errors import ConfigError, InputError
from cxscore.transcript import EXCLUSION_LADDER

_COLUMNS = ("invoice", "vendor", "conversation_id", "date", "outcome", "amount", "currency")


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    vendor: str
    price: float = Field(ge=0)
    currency: str
    labels: tuple[str, ...] = Field(min_length=1)
    not_when: tuple[Breach, ...] = ()
    exclusions: tuple[str, ...] = tuple(map(str, EXCLUSION_LADDER))
    window_hours: float | None = Field(default=None, gt=0)
    definition: str | None = None


def read_contract(path: Path) -> Contract:
    """Read a contract's own rule.

    Raises:
        ConfigError: it cannot be read, or a value is not allowed.
    """
    try:
        held = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"the contract cannot be read: {error}", path=str(path)) from None
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
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                there = ", ".join(reader.fieldnames or ())
                reason = f"there is no column {missing[0]!r}; there are: {there}"
                raise ConfigError(reason, path=str(path))
            lines.extend(_line(row, reader.line_num, path) for row in reader)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the invoice cannot be read: {error}", path=str(path)) from None
    if not lines:
        raise InputError("holds no line", path=str(path))
    return tuple(lines)


def _line(row: dict[str, str], at: int, path: Path) -> InvoiceLine:
    def wrong(name: str, allowed: str) -> InputError:
        reason = f"{name} says {row[name]!r}; allowed: {allowed}"
        return InputError(reason, path=str(path), line=at)

    try:
        day = date.fromisoformat((row["date"] or "")[:10])
    except ValueError:
        raise wrong("date", "2026-09-30") from None
    try:
        amount = float(row["amount"])
    except (TypeError, ValueError):
        raise wrong("amount", "a number, 0.95 or -0.95") from None
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
