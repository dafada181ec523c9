from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cxscore.errors import KnowledgeError
from cxscore.knowledge import Article
from cxscore.readers.knowledge import check_folder, knowledge_base, read_articles


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def put(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def one(folder: Path) -> Article:
    (article,) = read_articles(folder)
    return article


def test_markdown_with_front_matter(tmp_path: Path) -> None:
    put(
        tmp_path,
        "shop/returns.md",
        "---\ntitle: Returning\nid: ret\nurl: https://a.example/r\nlanguage: en\n"
        "valid_from: 2026-01-15\nvalid_until: '2026-09-21T00:00:00+02:00'\nalways: true\n"
        "updated: 2026-02-01\nowner: Ann\n---\n# Ignored title\n\nThirty days.\n",
    )
    assert one(tmp_path) == Article(
        id="ret",
        title="Returning",
        text="# Ignored title\n\nThirty days.",
        url="https://a.example/r",
        language="en",
        valid_from=day("2026-01-15"),
        valid_until=datetime(2026, 9, 20, 22, tzinfo=UTC),
        always=True,
        updated_at=day("2026-02-01"),
    )


@pytest.mark.parametrize(
    ("name", "text", "title", "body"),
    [
        ("a/b.md", "# Tea #\r\n\r\nHot.", "Tea", "# Tea #\n\nHot."),
        ("b.md", "Plain opening\nmore", "Plain opening", "Plain opening\nmore"),
        ("c.txt", "\ufeffFirst line\n\nRest", "First line", "First line\n\nRest"),
        ("d.md", "---\n---\nBody here", "Body here", "Body here"),
    ],
)
def test_titles_come_from_the_text_when_not_told(
    tmp_path: Path, name: str, text: str, title: str, body: str
) -> None:
    put(tmp_path, name, text)
    article = one(tmp_path)
    assert (article.id, article.title, article.text) == (name, title, body)
    assert article.valid_from is None
    assert not article.always


def test_html_keeps_what_a_reader_sees(tmp_path: Path) -> None:
    put(
        tmp_path,
        "p.html",
        "<html lang='de'><head><title>Site</title><style>x{}</style>"
        "<meta name='valid_from' content='2026-03-01'><link rel='canonical' href='https://a.example/p'>"
        "</head><body><nav>Menu</nav><h1>Porto</h1><p>Ab <b>45 €</b> frei.<br>Sonst 4,50 €.</p>"
        "<h2>Orte</h2><ul><li>Wien</li><li>Graz</li></ul><script>alert(1)</script></body></html>",
    )
    article = one(tmp_path)
    assert (article.title, article.language, article.url) == ("Porto", "de", "https://a.example/p")
    assert article.valid_from == day("2026-03-01")
    lines = [line for line in article.text.splitlines() if line]
    assert lines == [
        "# Porto", "Ab 45 € frei.", "Sonst 4,50 €.", "## Orte", "- Wien", "- Graz",
    ]  # fmt: skip


ZENDESK = {
    "id": 360001,
    "title": "Returns",
    "body": "<h2>How</h2><p>Send it back.</p>",
    "html_url": "https://a.example/360001",
    "locale": "en-us",
    "created_at": "2026-01-02T10:00:00Z",
    "updated_at": "2026-05-02T10:00:00Z",
}
INTERCOM = {
    "id": "99",
    "title": "Points",
    "body": "Plain points",
    "state": "published",
    "created_at": 1767312000,
    "updated_at": 1767398400,
}


@pytest.mark.parametrize("wrap", [lambda a: a, lambda a: {"articles": a}, lambda a: {"data": a}])
def test_help_centre_json(tmp_path: Path, wrap) -> None:
    drafts = [{**ZENDESK, "id": 2, "draft": True}, {**INTERCOM, "id": "3", "state": "draft"}]
    put(tmp_path, "export.json", json.dumps(wrap([ZENDESK, INTERCOM, *drafts])))
    first, second = read_articles(tmp_path)
    assert (first.id, first.url, first.language) == ("360001", "https://a.example/360001", "en-us")
    assert first.text == "## How\n\nSend it back."
    assert first.valid_from == datetime(2026, 1, 2, 10, tzinfo=UTC)
    assert first.updated_at == datetime(2026, 5, 2, 10, tzinfo=UTC)
    assert (second.id, second.text, second.valid_from) == ("99", "Plain points", day("2026-01-02"))


@pytest.mark.parametrize(
    ("name", "content", "line", "says"),
    [
        ("a.md", b"ok\nfine\n\xff\xfe", 3, "0xff"),
        ("a.md", b"ok\n\x00\x01", 2, "not text"),
        ("a.md", b"---\ntitle: x\nvalid_from: soon\n---\nb", 3, "found valid_from: soon"),
        ("a.md", b"---\nvalid_from: 2026-02-30\n---\nb", 1, "does not exist"),
        (
            "a.md",
            b"---\nvalid_from: 2026-02-03\nvalid_until: 2026-01-01\n---\nb",
            3,
            "is not after",
        ),
        ("a.md", b"---\ntitle: 'x\n---\nb", None, "not YAML"),
        ("a.md", b"---\n- x\n---\nb", 2, "key: value"),
        ("a.md", b"---\nalways: maybe\n---\nb", 2, "found always: maybe"),
        ("a.json", b'[\n{"id": 1,,}]', 2, "not JSON"),
        ("a.json", b'{"pages": []}', 1, "neither a list"),
        ("a.json", b'[{"id": 1, "title": "x"}]', 1, "has no body"),
        ("a.json", b'[{"id": 1, "body": "x"}, 3]', 2, "is int"),
        ("a.json", b'[{"body": "x"}]', 1, "has no title or id"),
        ("a.pdf", b"%PDF", None, "convert it"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_place(
    tmp_path: Path, name: str, content: bytes, line: int | None, says: str
) -> None:
    path = put(tmp_path, name, content)
    with pytest.raises(KnowledgeError) as caught:
        read_articles(tmp_path)
    assert says in str(caught.value)
    assert str(caught.value).startswith(str(path))
    if line is not None:
        assert caught.value.line == line


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="no article found"):
        read_articles(tmp_path)
    put(tmp_path, ".git/x.md", "hidden")
    put(tmp_path, "logo.png", b"\x89PNG\x00")
    with pytest.raises(KnowledgeError, match="no article found"):
        read_articles(tmp_path)
    with pytest.raises(KnowledgeError, match="no such folder"):
        read_articles(tmp_path / "nowhere")


def test_a_single_file_is_its_own_folder(tmp_path: Path) -> None:
    path = put(tmp_path, "only.md", "Text")
    assert one(path).id == "only.md"


def test_the_digest_sees_content_and_not_order() -> None:
    articles = [Article(id=str(n), title="T", text=f"text {n}") for n in range(5)]
    first = knowledge_base(articles, None)
    random.Random(1).shuffle(articles)
    assert knowledge_base(articles, day("2026-01-01")).digest == first.digest
    articles[0] = replace(articles[0], valid_until=day("2026-01-01"))
    assert knowledge_base(articles, None).digest != first.digest
    assert knowledge_base(articles * 2, None).digest != knowledge_base(articles, None).digest


def findings(folder: Path) -> list[tuple[str, int, str, str]]:
    return [(Path(f.path).name, f.line, f.severity, f.message) for f in check_folder(folder)]


def test_a_clean_folder_has_no_findings(tmp_path: Path) -> None:
    head = "---\nvalid_from: 2026-01-01\n---\n"
    put(
        tmp_path, "a.md", f"{head}# A\nSee [b](b.md) and [mail](mailto:x@y.example) for more words."
    )
    put(tmp_path, "b.md", f"{head}# B\nBack to [a](./a.md#top), enough words to say.")
    assert findings(tmp_path) == []


def test_the_check_reads_on_after_a_broken_file(tmp_path: Path) -> None:
    put(tmp_path, "a.md", "---\nvalid_from: soon\n---\nx")
    put(tmp_path, "b.md", b"\xff")
    found = findings(tmp_path)
    assert [(name, line, severity) for name, line, severity, _ in found] == [
        ("a.md", 2, "error"),
        ("b.md", 1, "error"),
    ]


def test_what_the_check_finds(tmp_path: Path) -> None:
    dated = "valid_from: 2026-01-01\n"
    words = "some words that make a body of text"
    put(tmp_path, "a.md", f"---\nid: x\n{dated}---\n# One\n{words}")
    put(tmp_path, "b.md", f"---\nid: x\n{dated}---\n# Two\n{words}")
    put(tmp_path, "c.md", f"---\n{dated}---\n# one\n{words}")
    put(tmp_path, "d.md", f"---\n{dated}---\n# Empty\n")
    put(tmp_path, "e.md", f"---\n{dated}---\n# Long\n" + "word " * 300)
    put(tmp_path, "f.md", f"# Links\n{words} [gone](gone.md) and [d](d.md)")
    found = {(n, s): m for n, _, s, m in findings(tmp_path)}
    assert set(found) == {
        ("b.md", "error"),
        ("c.md", "warning"),
        ("d.md", "warning"),
        ("e.md", "warning"),
        ("f.md", "warning"),
    }
    messages = [m for *_, m in findings(tmp_path)]
    for part in ("id 'x' also", "title", "next to no text", "is cut at 900", "gone.md", "1 of 6"):
        assert any(part in m for m in messages), part


def test_versions_that_follow_each_other_are_no_duplicates(tmp_path: Path) -> None:
    words = "some words that make a body of text"
    put(tmp_path, "a.md", f"---\nid: x\nvalid_until: 2026-06-01\n---\n# One\n{words}")
    put(tmp_path, "b.md", f"---\nid: x\nvalid_from: 2026-06-01\n---\n# One\n{words}")
    assert findings(tmp_path) == []


def test_links_on_the_help_centres_own_site_are_checked(tmp_path: Path) -> None:
    body = (
        '<a href="x">x</a> words words words [r](https://a.example/nowhere) [o](https://b.example/)'
    )
    put(tmp_path, "e.json", json.dumps([{**ZENDESK, "body": body.replace("<a", "<i")}]))
    (finding,) = findings(tmp_path)
    assert "https://a.example/nowhere" in finding[3]
