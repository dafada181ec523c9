"""Constructors by kind and name. Nothing is imported until it is asked for.

Built-ins are dotted paths; third parties register entry points in the group ``cxscore.<kind>``
(``cxscore.judge``, ``cxscore.reader``, ``cxscore.model``, ``cxscore.retriever``).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from cxscore.errors import PluginError

_BUILT_IN: dict[tuple[str, str], str] = {
    ("judge", "embedded"): "cxscore.judges.embedded:EmbeddedJudge",
}


def names(kind: str) -> tuple[str, ...]:
    """Every known name of a kind, sorted; no plug-in is imported."""
    built_in = {name for k, name in _BUILT_IN if k == kind}
    return tuple(sorted(built_in | {point.name for point in _points(kind)}))


def constructor(kind: str, name: str) -> Callable[..., Any]:
    """The constructor registered under a kind and a name.

    Raises:
        PluginError: nothing is registered under the name, or it cannot be imported.
    """
    if (kind, name) in _BUILT_IN:
        module, _, member = _BUILT_IN[kind, name].partition(":")
        made: Callable[..., Any] = getattr(import_module(module), member)
        return made
    found = [point for point in _points(kind) if point.name == name]
    if not found:
        known = ", ".join(names(kind)) or "none"
        raise PluginError(f"there is no {kind} {name!r}; known: {known}")
    if len(found) > 1:
        owners = ", ".join(sorted(_distribution(point) for point in found))
        raise PluginError(f"{kind} {name!r} is registered by more than one package: {owners}")
    return _load(kind, found[0])


def origin(kind: str, name: str) -> str:
    """``distribution version`` of a plug-in, or an empty string for a built-in.

    A plug-in's fingerprint is prefixed with it.
    """
    found = [point for point in _points(kind) if point.name == name]
    return "" if (kind, name) in _BUILT_IN or not found else _distribution(found[0])


def _points(kind: str) -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=f"cxscore.{kind}"))


def _distribution(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def _load(kind: str, point: EntryPoint) -> Callable[..., Any]:
    try:
        made: Callable[..., Any] = point.load()
    except Exception as error:  # a plug-in may raise anything while it is imported
        raise PluginError(
            f"the {kind} {point.name!r} of {_distribution(point)} cannot be imported: {error}"
        ) from error
    return made
