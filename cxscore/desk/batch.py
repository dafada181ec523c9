"""Asks and replies as files, and what is out in batches."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from cxscore.desk.file_jobs import file_judge, job_of, noted, stored_records
from cxscore.desk.judge_names import model_panel
from cxscore.desk.prices import workspace_prices
from cxscore.desk.reply_file import checked, results
from cxscore.desk.score import Job, records_of
from cxscore.errors import ConfigError, TranscriptError
from cxscore.run import Progress, Tally
from cxscore.store import Batch, Ledger
from cxscore.transcript import Record

if TYPE_CHECKING:
    from cxscore.run.file_batches import Imported, Walked
    from cxscore.run.panel import Panel
    from cxscore.run.replaying import OpenAsk

LineForm = Literal["cxscore", "openai"]
UNNAMED = "unnamed"
"""The model of a first export that does not say who will answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Asks to be written to a file."""

    out: Path
    job: Job
    """``job.paths`` may be empty: all stored conversations; ``job.judge`` is the model's name."""
    form: LineForm = "cxscore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export wrote."""

    out: Path
    asks: int
    waiting: int
    """Conversations these asks belong to."""
    tally: Tally
    model: str

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "out": str(self.out),
            "asks": self.asks,
            "waiting": self.waiting,
            "model": self.model,
            "tally": self.tally.as_json(),
        }


def export_job(
    *,
    paths: tuple[str, ...],
    store: Path,
    model: str | None,
    knowledge: Path | None,
    knowledge_as_of: datetime | None,
    rubric: str | None,
    prompt: str | None,
    config: Path | None,
    limit: int | None = None,
    format_: str | None = None,
    retry_failed: bool = False,
) -> Job:
    """What an export judges by; what is left out is as at the last export of the store.

    Raises:
        InputError: neither conversations nor a store with some were named.
    """
    if not paths and not store.is_file():
        raise ConfigError(f"there is no store {store} to export from; name conversations")
    last = _last_export(store)
    base = Job(paths=(), store=store) if last is None else job_of(last, store)
    chosen: dict[str, Any] = {
        "knowledge": knowledge,
        "knowledge_as_of": knowledge_as_of,
        "rubric": rubric,
        "config": config,
    }
    if knowledge is not None:
        base = replace(base, knowledge_as_of=None)
    if prompt is not None:
        base = replace(base, model=replace(base.model, prompt=prompt))
    return replace(
        base,
        paths=paths,
        judge=model_name(model, store),
        limit=limit,
        format=format_,
        retry_failed=retry_failed,
        **{name: value for name, value in chosen.items() if value is not None},
    )


def _last_export(store: Path) -> Batch | None:
    if not store.is_file():
        return None
    with Ledger.open(store, create=False) as ledger:
        files = [b for b in ledger.batches.all() if b.kind == "file"]
    return files[-1] if files else None


def model_name(given: str | None, store: Path) -> str:
    """The judge's name for a model that answers by file.

    Args:
        given: as typed: a judge's name, or a free name; None: the model of the last file batch.
        store: the ledger file.

    >>> model_name("our-gateway", Path("none.db")), model_name("openai:gpt-5.6-mini", Path("x"))
    ('file:our-gateway', 'openai:gpt-5.6-mini')
    """
    if given is not None:
        return given if ":" in given else f"file:{given}"
    last = _last_export(store)
    return f"file:{UNNAMED}" if last is None else str(last.job["model"])


def export_asks(
    export: Export, *, on_progress: Callable[[Progress, int | None], None] | None = None
) -> Exported:
    """Write the open asks of the next round of all conversations that are not judged yet.

    Conversations whose asks are all answered are judged on the way.

    Raises:
        InputError: what was handed in cannot be used.
        StoreError: the ledger cannot be used, or another run is writing.
    """
    from cxscore.providers.batch_files import ask_line
    from cxscore.providers.batch_openai import request_line

    job = export.job
    openai_model = _openai_model(job.judge) if export.form == "openai" else ""

    def line(one: OpenAsk) -> bytes:
        if export.form == "openai":
            return request_line(one.custom_id, one.ask, openai_model)
        return ask_line(one.custom_id, one.ask)

    with ExitStack() as stack:
        records = records_of(job) if job.paths else None
        ledger = stack.enter_context(Ledger.open(job.store, create=bool(job.paths)))
        with _part_of(export.out) as (file, keep):
            walked = _walk(
                job,
                ledger,
                stored_records(ledger) if records is None else records,
                write=lambda one: file.write(line(one) + b"\n"),
                on_progress=on_progress,
            )
            if walked.batch is not None:
                ledger.batches.set_state(walked.batch, "submitted", str(export.out))
                # It holds words: erasure has to know of it.
                ledger.register_export(export.out)
                keep()
    return Exported(
        out=export.out,
        asks=walked.asks,
        waiting=walked.waiting,
        tally=walked.tally,
        model=job.judge,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What an import did."""

    imported: Imported
    tally: Tally
    """Of the conversations the file is about."""
    waiting: int
    """Conversations with further asks: the next export writes them."""
    model: str

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            **asdict(self.imported),
            "waiting": self.waiting,
            "model": self.model,
            "tally": self.tally.as_json(),
        }


def import_replies(
    path: Path,
    *,
    store: Path,
    model: str,
    on_progress: Callable[[Progress, int | None], None] | None = None,
) -> Taken:
    """Take replies from a file, all or none, and judge what is complete.

    Args:
        path: JSON Lines.
        store: the ledger the asks were exported from.
        model: the judge's name, from ``model_name``.
        on_progress: told how far judging is.

    Raises:
        InputError: a line cannot be used, or belongs to no ask of this store; nothing is imported.
        StoreError: the ledger cannot be used, or another run is writing.
    """
    with ExitStack() as stack:
        ledger = stack.enter_context(Ledger.open(store, create=False))
        last = checked(path, ledger, model)
        job = replace(job_of(last, store), judge=model)
        imported, concerned = _imported(path, ledger, job, last)
        walked = _walk(
            job, ledger, stored_records(ledger, concerned), write=None, on_progress=on_progress
        )
    return Taken(imported=imported, tally=walked.tally, waiting=walked.waiting, model=model)


def batch_lines(store: Path) -> list[dict[str, Any]]:
    """Every batch of a store with what became of its asks, newest first.

    Raises:
        StoreError: there is no store.
    """
    with Ledger.open(store, create=False) as ledger:
        book = ledger.batches
        return [_described(b, book.counts(b.key)) for b in reversed(book.all())]


def forget_batch(store: Path, name: str) -> int:
    """Give a provider's batch up: its asks are open again; returns how many.

    Args:
        store: the ledger file.
        name: the provider's id of the batch.

    Raises:
        ConfigError: no batch of that id is out.
        StoreError: there is no store, or a run is writing.
    """
    with Ledger.open(store, create=False) as ledger:
        book = ledger.batches
        out = [b for b in book.all() if b.kind == "provider" and b.state != "discarded"]
        found = next((b for b in out if name in (b.remote, b.mark)), None)
        if found is None:
            known = ", ".join(b.remote or b.mark for b in out) or "none"
            raise ConfigError(f"no batch {name!r} is out; out are: {known}")
        opened = len(book.open_ids(found.key))
        book.close(found.key, "given_up")
        book.set_state(found.key, "discarded")
    return opened


@contextmanager
def _part_of(path: Path) -> Iterator[tuple[BinaryIO, Callable[[], None]]]:
    """A file, and what makes it appear under its name: whole or not at all."""
    part = path.with_name(f".{path.name}.part")

    def keep() -> None:
        file.flush()
        part.replace(path)

    try:
        with part.open("wb") as file:
            yield file, keep
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", path=str(path)) from None
    finally:
        part.unlink(missing_ok=True)


def _imported(
    path: Path, ledger: Ledger, job: Job, batch: Batch
) -> tuple[Imported, tuple[str, ...]]:
    from cxscore.run.file_batches import Importing, with_panel

    prices = workspace_prices(job.config)
    judge = file_judge(job, ledger)

    def work(panel: Panel) -> tuple[Imported, tuple[str, ...]]:
        answerer = next(iter(panel.seats.values())).answerer
        with ledger.writing():
            run = ledger.begin_run(
                judge=panel.judge.fingerprint, rubric=judge.rubric.ref, heuristic=False
            )
            ledger.batches.rename(batch.key, answerer, noted(job))
            importing = Importing(ledger=ledger, answerer=answerer, prices=prices, run=run)
            return importing.all_of(r for _, r in results(path, ledger, job.judge))

    return with_panel(model_panel(judge), work)


def _walk(
    job: Job,
    ledger: Ledger,
    records: Iterable[Record | TranscriptError],
    *,
    write: Callable[[OpenAsk], object] | None,
    on_progress: Callable[[Progress, int | None], None] | None,
) -> Walked:
    from cxscore.run.file_batches import FileRound, with_panel

    judge = file_judge(job, ledger)

    def work(panel: Panel) -> Walked:
        if len(panel.seats) != 1:
            raise ConfigError(
                f"{job.judge!r} has several seats; files bring the replies of one model at a time"
            )
        round_ = FileRound(
            ledger=ledger,
            panel=panel,
            rubric=judge.rubric,
            answerer=next(iter(panel.seats.values())).answerer,
            mark=f"file-{secrets.token_hex(12)}",
            job=noted(job),
            retry_failed=job.retry_failed,
            rescore_kb=job.rescore_kb,
            on_progress=None if on_progress is None else lambda p: on_progress(p, None),
        )
        return round_.over(records, write)

    return with_panel(model_panel(judge), work)


def _openai_model(name: str) -> str:
    provider, _, model = name.partition(":")
    if provider not in {"openai", "file"} or model == UNNAMED:
        raise ConfigError("OpenAI request lines name their model; say --model openai:MODEL")
    return model


def _described(batch: Batch, counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "batch": batch.remote or batch.mark,
        "kind": batch.kind,
        "model": batch.answerer,
        "state": batch.state,
        "asks": batch.asks,
        "counts": dict(counts),
        "made_at": batch.made_at.isoformat(timespec="seconds"),
    }
