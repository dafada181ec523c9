#!/usr/bin/env python3
"""What cxscore's asks over the workload consist of; run with the Python cxscore is installed in.

    python prompt_parts.py --n 200

Tokens are characters / 4. ``frame`` is what the conversation's part of a prompt holds beside the
words of the transcript and the text of the passages: headings, fences, turn ids, roles, quoting.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path

from cxscore.desk.judge_names import open_prompt
from cxscore.grounding.library import Library
from cxscore.judges.one_pass import OnePassJudge
from cxscore.judging import Ask, step
from cxscore.readers import read, rubrics
from cxscore.readers.knowledge import knowledge_base, read_articles
from cxscore.resources import rubric_path
from cxscore.transcript import Record, blind

import workload
from peers import cxscore_peer

PASSAGES, CONVERSATION = "# Passages of the knowledge base\n", "# The conversation\n"
TARGET = 300


def first_asks(n: int, place: Path) -> list[tuple[int, Ask]]:
    """Characters of the transcript, and the grading ask, of each conversation."""
    source, kb = place / "conversations.jsonl", place / "kb.jsonl"
    workload.write(n, str(source), str(kb))
    chats = place / "chats.jsonl"
    chats.write_text("".join(map(cxscore_peer.canonical, source.open())), "utf-8")
    cxscore_peer.write_articles(kb, place / "kb")
    judge = OnePassJudge(
        rubric=rubrics.load(rubric_path("cx")),
        library=Library((knowledge_base(read_articles(place / "kb"), None),)),
        prompt=open_prompt("rubric"),
        model="openai:gpt-4o-mini",
        settings="",
        secret=b"bench",
    )
    found = []
    for record in read([chats], format="canonical"):
        assert isinstance(record, Record)
        transcript = blind(record.conversation)
        asked = step(judge.deliberate(transcript), None)
        assert isinstance(asked, tuple)
        found.append((sum(len(t.text) for t in transcript.turns), asked[0]))
    return found


def parts(words: int, ask: Ask) -> dict[str, float]:
    """The weight of one prompt's parts in tokens."""
    passages, _ = ask.user.split(CONVERSATION)
    shown = sum(
        len(line) for line in passages.splitlines() if not line.startswith(("[P", PASSAGES.strip()))
    )
    return {
        "system": len(ask.system) / 4,
        "schema": len(json.dumps(ask.schema, separators=(",", ":"))) / 4,
        "passages": shown / 4,
        "transcript": words / 4,
        "frame": (len(ask.user) - shown - words) / 4,
    }


def main() -> None:
    """Print median and largest of each part as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=200)
    with tempfile.TemporaryDirectory() as folder:
        asks = first_asks(parser.parse_args().n, Path(folder))
    rows = [parts(words, ask) for words, ask in asks]
    line = {
        part: {
            "median": round(statistics.median(r[part] for r in rows)),
            "largest": round(max(r[part] for r in rows)),
        }
        for part in rows[0]
    }
    print(
        json.dumps(
            {
                "bench": "prompt_parts",
                "n": len(rows),
                "system_texts": len({ask.system for _, ask in asks}),
                **line,
                "target_frame": TARGET,
                "ok": line["frame"]["largest"] <= TARGET,
            }
        )
    )


if __name__ == "__main__":
    main()
