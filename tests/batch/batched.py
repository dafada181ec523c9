"""Runs in batches over the batch server, with the real SDKs."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from asking_judges import AskingJudge, record, rubric
from batch_server import Ask, BatchServer

from cxscore.providers.batch_opening import BatchLimits, batch_service
from cxscore.providers.batch_service import BatchService
from cxscore.providers.opening import Providers
from cxscore.run.live import LiveOptions, score_live
from cxscore.run.money import Price, Prices
from cxscore.run.panel import OnAttempt, OpenPanel, Panel, Seat
from cxscore.run.repeats import RepeatPlan
from cxscore.run.rounds import BatchOptions, OpenServices, Watch, score_in_batches
from cxscore.run.tally import Tally
from cxscore.store import Ledger
from cxscore.transcript import Record

PRICES = Prices(
    prices=(
        Price(model="*", input=2.0, output=8.0, batch_discount=0.5, date="2026-11-01", source="t"),
    )
)
MODELS = {"openai": "openai:gpt-test", "anthropic": "anthropic:claude-test"}
QUICK = Watch(first_s=0.01, longest_s=0.02)


async def no_sleep(seconds: float) -> None:
    await asyncio.sleep(min(seconds, 0.01))


def grade(ask: Ask) -> str:
    """A level that depends on the words only; CHECK in the words is asked about again."""
    level = 1 + sum(ask["user"].encode()) % 5
    again = "CHECK" in ask["user"] and ask["user"] not in _CHECKED
    if again:
        _CHECKED.add(ask["user"])
        return f"CHECK {level}"
    return json.dumps({"length": level})


_CHECKED: set[str] = set()


def many(n: int, every: int = 0) -> list[Record]:
    """Conversations; of every ``every`` one the judge asks a second time."""
    return [
        record(
            f"c{i:04d}",
            f"Where is order {i}?" + (" CHECK" if every and i % every == 0 else ""),
            "On Friday.",
        )
        for i in range(n)
    ]


def point_at(server: BatchServer) -> None:
    """The SDKs take their addresses from the environment."""
    os.environ["OPENAI_BASE_URL"] = server.openai
    os.environ["ANTHROPIC_BASE_URL"] = server.anthropic


def panel(provider: str, judge: Any = None) -> OpenPanel:
    """A panel whose one model sits behind the real SDK."""

    @asynccontextmanager
    async def opened(on_attempt: OnAttempt) -> AsyncIterator[Panel]:
        loop = asyncio.get_running_loop()
        async with Providers(
            concurrency=4, clock=loop.time, rng=random.Random(1), on_attempt=on_attempt
        ) as providers:
            model = providers.open_model(MODELS[provider])
            seat = Seat(model=model, answerer=f"{model.id} {model.settings}")
            yield Panel(judge=judge or AskingJudge(), seats={"judge": seat})

    return opened


def services(limits: BatchLimits | None = None) -> OpenServices:
    @asynccontextmanager
    async def opened(panel: Panel) -> AsyncIterator[Mapping[str, BatchService]]:
        found = {
            name: batch_service(seat.model.endpoint, limits=limits, sleep=no_sleep)
            for name, seat in panel.seats.items()
        }
        yield {name: service for name, service in found.items() if service is not None}

    return opened


def run(
    store: Ledger,
    records: list[Record],
    provider: str,
    *,
    finish: str = "batch",
    limits: BatchLimits | None = None,
    judge: Any = None,
    news: list[str] | None = None,
    **options: Any,
) -> Tally:
    """The same call the command line makes."""

    def live(rest: Any) -> Tally:
        return score_live(
            rest,
            ledger=store,
            panel=panel(provider, judge),
            rubric=rubric(),
            options=LiveOptions(repeats=RepeatPlan(share=0, least=0), prices=PRICES),
        )

    return score_in_batches(
        iter(records),
        ledger=store,
        panel=panel(provider, judge),
        services=services(limits),
        rubric=rubric(),
        finish=live if finish == "live" else None,
        options=BatchOptions(
            **({"watch": QUICK, "settle_s": 0.0, "sleep": no_sleep, "prices": PRICES} | options)
        ),
        on_news=None if news is None else news.append,
    )
