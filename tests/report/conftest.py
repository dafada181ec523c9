"""Invented conversations and verdicts for the pages' tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from cxscore.estimates import Unavailable
from cxscore.label import Survey
from cxscore.rubric import CompositeRule, Criterion, LevelDef, Rubric, Scale, ScaleKind
from cxscore.transcript import (
    Conversation,
    Exclusion,
    Handoff,
    Leg,
    Record,
    Role,
    Sealed,
    ToolCall,
    Turn,
    VendorClaim,
)
from cxscore.verdict import (
    Abstained,
    ActionCheck,
    ActionVerdict,
    ClaimCheck,
    ClaimVerdict,
    Composite,
    Fact,
    Facts,
    Graded,
    Judged,
    Knowledge,
    LogLine,
    PassageRef,
    Quote,
    Severity,
    Verdict,
)

NOON = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


def five_points() -> Scale:
    words = ("awful", "poor", "middling", "good", "excellent")
    levels = tuple(
        LevelDef(level=n, anchor=word, credit=(n - 1) / 4) for n, word in enumerate(words, 1)
    )
    return Scale(kind=ScaleKind.ORDINAL, levels=levels)


def criterion(id: str, name: str, section: str) -> Criterion:
    return Criterion(id=id, name=name, question=f"{name}?", scale=five_points(), section=section)


@pytest.fixture(scope="session")
def rubric() -> Rubric:
    return Rubric(
        id="cx",
        version="1",
        title="Experience",
        digest="0" * 64,
        sections={"outcome": "Outcome", "sentiment": "Sentiment", "service": "Service"},
        criteria=(
            criterion("resolution", "Resolution", "outcome"),
            criterion("sentiment_start", "Sentiment at the start", "sentiment"),
            criterion("sentiment_end", "Sentiment at the end", "sentiment"),
            criterion("tone", "Tone", "service"),
        ),
        composite=CompositeRule(weights={"resolution": 0.5}, required=("resolution",), cap=2.0),
    )


def quote(conversation: Conversation, turn: int, text: str) -> Quote:
    start = conversation.turns[turn].text.index(text)
    return Quote(turn=turn, start=start, end=start + len(text), text=text)


def conversation(id: str, *said: tuple[str, str], hours: float = 0, **more) -> Conversation:
    began = NOON + timedelta(hours=hours)
    turns = tuple(
        Turn(role=Role(role), text=text, time=began + timedelta(minutes=n))
        for n, (role, text) in enumerate(said)
    )
    more.setdefault("turns", turns)
    return Conversation(id=id, started_at=began, language="en", channel="chat", **more)


def verdict(id: str, **more) -> Verdict:
    outcomes = more.pop("outcomes", {})
    full = {"tone": Abstained(reason="no rule grades this criterion", code="no_rule"), **outcomes}
    more.setdefault(
        "knowledge", Knowledge(digest="k" * 64, as_of=NOON - timedelta(days=3), gap_days=3.0)
    )
    more.setdefault("composite", Unavailable(missing="resolution was not graded"))
    return Verdict(
        conversation_id=id,
        judge="embedded/1:abc",
        rubric="cx@000000000000",
        outcomes={Leg.JOURNEY: full},
        **more,
    )


def judged(conversation: Conversation, verdict: Verdict | None = None, **more) -> Judged:
    sealed = more.pop("sealed", Sealed())
    return Judged(
        record=Record(conversation=conversation, sealed=sealed),
        verdict=verdict,
        heuristic=verdict is not None,
        **more,
    )


def plain_case(id: str, *, hours: float = 0, end: int = 4, customer: str | None = None) -> Judged:
    c = conversation(
        id,
        ("customer", "Where is my parcel?"),
        ("ai_agent", "It arrives tomorrow."),
        ("customer", "Fine, thanks."),
        hours=hours,
        customer_id=customer,
    )
    outcomes = {
        "sentiment_start": Graded(level=3, reason="neutral"),
        "sentiment_end": Graded(
            level=end, reason="thanks", evidence=(quote(c, 2, "Fine, thanks."),)
        ),
    }
    return judged(c, verdict(id, outcomes=outcomes))


def false_action_case(id: str = "false-1", *, hours: float = 0) -> Judged:
    call = ToolCall(name="get_order", arguments={"order": 7}, result='{"state": "open"}', ok=True)
    c = conversation(
        id,
        hours=hours,
        customer_id="cust-f",
        tool_log=True,
        turns=(
            Turn(role=Role.CUSTOMER, text="Please refund order 7.", time=NOON),
            Turn(role=Role.AI_AGENT, text="", tool_calls=(call,), time=NOON),
            Turn(role=Role.AI_AGENT, text="Done! I have refunded order 7 for you.", time=NOON),
            Turn(role=Role.CUSTOMER, text="Perfect, thank you so much!", time=NOON),
        ),
    )
    said = quote(c, 2, "I have refunded order 7")
    outcomes = {
        "resolution": Graded(
            level=1, reason="the claimed refund is not in the log", evidence=(said,)
        ),
        "sentiment_end": Graded(level=5, reason="pleased"),
        "sentiment_start": Graded(level=3, reason="neutral"),
    }
    check = ActionCheck(
        quote=said,
        action="refund",
        verdict=ActionVerdict.MISSING,
        reason="no call refunds anything",
        log=(LogLine(turn=1, call=0),),
        severity=Severity.CRITICAL,
    )
    composite = Composite(value=2.0, weights={"resolution": 1.0}, capped_by="x", uncapped=3.0)
    facts = Facts(confirmed=Fact(value=True, evidence=(quote(c, 3, "Perfect, thank you"),)))
    sealed = Sealed(
        vendor_claim=VendorClaim(value="confirmed_resolution", definition="v2", billed=True),
        surveys=(Survey(kind="csat", value=5, scale="1-5"),),
    )
    found = verdict(id, outcomes=outcomes, actions=(check,), composite=composite, facts=facts)
    return judged(c, found, sealed=sealed)


def contradiction_case(id: str = "contra-1", *, newer: bool = False) -> Judged:
    c = conversation(
        id,
        ("customer", "How long can I return shoes?"),
        ("ai_agent", "You can return shoes within 90 days."),
    )
    claim = ClaimCheck(
        quote=quote(c, 1, "within 90 days"),
        verdict=ClaimVerdict.CONTRADICTED,
        reason="the article says 30 days",
        passage=PassageRef(
            article_id="returns",
            title="Returns",
            text="Shoes can be returned within 30 days.",
            url="https://help.example/returns",
            newer_than_conversation=newer,
        ),
        error="wrong_number",
        severity=Severity.MAJOR,
    )
    return judged(c, verdict(id, claims=(claim,)))


def nobody_case(id: str = "nobody-1") -> Judged:
    c = conversation(
        id,
        ("customer", "Let me talk to a human."),
        ("ai_agent", "A colleague will take over."),
        ("customer", "Hello? This is terrible."),
        handoffs=(Handoff(before_turn=2, to=Role.HUMAN_AGENT, team="Level 2"),),
    )
    facts = Facts(
        asked_for_human=Fact(value=True, evidence=(quote(c, 0, "talk to a human"),)),
        human_joined=Fact(value=False),
        last_message_negative=Fact(value=True, evidence=(quote(c, 2, "This is terrible"),)),
    )
    return judged(
        c,
        verdict(id, facts=facts),
        sealed=Sealed(vendor_claim=VendorClaim(value="assumed_resolution")),
    )


def spam_case(id: str = "spam-1") -> Judged:
    sealed = Sealed(vendor_claim=VendorClaim(value="assumed_resolution", billed=True))
    c = conversation(id, ("customer", "BUY WATCHES"), ("ai_agent", "Hello!"))
    return judged(c, exclusion=Exclusion.SPAM, sealed=sealed)


@pytest.fixture
def ledger() -> list[Judged]:
    """A few of everything."""
    return [
        contradiction_case(),
        false_action_case(),
        nobody_case(),
        *(plain_case(f"plain-{n:02}", hours=24 * n) for n in range(6)),
        spam_case(),
    ]


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """The builders above, for tests that need other ids, times or contents."""
    return SimpleNamespace(
        now=NOW,
        noon=NOON,
        conversation=conversation,
        verdict=verdict,
        judged=judged,
        quote=quote,
        plain=plain_case,
        false_action=false_action_case,
        contradiction=contradiction_case,
        nobody=nobody_case,
        spam=spam_case,
    )
