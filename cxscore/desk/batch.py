"""Asks and replies as files, and what is out in batches."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from cxscore.desk.judge_names import ModelJudge, model_panel
from cxscore.desk.judging import ModelOptions
from cxscore.desk.kb import articles_in
from cxscore.desk.prices import workspace_prices
from cxscore.desk.rubrics import open_rubric
from cxscore.desk.score import Job, kept_history, records_of, tool_rules
from cxscore.errors import ConfigError, InputError, TranscriptError
from cxscore.run import Progress, Tally
from cxscore.store import Batch, Ledger
from cxscore.transcript import Record

if TYPE_CHECKING:
    from cxscore.providers.batch_service import Result
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
    base = Job(paths=(), store=store) if last is None else _job_of(last, store)
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
                _stored(ledger) if records is None else records,
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
        last = _checked(path, ledger, model)
        job = replace(_job_of(last, store), judge=model)
        imported, concerned = _imported(path, ledger, job, last)
        walked = _walk(job, ledger, _stored(ledger, concerned), write=None, on_progress=on_progress)
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


# Files


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


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path=str(path)) from None


def _results(path: Path, ledger: Ledger, model: str) -> Iterator[tuple[int, Result]]:
    from cxscore.providers.batch_files import read_reply

    book = ledger.batches

    def schema(custom_id: str) -> Mapping[str, Any]:
        asked = book.asked(custom_id)
        return book.schema(asked[0][1].schema) if asked else {}

    for number, line in _lines(path):
        try:
            yield number, read_reply(line, model, schema)
        except ValueError as error:
            raise InputError(str(error), path=str(path), line=number) from None


def _checked(path: Path, ledger: Ledger, model: str) -> Batch:
    """Look at every line before anything is stored; returns the newest file batch concerned.

    Raises:
        InputError: a line cannot be used, stands twice, or belongs to no ask of this store.
    """
    batches = {b.key: b for b in ledger.batches.all()}
    seen: dict[bytes, int] = {}
    newest: Batch | None = None
    for number, result in _results(path, ledger, model):
        name = result.custom_id
        # Of long ids only a digest is held: a file may have millions of lines.
        key = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:16]
        if key in seen:
            raise InputError(
                f"the custom_id {name!r} stood at line {seen[key]} already; leave one reply for "
                "each ask; nothing was imported",
                path=str(path),
                line=number,
            )
        seen[key] = number
        asked = ledger.batches.asked(name)
        if not asked:
            raise InputError(
                f"the custom_id {name!r} belongs to no ask exported from {ledger.path}; check "
                "that the file and the store belong together; nothing was imported",
                path=str(path),
                line=number,
            )
        files = [batches[k] for k, _ in asked if batches[k].kind == "file"]
        if files and (newest is None or files[0].key > newest.key):
            newest = files[0]
    if not seen:
        raise InputError("the file holds no reply", path=str(path))
    if newest is None:
        raise InputError(
            "these replies belong to a provider's batch; the command that sent it takes them in: "
            "cxscore score --batch",
            path=str(path),
        )
    return newest


def _imported(
    path: Path, ledger: Ledger, job: Job, batch: Batch
) -> tuple[Imported, tuple[str, ...]]:
    from cxscore.run.file_batches import Importing, with_panel

    prices = workspace_prices(job.config)
    judge = _judge(job, ledger)

    def work(panel: Panel) -> tuple[Imported, tuple[str, ...]]:
        answerer = next(iter(panel.seats.values())).answerer
        with ledger.writing():
            run = ledger.begin_run(
                judge=panel.judge.fingerprint, rubric=judge.rubric.ref, heuristic=False
            )
            ledger.batches.rename(batch.key, answerer, _noted(job))
            importing = Importing(ledger=ledger, answerer=answerer, prices=prices, run=run)
            return importing.all_of(r for _, r in _results(path, ledger, job.judge))

    return with_panel(model_panel(judge), work)


# Rounds


def _walk(
    job: Job,
    ledger: Ledger,
    records: Iterable[Record | TranscriptError],
    *,
    write: Callable[[OpenAsk], object] | None,
    on_progress: Callable[[Progress, int | None], None] | None,
) -> Walked:
    from cxscore.run.file_batches import FileRound, with_panel

    judge = _judge(job, ledger)

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
            job=_noted(job),
            retry_failed=job.retry_failed,
            rescore_kb=job.rescore_kb,
            on_progress=None if on_progress is None else lambda p: on_progress(p, None),
        )
        return round_.over(records, write)

    return with_panel(model_panel(judge), work)


def _stored(ledger: Ledger, ids: tuple[str, ...] | None = None) -> Iterator[Record]:
    """Stored conversations: all, or those named."""
    if ids is None:
        for judged in ledger.walk():
            yield judged.record
        return
    for name in ids:
        found = ledger.one(name)
        if found is not None:
            yield found.record


def _judge(job: Job, ledger: Ledger) -> ModelJudge:
    articles = None if job.knowledge is None else articles_in(job.knowledge)
    return ModelJudge(
        name=job.judge,
        rubric=open_rubric(job.rubric),
        history=kept_history(ledger, articles, job.knowledge_as_of),
        secret=ledger.secret,
        prompt=job.model.prompt,
        scoring=job.model.scoring,
        config=job.config,
        unasked=True,
        tools=tool_rules(job.config),
    )


def _noted(job: Job) -> dict[str, Any]:
    """What an import and the next export need to judge as this export did."""
    as_of = job.knowledge_as_of
    return {
        "model": job.judge,
        "rubric": _absolute(job.rubric),
        "knowledge": None if job.knowledge is None else str(job.knowledge.resolve()),
        "knowledge_as_of": None if as_of is None else as_of.isoformat(),
        "prompt": _absolute(job.model.prompt),
        "scoring": job.model.scoring,
        "config": None if job.config is None else str(job.config.resolve()),
    }


def _absolute(name: str) -> str:
    path = Path(name)
    return str(path.resolve()) if path.is_file() else name


def _job_of(batch: Batch, store: Path) -> Job:
    noted = batch.job
    as_of = noted["knowledge_as_of"]
    return Job(
        paths=(),
        store=store,
        knowledge=None if noted["knowledge"] is None else Path(noted["knowledge"]),
        knowledge_as_of=None if as_of is None else datetime.fromisoformat(as_of),
        rubric=noted["rubric"],
        judge=noted["model"],
        config=None if noted["config"] is None else Path(noted["config"]),
        model=ModelOptions(prompt=noted["prompt"], scoring=noted["scoring"]),
    )


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
