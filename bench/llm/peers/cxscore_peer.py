"""cxscore: ``cxscore score`` over the workload as canonical JSONL and a folder of articles.

Run with the Python cxscore is installed in. The store lies in the current folder, which the harness
makes anew for each run; a second start in the same folder goes on from there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from common import MODEL, args

STORE = "state-cxscore.db"
FINISHED = (0, 3)
"""Exit codes after which the lines are complete; 3: more failed than allowed."""


def canonical(line: str) -> str:
    """One conversation of the workload as cxscore reads it."""
    given = json.loads(line)
    roles = {"user": "customer", "assistant": "ai_agent"}
    turns = [{"role": roles[t["role"]], "text": t["content"]} for t in given["turns"]]
    return json.dumps({"id": given["id"], "language": "en", "turns": turns}) + "\n"


def write_articles(source: Path, folder: Path) -> None:
    """The knowledge base, a Markdown file an article."""
    folder.mkdir(exist_ok=True)
    for line in source.read_text("utf-8").splitlines():
        article = json.loads(line)
        text = f"# {article['title']}\n\n{article['text']}\n"
        (folder / f"{article['id']}.md").write_text(text, "utf-8")


def row_of(line: dict[str, Any]) -> dict[str, Any]:
    """A line of ``--out`` as the harness reads it: "not applicable" is an answer, null is none."""
    states = line["states"]
    scores = {c: "na" if states[c] == "na" else level for c, level in line["scores"].items()}
    return {"id": line["id"], "scores": scores, "error": line["error"]}


def main() -> int:
    """Convert, score, and write the harness's lines."""
    given = args(repeats="1%", judge="", options="")
    chats, articles, out = Path("cxscore-in.jsonl"), Path("cxscore-kb"), Path("out-cx.lines")
    if not chats.exists():
        with Path(given.input).open() as source, chats.open("w") as target:
            target.writelines(canonical(line) for line in source)
        write_articles(Path(given.kb), articles)
    command = [sys.executable, "-m", "cxscore", "score", str(chats), "--format", "canonical"]
    command += ["--kb", str(articles), "--judge", given.judge or f"openai:{MODEL}"]
    command += ["--store", STORE, "--out", str(out), "--concurrency", str(given.concurrency)]
    command += ["--repeats", given.repeats, "--json", *given.options.split()]
    code = subprocess.run(command, check=False).returncode
    if code in FINISHED:
        with out.open() as source, Path(given.output).open("w") as target:
            target.writelines(json.dumps(row_of(json.loads(line))) + "\n" for line in source)
    return code


if __name__ == "__main__":
    sys.exit(main())
