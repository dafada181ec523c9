from __future__ import annotations

import pickle
import random
from datetime import UTC, datetime

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxscore.grounding.passages import LONGEST, passages
from cxscore.grounding.retrieval import LexicalRetriever
from cxscore.grounding.words import terms
from cxscore.knowledge import Article, KnowledgeBase


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


ARTICLES = (
    Article(
        id="ship", title="Shipping", text="# Shipping\nParcels take 3 days.\n## Cost\nIt costs €4."
    ),
    Article(
        id="old", title="Returns", text="Return within 30 days.", valid_until=day("2026-03-01")
    ),
    Article(id="new", title="Returns", text="Return within 45 days.", valid_from=day("2026-03-01")),
    Article(id="tea", title="Tea", text="Opened tea cannot be returned."),
)


def base(*articles: Article, as_of: datetime | None = None) -> KnowledgeBase:
    return KnowledgeBase(articles=articles, digest="d", as_of=as_of)


def ids(retriever: LexicalRetriever, query: str, at: datetime | None) -> list[str]:
    return [h.passage.article_id for h in retriever.search([query], at=at, limit=10)[0]]


def test_the_best_passage_comes_first_and_strangers_are_no_hits() -> None:
    retriever = LexicalRetriever(base(*ARTICLES))
    assert ids(retriever, "How long do parcels take?", None) == ["ship"]
    assert retriever.search(["zebra quantum", ""], at=None, limit=5) == [[], []]


@pytest.mark.parametrize(
    ("at", "expected"),
    [("2026-02-28", {"old", "tea"}), ("2026-03-01", {"new", "tea"}), (None, {"new", "tea"})],
)
def test_articles_are_found_in_their_time_only(at: str | None, expected: set[str]) -> None:
    time = None if at is None else day(at)
    assert set(ids(LexicalRetriever(base(*ARTICLES)), "return returned", time)) == expected


def test_hits_newer_than_the_conversation_are_flagged() -> None:
    snapshot = LexicalRetriever(base(*ARTICLES, as_of=day("2026-05-01")))
    assert all(
        h.newer_than_conversation
        for h in snapshot.search(["tea"], at=day("2026-04-01"), limit=3)[0]
    )
    assert not any(
        h.newer_than_conversation
        for h in snapshot.search(["tea"], at=day("2026-05-02"), limit=3)[0]
    )
    reworded = Article(id="a", title="Tea", text="Green tea.", updated_at=day("2026-06-01"))
    hit = LexicalRetriever(base(reworded)).search(["tea"], at=day("2026-05-02"), limit=1)[0][0]
    assert hit.newer_than_conversation


def test_a_batch_answers_as_single_queries_do() -> None:
    retriever = LexicalRetriever(base(*ARTICLES))
    queries = ["parcels cost", "tea", "", "return within days", "parcels parcels"]
    batch = retriever.search(queries, at=None, limit=3)
    assert batch == [retriever.search([q], at=None, limit=3)[0] for q in queries]
    assert all(len(hits) <= 3 for hits in batch)


def test_the_order_of_articles_and_a_trip_through_pickle_change_nothing() -> None:
    retriever = LexicalRetriever(base(*ARTICLES))
    asked = retriever.search(["return tea parcels"], at=None, limit=9)
    shuffled = list(ARTICLES)
    random.Random(3).shuffle(shuffled)
    assert (
        LexicalRetriever(base(*shuffled)).search(["return tea parcels"], at=None, limit=9) == asked
    )
    copy = pickle.loads(pickle.dumps(retriever))
    assert copy.search(["return tea parcels"], at=None, limit=9) == asked
    assert copy.fingerprint == retriever.fingerprint


def test_an_empty_base_finds_nothing() -> None:
    assert LexicalRetriever(base()).search(["tea"], at=None, limit=5) == [[]]
    blank = Article(id="x", title="", text="")
    assert LexicalRetriever(base(blank)).search(["tea"], at=None, limit=5) == [[]]


WORDS = st.lists(
    st.sampled_from(["tea", "parcel", "return", "refund", "kettle", "day"]), max_size=6
)


@given(st.lists(WORDS.filter(bool), min_size=1, max_size=5), WORDS)
def test_scores_are_those_bm25s_gives(texts: list[list[str]], query: list[str]) -> None:
    from cxscore.grounding.retrieval import _Scores

    documents = [terms(" ".join(t)) for t in texts]
    asked = terms(" ".join(query))
    model = bm25s.BM25()
    model.index([*documents, ["\x00"]], show_progress=False)
    expected = np.zeros(len(texts))
    if asked:
        expected = model.get_scores(asked)[:-1]
    assert np.allclose(_Scores(documents).of([asked])[0], expected, atol=1e-5)


LINES = st.lists(
    st.one_of(
        st.sampled_from(["# Top", "## Inner", "", "- item one", "A sentence. Another one."]),
        st.integers(1, 400).map(lambda n: "word " * n),
        st.integers(1, 2000).map(lambda n: "x" * n),
    ),
    max_size=12,
)


@given(LINES)
def test_passages_are_short_and_hold_every_word_but_headings(lines: list[str]) -> None:
    article = Article(id="a", title="T", text="\n".join(lines))
    cut = passages(article)
    assert all(p.text.strip() and len(p.text) <= LONGEST + 60 for p in cut)
    body = "".join(x for x in lines if not x.startswith("#"))
    kept = "".join(p.text for p in cut)
    for mark in ("x", "w"):
        assert kept.count(mark) >= body.count(mark)


def test_a_passage_names_the_headings_above_it() -> None:
    text = "# Shop\nIntro " + "a " * 400 + "\n## Money\n### Refunds\n" + "b " * 300
    cut = passages(Article(id="a", title="Shop", text=text))
    assert [p.heading for p in cut] == [None, "Money > Refunds"]
