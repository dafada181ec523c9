"""Markdown articles, with YAML front matter."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from cxscore.errors import KnowledgeError
from cxscore.knowledge import Article
from cxscore.readers.knowledge.fields import Place, article, first_line

_FRONT = re.compile(r"---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_TITLE = re.compile(r"^#\s+(.+?)\s*#*$", re.MULTILINE)


def markdown_article(text: str, name: str, path: Path) -> Article:
    """The article of a Markdown file.

    Raises:
        KnowledgeError: the front matter is not YAML, or one of its values cannot be read.
    """
    front = _FRONT.match(text)
    told = _front_matter(front[1] or "", path) if front else {}
    body = text[front.end() :] if front else text
    heading = _TITLE.search(body)
    place = Place(path=str(path), lines=(front[1] or "").splitlines() if front else [], first=2)
    return article(
        told,
        place,
        id=name,
        title=heading[1] if heading else first_line(body) or path.stem,
        text=body.strip(),
    )


def _front_matter(block: str, path: Path) -> dict[str, Any]:
    import yaml

    try:
        told = yaml.safe_load(block) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise KnowledgeError(
            f"the front matter is not YAML: {getattr(error, 'problem', None) or 'unreadable'}",
            path=str(path),
            line=mark.line + 2 if mark else 1,
        ) from error
    except ValueError as error:
        # PyYAML turns 2025-02-30 into a date itself, and fails without a place.
        raise KnowledgeError(
            f"a date in the front matter does not exist: {error}", path=str(path), line=1
        ) from error
    if not isinstance(told, dict):
        raise KnowledgeError(
            "the front matter is not a list of 'key: value' lines", path=str(path), line=2
        )
    return {str(k): v for k, v in told.items()}
