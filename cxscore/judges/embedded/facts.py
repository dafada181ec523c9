"""Facts by rule: what later figures count, with the words that show it; else unknown."""

from __future__ import annotations

from cxscore.grounding.actions import Effect
from cxscore.judges.embedded import wording
from cxscore.judges.embedded.reading import LONGEST, Reading
from cxscore.transcript import AGENT_ROLES, Kind, Role, Turn
from cxscore.verdict import Act, ActionVerdict, Fact, Facts


def facts(reading: Reading) -> Facts:
    """All facts the rules can tell; text-based ones stay unknown outside English."""
    english = reading.english is True
    return Facts(
        acts=_acts(reading),
        asked_for_human=_asked(reading) if english else None,
        human_joined=_joined(reading),
        confirmed=_confirmed(reading) if english else None,
        last_message_negative=_last_negative(reading) if english else None,
        kind=_kind(reading, english=english),
        sentiment_path=tuple(
            (i, round(reading.mood(i).compound, 4)) for i in (reading.said if english else ())
        ),
    )


def _asked(reading: Reading) -> Fact | None:
    if not reading.said:
        return None
    asks = reading.asks_for_human
    return Fact(value=bool(asks), evidence=asks[:2])


def _joined(reading: Reading) -> Fact | None:
    """Whether a person answered after being asked for or handed to.

    A log that ends with the handover says nothing of what came after: unknown.
    """
    starts = [q.turn for q in reading.asks_for_human] + [h.turn for h in reading.handovers]
    if not starts or reading.ends_with_accepted_offer:
        return None
    first = min(starts)
    people = reading.replies_after(first - 1, Role.HUMAN_AGENT)
    if people:
        return Fact(value=True, evidence=(reading.quote(people[0]),))
    if reading.handovers:
        later = reading.replies_after(reading.handovers[-1].turn + 1, Role.CUSTOMER)
        return Fact(value=False, evidence=(reading.quote(later[-1]),)) if later else None
    return Fact(value=False, evidence=reading.asks_for_human[-1:])


def _confirmed(reading: Reading) -> Fact | None:
    """The last word counts: a denial after a confirmation takes it back."""
    if not reading.said:
        return None
    sure, denied = reading.confirmations, reading.denials
    if sure and not any(d.turn > sure[-1].turn for d in denied):
        return Fact(value=True, evidence=sure[-1:])
    return Fact(value=False)


def _last_negative(reading: Reading) -> Fact | None:
    if not reading.said:
        return None
    last = reading.said[-1]
    negative = reading.mood(last).step <= 2
    return Fact(value=negative, evidence=(reading.quote(last),) if negative else ())


def _kind(reading: Reading, *, english: bool) -> Kind | None:
    """Action when something was written, said to be done, or asked to be done."""
    wrote = any(
        reading.tools.effect(call.name) is Effect.WRITE
        for turn in reading.transcript.turns
        if turn.role in AGENT_ROLES
        for call in turn.tool_calls
    )
    if wrote or any(a.verdict is ActionVerdict.LOGGED for a in reading.actions):
        return Kind.ACTION
    if not english:
        return None
    if any(wording.REQUESTS_ACTION.search(reading.text(i)) for i in reading.said):
        return Kind.ACTION
    return Kind.INFORMATIONAL if any("?" in reading.text(i) for i in reading.said) else None


def _acts(reading: Reading) -> dict[int, Act]:
    handed = {h.turn for h in reading.handovers}
    claimed = {a.quote.turn for a in reading.actions}
    acts: dict[int, Act] = {}
    first = True
    for i, turn in enumerate(reading.transcript.turns):
        if turn.role not in AGENT_ROLES or not (turn.text.strip() or turn.tool_calls):
            continue
        act = _act(reading, turn, first=first, handed=i in handed, claimed=i in claimed)
        if act is not None:
            acts[i] = act
        first = first and not turn.text.strip()
    return acts


def _act(reading: Reading, turn: Turn, *, first: bool, handed: bool, claimed: bool) -> Act | None:
    if handed:
        return Act.HANDOFF
    if any(reading.tools.effect(c.name) is Effect.WRITE for c in turn.tool_calls) or claimed:
        return Act.ACTION
    if not turn.text.strip():
        return Act.OTHER
    if not reading.agent_english:
        return None
    return _speech_act(turn.text[:LONGEST], first=first)


def _speech_act(text: str, *, first: bool) -> Act:
    if wording.HANDS_OVER.search(text):
        return Act.HANDOFF
    if first and len(text.split()) <= 25 and wording.GREETS.search(text):
        return Act.GREETING
    if len(text) <= 120 and wording.ACKS.match(text):
        return Act.ACK
    asked = told = 0
    for line in wording.sentences_of(text):
        words = len(line.split())
        if wording.OFFERS.search(line) or wording.APOLOGISES.search(line):
            continue
        if line.rstrip().endswith("?") or wording.ASKS.search(line):
            asked += words
        elif words >= 4:
            told += words
    if asked and told < max(12, asked):
        return Act.QUESTION
    return Act.ANSWER if told else Act.ACK
