"""A folder of files becomes articles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cxscore.errors import KnowledgeError
from cxscore.knowledge import Article
from cxscore.readers.knowledge.fields import first_line
from cxscore.readers.knowledge.help_centre import help_centre
from cxscore.readers.knowledge.html import html_article
from cxscore.readers.knowledge.markdown import markdown_article

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
    root = folder.parent if folder.is_file() else folder
    articles = [a for path in article_files(folder) for a in articles_of(path, root)]
    if not articles:
        raise KnowledgeError(
            "no article found; allowed are Markdown, text, HTML and help-centre JSON files",
            path=str(folder),
        )
    return tuple(articles)


def article_files(folder: Path) -> list[Path]:
    """The files of a folder that hold articles, by path; a single file is its own folder.

    Raises:
        KnowledgeError: no such folder, or a file of a kind that has to be converted first.
    """
    return [folder] if folder.is_file() else sorted(_files(folder))


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


def articles_of(path: Path, root: Path) -> Iterator[Article]:
    """The articles of one file, as ``read_articles``."""
    text = _text(path)
    name = path.relative_to(root).as_posix()
    kind = path.suffix.lower()
    if kind == ".json":
        yield from help_centre(text, path)
    elif kind in HTML:
        yield html_article(text, name, path)
    elif kind in MARKDOWN:
        yield markdown_article(text, name, path)
    else:
        yield Article(id=name, title=first_line(text) or path.stem, text=text.strip())


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
