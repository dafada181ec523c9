"""Knowledge bases: a folder of Markdown, text, HTML and help-centre JSON becomes articles."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cxscore.errors import KnowledgeError
from cxscore.knowledge import Article, KnowledgeBase

MARKDOWN = frozenset({".md", ".markdown", ".mdx"})
HTML = frozenset({".html", ".htm"})
PLAIN = frozenset({".txt", ".text"})
READ = MARKDOWN | HTML | PLAIN | {".json"}
NOT_TEXT = frozenset(
    {".pdf", ".doc", ".docx", ".odt", ".rtf", ".xls", ".xlsx", ".ppt", ".pptx", ".csv", ".xml"}
)
"""Kinds that may well hold articles: passing over them in silence would look like coverage."""


def read_articles(folder: Path) -> tuple[Article, ...]:
    """Read every article in a folder (or in one file), in the order of their paths.

    Markdown may open with YAML front matter: ``title``, ``url``, ``id``, ``language``,
    ``valid_from``, ``valid_until`` (exclusive), ``updated``, ``always``. HTML may say the same in
    ``<meta name=…>``. JSON is a list of articles, or an object with a list under ``articles``, as
    Zendesk and Intercom export them; their drafts are passed over. Hidden files and pictures too.

    Raises:
        KnowledgeError: there is no article, a file is not UTF-8 text, a date cannot be read, or a
            file is of a kind that would have to be converted first.
    """
    paths = [folder] if folder.is_file() else sorted(_files(folder))
    root = folder.parent if folder.is_file() else folder
    articles = [article for path in paths for article in _file(path, root)]
    if not articles:
        raise KnowledgeError(
            "no article found; allowed are Markdown, text, HTML and help-centre JSON files",
            path=str(folder),
        )
    return tuple(articles)


def knowledge_base(articles: Sequence[Article], as_of: datetime | None) -> KnowledgeBase:
    """The articles as they stood on a day, with a digest that does not depend on their order."""
    each = sorted(_article_digest(a) for a in articles)
    digest = hashlib.sha256("".join(each).encode()).hexdigest()
    return KnowledgeBase(articles=tuple(articles), digest=digest, as_of=as_of)


def _article_digest(article: Article) -> str:
    # Members without a value are left out: a member added later must not change old digests.
    known = {
        f.name: v for f in fields(article) if (v := getattr(article, f.name)) not in (None, False)
    }
    text = json.dumps(known, sort_keys=True, default=datetime.isoformat)
    return hashlib.sha256(text.encode()).hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise KnowledgeError("no such folder", path=str(folder))
    for path in folder.rglob("*"):
        inner = path.relative_to(folder).parts
        if any(part.startswith(".") for part in inner) or not path.is_file():
            continue
        if path.suffix.lower() in NOT_TEXT:
            raise KnowledgeError(
                f"found a {path.suffix} file; allowed are {', '.join(sorted(READ))}: convert it or "
                "move it out of the folder",
                path=str(path),
            )
        if path.suffix.lower() in READ:
            yield path


def _file(path: Path, root: Path) -> Iterator[Article]:
    text = _text(path)
    name = path.relative_to(root).as_posix()
    kind = path.suffix.lower()
    if kind == ".json":
        yield from _help_centre(text, path)
    elif kind in HTML:
        yield _html_article(text, name, path)
    elif kind in MARKDOWN:
        yield _markdown_article(text, name, path)
    else:
        yield Article(id=name, title=_first_line(text) or path.stem, text=text.strip())


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise KnowledgeError(f"cannot be read: {error.strerror}", path=str(path)) from error
    if (zero := data.find(b"\0")) >= 0:
        raise KnowledgeError(
            "found bytes that are not text; allowed is UTF-8 text",
            path=str(path),
            line=data.count(b"\n", 0, zero) + 1,
        )
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise KnowledgeError(
            f"found byte 0x{data[error.start]:02x}, which is not UTF-8; save the file as UTF-8",
            path=str(path),
            line=data.count(b"\n", 0, error.start) + 1,
        ) from error


def _first_line(text: str) -> str | None:
    for line in text.splitlines():
        if line.strip():
            return line.strip().lstrip("#").strip()[:200] or None
    return None


# --- Markdown -----------------------------------------------------------------------------------

_FRONT = re.compile(r"---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_TITLE = re.compile(r"^#\s+(.+?)\s*#*$", re.MULTILINE)


def _markdown_article(text: str, name: str, path: Path) -> Article:
    front = _FRONT.match(text)
    told = _front_matter(front[1] or "", path) if front else {}
    body = text[front.end() :] if front else text
    heading = _TITLE.search(body)
    place = _Place(path=str(path), lines=(front[1] or "").splitlines() if front else [], first=2)
    return _article(
        told,
        place,
        id=name,
        title=heading[1] if heading else _first_line(body) or path.stem,
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


# --- What every kind of file may tell about an article -------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a key stands, for messages."""

    path: str
    lines: list[str]
    first: int = 1
    """Line number of ``lines[0]``."""

    def of(self, key: str) -> int | None:
        for number, line in enumerate(self.lines, self.first):
            if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*:", line):
                return number
        return None


def _article(told: Mapping[str, Any], place: _Place, *, id: str, title: str, text: str) -> Article:
    start, end = (_date(told.get(k), k, place) for k in ("valid_from", "valid_until"))
    if start is not None and end is not None and end <= start:
        raise KnowledgeError(
            f"valid_until ({end.date()}) is not after valid_from ({start.date()})",
            path=place.path,
            line=place.of("valid_until"),
        )
    return Article(
        id=_word(told.get("id")) or id,
        title=_word(told.get("title")) or title,
        text=text,
        url=_word(told.get("url")),
        language=_word(told.get("language")),
        valid_from=start,
        valid_until=end,
        always=_yes(told.get("always"), place),
        updated_at=_date(told.get("updated"), "updated", place),
    )


def _word(value: object) -> str | None:
    return None if value is None or not str(value).strip() else str(value).strip()


def _yes(value: object, place: _Place) -> bool:
    known = {"true": True, "yes": True, "false": False, "no": False, "none": False, "": False}
    answer = known.get(str(value).strip().lower())
    if answer is None:
        raise KnowledgeError(
            f"found always: {value}; allowed are true and false",
            path=place.path,
            line=place.of("always"),
        )
    return answer


def _date(value: object, key: str, place: _Place) -> datetime | None:
    """A date in UTC: ISO 8601, a YAML date, or seconds since 1970."""
    if value is None or value == "":
        return None
    try:
        time = _as_time(value)
    except (ValueError, OverflowError, OSError) as error:
        raise KnowledgeError(
            f"found {key}: {value}; allowed is an ISO date such as 2025-03-31",
            path=place.path,
            line=place.of(key),
        ) from error
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _as_time(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / (1000 if value > 1e11 else 1), tz=UTC)
    return datetime.fromisoformat(str(value).strip())


# --- HTML ---------------------------------------------------------------------------------------

_HIDDEN = ("script", "style", "nav", "footer", "noscript", "template", "svg", "form")
_BLOCKS = (
    "p",
    "div",
    "section",
    "article",
    "tr",
    "table",
    "ul",
    "ol",
    "blockquote",
    "pre",
    "dd",
    "dt",
)


def _html_article(markup: str, name: str, path: Path) -> Article:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(markup, "html.parser")
    told: dict[str, Any] = {
        str(m["name"]): m["content"]
        for m in soup.find_all("meta")
        if m.get("name") and m.get("content")
    }
    canonical = soup.find("link", rel="canonical")
    if canonical is not None:
        told.setdefault("url", canonical.get("href"))
    if soup.html is not None:
        told.setdefault("language", soup.html.get("lang"))
    heading = soup.find("h1") or soup.find("title")
    title = heading.get_text(" ", strip=True) if heading else path.stem
    place = _Place(path=str(path), lines=[])
    return _article(told, place, id=name, title=title, text=_plain(markup))


def _plain(markup: str) -> str:
    """The visible words of HTML, headings as Markdown ``#`` lines, list items as ``-`` lines."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(markup, "html.parser")
    for node in soup.find_all((*_HIDDEN, "head")):
        node.decompose()
    for br in soup.find_all("br"):
        br.replace_with("\n")
    for node in soup.find_all(re.compile(r"h[1-6]$")):
        node.insert_before("\n\n" + "#" * int(node.name[1]) + " ")
        node.insert_after("\n")
    for node in soup.find_all("li"):
        node.insert_before("\n- ")
    for node in soup.find_all(_BLOCKS):
        node.insert_before("\n")
        node.insert_after("\n")
    for node in soup.find_all(("td", "th")):
        node.insert_after(" | ")
    lines = (re.sub(r"[^\S\n]+", " ", line).strip(" |") for line in soup.get_text().splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


# --- Help-centre JSON ----------------------------------------------------------------------------

_LISTS = ("articles", "data", "results", "items")
_BODIES = ("body", "body_html", "html", "description", "content", "text")


def _help_centre(text: str, path: Path) -> Iterator[Article]:
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
    title = _word(row.get("title")) or _word(row.get("name"))
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
    place = _Place(path=f"{path} (article {number})", lines=[])
    plain = _plain(body) if "<" in body else body.strip()
    return _article(told, place, id=title or "", title=title or str(row.get("id")), text=plain)
