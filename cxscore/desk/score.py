"""Scores conversations: reads, judges, stores, and says what was found."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from cxscore import plugins
from cxscore.desk.judge_names import asks_model, is_cascade
from cxscore.desk.judging import (
    MODEL_OPTIONS,
    Judging,
    ModelOptions,
    judged_by,
    live_options,
    panel_of,
)
from cxscore.desk.kb import articles_in
from cxscore.desk.out_lines import OutLines
from cxscore.desk.rubrics import open_rubric
from cxscore.desk.spending import spending_lines
from cxscore.desk.whole_files import whole_file
from cxscore.errors import ConfigError, TranscriptError
from cxscore.grounding.actions import READ_PATTERNS, WRITE_PATTERNS, ToolRules
from cxscore.judges.cascade import ShareCount, Shares
from cxscore.knowledge import Article, KnowledgeBase
from cxscore.readers import read, settings
from cxscore.readers.knowledge import knowledge_base
from cxscore.run import Progress, Tally
from cxscore.store import Ledger
from cxscore.transcript import Record
from cxscore.verdict import Judged

if TYPE_CHECKING:
    from cxscore.run.forecast import Forecast


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
    model: ModelOptions = MODEL_OPTIONS
    """For a judge that asks a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a run did."""

    tally: Tally
    judge: str
    """Fingerprint."""
    rubric: str
    store: Path
    out: Path | None
    shares: Shares | None = None
    """How far the conversations judged in this run went in a cascade; None: it was none."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            **self.tally.as_json(),
            "judge": self.judge,
            "rubric": self.rubric,
            "store": str(self.store),
            "out": None if self.out is None else str(self.out),
            **({} if self.shares is None else {"cascade": asdict(self.shares)}),
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
        lines += () if self.shares is None else self.shares.lines()
        lines += spending_lines(t)
        if t.stopped is not None:
            lines.append(f"stopped: {t.stopped.sentence}")
        return "\n".join(lines)

    def exit_code(self, max_failed: float) -> int:
        """5 or 75: stopped by budget or provider; 3: more than ``max_failed`` failed; else 0."""
        stopped = self.tally.stopped
        if stopped is not None:
            return 5 if stopped.why == "budget" else 75
        return 3 if self.tally.failed_share > max_failed else 0


def score(
    *paths: str | Path,
    store: str | Path = "cxscore.db",
    kb: str | Path | None = None,
    kb_as_of: datetime | None = None,
    rubric: str = "cx",
    judge: str = "embedded",
    workers: int = 1,
    model: ModelOptions | None = None,
) -> Result:
    """Score conversations, as ``cxscore score`` does.

    A run stopped by its budget or by an outage returns what it did; ``result.tally.stopped`` says
    why, and the same call goes on from there.

    Args:
        paths: files or folders.
        store: the ledger file; made when it is not there.
        kb: folder of help articles; None uses the dated snapshots of the store.
        kb_as_of: the day the folder stands for.
        rubric: a packaged id or a YAML file.
        judge: ``embedded``, a plug-in's name, or a model such as ``openai:gpt-4o-mini``.
        workers: processes that judge; more than one needs the caller's script to be importable
            (``if __name__ == "__main__":``).
        model: options for a judge that asks a model.

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
            model=model or ModelOptions(),
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
    records = records_of(job)
    with ExitStack() as stack:
        ledger = stack.enter_context(Ledger.open(job.store))
        history = kept_history(ledger, articles, job.knowledge_as_of)
        lines = None
        if job.out is not None:
            ledger.register_export(job.out)
            lines = OutLines(stack.enter_context(whole_file(job.out)))
        total = expected(job.paths, job.limit)
        count = ShareCount() if is_cascade(job.judge) else None
        tally = judged_by(
            job.judge,
            Judging(
                records=records if lines is None else lines.noting_unreadable(records),
                ledger=ledger,
                rubric=rubric,
                history=history,
                tools=tools,
                model=job.model,
                config=job.config,
                workers=job.workers,
                limit=job.limit,
                on_progress=None if on_progress is None else lambda p: on_progress(p, total),
                on_result=_told(None if lines is None else lines.add, count),
                replay_known=lines is not None,
                rescore_kb=job.rescore_kb,
                retry_failed=job.retry_failed,
            ),
        )
    return Result(
        tally=tally,
        judge=tally.judge,
        rubric=rubric.ref,
        store=job.store,
        out=job.out,
        shares=None if count is None else count.shares(),
    )


def _told(
    add: Callable[[Judged], None] | None, count: ShareCount | None
) -> Callable[[Judged], None] | None:
    """Who is told of every result; None when nobody needs them."""
    if count is None:
        return add

    def tell(judged: Judged) -> None:
        if judged.verdict is not None:
            count.add(judged.verdict)
        if add is not None:
            add(judged)

    return tell


def forecast_job(job: Job) -> Forecast:
    """What a job would cost; no call is made and the store is not changed.

    Raises:
        InputError: what was handed in cannot be used, or the judge asks no model.
    """
    from cxscore.run.forecast import forecast

    if not asks_model(job.judge):
        raise ConfigError(f"the judge {job.judge!r} asks no model: it costs nothing")
    _refuse(job)
    rubric = open_rubric(job.rubric)
    articles = None if job.knowledge is None else articles_in(job.knowledge)
    records = records_of(job)
    with ExitStack() as stack:
        store = job.store
        if not store.exists():
            store = Path(stack.enter_context(TemporaryDirectory())) / "empty.db"
        ledger = stack.enter_context(Ledger.open(store))
        judging = Judging(
            records=records,
            ledger=ledger,
            rubric=rubric,
            history=_history(ledger, articles, job.knowledge_as_of),
            tools=tool_rules(job.config),
            model=job.model,
            config=job.config,
            limit=job.limit,
            rescore_kb=job.rescore_kb,
            retry_failed=job.retry_failed,
        )
        return forecast(
            records,
            ledger=ledger,
            panel=panel_of(job.judge, judging),
            rubric=rubric,
            options=live_options(judging),
        )


def _refuse(job: Job) -> None:
    if "" in job.paths:
        raise ConfigError("a PATH is empty: an unset variable? Name a file, a folder or -")
    if job.knowledge_as_of is not None and job.knowledge is None:
        raise ConfigError("--kb-as-of dates the folder named with --kb; name one")


def records_of(job: Job) -> Iterator[Record | TranscriptError]:
    """The input of a job; its first record is read at once, before a store is made."""
    records = read(
        job.paths,
        format=job.format,
        mapping=job.mapping,
        stdin=sys.stdin.buffer if "-" in job.paths else None,
        extra=plugins.readers(),
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


def kept_history(
    ledger: Ledger, articles: tuple[Article, ...] | None, as_of: datetime | None
) -> tuple[KnowledgeBase, ...]:
    """The snapshots a run judges by; a dated folder joins those of the store and stays there."""
    if articles is not None and as_of is not None:
        with ledger.writing():
            ledger.add_knowledge(knowledge_base(articles, as_of))
        return ledger.knowledge_history()
    return _history(ledger, articles, as_of)


def _history(
    ledger: Ledger, articles: tuple[Article, ...] | None, as_of: datetime | None
) -> tuple[KnowledgeBase, ...]:
    """The snapshots without keeping any."""
    if articles is None:
        return ledger.knowledge_history()
    kb = knowledge_base(articles, as_of)
    return (kb,) if as_of is None else (*ledger.knowledge_history(), kb)


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
