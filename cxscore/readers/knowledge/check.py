"""What ``cxscore kb check`` looks for in a folder of articles."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import unquote, urlsplit

from cxscore.errors import KnowledgeError
from cxscore.grounding.passages import LONGEST
from cxscore.knowledge import Article, in_utc
from cxscore.readers.knowledge.folder import article_files, articles_of
from cxscore.readers.rubrics.finding import Finding

FEW_WORDS = 5
"""An article with fewer words says nothing a claim could be held against."""

Severity: TypeAlias = Literal["error", "warning"]

_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)")
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def check_folder(folder: Path) -> tuple[Finding, ...]:
    """Everything wrong, or worth a look, in a folder of articles, by path.

    A file that cannot be read is a finding of severity ``error``; the others are read on.

    Raises:
        KnowledgeError: there is no such folder, or it holds no article and no broken file.
    """
    found: list[Finding] = []
    placed: list[tuple[str, Article]] = []
    root = folder.parent if folder.is_file() else folder
    for path in article_files(folder):
        try:
            placed += [(str(path), a) for a in articles_of(path, root)]
        except KnowledgeError as error:
            found.append(_finding(error.path or str(path), "error", error.reason, error.line or 1))
    if not placed and not found:
        raise KnowledgeError(
            "no article found; allowed are Markdown, text, HTML and help-centre JSON files",
            path=str(folder),
        )
    found += check_articles(placed, root)
    return tuple(sorted(found, key=lambda f: (f.path, f.line, f.message)))


def check_articles(placed: Sequence[tuple[str, Article]], root: Path) -> list[Finding]:
    """Findings about articles that could be read.

    Args:
        placed: path and article.
        root: folder that relative links are resolved in.
    """
    return [
        *_empty(placed),
        *_twice(placed, "id"),
        *_twice(placed, "title"),
        *_long(placed),
        *_dead_links(placed, root),
        *_undated(placed),
    ]


def _finding(path: str, severity: Severity, message: str, line: int = 1) -> Finding:
    return Finding(path=path, line=line, severity=severity, message=message)


def _empty(placed: Sequence[tuple[str, Article]]) -> Iterator[Finding]:
    for path, article in placed:
        body = "\n".join(x for x in article.text.splitlines() if not x.startswith("#"))
        if len(body.split()) < FEW_WORDS:
            yield _finding(path, "warning", f"{article.title!r} has next to no text")


def _twice(placed: Sequence[tuple[str, Article]], key: str) -> Iterator[Finding]:
    """Articles of one id, or of one title and language, that hold at the same time."""
    groups: dict[tuple[str, str | None], list[tuple[str, Article]]] = defaultdict(list)
    for path, article in placed:
        named = article.id if key == "id" else article.title.casefold()
        groups[named, None if key == "id" else article.language].append((path, article))
    for group in groups.values():
        for (first, a), (second, b) in combinations(group, 2):
            if not _overlap(a, b) or (key == "title" and a.id == b.id):
                continue
            dates = "" if a.valid_from is None and b.valid_from is None else " at the same time"
            yield _finding(
                second,
                "error" if key == "id" else "warning",
                f"{key} {a.id if key == 'id' else a.title!r} also stands in {first} and both hold"
                f"{dates}: give one a valid_until, or another {key}",
            )


def _overlap(a: Article, b: Article) -> bool:
    (start, end), (other_start, other_end) = _span(a), _span(b)
    return start < other_end and other_start < end


def _span(article: Article) -> tuple[datetime, datetime]:
    return (
        in_utc(article.valid_from) if article.valid_from else _FIRST,
        in_utc(article.valid_until) if article.valid_until else _LAST,
    )


def _long(placed: Sequence[tuple[str, Article]]) -> Iterator[Finding]:
    for path, article in placed:
        longest = max((len(line) for line in article.text.splitlines()), default=0)
        if longest > LONGEST:
            yield _finding(
                path,
                "warning",
                f"a paragraph of {longest} characters is cut at {LONGEST}: break it by a heading",
            )


def _dead_links(placed: Sequence[tuple[str, Article]], root: Path) -> Iterator[Finding]:
    """Links into the folder, or to the articles' own site, that lead to no article."""
    urls = {_page(a.url) for _, a in placed if a.url}
    hosts = {host for host, _ in urls}
    for path, article in placed:
        for target in dict.fromkeys(_LINK.findall(article.text)):
            parts = urlsplit(target)
            if parts.scheme in ("http", "https"):
                dead = parts.netloc.lower() in hosts and _page(target) not in urls
            elif parts.scheme or not parts.path or not Path(path).exists():
                dead = False
            else:
                dead = not _inside(unquote(parts.path), Path(path), root).exists()
            if dead:
                yield _finding(path, "warning", f"the link {target} leads to no article here")


def _page(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.netloc.lower(), parts.path.rstrip("/")


def _inside(target: str, path: Path, root: Path) -> Path:
    return root / target.lstrip("/") if target.startswith("/") else path.parent / target


def _undated(placed: Sequence[tuple[str, Article]]) -> Iterator[Finding]:
    """One finding for all: a folder without dates has hundreds of them."""
    bare = [p for p, a in placed if not (a.valid_from or a.valid_until or a.updated_at)]
    if bare:
        yield _finding(
            bare[0],
            "warning",
            f"{len(bare)} of {len(placed)} articles tell no date (this is the first): they count "
            "as valid at any time of their snapshot",
        )
