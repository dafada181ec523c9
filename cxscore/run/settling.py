"""Counts and stores what became of each record; shared by all drivers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from cxscore.rubric import Rubric
from cxscore.run.prepare import (
    Due,
    Duplicate,
    Erased,
    Excluded,
    Known,
    OtherFile,
    Rules,
    Unreadable,
    place,
)
from cxscore.run.tally import Counting
from cxscore.store import AttemptEntry, Entry, Ledger, ReplyEntry, VerdictEntry, VerdictRows, unpack
from cxscore.transcript import Exclusion
from cxscore.verdict import Judged, Verdict


@dataclass(slots=True, kw_only=True)
class Settling:
    """What a run does with a record once it is known what it means."""

    ledger: Ledger
    put: Callable[[Entry | ReplyEntry | AttemptEntry], object]
    """Stores an entry, now or soon."""
    rules: Rules
    rubric: Rubric
    run: int
    counting: Counting
    on_result: Callable[[Judged], None] | None = None
    replay_known: bool = False
    beside: bool = False
    """Verdicts go beside those the conversations point at."""

    def settle(self, one: OtherFile | Unreadable | Duplicate | Erased | Excluded | Known) -> None:
        """Count a record that needs no judging."""
        counting = self.counting
        if isinstance(one, OtherFile):
            counting.other_file(one.message)
        elif isinstance(one, Unreadable):
            counting.failed(one.message, unreadable=True)
        elif isinstance(one, Duplicate):
            counting.counts["duplicates"] += 1
        elif isinstance(one, Erased):
            counting.excluded("erased")
        elif isinstance(one, Excluded):
            self._settle_excluded(one)
        else:
            self._settle_known(one)

    def _settle_excluded(self, one: Excluded) -> None:
        counting = self.counting
        counting.understood(one.record.conversation)
        counting.excluded(one.reason)
        if one.changed and not self.beside:
            self.put(one.entry)
        if self.on_result is not None:
            self.on_result(
                Judged(
                    record=one.record,
                    version=one.entry.version,
                    exclusion=Exclusion(one.reason),
                )
            )

    def _settle_known(self, one: Known) -> None:
        counting = self.counting
        counting.understood(one.record.conversation)
        if one.changed and not self.beside:
            self.put(one.entry)
        if one.verdict.failed:
            _, error, _ = self.ledger.verdict_of(one.verdict.key)
            message = f"{place(one.record)}: failed in an earlier run: {error}; retry it on request"
            counting.failed(message, unreadable=False)
        else:
            counting.counts["updated" if one.updated else "already_scored"] += 1
            counting.states(self.ledger.score_states(one.verdict.key))
        if self.replay_known and self.on_result is not None:
            verdict, error, scored_at = self.ledger.verdict_of(one.verdict.key)
            self.on_result(
                Judged(
                    record=one.record,
                    version=one.entry.version,
                    verdict=verdict,
                    error=error,
                    heuristic=self.rules.source.heuristic,
                    scored_at=scored_at,
                )
            )

    def settle_judged(self, one: Due, rows: VerdictRows) -> None:
        """Store and count a judgement."""
        counting = self.counting
        counting.understood(one.record.conversation)
        self.put(replace(one.entry, verdict=self.verdict(one, rows), beside=self.beside))
        if rows.code is not None:
            counting.failed(f"{place(one.record)}: {rows.error}", unreadable=False)
        else:
            counting.counts["updated" if one.updated else "new"] += 1
            counting.states((str(r[1]), str(r[2])) for r in rows.scores if r[0] == "journey")
        if self.on_result is not None:
            self.on_result(
                Judged(
                    record=one.record,
                    version=one.entry.version,
                    verdict=None if rows.body is None else unpack(Verdict, rows.body),
                    error=rows.error,
                    heuristic=self.rules.source.heuristic,
                    scored_at=one.entry.at,
                )
            )

    def verdict(self, one: Due, rows: VerdictRows) -> VerdictEntry:
        """A judgement and what identifies it."""
        return VerdictEntry(
            unit=one.unit,
            rows=rows,
            judge=rows.judge or self.rules.source.fingerprint,
            rubric=self.rubric.ref,
            heuristic=self.rules.source.heuristic,
            run=self.run,
        )
