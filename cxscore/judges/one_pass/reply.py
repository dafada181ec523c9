"""A reply's text becomes JSON of which every part is known to be sound or broken."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from cxscore.errors import ReplyError

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing in a reply that does not fit its schema."""

    path: Path
    """Where it stands; empty: the whole reply."""
    text: str
    """A sentence for the model and for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A reply, and what of it does not fit."""

    value: Mapping[str, Any]
    faults: tuple[Fault, ...] = ()

    def fault(self, *path: str | int) -> Fault | None:
        """The first fault at, above or below a place; None when what stands there is sound."""
        for fault in self.faults:
            shared = min(len(path), len(fault.path))
            if fault.path[:shared] == path[:shared]:
                return fault
        return None

    def at(self, *path: str | int) -> Any:
        """What stands at a place; None when it is broken."""
        if self.fault(*path) is not None:
            return None
        value: Any = self.value
        for step in path:
            value = value[step]
        return value

    def items(self, *path: str | int) -> tuple[Mapping[str, Any], ...]:
        """The sound items of a list; none when the list itself is broken."""
        if any(f.path == path[: len(f.path)] for f in self.faults):
            return ()
        value: Any = self.value
        for step in path:
            value = value[step]
        return tuple(item for n, item in enumerate(value) if self.fault(*path, n) is None)


class _Object(dict[str, Any]):
    """A JSON object that remembers which names were given twice."""

    twins: tuple[str, ...] = ()


def parse(text: str, schema: Mapping[str, Any]) -> Parsed:
    """Read a reply and hold it against its schema.

    Only what our schemas use is checked: objects, lists, enums, strings and whole numbers. ``4``
    for ``"4"`` means the same; null, 4.5, a name given twice and a number as a word do not pass.

    Raises:
        ReplyError: the text is no JSON object.
    """
    try:
        value = json.loads(_unfenced(text), object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise ReplyError(f"the reply is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ReplyError("the reply is not a JSON object")
    return Parsed(value=value, faults=tuple(_check(value, schema, schema, ())))


def plain(value: object) -> str:
    """An enum's value or a number as text; what is neither gives a text no enum holds.

    >>> plain(4), plain(" 4 "), plain(4.0), plain(True), plain(None)
    ('4', '4', '4.0', 'True', 'None')
    """
    return str(value).strip()


def _check(
    value: object, schema: Mapping[str, Any], root: Mapping[str, Any], path: Path
) -> Iterator[Fault]:
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    kind = schema["type"]
    if kind == "object":
        yield from _check_object(value, schema, root, path)
    elif kind == "array":
        if not isinstance(value, list):
            yield _fault(path, value, "a list")
            return
        for n, item in enumerate(value):
            yield from _check(item, schema["items"], root, (*path, n))
    elif "enum" in schema:
        if isinstance(value, dict | list) or plain(value) not in schema["enum"]:
            yield _fault(path, value, f"one of {', '.join(schema['enum'])}")
    elif kind == "integer":
        if not plain(value).removeprefix("-").isdecimal():
            yield _fault(path, value, "a whole number")
    elif not isinstance(value, str):
        yield _fault(path, value, "text")


def _check_object(
    value: object, schema: Mapping[str, Any], root: Mapping[str, Any], path: Path
) -> Iterator[Fault]:
    if not isinstance(value, _Object):
        yield _fault(path, value, "an object")
        return
    for name, member in schema["properties"].items():
        here = (*path, name)
        if name in value.twins:
            yield Fault(path=here, text=f"{_spelt(here)} is given twice")
        elif name not in value:
            yield Fault(path=here, text=f"{_spelt(here)} is missing")
        else:
            yield from _check(value[name], member, root, here)


def _fault(path: Path, value: object, wanted: str) -> Fault:
    given = json.dumps(value, ensure_ascii=False, default=str)[:60]
    return Fault(path=path, text=f"{_spelt(path)} is {given}, not {wanted}")


def _spelt(path: Path) -> str:
    return ".".join(str(step) for step in path) or "the reply"


def _unfenced(text: str) -> str:
    text = text.strip()
    if text.startswith("```"):
        text = text.removesuffix("```").partition("\n")[2]
    return text


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    found = _Object(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        found.twins = tuple(n for n in found if names.count(n) > 1)
    return found
