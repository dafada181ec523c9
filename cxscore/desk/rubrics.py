"""The rubrics a user can name: list, show, check, import."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxscore import wire
from cxscore.errors import ConfigError
from cxscore.readers.rubrics import Finding, lint, load
from cxscore.readers.scorecards import to_yaml
from cxscore.resources import rubric_names, rubric_path
from cxscore.rubric import Criterion, LevelDef, Rubric

__all__ = [
    "Entry",
    "Finding",
    "as_json",
    "catalogue",
    "check",
    "import_scorecard",
    "open_rubric",
    "show",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One packaged rubric."""

    id: str
    version: str
    title: str
    criteria: int
    """How many criteria it has."""
    digest: str
    path: str


def open_rubric(name: str) -> Rubric:
    """The rubric of a packaged id or a path.

    Raises:
        InputError: there is none, or it cannot be used.
    """
    return load(rubric_path(name))


def catalogue() -> tuple[Entry, ...]:
    """The packaged rubrics, by id.

    Raises:
        InputError: the installation is broken.
    """
    return tuple(_entry(name) for name in rubric_names())


def _entry(name: str) -> Entry:
    path = rubric_path(name)
    rubric = load(path)
    return Entry(
        id=rubric.id,
        version=rubric.version,
        title=rubric.title,
        criteria=len(rubric.criteria),
        digest=rubric.digest,
        path=str(path),
    )


def show(name: str) -> str:
    """A rubric as plain text for a person: every criterion with its levels and rules.

    Raises:
        InputError: there is no such rubric, or it cannot be used.
    """
    return "\n".join(_lines(open_rubric(name))) + "\n"


def check(name: str) -> list[Finding]:
    """What to repair or reconsider in a rubric; empty when nothing.

    Raises:
        InputError: there is no such file, or it is not YAML at all.
    """
    from cxscore.judges.embedded import RULES

    return lint(rubric_path(name), rules=RULES)


def import_scorecard(
    path: str | Path, out: str | Path, *, title: str | None = None
) -> list[Finding]:
    """Write a scorecard of another system as a rubric file; an existing file is never replaced.

    Returns:
        What the check finds in the new file: mostly texts that a person must write.

    Raises:
        InputError: the scorecard cannot be read, or ``out`` cannot be written.
    """
    text = to_yaml(path, title=title)
    target = Path(out)
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError(f"{target} exists; name another file or remove it") from None
    except OSError as e:
        raise ConfigError(f"{target} cannot be written ({e.strerror or e})") from None
    return lint(target)


def _lines(rubric: Rubric) -> Iterator[str]:
    yield f"{rubric.title} ({rubric.ref}, version {rubric.version})"
    for section, name in rubric.sections.items():
        yield ""
        yield f"== {name} =="
        for criterion in rubric.criteria:
            if criterion.section == section:
                yield from _criterion_lines(criterion)
    yield from _composite_lines(rubric)
    yield from _taxonomy_lines(rubric)
    if rubric.credit:
        yield from ("", "How legs are credited", f"  {rubric.credit}")


def _criterion_lines(criterion: Criterion) -> Iterator[str]:
    yield ""
    yield f"{criterion.name} ({', '.join(_marks(criterion))})"
    yield f"  {criterion.question}"
    for level in reversed(criterion.scale.levels):
        yield from _level_lines(level)
    yield f"  N/A: {criterion.not_applicable or 'never'}"
    yield f"  Evidence: {criterion.evidence or 'no rule'}"


def _marks(criterion: Criterion) -> Iterator[str]:
    yield criterion.id
    yield f"weight {criterion.weight:g}"
    if criterion.criticality:
        yield f"critical to {criterion.criticality}"
    if criterion.auto_fail:
        yield "lowest level fails the conversation"
    applies = criterion.applies
    if limits := [*applies.channels, *applies.streams, *applies.kinds]:
        yield f"only for {', '.join(limits)}"
    yield f"embedded rule {criterion.rule}" if criterion.rule else "no embedded rule"


def _level_lines(level: LevelDef) -> Iterator[str]:
    yield f"  {level.level!s:>3}  {level.anchor}"
    for example in level.examples:
        yield "       e.g."
        yield from (f"         {line}" for line in example.transcript.splitlines())
        yield f"         -> {example.why}"


def _composite_lines(rubric: Rubric) -> Iterator[str]:
    rule = rubric.composite
    if rule is None:
        yield from ("", "Composite: none")
        return
    parts = ", ".join(f"{name} {weight:g}" for name, weight in rule.weights.items())
    yield from ("", f"Composite ({rule.aggregate}): {parts}")
    if rule.required:
        yield f"  Unavailable without a judgement of: {', '.join(rule.required)}"
    if rule.cap is not None:
        yield f"  At most {rule.cap:g} after a proved critical error"


def _taxonomy_lines(rubric: Rubric) -> Iterator[str]:
    if rubric.reasons:
        yield from ("", "Reasons")
    for reason in rubric.reasons:
        fault = "" if reason.agents_fault else ", not the agent's fault"
        yield f"  {reason.id}: {reason.name} ({reason.group}{fault})"
    if rubric.errors:
        yield from ("", "Errors")
    for error in rubric.errors:
        yield f"  {error.id} ({error.severity}): {error.detector}"


def as_json(name: str) -> dict[str, Any]:
    """A rubric as plain JSON values, raising as ``show``."""
    plain: dict[str, Any] = json.loads(wire.dump(open_rubric(name)))
    return plain
