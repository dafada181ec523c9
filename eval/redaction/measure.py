"""Recall and precision of redaction, by kind, on labelled text of our own.

    python eval/redaction/measure.py

Reads ``labelled.txt`` (the rules were corrected on it) and ``held_out.txt`` (written afterwards);
writes ``results.json`` beside this file and the tables between the markers of ``docs/privacy.md``.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cxscore.redaction import Kind, RedactionRules, Redactor, known
from cxscore.transcript import Conversation, Role, ToolCall, Turn, blind

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "privacy.md"
MARK = re.compile(r"\{(EMAIL|PHONE|CARD|IBAN|IP|NAME|ID|KEEP)\|([^}]*)\}")
ROLES = {"c": Role.CUSTOMER, "b": Role.AI_AGENT, "h": Role.HUMAN_AGENT}
RULES = RedactionRules(ids=(r"\bP\d{7}\b",))
"""What a workspace would set for these conversations: one id pattern, no protected ones."""


@dataclass
class Labelled:
    """A conversation and what is to be found in it."""

    id: str
    language: str
    turns: list[Turn] = field(default_factory=list)
    marks: list[tuple[int, int, int, str]] = field(default_factory=list)
    """(turn, start, end, kind or KEEP)."""
    attributes: dict[str, object] = field(default_factory=dict)

    def add(self, role: Role, marked: str) -> None:
        """One line of the file."""
        text, at = "", 0
        for found in MARK.finditer(marked):
            text += marked[at : found.start()]
            self.marks.append((len(self.turns), len(text), len(text) + len(found[2]), found[1]))
            text, at = text + found[2], found.end()
        self.turns.append(Turn(role=role, text=text + marked[at:]))

    def conversation(self) -> Conversation:
        """As a reader would yield it."""
        return Conversation(
            id=self.id,
            language=self.language,
            turns=tuple(self.turns),
            attributes=self.attributes,
        )


def labelled(path: Path) -> list[Labelled]:
    """The labelled set."""
    found: list[Labelled] = []
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("## "):
            _, name, language = line.split()
            found.append(Labelled(name, language))
        elif line[:2] in {"c:", "b:", "h:"}:
            found[-1].add(ROLES[line[0]], line[3:].replace("\\n", "\n"))
        elif line.startswith("k:"):
            found[-1].attributes = json.loads(line[3:])
        elif line.startswith("t:"):
            call = ToolCall(name="find_customer", result=line[3:])
            found[-1].turns.append(Turn(role=Role.AI_AGENT, text="", tool_calls=(call,)))
    return found


def measure(cases: list[Labelled]) -> dict[str, object]:
    """Counts by kind: wanted, found whole and of that kind, partly, missed, wrongly replaced."""
    counts = {kind.value: Counter[str]() for kind in Kind}
    kept = Counter[str]()
    wrong: list[str] = []
    for case in cases:
        conversation = case.conversation()
        redacted = Redactor(RULES).redact(blind(conversation), known(conversation))
        spans = {
            (turn, s.start, s.end, s.placeholder[1:].split("_")[0])
            for turn, held in redacted.spans.items()
            for s in held
        }
        wanted = {m for m in case.marks if m[3] != "KEEP"}
        for mark in wanted:
            counts[mark[3]]["spans"] += 1
            counts[mark[3]][_fate(mark, spans)] += 1
            if _fate(mark, spans) != "whole":
                wrong.append(f"{case.id}: {_fate(mark, spans)} {mark[3]} {_words(case, mark)}")
        for span in spans:
            counts[span[3]]["replaced"] += 1
            if not any(_overlap(span, m) and m[3] == span[3] for m in wanted):
                counts[span[3]]["false"] += 1
                wrong.append(f"{case.id}: replaced {span[3]} {_words(case, span)}")
        for mark in (m for m in case.marks if m[3] == "KEEP"):
            touched = any(_overlap(s, mark) for s in spans)
            kept["touched" if touched else "kept"] += 1
    return {
        "conversations": len(cases),
        "turns": sum(len(c.turns) for c in cases),
        "by_kind": {k: dict(c) for k, c in counts.items()},
        "decoys": dict(kept),
        "wrong": sorted(wrong),
    }


def _overlap(a: tuple[int, int, int, str], b: tuple[int, int, int, str]) -> bool:
    return a[0] == b[0] and a[1] < b[2] and b[1] < a[2]


def _fate(mark: tuple[int, int, int, str], spans: set[tuple[int, int, int, str]]) -> str:
    """``whole``: no character of it is left, and every kind is right; else partly or missed."""
    touching = [s for s in spans if _overlap(s, mark)]
    covered = {at for s in touching for at in range(s[1], s[2])}
    if all(at in covered for at in range(mark[1], mark[2])):
        return "whole" if all(s[3] == mark[3] for s in touching) else "other_kind"
    return "partly" if touching else "missed"


def _words(case: Labelled, span: tuple[int, int, int, str]) -> str:
    return repr(case.turns[span[0]].text[span[1] : span[2]])


def table(results: dict[str, object]) -> Iterator[str]:
    """The table of the page, line by line."""
    by_kind = results["by_kind"]
    assert isinstance(by_kind, dict)
    yield "| kind | labelled | found whole | found in part | as another kind | missed | recall |"
    yield "|---|---|---|---|---|---|---|"
    yield from (
        "| {} | {} | {} | {} | {} | {} | {} |".format(
            kind.lower(),
            c.get("spans", 0),
            c.get("whole", 0),
            c.get("partly", 0),
            c.get("other_kind", 0),
            c.get("missed", 0),
            f"{c.get('whole', 0) / c['spans']:.2f}" if c.get("spans") else "none",
        )
        for kind, c in by_kind.items()
    )
    yield ""
    yield "| kind | replaced | of them wrongly | precision |"
    yield "|---|---|---|---|"
    for kind, c in by_kind.items():
        replaced, false = c.get("replaced", 0), c.get("false", 0)
        right = f"{1 - false / replaced:.2f}" if replaced else "none"
        yield f"| {kind.lower()} | {replaced} | {false} | {right} |"
    decoys = results["decoys"]
    assert isinstance(decoys, dict)
    touched = decoys.get("touched", 0)
    total = touched + decoys.get("kept", 0)
    yield ""
    yield (
        f"{results['conversations']} conversations, {results['turns']} turns; of {total} decoys"
        f" (order, flight and tracking numbers, prices, dates, versions) {touched} were touched."
    )
    yield ""
    yield "Every span that went wrong:"
    yield ""
    wrong = results["wrong"]
    assert isinstance(wrong, list)
    yield from (f"- {w}" for w in wrong)


def write(page: Path, name: str, lines: str) -> None:
    """Put generated lines between their markers."""
    text = page.read_text("utf-8")
    begin, end = f"<!-- {name}: generated -->", f"<!-- {name}: end -->"
    head, rest = text.split(begin)
    tail = rest.split(end)[1]
    page.write_text(f"{head}{begin}\n{lines}\n{end}{tail}", "utf-8")


def main() -> None:
    """Measure and write."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    results = {name: measure(labelled(HERE / f"{name}.txt")) for name in ("labelled", "held_out")}
    lines = "\n".join(
        line
        for name, title in (("held_out", "Held out"), ("labelled", "Corrected on"))
        for line in ("", f"### {title}", "", *table(results[name]))
    ).strip()
    (HERE / "results.json").write_text(
        json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    if PAGE.exists():
        write(PAGE, "redaction", lines)
    print(lines)


if __name__ == "__main__":
    main()
