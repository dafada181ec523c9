"""Help-centre JSON, as Zendesk and Intercom export articles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cxscore.errors import KnowledgeError
from cxscore.knowledge import Article
from cxscore.readers.knowledge.fields import Place, article, word
from cxscore.readers.knowledge.html import plain

_LISTS = ("articles", "data", "results", "items")
_BODIES = ("body", "body_html", "html", "description", "content", "text")


def help_centre(text: str, path: Path) -> Iterator[Article]:
    """The published articles of a JSON export.

    Raises:
        KnowledgeError: not JSON, no list of articles, or an article without title or body.
    """
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise KnowledgeError(f"not JSON: {error.msg}", path=str(path), line=error.lineno) from error
    except RecursionError as error:
        raise KnowledgeError("JSON nested too deeply", path=str(path)) from error
    rows = _rows(value)
    if rows is None:
        raise KnowledgeError(
            'found neither a list of articles nor an object with a list under "articles"',
            path=str(path),
            line=1,
        )
    for number, row in enumerate(rows, 1):
        article = _help_centre_article(row, number, path)
        if article is not None:
            yield article


def _rows(value: object) -> list[Any] | None:
    if isinstance(value, dict):
        value = next((value[k] for k in _LISTS if isinstance(value.get(k), list)), None)
    return value if isinstance(value, list) else None


def _help_centre_article(row: object, number: int, path: Path) -> Article | None:
    """One article; None for a draft. Messages count articles, for the file has no useful lines."""
    if not isinstance(row, dict):
        raise KnowledgeError(
            f"article {number} is {type(row).__name__}, not an object", path=str(path), line=number
        )
    if row.get("draft") is True or row.get("state") in ("draft", "unpublished"):
        return None
    body = next((row[k] for k in _BODIES if isinstance(row.get(k), str)), None)
    title = word(row.get("title")) or word(row.get("name"))
    if body is None or (title is None and row.get("id") is None):
        raise KnowledgeError(
            f"article {number} has no {'body' if body is None else 'title or id'}; "
            f"one of {', '.join(_BODIES)} is needed, beside title and id",
            path=str(path),
            line=number,
        )
    told = {
        **{k: row.get(k) for k in ("id", "valid_from", "valid_until", "always")},
        "url": row.get("html_url") or row.get("url"),
        "language": row.get("locale") or row.get("language"),
        "updated": row.get("updated_at") or row.get("edited_at") or row.get("updated"),
    }
    if told["valid_from"] is None:
        told["valid_from"] = row.get("created_at") or row.get("created")
    place = Place(path=f"{path} (article {number})", lines=[])
    text = plain(body) if "<" in body else body.strip()
    return article(told, place, id=title or "", title=title or str(row.get("id")), text=text)
