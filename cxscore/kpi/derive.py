"""Which step of the pipeline fills which fact: a judged record as one row of the event model.

The table in docs/kpis.md says the same for readers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from cxscore.kpi import links
from cxscore.kpi.facts import Contact
from cxscore.kpi.handover import checks, hands_over
from cxscore.kpi.reading import claims_resolved
from cxscore.kpi.returns import seconds, span
from cxscore.label import Survey
from cxscore.transcript import Conversation, Json, Role, Stream, Turn, Visibility
from cxscore.verdict import (
    Act,
    ActionVerdict,
    ClaimVerdict,
    Composite,
    Fact,
    Graded,
    Judged,
    Proof,
    Severity,
    Verdict,
)

_SCALE = re.compile(r"\d+(?:\.\d+)?")
_ANSWER = re.compile(r"(\d+(?:\.\d+)?)(?:\s*/\s*(\d+))?(?: stars?)?")
_IN_WORDS = {"good": 5.0, "bad": 1.0, "true": 5.0, "false": 1.0, "👍": 5.0, "👎": 1.0}
IDLE = 30 * 60.0
"""Seconds without a word that end a session."""
BACK_AFTER = 12 * 3_600.0
"""Seconds of silence after which a customer's word in a chat is a return. E-mail has no such
silence: a thread there is answered a day later as a matter of course."""
_ANSWERS = frozenset({Act.ANSWER, Act.ACTION})
_CHECKED = frozenset(
    {
        ClaimVerdict.SUPPORTED_BY_ARTICLE,
        ClaimVerdict.SUPPORTED_BY_CONVERSATION,
        ClaimVerdict.CONTRADICTED,
        ClaimVerdict.NOT_IN_KNOWLEDGE_BASE,
    }
)
_SERVICE = ("relevance", "tone", "professionalism", "efficiency", "clarity")
_GOOD = 4
_OTHER_FEES = frozenset({"cancellation", "customer", "late", "refund", "return", "shipping"})
_LONGEST = 60
"""Characters of a free attribute that may still be a group; a longer one is words."""
OWN_ATTRIBUTES = frozenset(
    {
        "brand",
        "channel",
        "definition",
        "judge",
        "kind",
        "label",
        "language",
        "model",
        "stream",
        "team",
        "topic",
        "vendor",
    }
)
"""What ``--by`` splits on by itself; all others are the export's free ones."""


def contact_of(judged: Judged) -> Contact:
    """One conversation as far as its record, its verdict and its sealed data tell."""
    conversation, sealed = judged.record.conversation, judged.record.sealed
    verdict = judged.verdict
    times = _times(conversation)
    turns = _public(conversation)
    claim = sealed.vendor_claim
    human = any(t.role is Role.HUMAN_AGENT for _, t in turns)
    to_human = [h for h in conversation.handoffs if h.to is Role.HUMAN_AGENT]
    served = human or any(t.role is Role.AI_AGENT for _, t in turns)
    return Contact(
        id=conversation.id,
        customer=conversation.customer_id,
        issue=conversation.issue_id,
        started=times.started,
        ended=times.ended,
        reopened=times.reopened,
        exclusion=None if judged.exclusion is None else str(judged.exclusion),
        stream=None if conversation.stream is None else str(conversation.stream),
        involved=_involved(turns, verdict),
        human=human if served else None,
        answers=_answers(turns, verdict),
        sessions=times.sessions,
        claimed=None if claim is None else claims_resolved(claim),
        billed=None if claim is None else claim.billed,
        fee=_fee(sealed.costs),
        self_grade=claims_resolved(claim)
        if claim is not None and claim.graded_by == "vendor_llm"
        else None,
        escalated=bool(to_human)
        or (conversation.stream is Stream.HYBRID and _human_last(turns))
        or _handed_by_tool(conversation),
        csat=_csat(sealed.surveys),
        csat_sent=any(s.kind == "csat" for s in sealed.surveys),
        handoff=checks(conversation, turns),
        links=_links(conversation),
        last_word=times.last,
        person_at=_person_at(turns),
        human_minutes=_human_minutes(sealed.costs, turns),
        first_response=_first_response(turns),
        to_human=_to_human(turns, to_human[0].before_turn) if to_human else None,
        attributes=_attributes(judged),
        **_of_verdict(conversation, verdict),
    )


def _of_verdict(conversation: Conversation, verdict: Verdict | None) -> dict[str, Any]:
    if verdict is None:
        return {}
    facts = verdict.facts
    kind = None if facts.kind is None else str(facts.kind)
    claimed = [a for a in verdict.actions if a.verdict is not ActionVerdict.UNKNOWN]
    missing = sum(a.verdict in {ActionVerdict.MISSING, ActionVerdict.FAILED} for a in claimed)
    log = conversation.tool_log is True
    bad = [c for c in verdict.claims if c.error is not None]
    material = [c for c in bad if c.severity is not Severity.INFO]
    grave = any(c.severity is Severity.CRITICAL and c.proof is not Proof.SUSPECTED for c in bad)
    checked = {c.quote.turn for c in verdict.claims if c.verdict in _CHECKED}
    resolved = [i.resolved for i in facts.issues]
    composite = verdict.composite if isinstance(verdict.composite, Composite) else None
    return {
        "kind": kind,
        "asked_human": _said(facts.asked_for_human),
        "confirmed": _said(facts.confirmed),
        "negative_last": _said(facts.last_message_negative),
        "action_needed": None if kind is None else kind == "action",
        "actions_claimed": len(claimed),
        "actions_missing": missing if log or missing else None,
        "issues": max(1, len(facts.issues)),
        "issues_resolved": sum(map(bool, resolved))
        if len(resolved) > 1 and None not in resolved
        else None,
        "resolution": _level(verdict, "resolution"),
        "sentiment_start": _level(verdict, "sentiment_start"),
        "sentiment_end": _level(verdict, "sentiment_end"),
        "service": {k: v for k in _SERVICE if (v := _level(verdict, k)) is not None},
        "composite": None if composite is None else composite.value,
        "capped": composite is not None and composite.capped_by is not None,
        "bad_answers": len({c.quote.turn for c in bad}) if checked else None,
        "bad_material": len({c.quote.turn for c in material}) if checked else None,
        "critical": True if grave or missing else False if checked or log else None,
        "answers_checked": len(checked) or None,
        "source_right": _reaches(verdict, "source_use"),
        "reasoning_ok": _reaches(verdict, "reasoning"),
    }


def _said(fact: Fact | None) -> bool | None:
    return None if fact is None else fact.value


def _level(verdict: Verdict, criterion: str) -> float | None:
    outcome = verdict.journey.get(criterion)
    level = outcome.level if isinstance(outcome, Graded) else None
    return float(level) if isinstance(level, int) else None


def _reaches(verdict: Verdict, criterion: str) -> bool | None:
    level = _level(verdict, criterion)
    return None if level is None else level >= _GOOD


def _public(conversation: Conversation) -> list[tuple[int, Turn]]:
    return [
        (i, t)
        for i, t in enumerate(conversation.turns)
        if t.visibility is Visibility.PUBLIC and t.text.strip()
    ]


def _involved(turns: Sequence[tuple[int, Turn]], verdict: Verdict | None) -> bool:
    """The AI said something after a customer that is no greeting."""
    acts = {} if verdict is None else verdict.facts.acts
    asked = False
    for index, turn in turns:
        asked = asked or turn.role is Role.CUSTOMER
        if asked and turn.role is Role.AI_AGENT and acts.get(index) is not Act.GREETING:
            return True
    return False


def _answers(turns: Sequence[tuple[int, Turn]], verdict: Verdict | None) -> int:
    acts = {} if verdict is None else verdict.facts.acts
    mine = [i for i, t in turns if t.role is Role.AI_AGENT]
    if not any(i in acts for i in mine):
        # Nobody told what the turns do, as in a language the rules do not read: words after a
        # customer's are taken as an answer.
        asked = next((i for i, t in turns if t.role is Role.CUSTOMER), None)
        return 0 if asked is None else sum(i > asked for i in mine)
    return sum(acts.get(i) in _ANSWERS for i in mine)


def _human_last(turns: Sequence[tuple[int, Turn]]) -> bool:
    """A person took over from the AI, and not the other way round."""
    agents = [t.role for _, t in turns if t.role in {Role.AI_AGENT, Role.HUMAN_AGENT}]
    return bool(agents) and agents[0] is Role.AI_AGENT


def _handed_by_tool(conversation: Conversation) -> bool:
    """The log holds a call that hands over to a person, and no error as its result."""
    return any(
        hands_over(call.name) and call.ok is not False
        for turn in conversation.turns
        if turn.role is Role.AI_AGENT
        for call in turn.tool_calls
    )


class _Times:
    """When a conversation began, ended, and was taken up again in its thread."""

    def __init__(self, conversation: Conversation) -> None:
        known = span(conversation)
        self.started = None if known is None else seconds(known[0])
        self.last: float | None = None
        """Of the whole thread, returns in it among them."""
        self.ended = None if known is None else seconds(known[1])
        self.reopened: float | None = None
        self.sessions = 1
        last: float | None = None
        for _, turn in _public(conversation):
            if turn.time is None or turn.role is Role.SYSTEM:
                continue
            now = seconds(turn.time)
            if last is not None and turn.role is Role.CUSTOMER and now - last > IDLE:
                self.sessions += 1
                late = now - last > BACK_AFTER and conversation.channel != "email"
                if late and self.reopened is None:
                    self.reopened, self.ended = now, last
            last = now
        self.last = last
        if self.reopened is None and last is not None:
            # What the desk's own machine writes later, as a closing line, is no contact.
            self.ended = last


def _times(conversation: Conversation) -> _Times:
    return _Times(conversation)


def _csat(surveys: Sequence[Survey]) -> float | None:
    """The last answer that is one, brought to 1 to 5."""
    found = (stars(s.value, s.scale) for s in reversed(surveys) if s.kind == "csat")
    return next((v for v in found if v is not None), None)


def stars(value: object, scale: str | None) -> float | None:
    """An answer on its scale, brought to 1 to 5; None: it is none of that scale.

    >>> stars(8, "1-10"), stars(1, "0-1"), stars("4/5", None), stars("good", None), stars(7, "1-5")
    (4.111111111111111, 5.0, 4.0, 5.0, None)
    """
    ends = [float(n) for n in _SCALE.findall(scale or "")]
    low, high = (ends[0], ends[1]) if len(ends) == 2 else (1.0, ends[0] if ends else 5.0)
    if scale and "thumb" in scale.casefold():
        low, high = 0.0, 1.0
    if isinstance(value, bool):
        return 5.0 if value else 1.0
    if isinstance(value, str):
        words = value.strip().casefold()
        if words in _IN_WORDS:
            return _IN_WORDS[words]
        told = _ANSWER.fullmatch(words)
        if told is None:
            return None
        value, high = float(told[1]), float(told[2] or high)
    if not isinstance(value, int | float) or not low <= value <= high or low >= high:
        return None
    return 1 + 4 * (float(value) - low) / (high - low)


def _fee(costs: Mapping[str, Json]) -> float | None:
    """What the vendor charges for it: ``ai_fee_eur`` before ``fee``; a refund's fee is none."""
    words = {name: set(re.split(r"[^a-z]+", name.casefold())) for name in costs}
    own = [n for n, w in words.items() if "fee" in w and not w & _OTHER_FEES]
    values = (costs[n] for n in sorted(own, key=lambda n: ("ai" not in words[n], n)))
    return next((float(v) for v in values if _is_number(v)), None)


def _is_number(value: Json) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _human_minutes(costs: Mapping[str, Json], turns: Sequence[tuple[int, Turn]]) -> float | None:
    given = next((v for n, v in costs.items() if "human_minutes" in n and _is_number(v)), None)
    if given is not None:
        return float(given)
    return None if any(t.role is Role.HUMAN_AGENT for _, t in turns) else 0.0


def _first_response(turns: Sequence[tuple[int, Turn]]) -> float | None:
    asked = next((t.time for _, t in turns if t.role is Role.CUSTOMER), None)
    if asked is None:
        return None
    for _, turn in turns:
        if turn.role in {Role.AI_AGENT, Role.HUMAN_AGENT} and turn.time is not None:
            wait = seconds(turn.time) - seconds(asked)
            if wait >= 0:
                return wait
    return None


def _to_human(turns: Sequence[tuple[int, Turn]], from_turn: int) -> float | None:
    before = [t.time for i, t in turns if i < from_turn and t.time is not None]
    after = [t.time for i, t in turns if i >= from_turn and t.role is Role.HUMAN_AGENT and t.time]
    return seconds(after[0]) - seconds(before[-1]) if before and after else None


def _person_at(turns: Sequence[tuple[int, Turn]]) -> float | None:
    said = (t.time for _, t in turns if t.role is Role.HUMAN_AGENT and t.time is not None)
    first = next(said, None)
    return None if first is None else seconds(first)


def _links(conversation: Conversation) -> tuple[str, ...]:
    named = (v for k, v in sorted(conversation.attributes.items()) if k.casefold() in links.SAME)
    return tuple(str(v) for v in named if isinstance(v, str | int) and str(v))


def _attributes(judged: Judged) -> dict[str, str]:
    conversation = judged.record.conversation
    agent, claim = conversation.agent, judged.record.sealed.vendor_claim
    verdict = judged.verdict
    found = {
        "channel": conversation.channel,
        "language": conversation.language,
        "topic": conversation.topic,
        "team": conversation.team,
        "brand": conversation.brand,
        "vendor": None if agent is None else agent.vendor,
        "model": None if agent is None else agent.model,
        "stream": None if conversation.stream is None else str(conversation.stream),
        "definition": None if claim is None else claim.definition,
        "label": None if claim is None else claim.value,
        "kind": None if verdict is None or verdict.facts.kind is None else str(verdict.facts.kind),
        "judge": None if verdict is None else verdict.judge,
    }
    free = {
        name: str(value).strip()
        for name, value in conversation.attributes.items()
        if isinstance(value, str | int | bool) and name.casefold() not in links.SAME | links.EARLIER
    }
    # A free one of the name of one of ours would pass for it.
    short = {
        name: text
        for name, text in free.items()
        if 0 < len(text) <= _LONGEST and name not in OWN_ATTRIBUTES
    }
    return {**short, **{name: value for name, value in found.items() if value}}
