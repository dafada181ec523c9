"""The example workspace, scored and reported in one go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cxscore.desk.report import first_screen, write_report
from cxscore.desk.score import Job, Result, score_job
from cxscore.errors import ConfigError
from cxscore.resources import data_dir
from cxscore.run import Progress

INVENTED = "The company, its customers and every conversation of this workspace are invented."


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What the demo made."""

    result: Result
    store: Path
    report: Path
    screen: str
    """What the terminal shows."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**self.result.to_json(), "report": str(self.report), "note": INVENTED}


def demo(
    folder: Path,
    *,
    now: datetime,
    on_progress: Callable[[Progress, int | None], None] | None = None,
) -> Demo:
    """Score the packaged examples into a folder and write their report.

    Raises:
        ConfigError: the folder cannot be made, or the installation is broken.
        StoreError: the store in it cannot be used.
    """
    examples = data_dir("examples")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"the folder cannot be made: {error.strerror}"
        raise ConfigError(reason, path=str(folder)) from None
    store = folder / "cxscore.db"
    result = score_job(
        Job(
            paths=(str(examples / "conversations.jsonl"),),
            knowledge=examples / "kb",
            store=store,
            config=examples / "cxscore.toml",
        ),
        on_progress=on_progress,
    )
    report = write_report(
        store,
        folder / "report.html",
        now=now,
        transcripts="first",
        title="Example workspace (invented)",
        config=examples / "cxscore.toml",
    )
    screen = "\n".join(
        (
            INVENTED,
            "",
            first_screen(store, now=now),
            "",
            f"Report: {report}",
            f"Look at one: cxscore show ID --store {store}",
            "Your own:    cxscore score FILE-OR-FOLDER --kb ARTICLES",
        )
    )
    return Demo(result=result, store=store, report=report, screen=screen)
