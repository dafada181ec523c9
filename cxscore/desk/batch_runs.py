"""Scores through a provider's batches."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cxscore.errors import ConfigError, TranscriptError
from cxscore.rubric import Rubric
from cxscore.run import Progress, Tally
from cxscore.store import Ledger
from cxscore.transcript import Record
from cxscore.verdict import Judged

if TYPE_CHECKING:
    from cxscore.providers.batch_opening import BatchLimits
    from cxscore.providers.batch_service import BatchService
    from cxscore.run.live import LiveOptions
    from cxscore.run.panel import OpenPanel, Panel
    from cxscore.run.rounds import OpenServices

Finish = Literal["live", "batch"]

LOOK_FIRST_S = 10.0
LOOK_LONGEST_S = 120.0
"""How often a batch is looked at: soon at first, then more and more rarely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchChoice:
    """How a run in batches goes about it."""

    finish: Finish = "live"
    """How rounds after the first are asked: at once, or each as a batch of its own."""
    requests: int | None = None
    """Requests in a batch at most; None: what the provider allows."""
    bytes: int | None = None
    """Bytes of a batch at most; None: what the provider allows."""
    tell: Callable[[str], None] | None = None
    """Told in a sentence what happens to batches."""


def by_batches(
    records: Iterable[Record | TranscriptError],
    *,
    ledger: Ledger,
    panel: OpenPanel,
    rubric: Rubric,
    choice: BatchChoice,
    live: LiveOptions,
    on_progress: Callable[[Progress], None] | None = None,
    on_result: Callable[[Judged], None] | None = None,
) -> Tally:
    """Score records through batches of the panel's models.

    Args:
        records: from a reader.
        ledger: open.
        panel: the judge with its models.
        rubric: what is asked.
        choice: how batches are cut, and how the run is finished.
        live: options of the run; what is finished live keeps them too.
        on_progress: as of a live run.
        on_result: as of a live run.

    Raises:
        ConfigError: no model of the panel has batches, or no ask will be answered.
        ProviderError: the provider does not answer; the same command goes on later.
        StoreError: another run is writing, or the store cannot be written.
    """
    from cxscore.providers.batch_opening import BatchLimits
    from cxscore.run.live import score_live
    from cxscore.run.rounds import BatchOptions, Watch, score_in_batches

    def finish(rest: Iterable[Record]) -> Tally:
        return score_live(
            rest,
            ledger=ledger,
            panel=panel,
            rubric=rubric,
            options=_rest_of(live),
            on_progress=on_progress,
            on_result=on_result,
        )

    if live.beside:
        raise ConfigError("a trial beside the shown verdicts is asked live, not in batches")
    return score_in_batches(
        records,
        ledger=ledger,
        panel=panel,
        services=open_services(BatchLimits(requests=choice.requests, bytes=choice.bytes)),
        rubric=rubric,
        finish=finish if choice.finish == "live" else None,
        options=BatchOptions(
            watch=Watch(first_s=LOOK_FIRST_S, longest_s=LOOK_LONGEST_S),
            prices=live.prices,
            budget_usd=live.budget_usd,
            limit=live.limit,
            replay_known=live.replay_known,
            rescore_kb=live.rescore_kb,
            retry_failed=live.retry_failed,
        ),
        on_progress=on_progress,
        on_news=choice.tell,
        on_result=on_result,
    )


def open_services(limits: BatchLimits) -> OpenServices:
    """The batch services of a panel's models; seats whose model has none are left out."""

    @asynccontextmanager
    async def opened(panel: Panel) -> AsyncIterator[Mapping[str, BatchService]]:
        from cxscore.providers.batch_opening import batch_service

        found: dict[str, BatchService] = {}
        for name, seat in panel.seats.items():
            endpoint = getattr(seat.model, "endpoint", None)
            service = None if endpoint is None else batch_service(endpoint, limits=limits)
            if service is not None:
                found[name] = service
        if not found:
            models = ", ".join(sorted(seat.model.id for seat in panel.seats.values()))
            raise ConfigError(
                f"{models}: no batches are known here; openai: and anthropic: models have them, "
                "and for every other there are files: cxscore batch export"
            )
        yield found

    return opened


def _rest_of(live: LiveOptions) -> LiveOptions:
    """What is finished live was read and limited before, and is known to nobody else."""
    from dataclasses import replace

    return replace(live, limit=None, replay_known=False)
