from __future__ import annotations

import pickle
from datetime import UTC, datetime

from cxscore.grounding.library import Library
from cxscore.knowledge import Article, KnowledgeBase


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def snapshot(digest: str, as_of: str | None, *articles: Article) -> KnowledgeBase:
    return KnowledgeBase(articles=articles, digest=digest, as_of=day(as_of) if as_of else None)


JANUARY = snapshot(
    "jan", "2026-01-01", Article(id="a", title="A", text="Old words. Call 0800 123 4567.")
)
MARCH = snapshot(
    "mar",
    "2026-03-01",
    Article(id="a", title="A", text="New words.", always=True),
    Article(id="b", title="B", text="Gone.", valid_until=day("2026-03-05"), always=True),
)


def chosen(library: Library, time: datetime | None) -> tuple[str, float | None]:
    shelf = library.at(time)
    assert shelf is not None
    return shelf.knowledge.digest, shelf.knowledge.gap_days


def test_the_newest_snapshot_not_later_than_the_conversation_counts() -> None:
    library = Library([MARCH, JANUARY])
    assert chosen(library, day("2026-02-01")) == ("jan", 31.0)
    assert chosen(library, day("2026-03-01")) == ("mar", 0.0)
    assert chosen(library, day("2025-12-31")) == ("jan", -1.0)
    assert chosen(library, None) == ("mar", None)
    assert chosen(library, datetime(2026, 2, 1)) == ("jan", 31.0)


def test_no_snapshot_no_shelf_and_undated_ones_are_the_oldest() -> None:
    assert Library([]).at(day("2026-01-01")) is None
    undated = snapshot("none", None, Article(id="x", title="X", text="x"))
    assert chosen(Library([undated]), day("2026-01-01")) == ("none", None)
    assert chosen(Library([JANUARY, undated]), day("2026-02-01")) == ("jan", 31.0)


def test_policies_stand_on_the_shelf_while_they_hold() -> None:
    library = Library([MARCH])
    before, after = library.at(day("2026-03-02")), library.at(day("2026-03-09"))
    assert before is not None
    assert after is not None
    assert [a.id for a in before.always] == ["a", "b"]
    assert [a.id for a in after.always] == ["a"]
    assert [a.id for a in after.expired] == ["b"]


def test_older_wordings_count_as_expired_and_contacts_are_known() -> None:
    library = Library([JANUARY, MARCH])
    shelf = library.at(day("2026-04-01"))
    first = library.at(day("2026-01-05"))
    assert shelf is not None
    assert first is not None
    assert "Old words. Call 0800 123 4567." in [a.text for a in shelf.expired]
    assert first.contacts == {"08001234567"}
    assert shelf.contacts == frozenset()


def test_a_library_survives_pickling() -> None:
    library = Library([JANUARY, MARCH])
    copy = pickle.loads(pickle.dumps(library))
    shelf = copy.at(day("2026-02-01"))
    assert shelf.retriever.search(["old words"], at=None, limit=1)[0][0].passage.article_id == "a"
    assert len(copy) == 2
    assert copy.fingerprint == library.fingerprint
