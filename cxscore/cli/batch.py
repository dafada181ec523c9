"""``cxscore batch``, and the batch options of ``cxscore score``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from cxscore.cli import options
from cxscore.cli.progress import Progress

if TYPE_CHECKING:
    from cxscore.desk.batch_runs import BatchChoice

_BATCH_OPTIONS = (
    click.option(
        "--batch",
        is_flag=True,
        help="Ask through the provider's batches (openai:, anthropic:): cheaper, within a day."
        " Stop it whenever you like; the same command goes on.",
    ),
    click.option(
        "--finish",
        type=click.Choice(["live", "batch"]),
        default="live",
        show_default=True,
        help="With --batch: how repairs and second looks are asked after the first round.",
    ),
    click.option(
        "--batch-requests",
        type=click.IntRange(min=1),
        help="With --batch: asks in one batch at most; without it what the provider allows.",
    ),
    click.option(
        "--batch-bytes",
        type=click.IntRange(min=1),
        help="With --batch: bytes of one batch at most; without it what the provider allows.",
    ),
)


def of_batches(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options of a run in batches."""
    for option in reversed(_BATCH_OPTIONS):
        command = option(command)
    return command


def choice(
    *,
    judge: str,
    batch: bool,
    finish: Literal["live", "batch"],
    requests: int | None,
    most_bytes: int | None,
) -> BatchChoice | None:
    """What the options say; None: no batches.

    Raises:
        click.UsageError: the judge asks no model.
    """
    if not batch:
        return None
    from cxscore.desk.batch_runs import BatchChoice
    from cxscore.desk.judge_names import asks_model

    if not asks_model(judge):
        raise click.UsageError(f"--batch needs a judge that asks a model; {judge!r} asks none")
    return BatchChoice(
        finish=finish,
        requests=requests,
        bytes=most_bytes,
        tell=lambda sentence: click.echo(sentence, err=True),
    )


@click.group(
    "batch",
    epilog="""\b
Examples:
  cxscore batch export asks.jsonl chats.jsonl --kb help-centre/ --model our-gateway
  cxscore batch import replies.jsonl --model our-gateway
  cxscore batch export asks.jsonl
  cxscore batch status
\b
export writes the asks of one round, import takes the replies and judges what is complete; where a
judge asks again, the next export writes the next round. `cxscore score --batch` does the same with
a provider's own batches, in one command.
""",
)
def command() -> None:
    """Asks and replies as files, and what is out in batches."""


@command.command("export")
@click.argument("asks", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--model", help="Who will answer: a name of your own, or a judge's name.")
@click.option(
    "--as",
    "form",
    type=click.Choice(["cxscore", "openai"]),
    default="cxscore",
    show_default=True,
    help="Form of the lines; openai: request lines of its Chat Completions.",
)
@click.option("--kb", type=click.Path(path_type=Path), help="Folder of help articles.")
@click.option("--kb-as-of", type=options.Day(), help="The day the folder stands for.")
@click.option("--rubric", help="A packaged rubric or a YAML file.  [default: cx]")
@click.option("--prompt", metavar="VERSION|FILE", help="Prompt.  [default: the newest]")
@options.store
@click.option("--limit", type=click.IntRange(min=1), help="Read at most so many conversations.")
@click.option("--format", "format_", help="Force an input format instead of detecting it.")
@options.config
@click.option("--retry-failed", is_flag=True, help="Judge conversations that failed before again.")
@options.as_json
def export(
    asks: Path,
    paths: tuple[str, ...],
    model: str | None,
    form: Literal["cxscore", "openai"],
    kb: Path | None,
    kb_as_of: datetime | None,
    rubric: str | None,
    prompt: str | None,
    store: Path,
    limit: int | None,
    format_: str | None,
    config: Path | None,
    retry_failed: bool,
    as_json: bool,
) -> None:
    """Write the open asks of the next round to ASKS.

    PATH: conversations to take in first; without it, all conversations of the store, with the
    options of the last export.
    """
    from cxscore.desk.batch import Export, export_asks, export_job

    job = export_job(
        paths=paths,
        store=store,
        model=model,
        knowledge=kb,
        knowledge_as_of=kb_as_of,
        rubric=rubric,
        prompt=prompt,
        config=config,
        limit=limit,
        format_=format_,
        retry_failed=retry_failed,
    )
    with Progress() as progress:
        done = export_asks(Export(out=asks, job=job, form=form), on_progress=progress.show)
    if as_json:
        options.print_json(done.to_json())
        return
    for message in done.tally.messages:
        click.echo(f"  failed: {message}")
    if not done.asks:
        click.echo(f"nothing is open: no file was written · {_scored(done.tally.graded)}")
        return
    name = done.model.removeprefix("file:")
    click.echo(
        f"{done.asks:,} asks of {done.waiting:,} conversations written to {asks} ·"
        f" {_scored(done.tally.graded)}\n"
        f"Next: have them answered, then cxscore batch import REPLIES --model {name}"
        f" --store {store}"
    )


@command.command("import")
@click.argument("replies", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--model", required=True, help="Who answered: as at the export.")
@options.store
@options.as_json
def import_(replies: Path, model: str, store: Path, as_json: bool) -> None:
    """Take the replies in REPLIES, all or none, and judge what is complete.

    A line is {"custom_id": …, "text": …}, with "model" and "usage" if you like; lines of OpenAI
    batch output and of Anthropic batch results are taken too.
    """
    from cxscore.desk.batch import import_replies, model_name

    with Progress() as progress:
        done = import_replies(
            replies, store=store, model=model_name(model, store), on_progress=progress.show
        )
    if as_json:
        options.print_json(done.to_json())
        return
    brought = done.imported
    notes = [f"{brought.stored:,} replies imported", f"{brought.known:,} known already"]
    if brought.differing:
        notes.append(f"{brought.differing:,} of them otherwise: the first reply stays")
    if brought.unanswered:
        notes.append(f"{brought.unanswered:,} lines without an answer")
    if brought.erased:
        notes.append(f"{brought.erased:,} for erased conversations, left out")
    click.echo(f"{', '.join(notes)} · {_scored(done.tally.graded)}, {done.tally.failed:,} failed")
    for message in done.tally.messages:
        click.echo(f"  failed: {message}")
    if done.waiting:
        click.echo(
            f"{done.waiting:,} conversations wait for further replies\n"
            f"Next: cxscore batch export ASKS --store {store}"
        )


@command.command("status")
@options.store
@options.as_json
def status(store: Path, as_json: bool) -> None:
    """Show every batch of a store, the newest first."""
    from cxscore.desk.batch import batch_lines

    found = batch_lines(store)
    if as_json:
        options.print_json({"batches": found})
        return
    for line in found:
        counts = ", ".join(f"{n:,} {name}" for name, n in line["counts"].items())
        click.echo(
            f"{line['made_at']}  {line['kind']:<8}  {line['state']:<9}  {line['model']}"
            f"  {line['batch']}  {line['asks']:,} asks: {counts}"
        )
    if not found:
        click.echo("no batch was made from this store")


@command.command("forget")
@click.argument("batch")
@options.store
def forget(batch: str, store: Path) -> None:
    """Give the provider's BATCH up; its asks are open again and will be paid again."""
    from cxscore.desk.batch import forget_batch

    click.echo(f"{forget_batch(store, batch):,} asks are open again")


def _scored(conversations: int) -> str:
    return f"{conversations:,} conversations scored"
