"""A small shop's conversations, a rubric of three criteria, and replies written by hand."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from cxscore import resources
from cxscore.grounding.library import Library
from cxscore.judges.one_pass import OnePassJudge, Prompt, Window
from cxscore.judging import Answered, Ask, Reply, drive
from cxscore.knowledge import Article, KnowledgeBase
from cxscore.readers import rubrics
from cxscore.rubric import Rubric
from cxscore.transcript import Handoff, Role, ToolCall, Transcript, Turn
from cxscore.verdict import Verdict

STARTED = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
SECRET = b"a workspace's secret"

REFUND = Transcript(
    id="c-1",
    channel="chat",
    language="en",
    started_at=STARTED,
    tool_log=True,
    turns=(
        Turn(role=Role.CUSTOMER, text="Hi, please refund order 7731, the kettle leaks."),
        Turn(
            role=Role.AI_AGENT,
            text="",
            tool_calls=(
                ToolCall(
                    name="get_order",
                    arguments={"order": "7731"},
                    result='{"status": "paid", "amount": 62.00}',
                ),
            ),
        ),
        Turn(
            role=Role.AI_AGENT,
            text="I have refunded 62 euros. Refunds take 3 working days, "
            "and returns are free for 90 days.",
        ),
        Turn(role=Role.CUSTOMER, text="Great, thank you so much! That solves it."),
    ),
)

HYBRID = Transcript(
    id="c-2",
    started_at=STARTED,
    tool_log=False,
    turns=(
        Turn(role=Role.CUSTOMER, text="I want a person, my parcel 88 is lost."),
        Turn(role=Role.AI_AGENT, text="I can help with everything! Which parcel do you mean?"),
        Turn(role=Role.CUSTOMER, text="Parcel 88! A person please."),
        Turn(role=Role.HUMAN_AGENT, text="Hello, I am opening a trace for parcel 88 now."),
        Turn(role=Role.CUSTOMER, text="Thank you, finally somebody who reads."),
    ),
    handoffs=(Handoff(before_turn=3, to=Role.HUMAN_AGENT, team="parcels", summary="parcel 88"),),
)

RETURNS = Article(
    id="returns", title="Returns", text="# Returns\n\nReturns are free of charge within 30 days."
)
REFUNDS = Article(
    id="refunds", title="Refund timing", text="# Refund timing\n\nCard refunds take 3 working days."
)
PROMISES = Article(
    id="promises", title="Promises", text="Never say done before it is done.", always=True
)


def shop(*articles: Article, as_of: datetime | None = None) -> Library:
    """A library of one snapshot."""
    kb = KnowledgeBase(
        articles=articles or (RETURNS, REFUNDS, PROMISES), digest="kb-digest", as_of=as_of
    )
    return Library([kb])


def cx() -> Rubric:
    return rubrics.load(resources.rubric_path("cx"))


def prompt(text: str | None = None) -> Prompt:
    path = resources.prompt_path("rubric/1")
    return Prompt(version="1", text=text or path.read_text(encoding="utf-8"), path=str(path))


def judge(
    *, rubric: Rubric | None = None, library: Library | None = None, window: Window | None = None
) -> OnePassJudge:
    return OnePassJudge(
        rubric=rubric or cx(),
        library=library,
        prompt=prompt(),
        model="test:model",
        settings="temperature=0",
        secret=SECRET,
        window=window,
    )


Answer = Callable[[Ask], Reply]


class Model:
    """Answers asks from a script, and keeps the asks."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asks: list[Ask] = []

    def __call__(self, asks: tuple[Ask, ...]) -> tuple[Reply, ...]:
        (ask,) = asks
        self.asks.append(ask)
        given = self.answers.pop(0)
        given = given(ask) if callable(given) else given
        return (given if not isinstance(given, dict | str) else answered(given),)

    @property
    def purposes(self) -> list[str]:
        return [a.purpose for a in self.asks]


def answered(reply: dict[str, Any] | str) -> Answered:
    text = reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False)
    return Answered(text=text, model="test:model-2026")


def ask_of(judge: OnePassJudge, transcript: Transcript) -> Ask:
    deliberation = judge.deliberate(transcript)
    (ask,) = next(deliberation)
    deliberation.close()
    return ask


def lines(ask: Ask) -> list[dict[str, Any]]:
    """The turns as the ask shows them."""
    body = ask.user.split("BEGIN ", 1)[1].split("\n", 1)[1].split("\nEND ", 1)[0]
    return [line for line in json.loads(body) if isinstance(line, dict)]


def turn_id(ask: Ask, words: str) -> str:
    """The drawn id of the turn that holds these words."""
    return next(str(t["turn"]) for t in lines(ask) if words in t.get("text", ""))


def log_id(ask: Ask, tool: str) -> str:
    return next(c["id"] for t in lines(ask) for c in t.get("log", ()) if c["tool"] == tool)


def quote(ask: Ask, words: str) -> dict[str, str]:
    return {"turn": turn_id(ask, words), "quote": words}


def grade(level: str, reason: str = "as seen", *evidence: dict[str, str]) -> dict[str, Any]:
    return {"reason": reason, "evidence": list(evidence), "causes": [], "level": level}


def claim(ask: Ask, words: str, verdict: str, **more: str) -> dict[str, str]:
    return {
        **quote(ask, words),
        "about": "policy",
        "source": "none",
        "why": "read",
        "error": "none",
        "verdict": verdict,
        "corrected": "no",
        "search": "",
        **more,
    }


def reply(ask: Ask, **sections: Any) -> dict[str, Any]:
    """A sound reply to an ask: everything at the top, nothing claimed; sections are replaced."""
    nothing = {"evidence": [], "value": "no"}
    criteria = ask.schema["properties"]["grades"]["properties"]
    base: dict[str, Any] = {
        "requests": [],
        "changes": [],
        "rules": [],
        "last_probe": "none",
        "unseen": "none",
        "transfers": "none",
        "actions_claimed": [],
        "claims": [],
        "facts": {
            "solved": [],
            "asked_for_human": nothing,
            "confirmed": nothing,
            "last_message_negative": nothing,
            "acts": [],
            "sentiment_path": [],
        },
        "outcome": {"finding": "none", "probability": 88},
        "grades": {name: grade("5") for name in criteria},
        "legs": [],
    }
    return copy.deepcopy(base | sections)


def grades(ask: Ask, **changed: Any) -> dict[str, Any]:
    return reply(ask)["grades"] | changed


def run(judge: OnePassJudge, transcript: Transcript, *answers: Any) -> tuple[Verdict, Model]:
    model = Model(*answers)
    return drive(judge.deliberate(transcript), model), model


def states(verdict: Verdict, ids: Sequence[str]) -> list[str]:
    return [verdict.journey[i].state for i in ids]
