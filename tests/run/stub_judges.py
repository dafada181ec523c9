"""Tiny deterministic judges and conversations for the tests of run, store and export.

Worker processes import this module by name, so it holds no tests and needs no fixtures.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cxscore.errors import JudgeError, ProviderError
from cxscore.judging import Deliberation
from cxscore.rubric import Criterion, LevelDef, Rubric, Scale, ScaleKind
from cxscore.transcript import Conversation, Leg, Record, Role, Transcript, Turn
from cxscore.verdict import (
    Abstained,
    ActionCheck,
    ActionVerdict,
    ClaimCheck,
    ClaimVerdict,
    Failed,
    Graded,
    Knowledge,
    PassageRef,
    Quote,
    Severity,
    Verdict,
)

T0 = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


def conversation(id: str, *said: str, **known: object) -> Conversation:
    """A chat that alternates between customer and AI agent."""
    words = said or ("Where is my order 123?", "It arrives on Friday.", "Thanks, that helps.")
    turns = tuple(
        Turn(
            role=Role.AI_AGENT if n % 2 else Role.CUSTOMER,
            text=text,
            time=T0 + timedelta(minutes=n),
        )
        for n, text in enumerate(words)
    )
    defaults = {"channel": "chat", "language": "en", "started_at": T0, "customer_id": f"cust-{id}"}
    return Conversation(id=id, turns=turns, **(defaults | known))


def record(id: str, *said: str, line: int | None = None, **known: object) -> Record:
    return Record(conversation=conversation(id, *said, **known), path="in.jsonl", line=line)


def rubric(digest: str = "ab" * 32) -> Rubric:
    levels = tuple(LevelDef(level=n, anchor="", credit=(n - 1) / 4) for n in range(1, 6))
    scale = Scale(kind=ScaleKind.ORDINAL, levels=levels)
    criteria = tuple(
        Criterion(id=i, name=i, question="?", scale=scale, section="service")
        for i in ("length", "tone", "refund")
    )
    return Rubric(
        id="stub", version="1", title="Stub", criteria=criteria, digest=digest, sections={}
    )


class LengthJudge:
    """Grades by the number of words; deterministic, and it cites what it saw."""

    heuristic = True

    def __init__(self, fingerprint: str = "length/1", knowledge: str | None = None) -> None:
        self.fingerprint = fingerprint
        self._knowledge = knowledge

    def deliberate(self, transcript: Transcript, /) -> Deliberation:
        return self.verdict(transcript)
        yield ()

    def verdict(self, transcript: Transcript) -> Verdict:
        said = next((n, t.text) for n, t in enumerate(transcript.turns) if t.text)
        quote = Quote(turn=said[0], start=0, end=len(said[1]), text=said[1])
        words = sum(len(t.text.split()) for t in transcript.turns)
        outcomes = {
            "length": Graded(level=1 + words % 5, reason=f"saw: {said[1]}", evidence=(quote,)),
            "tone": Abstained(reason="no rule", code="no_rule"),
            "refund": Graded(level=None, reason="no refund asked for"),
        }
        knowledge = self._knowledge
        return Verdict(
            conversation_id=transcript.id,
            judge=self.fingerprint,
            rubric="stub@abababababab",
            outcomes={Leg.JOURNEY: outcomes},
            claims=(
                ClaimCheck(
                    quote=quote,
                    verdict=ClaimVerdict.CONTRADICTED,
                    reason=f"the article says other than {said[1]}",
                    passage=PassageRef(article_id="ship.md", title="Shipping", text="On Monday."),
                    severity=Severity.MAJOR,
                ),
            ),
            actions=(
                ActionCheck(
                    quote=quote, action="refund", verdict=ActionVerdict.NO_LOG, reason="no log"
                ),
            ),
            knowledge=knowledge and Knowledge(digest=knowledge, as_of=None, gap_days=None),
        )


class MoodyJudge(LengthJudge):
    """Breaks where the customer says so."""

    def verdict(self, transcript: Transcript) -> Verdict:
        words = transcript.turns[0].text
        if "CRASH" in words:
            raise ZeroDivisionError("the judge has a bug")
        if "PROVIDER" in words:
            raise ProviderError("no answer")
        if "REFUSE" in words:
            raise JudgeError("the judge will not")
        if "KILL" in words:
            os.kill(os.getpid(), signal.SIGKILL)
        if "HALF" in words:
            whole = super().verdict(transcript)
            broken = {"length": Failed(error=f"about {words}", code="evidence")}
            return Verdict(
                conversation_id=transcript.id,
                judge=whole.judge,
                rubric=whole.rubric,
                outcomes={Leg.JOURNEY: {**whole.journey, **broken}},
            )
        return super().verdict(transcript)


class SlowJudge(LengthJudge):
    """Takes a moment, so that a run can be shot in the middle."""

    def verdict(self, transcript: Transcript) -> Verdict:
        time.sleep(0.004)
        return super().verdict(transcript)


class PidJudge(LengthJudge):
    """Says in which process it judged."""

    def verdict(self, transcript: Transcript) -> Verdict:
        return replace(super().verdict(transcript), seen=(str(os.getpid()),))


class OnlyIn(LengthJudge):
    """Can be built in one process only."""

    def __init__(self, pid: int) -> None:
        if os.getpid() != pid:
            raise RuntimeError("not here")
        super().__init__()


def many(n: int, *, prefix: str = "c") -> Sequence[Record]:
    return [
        record(f"{prefix}{i:05d}", f"Where is order {i}?" + " please" * (i % 7), "Friday.", line=i)
        for i in range(n)
    ]
