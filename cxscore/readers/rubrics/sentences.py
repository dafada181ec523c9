"""From a validation error to a sentence a person can act on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cxscore.readers.rubrics.document import Document, Place
from cxscore.readers.rubrics.finding import Finding

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_ID_RULE = "lower-case letters, digits and _, starting with a letter, at most 60"


def shape_findings(document: Document, failure: ValidationError) -> Iterator[Finding]:
    """Every validation error as a finding with its line."""
    told: set[Place] = set()
    for error in failure.errors(include_url=False):
        place = _place(document, error["loc"])
        if place not in told:  # a union reports one error per branch
            told.add(place)
            yield Finding(
                path=document.path,
                line=document.line(place),
                severity="error",
                message=_sentence(place, error),
            )


def _place(document: Document, loc: tuple[str | int, ...]) -> Place:
    # pydantic adds the names of union branches and validators to a location: cut at the last
    # step that the document itself has, but keep the name of a key that is missing.
    place: Place = ()
    for step in loc:
        if (*place, step) not in document.lines:
            return place if _is_branch(step) else (*place, step)
        place = (*place, step)
    return place


def _is_branch(step: str | int) -> bool:
    marks = ("[", "function-", "constrained-")
    return isinstance(step, str) and (
        step in {"int", "str", "float"} or any(m in step for m in marks)
    )


def place_words(place: Place) -> str:
    """A place as people write it.

    >>> place_words(("criteria", 2, "scale", "levels", 0, "anchor"))
    'criteria[3].scale.levels[1].anchor'
    """
    words = ""
    for step in place:
        words += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if words else step
    return words


def _sentence(place: Place, error: ErrorDetails) -> str:
    kind = error["type"]
    key = place_words(place)
    if kind == "missing":
        return f"the key `{key}` is missing; add it (docs/rubrics.md says what it holds)"
    if kind == "extra_forbidden":
        return f"the key `{key}` is not known here; remove it or check its spelling"
    found = f"`{key}` is {_shown(error['input'])}; "
    context: Mapping[str, Any] = error.get("ctx", {})
    ask = _ALLOWED.get(kind)
    return found + (ask(context) if ask else f"allowed: {error['msg'].lower()}")


def _shown(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    text = " ".join(str(value).split())
    return f"“{text[:40]}…”" if len(text) > 41 else f"“{text}”"


_ALLOWED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "string_pattern_mismatch": lambda c: (
        f"an id has {_ID_RULE}"
        if "a-z0-9_" in c["pattern"]
        else "a language is two or three lower-case letters, e.g. en"
    ),
    "string_too_long": lambda _: f"an id has {_ID_RULE}",
    "string_too_short": lambda _: "write some text here",
    "string_type": lambda _: "write text here (in quotes if it looks like a number or true/false)",
    "literal_error": lambda c: f"allowed: {c['expected']}",
    "greater_than": lambda c: f"use a number above {c['gt']:g}",
    "greater_than_equal": lambda c: f"use a number of at least {c['ge']:g}",
    "less_than_equal": lambda c: f"use a number of at most {c['le']:g}",
    "float_type": lambda _: "write a number",
    "float_parsing": lambda _: "write a number",
    "finite_number": lambda _: "write a finite number",
    "int_type": lambda _: "write a whole number or a name",
    "bool_type": lambda _: "write true or false",
    "list_type": lambda _: "write a list: [a, b], or one item per line with `- `",
    "mapping_type": lambda _: "write keys and values here",
    "model_type": lambda _: "write keys and values here",
    "model_attributes_type": lambda _: "write keys and values here",
    "too_short": lambda _: "write at least one item",
}
