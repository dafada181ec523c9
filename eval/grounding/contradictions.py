"""Numeric contradictions: how often found where none was put, and where one was.

    python eval/grounding/contradictions.py [--shared DIR] [--list]

The public transcripts hold next to no wrong amounts, so precision cannot be read off them alone.
Four counts:

* ``as_said``: claims with an amount in tau-bench and tau2, as the agents made them; each hit is
  read by eye (``contradictions_read.csv``).
* ``agents_altered``: agents' sentences whose amount an article holds, the amount changed.
* ``bank_altered``: sentences of the bank base with their amount changed.
* ``bank_own_article_missing``: the same sentences unchanged, held against the base without their
  article: sibling products have other fees, and every hit is wrong.

``--list`` prints the flagged pairs of the first two, and the first 25 of
the third, with their ids, for reading.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from results import HERE, ROOT, write

from cxscore.errors import TranscriptError
from cxscore.grounding import sentences
from cxscore.grounding.claims import WIDELY, check_claims, claims
from cxscore.grounding.contradiction import Contradiction, contradiction
from cxscore.grounding.library import Library, Shelf
from cxscore.grounding.quantities import quantities
from cxscore.knowledge import KnowledgeBase
from cxscore.readers import read
from cxscore.readers.knowledge import knowledge_base, read_articles
from cxscore.transcript import Transcript, Turn, blind
from cxscore.verdict import ClaimCheck, ClaimVerdict

Pair = tuple[str, ClaimCheck]
SAMPLE = 600
READ_OF_BANK = 25


def transcripts(shared: Path) -> Iterator[tuple[Transcript, Shelf]]:
    data = shared / "data"
    files = [
        (f, f"tau2/kb/{f.stem.split('_')[-1]}") for f in (data / "tau2/results").glob("*.json")
    ]
    files.append((data / "tau_bench/gpt-4o-airline.json", "tau_bench/kb/airline"))
    for path, kb in sorted(files):
        shelf = Library([knowledge_base(read_articles(data / kb), None)]).at(None)
        for record in read([path]):
            if not isinstance(record, TranscriptError) and shelf is not None:
                yield replace(blind(record.conversation), started_at=None), shelf


def altered(text: str) -> str:
    """The text with its first amount made another one, three times as large and one more."""
    amount = quantities(text)[0]
    part = text[amount.start : amount.end]
    changed = re.sub(
        r"\d[\d,]*(?:\.\d+)?", lambda m: str(int(float(m[0].replace(",", "")) * 3 + 1)), part
    )
    return text[: amount.start] + changed + text[amount.end :]


def as_said(shared: Path) -> tuple[int, list[Pair]]:
    """Claims with an amount, and those called contradicted."""
    n, found = 0, []
    for transcript, shelf in transcripts(shared):
        n += sum(bool(quantities(c.quote.text)) for c in claims(transcript))
        found += contradicted(transcript, shelf)
    return n, found


def agents_altered(shared: Path) -> tuple[int, list[Pair]]:
    """Sentences of agents an article supports with their amount, each changed once."""
    seen: set[str] = set()
    found: list[Pair] = []
    for transcript, shelf in transcripts(shared):
        for check in check_claims(transcript, shelf):
            text = check.quote.text
            held = check.verdict is ClaimVerdict.SUPPORTED_BY_ARTICLE
            if not held or not any(c.isdigit() for q in quantities(text)[:1] for c in q.text):
                continue
            if text in seen:
                continue
            seen.add(text)
            turn = check.quote.turn
            before = transcript.turns[:turn]
            wrong = Turn(role=transcript.turns[turn].role, text=altered(text))
            changed = replace(transcript, turns=(*before, wrong))
            found += [p for p in contradicted(changed, shelf) if p[1].quote.turn == turn]
    return len(seen), found


def contradicted(transcript: Transcript, shelf: Shelf) -> list[Pair]:
    return [
        (transcript.id, c)
        for c in check_claims(transcript, shelf)
        if c.verdict is ClaimVerdict.CONTRADICTED
    ]


def bank_sample(shared: Path) -> tuple[KnowledgeBase, list[tuple[str, str]]]:
    """The bank base, and sentences of it that hold an amount, with their articles."""
    articles = read_articles(shared / "data/tau2/kb/banking_knowledge")
    kb = knowledge_base(articles, None)
    stated = [
        (a.id, a.text[start:end])
        for a in articles
        for start, end in sentences.split(a.text)
        if end - start > 30 and quantities(a.text[start:end])
    ]
    return kb, random.Random(0).sample(stated, SAMPLE)


def bank(shared: Path) -> dict[str, dict[str, Any]]:
    kb, sample = bank_sample(shared)
    flagged = list(bank_altered(kb, sample))
    wrong = sum(not right for *_, right in flagged)
    missing = bank_missing(kb, sample)
    return {
        "bank_altered": {"n": SAMPLE, "flagged": len(flagged), "wrong": wrong, "unread": 0},
        "bank_own_article_missing": {
            "n": SAMPLE,
            "flagged": missing,
            "wrong": missing,
            "unread": 0,
        },
    }


def bank_altered(
    kb: KnowledgeBase, sample: list[tuple[str, str]]
) -> Iterator[tuple[str, str, Contradiction, bool]]:
    """Article, changed sentence, contradiction, and whether it is against that article."""
    texts = [altered(t) for _, t in sample]
    for (article, _), text, found in zip(sample, texts, search(kb, texts), strict=True):
        clash = contradiction(text, found)
        if clash is not None:
            yield article, text, clash, found[clash.passage].passage.article_id == article


def bank_missing(kb: KnowledgeBase, sample: list[tuple[str, str]]) -> int:
    hits = search(kb, [t for _, t in sample])
    return sum(
        contradiction(text, [h for h in found if h.passage.article_id != article]) is not None
        for (article, text), found in zip(sample, hits, strict=True)
    )


def search(kb: KnowledgeBase, texts: list[str]) -> list[list[Any]]:
    shelf = Library([kb]).at(None)
    return [] if shelf is None else shelf.retriever.search(texts, at=None, limit=WIDELY)


def short_id(*parts: object) -> str:
    """Short and stable, without the data's words."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:10]


def show(shared: Path, pairs: list[Pair]) -> None:
    """Everything that was flagged, for reading."""
    for pair in pairs:
        check = pair[1]
        print(f"agent {pair_id(pair)} {check.quote.text!r}\n    {check.reason}")
        print(f"    {check.passage.text!r}" if check.passage else "")
    for article, text, clash, right in list(bank_altered(*bank_sample(shared)))[:READ_OF_BANK]:
        print(f"bank {short_id(article, text)} {text!r}\n    {clash.sentence!r} own={right}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(os.environ.get("CXSCORE_SHARED", ROOT.parent / "shared"))
    parser.add_argument("--shared", type=Path, default=default)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    said, natural = as_said(options.shared)
    planted, caught = agents_altered(options.shared)
    if options.list:
        show(options.shared, [*natural, *caught])
        return
    write(
        "contradictions",
        {
            "as_said": {"n": said, **counts(natural)},
            "agents_altered": {"n": planted, **counts(caught)},
            **bank(options.shared),
        },
    )


def counts(pairs: list[Pair]) -> dict[str, int]:
    """Flagged, and how many of them a reader found wrong or has not read yet."""
    with (HERE / "contradictions_read.csv").open(newline="") as lines:
        read_by_eye = {row["id"]: row["verdict"] for row in csv.DictReader(lines)}
    verdicts = [read_by_eye.get(pair_id(p)) for p in pairs]
    return {
        "flagged": len(pairs),
        "wrong": sum(v is not None and v != "ok" for v in verdicts),
        "unread": verdicts.count(None),
    }


def pair_id(pair: Pair) -> str:
    transcript, check = pair
    return short_id(transcript, check.quote.turn, check.quote.text)


if __name__ == "__main__":
    main()
