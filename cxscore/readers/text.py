"""Text as it came to text that can be shown, searched and stored."""

from __future__ import annotations

import html
import re
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BREAKS = re.compile(r"[\x0b\x0c]")
_BLANK_LINES = re.compile(r"\n\s*\n\s*\n+")
_BLOCKS = ("p", "div", "li", "tr", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "table")


def clean(text: str) -> str:
    r"""Text without control characters and lone surrogates; everything else stays as typed.

    >>> clean("order\x00 7\ud800"), clean("as typed\n")
    ('order 7�', 'as typed\n')
    """
    if _CONTROL.search(text) is None:
        return text
    text = _BREAKS.sub("\n", text)
    return _CONTROL.sub(lambda m: "\ufffd" if m.group() >= "\ud800" else "", text)


def plain(markup: str) -> str:
    r"""The words of an HTML fragment, one line per block; scripts and styles are dropped.

    >>> plain("<p>Hi &amp; bye</p><script>x()</script><p>Bob<br>Support</p>")
    'Hi & bye\nBob\nSupport'
    """
    if "<" not in markup:
        return html.unescape(markup).strip()
    soup = parsed(markup)
    for tag in soup(["script", "style", "head", "template"]):
        tag.decompose()
    for tag in soup.find_all("br"):
        tag.replace_with("\n")
    for tag in soup.find_all(_BLOCKS):
        tag.insert_before("\n")
        tag.insert_after("\n")
    lines = (line.strip() for line in soup.get_text().splitlines())
    joined = "\n".join(line for line in lines if line)
    return _BLANK_LINES.sub("\n\n", joined)


def parsed(markup: str) -> BeautifulSoup:
    """Any text as a tree; a declaration the parser rejects (``<![;``) is text."""
    from bs4 import BeautifulSoup
    from bs4.exceptions import ParserRejectedMarkup

    with warnings.catch_warnings():
        # It guesses that some messages are XML or a file name; they are messages.
        warnings.simplefilter("ignore")
        try:
            return BeautifulSoup(markup, "html.parser")
        except ParserRejectedMarkup:
            return BeautifulSoup(markup.replace("<!", "&lt;!"), "html.parser")
