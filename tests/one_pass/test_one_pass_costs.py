"""What an ask costs beside the conversation itself, on the examples and on real conversations."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from one_pass_replies import judge

from cxscore import readers, resources
from cxscore.grounding.library import Library
from cxscore.judging import Ask, ask_digest, drive
from cxscore.readers.knowledge import knowledge_base, read_articles
from cxscore.transcript import Record, Transcript, blind

EXAMPLES = resources.data_dir("examples")


def transcripts(path: Path) -> Iterator[Transcript]:
    for record in readers.read([path]):
        if isinstance(record, Record):
            yield blind(record.conversation)


def articles() -> Library:
    return Library([knowledge_base(read_articles(EXAMPLES / "kb"), None)])


def tokens_beside(ask: Ask) -> float:
    """Tokens (characters / 4) of the user part that are neither transcript nor passage text."""
    shown = ask.user.split("BEGIN ", 1)[1].split("\n", 1)[1].rsplit("\nEND ", 1)[0]
    held = 0
    for line in json.loads(shown):
        held += len(line) if isinstance(line, str) else _said(line)
    passages = ask.user.split("# The conversation")[0]
    held += sum(len(p) for p in re.split(r"^\[P\d+\] .*$", passages, flags=re.MULTILINE)[1:])
    return (len(ask.user) - held) / 4


def _said(line: dict[str, Any]) -> int:
    """Who speaks, what is said, and the log: what any form of the transcript would hold."""
    calls = line.get("log", ())
    log = sum(
        len(c["tool"])
        + len(json.dumps(c["args"], ensure_ascii=False, separators=(",", ":")))
        + len(json.dumps(c["result"], ensure_ascii=False))
        for c in calls
    )
    spoken = json.dumps(line.get("text", ""), ensure_ascii=False)
    return len(spoken) + len(line.get("role", "")) + len(line.get("summary", "")) + log


def test_what_is_added_to_an_example_stays_small():
    one_pass = judge(library=articles())
    beside = [tokens_beside(a) for a in _asks(one_pass, EXAMPLES / "conversations.jsonl")]
    assert len(beside) > 90
    assert sum(b <= 300 for b in beside) / len(beside) >= 0.98, "only the longest take more"
    assert sum(beside) / len(beside) <= 160


@pytest.mark.shared
def test_what_is_added_to_a_long_real_conversation_stays_small():
    shared = Path(os.environ.get("CXSCORE_SHARED", Path(__file__).parents[3] / "shared"))
    data = shared / "data" / "tau2_judges" / "airline.jsonl"
    if not data.exists():
        pytest.skip("the development data is not beside the checkout")
    beside = [tokens_beside(a) for a in _asks(judge(), data)]
    assert sum(beside) / len(beside) <= 300


def test_a_reply_that_uses_every_cap_fits_the_room_for_output():
    ask = next(_asks(judge(), EXAMPLES / "conversations.jsonl"))
    full = _filled(ask.schema, ask.schema)
    text = json.dumps(full, separators=(",", ":"))
    assert len(text) / 4 <= ask.max_output_tokens


CAPS = {"requests": 6, "changes": 12, "rules": 8, "actions_claimed": 8, "claims": 8, "solved": 6}
CAPS |= {"acts": 12, "sentiment_path": 6, "evidence": 2, "causes": 2, "legs": 8}


def _filled(node: dict[str, Any], root: dict[str, Any], key: str = "") -> Any:
    if "$ref" in node:
        return _filled(root["$defs"][node["$ref"].rsplit("/", 1)[-1]], root, key)
    if node["type"] == "object":
        return {n: _filled(m, root, n) for n, m in node["properties"].items()}
    if node["type"] == "array":
        return [_filled(node["items"], root, key)] * CAPS[key]
    if "enum" in node:
        return max(node["enum"], key=len)
    if node["type"] == "integer":
        return 12
    return "t1a2" if key in {"turn", "log", "source"} else "word " * 15


class Filler:
    """A server that knows only the schema: first good value, last long turn's words as quote."""

    def __init__(self) -> None:
        self.asks: list[Ask] = []

    def __call__(self, asks: tuple[Ask, ...]) -> tuple[Any, ...]:
        from cxscore.judging import Answered

        (ask,) = asks
        self.asks.append(ask)
        value = self._value(ask.schema, ask.schema, "", ask)
        return (Answered(text=json.dumps(value), model="filler"),)

    def _value(self, node: dict[str, Any], root: dict[str, Any], key: str, ask: Ask) -> Any:
        if "$ref" in node:
            node = root["$defs"][node["$ref"].rsplit("/", 1)[-1]]
        if node["type"] == "object":
            return {n: self._value(m, root, n, ask) for n, m in node["properties"].items()}
        if node["type"] == "array":
            return [self._value(node["items"], root, key, ask)]
        if "enum" in node:
            good = [v for v in node["enum"] if v in {"4", "yes"} or v.startswith("support")]
            return (good or node["enum"])[0]
        if node["type"] == "integer":
            return 4
        if key in {"turn", "quote"}:
            turn, words = self._last(ask)
            return turn if key == "turn" else words[:40].strip()
        return "The agent answered from the knowledge base."

    def _last(self, ask: Ask) -> tuple[str, str]:
        found = re.findall(
            r'"turn":"(\w+)","role":"\w+"(?:,"after":"[^"]*")?,"text":"((?:[^"\\]|\\.)+)"', ask.user
        )
        turn, words = max(found[-2:], key=lambda f: len(f[1]))
        return turn, str(json.loads(f'"{words}"'))


def test_a_model_that_only_fills_the_schema_is_asked_once_for_each_conversation():
    one_pass = judge(library=articles())
    filler, count = Filler(), 0
    for transcript in transcripts(EXAMPLES / "conversations.jsonl"):
        if not any(t.text for t in transcript.turns):
            continue
        drive(one_pass.deliberate(transcript), filler)
        count += 1
    assert count > 90
    assert [a.purpose for a in filler.asks] == ["grade"] * count
    assert len({a.system for a in filler.asks}) == 1
    assert len({ask_digest(a) for a in filler.asks}) == count


def _asks(one_pass: Any, path: Path) -> Iterator[Ask]:
    for transcript in transcripts(path):
        deliberation = one_pass.deliberate(transcript)
        yield next(deliberation)[0]
        deliberation.close()
