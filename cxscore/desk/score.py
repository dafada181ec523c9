"""Scores conversations: reads, judges, stores, and says what was found."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cxscore import plugins
from cxscore.desk.kb import articles_in
from cxscore.desk.out_lines import OutLines
from cxscore.desk.rubrics import open_rubric
from cxscore.desk.whole_files import whole_file
from cxscore.errors import ConfigError, TranscriptError
from cxscore.grounding.actions import READ_PATTERNS, WRITE_PATTERNS, ToolRules
from cxscore.grounding.library import Library
from cxscore.judging import Judge
from cxscore.knowledge import KnowledgeBase
from cxscore.readers import read, settings
from cxscore.readers.knowledge import knowledge_base
from cxscore.rubric import Rubric
from cxscore.run import JudgeSource, Progress, Tally, score_records
from cxscore.store import Ledger
from cxscore.transcript import Record

MOST_WORKERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to score, against what, and where it goes."""

    paths: tuple[str, ...]
    """Files, folders or ``-``."""
    store: Path
    knowledge: Path | None = None
    """Folder of articles; None uses the dated snapshots of the store."""
    knowledge_as_of: datetime | None = None
    """The day the folder stands for; None: its articles count as current for every conversation."""
    rubric: str = "cx"
    judge: str = "embedded"
    out: Path | None = None
    limit: int | None = None
    workers: int | None = None
    """None: one per processor, at most ``MOST_WORKERS``."""
    format: str | None = None
    mapping: Path | None = None
    config: Path | None = None
    """None: ``cxscore.toml`` of the current folder, where there is one."""
    retry_failed: bool = False
    rescore_kb: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a run did."""

    tally: Tally
    judge: str
    """Fingerprint."""
    rubric: str
    store: Path
    out: Path | None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            **self.tally.as_json(),
            "judge": self.judge,
            "rubric": self.rubric,
            "store": str(self.store),
            "out": None if self.out is None else str(self.out),
        }

    def sentence(self) -> str:
        """What the run did, for people; failed records are named."""
        t = self.tally
        read = (
            f"{t.conversations:,} conversations read: {t.new:,} new, {t.updated:,} updated,"
            f" {t.already_scored:,} already scored, {t.excluded:,} excluded,"
            f" {t.duplicates:,} twice in the input, {t.failed:,} failed"
        )
        if t.other_files:
            read += f"; {t.other_files:,} files hold no conversations and were passed over"
        lines = [read, *(f"  {message}" for message in t.messages)]
        if t.failed + t.other_files > len(t.messages):
            lines.append(f"  and {t.failed + t.other_files - len(t.messages):,} more")
        return "\n".join(lines)

    def exit_code(self, max_failed: float) -> int:
        """3 when a larger share than ``max_failed`` failed or was unreadable, else 0."""
        return 3 if self.tally.failed_share > max_failed else 0


def score(
    *paths: str | Path,
    store: str | Path = "cxscore.db",
    kb: str | Path | None = None,
    kb_as_of: datetime | None = None,
    rubric: str = "cx",
    judge: str = "embedded",
    workers: int = 1,
) -> Result:
    """Score conversations, as ``cxscore score`` does.

    Args:
        paths: files or folders.
        store: the ledger file; made when it is not there.
        kb: folder of help articles; None uses the dated snapshots of the store.
        kb_as_of: the day the folder stands for.
        rubric: a packaged id or a YAML file.
        judge: the judge's name.
        workers: processes that judge; more than one needs the caller's script to be importable
            (``if __name__ == "__main__":``).

    Raises:
        InputError: what was handed in cannot be used.
        StoreError: the ledger cannot be used, or another run is writing.
    """
    return score_job(
        Job(
            paths=tuple(str(p) for p in paths),
            store=Path(store),
            knowledge=None if kb is None else Path(kb),
            knowledge_as_of=kb_as_of,
            rubric=rubric,
            judge=judge,
            workers=workers,
        )
    )


def score_job(
    job: Job, *, on_progress: Callable[[Progress, int | None], None] | None = None
) -> Result:
    """Run a job.

    Args:
        job: what to do.
        on_progress: told how far it is and, where it is cheap to know, of how many records.

    Raises:
        InputError: what was handed in cannot be used.
        StoreError: the ledger cannot be used, or another run is writing.
    """
    _refuse(job)
    rubric = open_rubric(job.rubric)
    articles = None if job.knowledge is None else articles_in(job.knowledge)
    tools = tool_rules(job.config)
    records = _records(job)
    with ExitStack() as stack:
        ledger = stack.enter_context(Ledger.open(job.store))
        history = _history(ledger, articles, job.knowledge_as_of)
        source = judge_source(job.judge, rubric, history, tools)
        lines = None
        if job.out is not None:
            ledger.register_export(job.out)
            lines = OutLines(stack.enter_context(whole_file(job.out)))
        total = expected(job.paths, job.limit)
        tally = score_records(
            records if lines is None else lines.noting_unreadable(records),
            ledger=ledger,
            judge=source,
            rubric=rubric,
            workers=job.workers or min(MOST_WORKERS, os.cpu_count() or 1),
            limit=job.limit,
            on_progress=None if on_progress is None else lambda p: on_progress(p, total),
            on_result=None if lines is None else lines.add,
            replay_known=lines is not None,
            rescore_kb=job.rescore_kb,
            retry_failed=job.retry_failed,
        )
    return Result(
        tally=tally,
        judge=source.fingerprint,
        rubric=rubric.ref,
        store=job.store,
        out=job.out,
    )


def _refuse(job: Job) -> None:
    if "" in job.paths:
        raise ConfigError("a PATH is empty: an unset variable? Name a file, a folder or -")
    if job.knowledge_as_of is not None and job.knowledge is None:
        raise ConfigError("--kb-as-of dates the folder named with --kb; name one")


def _records(job: Job) -> Iterator[Record | TranscriptError]:
    """The first record is read at once: an unusable input is told before a store is made."""
    records = read(
        job.paths,
        format=job.format,
        mapping=job.mapping,
        stdin=sys.stdin.buffer if "-" in job.paths else None,
    )
    first = next(records, None)
    if first is None:
        named = ", ".join(job.paths)
        raise TranscriptError(f"no conversation in {named}")

    def all_of_them() -> Iterator[Record | TranscriptError]:
        yield first
        yield from records

    return all_of_them()


def tool_rules(config: Path | None) -> ToolRules:
    """Which tools write and read: the workspace's patterns before the documented defaults.

    Raises:
        ConfigError: the settings file cannot be used.
    """
    tools = settings.load(config or settings.beside(Path())).tools
    return ToolRules(
        write=(*(tools.write or ()), *WRITE_PATTERNS), read=(*(tools.read or ()), *READ_PATTERNS)
    )


def _history(
    ledger: Ledger, articles: tuple[Any, ...] | None, as_of: datetime | None
) -> tuple[KnowledgeBase, ...]:
    """The snapshots a run judges by; a dated folder joins those of the store and stays there."""
    if articles is None:
        return ledger.knowledge_history()
    kb = knowledge_base(articles, as_of)
    if as_of is None:
        return (kb,)
    with ledger.writing():
        ledger.add_knowledge(kb)
    return ledger.knowledge_history()


def judge_source(
    name: str, rubric: Rubric, history: tuple[KnowledgeBase, ...], tools: ToolRules
) -> JudgeSource:
    """How a run builds the named judge.

    Raises:
        PluginError: there is no such judge.
    """
    library = Library(history) if history else None
    factory: Callable[..., Judge] = plugins.constructor("judge", name)
    made = {"rubric": rubric, "library": library, "tools": tools}
    judge = factory(**made)
    origin = plugins.origin("judge", name)
    return JudgeSource(
        factory=factory,
        kwargs=made,
        fingerprint=f"{origin}: {judge.fingerprint}" if origin else judge.fingerprint,
        heuristic=judge.heuristic,
        knowledge_at=None if library is None else _DigestAt(library),
    )


@dataclass(frozen=True, slots=True)
class _DigestAt:
    library: Library

    def __call__(self, time: datetime | None) -> str | None:
        shelf = self.library.at(time)
        return None if shelf is None else shelf.knowledge.digest


def expected(paths: Iterable[str], limit: int | None) -> int | None:
    """How many records there are, where one line is one record; None where that is not known."""
    total = 0
    for name in paths:
        path = Path(name)
        if not path.is_file() or path.suffix not in {".jsonl", ".ndjson"}:
            return limit
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                total += block.count(b"\n")
    return total if limit is None else min(total, limit)
