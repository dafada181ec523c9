"""Rubric files: read, check, and the sentences for what is wrong with them.

The format is described in docs/rubrics.md.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from cxscore.errors import RubricError
from cxscore.readers.rubrics.document import Document, parse_document, read_document
from cxscore.readers.rubrics.finding import Finding
from cxscore.rubric import Rubric

if TYPE_CHECKING:
    from cxscore.readers.rubrics.shape import RubricShape

__all__ = ["Finding", "lint", "load", "loads"]


def load(path: Path) -> Rubric:
    """The rubric a YAML file holds.

    Args:
        path: the file. Packaged rubrics are found by id through ``cxscore.resources.rubric_path``.

    Raises:
        RubricError: the file cannot be used; the message names the first error's line and how
            many more ``lint`` would list.
    """
    return _rubric(read_document(path))


def loads(text: str, *, path: str = "rubric") -> Rubric:
    """As ``load``, of the text itself; ``path`` stands in messages.

    Raises:
        RubricError: as ``load``.
    """
    return _rubric(parse_document(text, path))


def _rubric(document: Document) -> Rubric:
    from cxscore.readers.rubrics.build import build

    shape, errors = _checked(document)
    if shape is None or errors:
        raise _first(errors)
    return build(shape)


def lint(path: Path, *, rules: Collection[str] | None = None) -> list[Finding]:
    """Everything to repair (errors) or to reconsider (warnings), in the order of the file.

    Args:
        path: the file.
        rules: the embedded judge's rule ids, to tell a misspelt ``rule:``; None: not checked.

    Raises:
        RubricError: the file cannot be read as YAML at all.
    """
    from cxscore.readers.rubrics.wording import warnings

    document = read_document(path)
    shape, findings = _checked(document)
    if shape is not None:
        findings += warnings(document, shape, rules)
    return sorted(findings, key=lambda f: (f.line, f.severity, f.message))


def _checked(document: Document) -> tuple[RubricShape | None, list[Finding]]:
    from pydantic import ValidationError

    from cxscore.readers.rubrics.rules import complaints
    from cxscore.readers.rubrics.sentences import shape_findings
    from cxscore.readers.rubrics.shape import RubricShape

    try:
        shape = RubricShape.model_validate(document.value)
    except ValidationError as failure:
        return None, list(shape_findings(document, failure))
    return shape, [
        Finding(path=document.path, line=document.line(at), severity="error", message=message)
        for at, message in complaints(shape)
    ]


def _first(errors: list[Finding]) -> RubricError:
    first, *more = sorted(errors, key=lambda f: f.line)
    rest = f" ({len(more)} more: run `cxscore rubrics check` on the file)" if more else ""
    return RubricError(first.message + rest, path=first.path, line=first.line)
