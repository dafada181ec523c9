"""Nouns to JSON bytes and back: the one place that turns dataclasses into bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")

_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def _adapter(noun: type[T]) -> TypeAdapter[T]:
    # pydantic costs a tenth of a second to import: commands that read no nouns never pay it.
    from pydantic import TypeAdapter

    if noun not in _ADAPTERS:
        _ADAPTERS[noun] = TypeAdapter(noun)
    return _ADAPTERS[noun]


def dump(noun: object) -> bytes:
    """Compact JSON of a noun; members that hold their default are left out.

    >>> from cxscore.verdict import Quote
    >>> dump(Quote(turn=2, start=0, end=2, text="No"))
    b'{"turn":2,"start":0,"end":2,"text":"No"}'
    """
    # A whole number in a float's place is no reason to warn; mypy watches over our own types.
    return _adapter(type(noun)).dump_json(noun, exclude_defaults=True, warnings=False)


def load(noun: type[T], data: bytes | str) -> T:
    """The noun a JSON text holds.

    Raises:
        pydantic.ValidationError: the text is not JSON or does not fit.
    """
    return _adapter(noun).validate_json(data)


def build(noun: type[T], value: Any) -> T:
    """The noun a plain JSON value holds, as ``load``."""
    return _adapter(noun).validate_python(value)


def schema(noun: type[T]) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a noun."""
    return _adapter(noun).json_schema()
