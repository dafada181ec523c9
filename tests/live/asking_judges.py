"""A judge that asks, and panels that answer it, for the tests of live runs."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "run"))

from stub_judges import record, rubric

from cxscore.errors import ReplyError
from cxscore.judging import (
    Answered,
    Ask,
    ChatModel,
    Deliberation,
    NoReply,
    Reply,
    Usage,
)
from cxscore.run.panel import Bounded, OnAttempt, OpenPanel, Panel, Seat
from cxscore.testing import ScriptedModel
from cxscore.transcript import Leg, Transcript
from cxscore.verdict import Failed, Graded, Quote, Verdict

__all__ = ["AskingJudge", "answer", "panel", "record", "rubric"]

SCHEMA = {"type": "object", "properties": {"length": {"type": "integer"}}}


class AskingJudge:
    """Asks for a level; asks again where the answer says CHECK; fails where it is no JSON."""

    heuristic = False

    def __init__(self, fingerprint: str = "asking/1", seats: tuple[str, ...] = ("judge",)) -> None:
        self.fingerprint = fingerprint
        self._seats = seats
        self.deliberations = 0

    def deliberate(self, transcript: Transcript, /) -> Deliberation:
        self.deliberations += 1
        asks = tuple(_ask("grade", transcript, seat) for seat in self._seats)
        replies = yield asks
        said = replies[0]
        if isinstance(said, Answered) and "CHECK" in said.text:
            replies = yield (_ask("verify_claims", transcript, self._seats[0]),)
            said = replies[0]
        return self._verdict(transcript, said)

    def _verdict(self, transcript: Transcript, said: Reply) -> Verdict:
        outcomes = {c: self._outcome(transcript, said, c) for c in ("length", "tone", "refund")}
        return Verdict(
            conversation_id=transcript.id,
            judge=self.fingerprint,
            rubric=rubric().ref,
            outcomes={Leg.JOURNEY: outcomes},
        )

    def _outcome(self, transcript: Transcript, said: Reply, criterion: str) -> Graded | Failed:
        if isinstance(said, NoReply):
            return Failed(error=said.text, code="provider")
        if not isinstance(said, Answered):
            return Failed(error=said.text, code=type(said).__name__.lower())
        try:
            level = json.loads(said.text)["length"]
        except ValueError:
            raise ReplyError("no JSON") from None
        text = transcript.turns[0].text
        quote = Quote(turn=0, start=0, end=len(text), text=text)
        return Graded(level=level, reason=criterion, evidence=(quote,))


def _ask(purpose: str, transcript: Transcript, seat: str) -> Ask:
    words = "\n".join(t.text for t in transcript.turns)
    return Ask(
        purpose=purpose,
        seat=seat,
        system="Grade this." * 40,
        user=f"{transcript.id}\n{words}",
        schema=SCHEMA,
        max_output_tokens=100,
    )


def answer(level: int = 4, *, tokens: tuple[int, int] = (1000, 50)) -> Answered:
    """A good answer that says what it used."""
    return Answered(
        text=json.dumps({"length": level}),
        model="scripted",
        usage=Usage(input_tokens=tokens[0], output_tokens=tokens[1]),
    )


def panel(
    model: ChatModel | Callable[[Ask], Reply | str],
    *,
    judge: AskingJudge | None = None,
    concurrency: int = 4,
    answerer: str = "scripted:model",
) -> OpenPanel:
    """A panel of one model in every seat."""
    asked = judge or AskingJudge()
    answers = model if hasattr(model, "answer") else ScriptedModel(model)

    @asynccontextmanager
    async def opened(on_attempt: OnAttempt) -> AsyncIterator[Panel]:
        seat = Seat(model=Bounded(answers, concurrency), answerer=answerer)
        yield Panel(judge=asked, seats={"judge": seat, "second": seat})

    return opened
