from datetime import UTC, datetime, timedelta
from pathlib import Path

from cxscore.knowledge import Article, KnowledgeBase
from cxscore.label import Design, Label, Sampling
from cxscore.store import Ledger

DAY = datetime(2026, 5, 1, tzinfo=UTC)


def base(digest: str, *texts: str, as_of: datetime | None = None) -> KnowledgeBase:
    articles = tuple(
        Article(id=f"{n}.md", title=f"T{n}", text=text) for n, text in enumerate(texts)
    )
    return KnowledgeBase(articles=articles, digest=digest, as_of=as_of)


def test_snapshots_come_back_as_they_were_oldest_first(tmp_path: Path):
    late = base("bb", "Refunds take 5 days.", "Hours: 9-17", as_of=DAY + timedelta(days=30))
    early = base("aa", "Refunds take 14 days.", "Hours: 9-17", as_of=DAY)
    undated = base("cc", "Hours: 9-17")
    with Ledger.open(tmp_path / "a.db") as store:
        assert store.add_knowledge(late, DAY)
        assert store.add_knowledge(early, DAY)
        assert store.add_knowledge(undated, DAY + timedelta(days=7))
        assert not store.add_knowledge(early, DAY + timedelta(days=1))
    with Ledger.open(tmp_path / "a.db") as store:
        assert store.knowledge_history() == (early, undated, late)
        # An article kept from day to day is stored once.
        assert store._connection.execute("SELECT count(*) FROM kb_article").fetchone() == (4,)
        assert store.summary().snapshots == 3


def test_an_article_that_comes_back_is_a_snapshot_of_its_own(tmp_path: Path):
    with Ledger.open(tmp_path / "a.db") as store:
        store.add_knowledge(base("aa", "old", as_of=DAY), DAY)
        store.add_knowledge(base("bb", "new", as_of=DAY + timedelta(days=1)), DAY)
        assert store.add_knowledge(base("aa", "old", as_of=DAY + timedelta(days=2)), DAY)
        assert [kb.digest for kb in store.knowledge_history()] == ["aa", "bb", "aa"]


def test_a_snapshot_without_articles_and_no_snapshot_at_all(tmp_path: Path):
    with Ledger.open(tmp_path / "a.db") as store:
        assert store.knowledge_history() == ()
        store.add_knowledge(base("00"))
        assert [kb.articles for kb in store.knowledge_history()] == [()]


def test_labels_are_kept_once_with_everything_they_say(tmp_path: Path):
    label = Label(
        conversation_id="c1",
        criterion="tone",
        level=4,
        rater="anna",
        time=DAY,
        sampling=Sampling(design=Design.RANDOM, inclusion_probability=0.1),
        comment="kind throughout",
    )
    na = Label(conversation_id="c1", criterion="refund", level=None, rater="anna")
    with Ledger.open(tmp_path / "a.db") as store:
        assert store.add_labels([label, na]) == 2
        assert store.add_labels([na, label]) == 0
        assert tuple(store.labels()) == (label, na)
