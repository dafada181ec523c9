"""YAML with line numbers: so that every message about a rubric can say where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from cxscore.errors import RubricError

Place: TypeAlias = tuple[str | int, ...]
"""Keys and indexes from the top of the document, e.g. ``("criteria", 0, "weight")``."""

MAX_BYTES = 4_000_000
"""A rubric larger than this is some other file."""

_MAX_DEPTH = 40
_ENDLESS = "found an alias or nesting without end; write the values out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A parsed YAML mapping and the line of each of its values."""

    path: str
    value: Mapping[str, Any]
    lines: Mapping[Place, int]
    """Place to 1-based line of the key (or list item) that holds it."""

    def line(self, place: Place) -> int:
        """Line of a place, or of the nearest thing around it that exists."""
        for end in range(len(place), -1, -1):
            if place[:end] in self.lines:
                return self.lines[place[:end]]
        return 1


def read_document(path: Path) -> Document:
    """Read a YAML file whose top is a mapping.

    Raises:
        RubricError: the file cannot be read, is not UTF-8, not YAML, or not a mapping.
    """
    return parse_document(_text(path), str(path))


def parse_document(text: str, path: str) -> Document:
    """Parse YAML text whose top is a mapping; ``path`` stands in messages.

    Raises:
        RubricError: the text is not YAML, or not a mapping.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as e:
        raise _not_yaml(path, e) from None
    except yaml.YAMLError as e:
        reason = f"this is not YAML ({str(e).splitlines()[0]}); save the file as plain text"
        raise RubricError(reason, path=path) from None
    except RecursionError:
        raise RubricError(_ENDLESS, path=path, line=1) from None
    if not isinstance(node, yaml.MappingNode):
        raise RubricError(
            "found no keys; a rubric is a YAML mapping that starts with `format: 1` and `id:`",
            path=path,
            line=1,
        )
    _check_tree(node, path)
    return Document(path=path, value=_plain(node, path), lines=dict(_lines(node)))


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as e:
        reason = f"cannot be read ({e.strerror or e}); name a rubric file (.yaml)"
        raise RubricError(reason, path=str(path)) from None
    if len(raw) > MAX_BYTES:
        reason = f"holds {len(raw):,} bytes; a rubric has at most {MAX_BYTES:,}"
        raise RubricError(reason, path=str(path))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = raw[: e.start].count(b"\n") + 1
        reason = f"found byte 0x{raw[e.start]:02x}, which is not UTF-8; save the file as UTF-8"
        raise RubricError(reason, path=str(path), line=line) from None
    if not text.strip():
        raise RubricError("is empty; start from a copy of rubrics/cx.yaml", path=str(path), line=1)
    return text


def _not_yaml(path: str, e: yaml.MarkedYAMLError) -> RubricError:
    mark = e.problem_mark or e.context_mark
    what = (e.problem or e.context or "not YAML").strip()
    return RubricError(
        f"this is not YAML: {what}; check the indentation, and put text with a colon in quotes",
        path=path,
        line=None if mark is None else mark.line + 1,
    )


def _check_tree(node: yaml.Node, path: str, above: tuple[int, ...] = ()) -> None:
    """Refuse what would read differently than it looks: repeated keys, loops, deep nesting."""
    line = node.start_mark.line + 1
    if id(node) in above or len(above) > _MAX_DEPTH:
        raise RubricError(_ENDLESS, path=path, line=line)
    inside = (*above, id(node))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _check_tree(item, path, inside)
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                reason = f"the key `{name}` stands twice (first in line {seen[name]}); keep one"
                raise RubricError(reason, path=path, line=key.start_mark.line + 1)
            seen[name] = key.start_mark.line + 1
            _check_tree(value, path, inside)


def _plain(node: yaml.MappingNode, path: str) -> Mapping[str, Any]:
    loader = yaml.SafeLoader("")
    try:
        value: dict[str, Any] = loader.construct_document(node)
    except yaml.MarkedYAMLError as e:
        raise _not_yaml(path, e) from None
    except ValueError as e:
        reason = f"holds a value YAML cannot read ({e}); put it in quotes"
        raise RubricError(reason, path=path) from None
    return value


def _lines(node: yaml.Node, place: Place = ()) -> Iterator[tuple[Place, int]]:
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            yield from _lines(value, inner)
            yield inner, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _lines(item, (*place, index))
