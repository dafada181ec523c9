"""HTML articles: the visible words, headings and list items marked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from cxscore.knowledge import Article
from cxscore.readers.knowledge.fields import Place, article
from cxscore.readers.text import parsed

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


def html_article(markup: str, name: str, path: Path) -> Article:
    """The article of an HTML page, dated by its ``<meta>`` tags."""
    soup = parsed(markup)
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
    place = Place(path=str(path), lines=[])
    return article(told, place, id=name, title=title, text=plain(markup))


def plain(markup: str) -> str:
    """The visible words of HTML, headings as Markdown ``#`` lines, list items as ``-`` lines."""
    soup = parsed(markup)
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
