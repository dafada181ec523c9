"""The example workspace, scored and reported in one go."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from cxscore.desk.report import first_screen, write_report
from cxscore.desk.score import Job, score_job
from cxscore.errors import ConfigError
from cxscore.resources import data_dir
from cxscore.run import Progress
from cxscore.store import Ledger

INVENTED = "The company, its customers and every conversation of this workspace are invented."

DemoJudge = Literal["embedded", "recorded"]
OnProgress = Callable[[Progress, int | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What the demo made."""

    done: dict[str, Any]
    """Plain JSON values of the run."""
    store: Path
    report: Path
    note: str
    screen: str
    """What the terminal shows."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**self.done, "report": str(self.report), "note": self.note}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Replies of a model to the asks of the examples, given once and kept."""

    model: str
    date: str
    prompt: str
    secret: bytes
    """What the recorded asks were drawn from; public."""
    rounds: tuple[Path, ...]
    """Files of replies, one for each round of asks."""

    @property
    def notice(self) -> str:
        """What every page made of it says."""
        return (
            f"Recorded replies of {self.model}, {self.date}, to invented conversations: shows the"
            " product, proves no accuracy."
        )


def recording() -> Recording:
    """The packaged recording.

    Raises:
        ConfigError: the installation is broken.
    """
    folder = data_dir("examples") / "replies"
    try:
        held = json.loads((folder / "recording.json").read_text(encoding="utf-8"))
        return Recording(
            model=held["model"],
            date=held["date"],
            prompt=held["prompt"],
            secret=bytes.fromhex(held["secret"]),
            rounds=tuple(sorted(folder.glob("round-*.jsonl"))),
        )
    except (OSError, ValueError, KeyError):
        raise ConfigError("the packaged recording is missing; reinstall cxscore") from None


def demo(
    folder: Path,
    *,
    now: datetime,
    judge: DemoJudge = "embedded",
    on_progress: OnProgress | None = None,
) -> Demo:
    """Score the packaged examples into a folder and write their report.

    Args:
        folder: where store and report go; each judge has its own.
        now: when the report is made.
        judge: the embedded one, or the replay of a model's recorded replies.
        on_progress: told how far it is.

    Raises:
        ConfigError: the folder cannot be made, or the installation is broken.
        StoreError: the store in it cannot be used.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"the folder cannot be made: {error.strerror}"
        raise ConfigError(reason, path=str(folder)) from None
    name = "cxscore.db" if judge == "embedded" else "recorded.db"
    job = _job(folder / name)
    if judge == "embedded":
        done, note = score_job(job, on_progress=on_progress).to_json(), INVENTED
        out = folder / "report.html"
    else:
        tape = recording()
        done, note = _replayed(job, tape, on_progress), f"{INVENTED} {tape.notice}"
        out = folder / "recorded.html"
    report = write_report(
        job.store,
        out,
        now=now,
        transcripts="first",
        title="Example workspace (invented)",
        config=job.config,
    )
    screen = "\n".join(
        (
            INVENTED,
            "",
            first_screen(job.store, now=now),
            "",
            f"Report: {report}",
            f"Look at one: cxscore show ID --store {job.store}",
            "Your own:    cxscore score FILE-OR-FOLDER --kb ARTICLES",
        )
    )
    return Demo(done=done, store=job.store, report=report, note=note, screen=screen)


def _job(store: Path) -> Job:
    examples = data_dir("examples")
    return Job(
        paths=(str(examples / "conversations.jsonl"),),
        knowledge=examples / "kb",
        store=store,
        config=examples / "cxscore.toml",
    )


def _replayed(job: Job, tape: Recording, on_progress: OnProgress | None) -> dict[str, Any]:
    """Ask by file and answer from the recording, round by round, as any file batch."""
    from cxscore.desk.batch import Export, export_asks, import_replies

    Ledger.found(job.store, secret=tape.secret, notice=tape.notice).close()
    named = replace(
        job,
        judge=f"file:{tape.model} (recorded {tape.date})",
        model=replace(job.model, prompt=tape.prompt),
    )
    # One round more than was recorded: what then is open has no recorded reply, and is said.
    for number, replies in enumerate((*tape.rounds, None), 1):
        asks = job.store.with_name(f"recorded-asks-{number}.jsonl")
        exported = export_asks(Export(out=asks, job=named), on_progress=on_progress)
        if not exported.asks or replies is None:
            break
        import_replies(replies, store=job.store, model=named.judge)
    return {**exported.tally.as_json(), "without_recorded_reply": exported.asks}
