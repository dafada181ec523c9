"""The work that is measured: conversations and articles made from the invented workspace."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

from cxscore.knowledge import Article
from cxscore.readers.knowledge import read_articles
from cxscore.resources import data_dir


def articles(count: int) -> tuple[Article, ...]:
    """``count`` articles: those of the workspace, then their sections as articles of their own."""
    whole = read_articles(data_dir("examples") / "kb")
    parts = [
        Article(id=f"{a.id}-{n}", title=a.title, text=text)
        for a in whole
        for n, text in enumerate(a.text.split("\n\n"))
        if len(text) > 200
    ]
    return tuple(itertools.islice(itertools.chain(whole, parts), count))


def write_articles(folder: Path, count: int) -> None:
    """``articles`` as a folder of Markdown files."""
    folder.mkdir(parents=True, exist_ok=True)
    for n, article in enumerate(articles(count)):
        (folder / f"article-{n:03}.md").write_text(
            f"# {article.title}\n\n{article.text}\n", "utf-8"
        )


def conversations(count: int, turns: int) -> Iterator[dict[str, object]]:
    """Canonical conversations of ``turns`` turns, customer and AI agent in turn, all different."""
    said = _words()
    for n in range(count):
        lines = []
        for t in range(turns):
            role = ("customer", "ai_agent")[t % 2]
            text = said[role][(n * 7 + t * 3) % len(said[role])]
            lines.append({"role": role, "text": text if t else f"Case {n}. {text}"})
        yield {"id": f"bench-{n:07}", "turns": lines, "tool_log": True}


def _words() -> dict[str, list[str]]:
    said: dict[str, list[str]] = {"customer": [], "ai_agent": []}
    path = data_dir("examples") / "conversations.jsonl"
    for line in path.read_text("utf-8").splitlines():
        conversation = json.loads(line)
        if conversation.get("language") == "en":
            for turn in conversation["turns"]:
                if turn["role"] in said and turn["text"].strip():
                    said[turn["role"]].append(turn["text"])
    return said
