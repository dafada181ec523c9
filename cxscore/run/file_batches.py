"""Asks that travel as files: written out, answered by whatever a company allows, read back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeVar

from cxscore.errors import TranscriptError
from cxscore.judging import Answered, Usage
from cxscore.providers.batch_service import Result
from cxscore.providers.tokens import tokens_of
from cxscore.rubric import Rubric
from cxscore.run.money import Prices
from cxscore.run.panel import OpenPanel, Panel
from cxscore.run.prepare import Due, Rules, prepare
from cxscore.run.replaying import OpenAsk, replayed, stored_reply
from cxscore.run.round_driver import judging, keep_words
from cxscore.run.settling import Settling
from cxscore.run.source import JudgeSource
from cxscore.run.spool import batch_ask, form_of
from cxscore.run.tally import Counting, News, Progress, Tally
from cxscore.store import (
    BatchAsk,
    BatchPlan,
    InputRegister,
    Ledger,
    Taking,
    VerdictRows,
    reply_key,
    storable,
)
from cxscore.transcript import Record
from cxscore.verdict import Judged

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What one walk over conversations did."""

    tally: Tally
    waiting: int
    """Conversations that have open asks."""
    asks: int
    """Open asks written."""
    batch: int | None
    """Key of the file batch they were noted under; None when there was none to write."""


@dataclass(slots=True, kw_only=True)
class FileRound:
    """One round over conversations with whatever replies the store holds.

    Args:
        ledger: open.
        panel: the judge; its models are not asked.
        rubric: the rubric it grades by.
        answerer: whose replies these are, for the store's book.
        mark: our name of the file.
        job: how to go on with it, noted for the import.
    """

    ledger: Ledger
    panel: Panel
    rubric: Rubric
    answerer: str
    mark: str
    job: Mapping[str, Any]
    retry_failed: bool = False
    rescore_kb: bool = False
    replay_known: bool = False
    on_progress: Callable[[Progress], None] | None = None
    on_result: Callable[[Judged], None] | None = None

    def over(
        self,
        records: Iterable[Record | TranscriptError],
        write: Callable[[OpenAsk], object] | None,
    ) -> Walked:
        """Judge what can be judged, and write what is open.

        Args:
            records: conversations.
            write: takes every open ask once; None: nothing is written.

        Raises:
            StoreError: another run is writing, or the store cannot be written.
        """
        register = InputRegister()
        with ExitStack() as stack:
            stack.enter_context(self.ledger.writing())
            stack.callback(register.close)
            settling, news = self._settling(), News(self.on_progress)
            asks: dict[str, BatchAsk] = {}
            forms: dict[str, Mapping[str, Any]] = {}
            waiting = 0
            for item in records:
                news.read += 1
                due = prepare(item, ledger=self.ledger, register=register, rules=settling.rules)
                if not isinstance(due, Due):
                    settling.settle(due)
                elif not self._judged(due, settling, write, asks, forms):
                    waiting += 1
                news.spread(settling.counting)
            news.spread(settling.counting, last=True)
            source = settling.rules.source
            tally = settling.counting.tally(judge=source.fingerprint, heuristic=source.heuristic)
            batch = self._note(settling.run, asks, forms)
        return Walked(tally=tally, waiting=waiting, asks=len(asks), batch=batch)

    def _judged(
        self,
        due: Due,
        settling: Settling,
        write: Callable[[OpenAsk], object] | None,
        asks: dict[str, BatchAsk],
        forms: dict[str, Mapping[str, Any]],
    ) -> bool:
        """Whether the stored replies reached a verdict; else its asks are written."""
        found = replayed(
            judging(self.panel, due),
            self.panel.seats,
            lambda one: stored_reply(self.ledger, one),
        )
        if isinstance(found, VerdictRows):
            settling.settle_judged(due, found)
            return True
        keep_words(self.ledger, due)
        for one in found.asks if write is not None else ():
            # Two conversations may ask the same: one line answers both.
            if write is not None and one.custom_id not in asks:
                form, schema = form_of(one.ask.schema)
                forms[form] = schema
                asks[one.custom_id] = batch_ask(one, due.entry.id, form)
                write(one)
        return False

    def _settling(self) -> Settling:
        judge = self.panel.judge
        rules = Rules(
            source=JudgeSource(
                factory=lambda: judge,
                fingerprint=self.panel.fingerprint or judge.fingerprint,
                heuristic=judge.heuristic,
                knowledge_at=self.panel.knowledge_at,
            ),
            rubric_digest=self.rubric.digest,
            rescore_kb=self.rescore_kb,
            retry_failed=self.retry_failed,
        )
        self.ledger.keep_rubric(self.rubric)
        run = self.ledger.begin_run(
            judge=rules.source.fingerprint, rubric=self.rubric.ref, heuristic=judge.heuristic
        )
        return Settling(
            ledger=self.ledger,
            put=self.ledger.put,
            rules=rules,
            rubric=self.rubric,
            run=run,
            counting=Counting(),
            on_result=self.on_result,
            replay_known=self.replay_known,
        )

    def _note(
        self, run: int, asks: Mapping[str, BatchAsk], forms: Mapping[str, Mapping[str, Any]]
    ) -> int | None:
        if not asks:
            return None
        plan = BatchPlan(
            run=run,
            kind="file",
            answerer=self.answerer,
            mark=self.mark,
            at=self.ledger.now(),
            asks=tuple(asks.values()),
            schemas=forms,
            job=self.job,
        )
        return self.ledger.batches.intend(plan)


def with_panel(open_panel: OpenPanel, work: Callable[[Panel], T]) -> T:
    """Do something with a panel nobody of which is asked; works inside a running loop too."""

    async def opened() -> T:
        async with open_panel(lambda _: None) as panel:
            return work(panel)

    with ThreadPoolExecutor(1) as own:
        return own.submit(lambda: asyncio.run(opened())).result()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an imported file brought."""

    stored: int
    known: int
    """Asks that had a reply of this model already; the stored one stays."""
    differing: int
    """Of them, those the file answers otherwise."""
    unanswered: int
    """Lines that say that there is no answer; their asks stay open."""
    erased: int
    """Replies to conversations whose words were erased meanwhile: left out."""


@dataclass(slots=True, kw_only=True)
class Importing:
    """Takes replies of one model into the store, all in one transaction.

    Args:
        ledger: open.
        answerer: whose replies they are.
        prices: for the money ledger.
        run: the run they are noted with.
    """

    ledger: Ledger
    answerer: str
    prices: Prices
    run: int

    def all_of(self, results: Iterable[Result]) -> tuple[Imported, tuple[str, ...]]:
        """Store every reply, or none when one cannot be read.

        Returns:
            The counts, and the conversations concerned, ordered.
        """
        counts = {"stored": 0, "known": 0, "differing": 0, "unanswered": 0, "erased": 0}
        concerned: set[str] = set()
        erased = self.ledger.erased()

        def takings() -> Iterable[Taking]:
            for result in results:
                key, ask = self.ledger.batches.asked(result.custom_id)[0]
                concerned.add(ask.conversation_id)
                if ask.conversation_id in erased:
                    counts["erased"] += 1
                    continue
                reply = None if result.reply is None else storable(result.reply)
                if reply is None:
                    counts["unanswered"] += 1
                    continue
                stored = self.ledger.reply(reply_key(ask.digest, answerer=self.answerer))
                if stored is not None:
                    counts["known"] += 1
                    counts["differing"] += getattr(stored, "text", None) != reply.text
                    continue
                counts["stored"] += 1
                yield self._taking(result, key)

        self.ledger.batches.take_all(takings())
        return Imported(**counts), tuple(sorted(concerned))

    def _taking(self, result: Result, key: int) -> Taking:
        reply = result.reply
        usage = Usage() if reply is None else getattr(reply, "usage", Usage())
        estimated = usage.output_tokens is None and isinstance(reply, Answered)
        if estimated and isinstance(reply, Answered):
            usage = Usage(output_tokens=tokens_of(reply.text))
        known = usage.input_tokens is not None and usage.output_tokens is not None
        return Taking(
            batch=key,
            custom_id=result.custom_id,
            run=self.run,
            at=self.ledger.now(),
            status=result.status,
            answerer=self.answerer,
            model=self.answerer,
            reply=None if reply is None else storable(reply),
            usage=usage,
            estimated=estimated,
            usd=self.prices.usd(self.answerer, usage) if known else None,
            anyway=True,
        )
