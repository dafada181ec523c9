"""Recall of the lexical retriever on tau2's bank base, beside plain BM25 over whole documents.

    python eval/retrieval/bank.py [--shared DIR]

Writes ``results.json`` beside this file and the table between the markers of docs/grounding.md.
The query is a task's whole reason for calling; the gold is the documents the task's author named.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cxscore.grounding.retrieval import LexicalRetriever
from cxscore.readers.knowledge import knowledge_base, read_articles

ROOT = Path(__file__).resolve().parents[2]
DEPTH = 60
"""Passages asked for, so that at least ten articles come back."""


def shared_folder() -> Path:
    return Path(os.environ.get("CXSCORE_SHARED", ROOT.parent / "shared"))


def measure(shared: Path) -> dict[str, Any]:
    """Recall and hit rate at 1, 5 and 10 articles, of both ways, in one run."""
    base = shared / "data" / "tau2"
    articles = read_articles(base / "kb" / "banking_knowledge")
    lines = (base / "banking_required_documents.jsonl").read_text().splitlines()
    tasks = [t for t in map(json.loads, lines) if t["required_documents"]]
    queries = [t["reason_for_call"] for t in tasks]
    gold = [set(t["required_documents"]) for t in tasks]
    texts = {a.id.removesuffix(".md"): a.text for a in articles}
    return {
        "articles": len(articles),
        "queries": len(tasks),
        "gold_documents_per_query": round(sum(map(len, gold)) / len(gold), 2),
        "plain_bm25": score(gold, plain(texts, queries)),
        "cxscore": score(gold, ours(articles, queries)),
    }


def ours(articles: Sequence[Any], queries: Sequence[str]) -> list[list[str]]:
    found = LexicalRetriever(knowledge_base(articles, None)).search(queries, at=None, limit=DEPTH)
    return [
        list(dict.fromkeys(h.passage.article_id.removesuffix(".md") for h in hits))
        for hits in found
    ]


def plain(texts: Mapping[str, str], queries: Sequence[str]) -> list[list[str]]:
    """bm25s as its documentation shows it: own tokenizer, defaults, whole documents."""
    import bm25s

    ids = list(texts)
    model = bm25s.BM25()
    model.index(bm25s.tokenize(list(texts.values()), show_progress=False), show_progress=False)
    asked = bm25s.tokenize(list(queries), show_progress=False)
    ranked, _ = model.retrieve(asked, k=10, show_progress=False)
    return [[ids[i] for i in row] for row in ranked]


def score(gold: Sequence[set[str]], ranked: Sequence[list[str]]) -> dict[str, float]:
    out = {}
    for k in (1, 5, 10):
        shares = [len(g & set(r[:k])) / len(g) for g, r in zip(gold, ranked, strict=True)]
        out[f"recall_at_{k}"] = round(sum(shares) / len(shares), 4)
        out[f"hit_at_{k}"] = round(sum(s > 0 for s in shares) / len(shares), 4)
    return out


def table(result: Mapping[str, Any]) -> str:
    rows = ["| | recall@5 | recall@10 | any gold in 5 | any gold in 10 |", "|---|---|---|---|---|"]
    for key, name in (("plain_bm25", "bm25s over whole documents"), ("cxscore", "cxscore")):
        r = result[key]
        rows.append(
            f"| {name} | {r['recall_at_5']:.3f} | {r['recall_at_10']:.3f} "
            f"| {r['hit_at_5']:.3f} | {r['hit_at_10']:.3f} |"
        )
    rows.append("")
    rows.append(
        f"{result['queries']} queries, {result['articles']} articles, "
        f"{result['gold_documents_per_query']} gold documents a query."
    )
    return "\n".join(rows)


def write_between(path: Path, name: str, text: str) -> None:
    """Replace what stands between two markers of a page."""
    begin, end = f"<!-- {name}: generated -->", f"<!-- {name}: end -->"
    page = path.read_text(encoding="utf-8")
    before, rest = page.split(begin, 1)
    path.write_text(f"{before}{begin}\n{text}\n{end}{rest.split(end, 1)[1]}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=shared_folder())
    result = measure(parser.parse_args().shared)
    (Path(__file__).parent / "results.json").write_text(json.dumps(result, indent=2) + "\n")
    write_between(ROOT / "docs" / "grounding.md", "retrieval", table(result))
    print(table(result))


if __name__ == "__main__":
    main()
