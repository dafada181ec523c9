"""Articles cut into passages short enough to be shown beside a quote."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cxscore.grounding import sentences
from cxscore.knowledge import Article, Passage

LONGEST = 900
"""Characters of a passage. On the bank base 900 found more than 500 (docs/grounding.md)."""

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
_FENCE = re.compile(r"\s*(```|~~~)")


def passages(article: Article) -> tuple[Passage, ...]:
    """The passages of an article, in order: by heading, small neighbours together.

    An article without words has none.
    """
    found: list[Passage] = []
    buffer: list[str] = []
    size = 0
    heading: str | None = None

    def flush() -> None:
        nonlocal size
        if buffer:
            found.append(_passage(article, heading, "\n".join(buffer)))
            buffer.clear()
            size = 0

    for path, block in _sections(article):
        parts = list(_packed(block))
        # A section joins the one before it when both fit: a bare heading is no passage.
        if not parts or size + sum(map(len, parts)) > LONGEST:
            flush()
        if not buffer:
            heading = path
        elif path is not None:
            parts[0] = f"{path.rsplit(' > ', 1)[-1]}\n{parts[0]}"
        for part in parts:
            if size + len(part) > LONGEST:
                flush()
                heading = path
            buffer.append(part)
            size += len(part) + 1
    flush()
    return tuple(found)


def _passage(article: Article, heading: str | None, text: str) -> Passage:
    return Passage(
        article_id=article.id, title=article.title, heading=heading, text=text, url=article.url
    )


def _sections(article: Article) -> Iterator[tuple[str | None, str]]:
    """(heading path, text under it) of every section with text."""
    path: list[tuple[int, str]] = []
    lines: list[str] = []
    fenced = False
    for line in article.text.splitlines():
        fenced ^= _FENCE.match(line) is not None
        heading = None if fenced else _HEADING.match(line)
        if heading is None:
            lines.append(line)
            continue
        if any(map(str.strip, lines)):
            yield _named(article, path), "\n".join(lines)
        lines = []
        depth = len(heading[1])
        path = [(d, name) for d, name in path if d < depth]
        path.append((depth, heading[2]))
    if any(map(str.strip, lines)):
        yield _named(article, path), "\n".join(lines)


def _named(article: Article, path: list[tuple[int, str]]) -> str | None:
    names = [name for _, name in path if name and name != article.title]
    return " > ".join(names) or None


def _packed(block: str) -> Iterator[str]:
    """The lines of a block packed into pieces of at most ``LONGEST`` characters."""
    piece = ""
    for line in block.splitlines():
        for part in _short(line.rstrip()):
            if piece and len(piece) + 1 + len(part) > LONGEST:
                yield piece.strip("\n")
                piece = part
            else:
                piece = f"{piece}\n{part}" if piece else part
    if piece.strip():
        yield piece.strip("\n")


def _short(line: str) -> Iterator[str]:
    """A line as it is, or by sentences and then by words when it is too long."""
    if len(line) <= LONGEST:
        yield line
        return
    for start, end in sentences.split(line):
        while end - start > LONGEST:
            cut = line.rfind(" ", start + 1, start + LONGEST)
            cut = cut if cut > start else start + LONGEST
            yield line[start:cut]
            start = cut + (line[cut : cut + 1] == " ")
        yield line[start:end]
