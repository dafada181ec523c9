"""The judge and the conversations of the measurement, the same for asking and for scoring."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from cxscore import readers, resources
from cxscore.grounding.library import Library
from cxscore.judges.one_pass import OnePassJudge, Prompt
from cxscore.judging import Answered, Ask, Reply, ask_digest
from cxscore.readers import rubrics
from cxscore.readers.knowledge import knowledge_base, read_articles
from cxscore.transcript import Record

DOMAINS = ("airline", "retail", "telecom", "examples")
SOLVED = 4
"""From this level of resolution on a conversation counts as handled correctly."""
SECRET = b"tau2 measurement"
"""Fixed, so that asks and replies of different days fit; nothing secret is measured."""
_TELECOM_DAY = "2025-02-25"
"""What the telecom policy says the current date is."""
_TWIN = "tech_support_workflow"
"""The content of telecom's other manual in another form; each agent was given one of the two."""


def judge(shared: Path, domain: str, *, rubric: str = "cx", prompt: str = "rubric") -> OnePassJudge:
    """The one-pass judge with the domain's policy as documents that always stand whole."""
    if domain == "examples":
        shown = list(read_articles(resources.data_dir("examples") / "kb"))
    else:
        articles = read_articles(shared / "data" / "tau2" / "kb" / domain)
        shown = [replace(a, always=True) for a in articles if _TWIN not in a.id]
    path = resources.prompt_path(prompt)
    version = path.name.split(".", 1)[0]
    return OnePassJudge(
        rubric=rubrics.load(resources.rubric_path(rubric)),
        library=Library([knowledge_base(shown, None)]),
        prompt=Prompt(version=version, text=path.read_text(encoding="utf-8"), path=str(path)),
        model="file",
        settings="",
        secret=SECRET,
    )


def records(shared: Path, domain: str, n: int) -> Iterator[Record]:
    """The first ``n`` conversations of a domain whose reward is known, in the file's order."""
    if domain == "examples":
        found = [resources.data_dir("examples") / "conversations.jsonl"]
    elif domain == "telecom":
        found = sorted((shared / "data" / "tau2" / "results").glob("*telecom*"))
    else:
        found = [shared / "data" / "tau2_judges" / f"{domain}.jsonl"]
    left = n
    for record in readers.read(found[:1]):
        if left and isinstance(record, Record) and truth(record).reward is not None:
            left -= 1
            yield record


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is known of a conversation and no judge is shown."""

    reward: bool | None
    """End state and what was told are right; for the examples: written with resolution 4 or 5."""
    false_action: bool | None
    """The conversation was written with a claimed action that never happened; None: not known."""
    ended_contract: bool = False
    """The log resumes a line whose contract had ended. The telecom policy forbids it in words; most
    of the rewards accept it: they check the line's state and not whether it was allowed."""


def truth(record: Record) -> Truth:
    """The objective reward, or what the invented examples were written to hold."""
    told = _written().get(record.conversation.id)
    if told is not None:
        level = told["resolution"]
        return Truth(
            reward=None if not isinstance(level, int) else level >= SOLVED,
            false_action=told["false_action"] is not None,
        )
    value = record.sealed.answer_key.get("reward")
    return Truth(
        reward=None if value is None else float(value) >= 1,
        false_action=None,
        ended_contract=_resumes_ended(record),
    )


def _resumes_ended(record: Record) -> bool:
    """By the tool log alone, whatever a judge says."""
    calls = [c for t in record.conversation.turns for c in t.tool_calls]
    resumed = {str(c.arguments.get("line_id")) for c in calls if c.name == "resume_line" and c.ok}
    ends = [
        end
        for line in resumed
        for call in calls
        for end in re.findall(
            rf'"line_id": ?"{re.escape(line)}".*?"contract_end_date": ?"([\d-]+)"',
            call.result or "",
            re.DOTALL,
        )
    ]
    return any(end < _TELECOM_DAY for end in ends)


@cache
def _written() -> dict[str, dict[str, Any]]:
    text = (resources.data_dir("examples") / "truth.jsonl").read_text(encoding="utf-8")
    return {told["id"]: told for told in map(json.loads, text.splitlines())}


def line(ask: Ask, *, split_system: bool) -> dict[str, object]:
    """An ask as one line of a file batch."""
    written: dict[str, object] = {
        "custom_id": ask_digest(ask),
        "purpose": ask.purpose,
        "system": ask.system,
        "user": ask.user,
        "schema": ask.schema,
        "max_output_tokens": ask.max_output_tokens,
    }
    if split_system:
        del written["system"], written["schema"]
    return written


def write_asks(path: Path, asks: list[Ask], *, split_system: bool) -> None:
    """Write a file batch; split, the system part and schema of each purpose go beside it, once."""
    unique = {ask_digest(a): a for a in asks}
    lines = (json.dumps(line(a, split_system=split_system)) for a in unique.values())
    path.write_text("".join(f"{text}\n" for text in lines), encoding="utf-8")
    if not split_system:
        return
    for purpose, ask in {a.purpose: a for a in asks}.items():
        path.with_suffix(f".{purpose}.system.txt").write_text(ask.system, encoding="utf-8")
        path.with_suffix(f".{purpose}.schema.json").write_text(
            json.dumps(ask.schema, indent=1), encoding="utf-8"
        )


def read_replies(paths: list[Path]) -> dict[str, Reply]:
    """Replies by ask digest, from lines of ``{"custom_id", "text", "model"?}``."""
    found: dict[str, Reply] = {}
    for path in paths:
        for text in path.read_text(encoding="utf-8").splitlines():
            if text.strip():
                given = json.loads(text)
                said = given["text"]
                said = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
                found[given["custom_id"]] = Answered(
                    text=said, model=str(given.get("model", "file"))
                )
    return found
