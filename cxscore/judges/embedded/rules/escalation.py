"""Escalation: was a person asked for, did one come, and was the handover clean."""

from __future__ import annotations

from cxscore.judges.embedded import wording
from cxscore.judges.embedded.finding import Finding, not_applicable
from cxscore.judges.embedded.reading import Handover, Reading
from cxscore.transcript import Role
from cxscore.verdict import Abstained, Quote


def escalation(reading: Reading) -> Finding | Abstained:
    """Asked and nobody came 1; resisted 2; else the handover's checks: clean 5, one missed 4."""
    asks, moves = reading.asks_for_human, reading.handovers
    if not asks and not moves:
        if reading.transcript.stream is not None and _only_people(reading):
            return not_applicable("a person served from the start")
        if reading.english:
            return not_applicable("no person was asked for and none was called in")
        return Abstained(reason="requests for a person are found in English only", code="language")
    if reading.ends_with_accepted_offer:
        return Abstained(
            reason="the transcript ends where the customer accepts a handover",
            code="no_direct_evidence",
        )
    if asks and _only_people(reading):
        return Abstained(
            reason="a person served already; whom the customer wanted cannot be told",
            code="no_direct_evidence",
        )
    if asks and not moves:
        return _unheard(reading, asks)
    return _handed_over(reading, asks, moves)


def _only_people(reading: Reading) -> bool:
    roles = {reading.transcript.turns[i].role for i in reading.answered}
    return roles == {Role.HUMAN_AGENT}


def _unheard(reading: Reading, asks: tuple[Quote, ...]) -> Finding:
    people = reading.replies_after(asks[0].turn, Role.HUMAN_AGENT)
    if people:
        resisted = _resisted(reading, asks, people[0])
        return Finding(
            credit=0.25 if resisted else 1.0,
            reason="a person came after the customer insisted" if resisted else "a person came",
            evidence=asks,
            causes=("blocked_human",) if resisted else (),
        )
    later = reading.confirmations
    if later and later[-1].turn > asks[-1].turn:
        return Finding(
            credit=0.25,
            reason="asked for a person, none came; solved all the same",
            evidence=(*asks[:2], later[-1]),
            causes=("blocked_human",),
        )
    return Finding(
        credit=0.0,
        reason="asked for a person and none came",
        evidence=asks,
        causes=("blocked_human",),
    )


def _resisted(reading: Reading, asks: tuple[Quote, ...], until: int) -> bool:
    """Whether the customer had to ask again before being heard."""
    first = asks[0].turn
    return any(
        first < again.turn < until and any(first < i < again.turn for i in reading.answered)
        for again in asks[1:]
    )


def _handed_over(
    reading: Reading, asks: tuple[Quote, ...], moves: tuple[Handover, ...]
) -> Finding | Abstained:
    move = moves[0]
    people = reading.replies_after(move.turn - 1, Role.HUMAN_AGENT)
    waiting = reading.replies_after(moves[-1].turn + 1, Role.CUSTOMER)
    told = (move.quote,) if move.quote else ()
    if not people and len(waiting) >= 2:
        return Finding(
            credit=0.0,
            reason="handed over, and nobody came while the customer went on writing",
            evidence=(*told, reading.quote(waiting[-1])),
            causes=("blocked_human",),
        )
    if asks and _resisted(reading, asks, move.turn):
        return Finding(
            credit=0.25,
            reason="handed over only after the customer insisted",
            evidence=(*asks[:2], *told),
            causes=("blocked_human",),
        )
    checks = _checks(reading, move, people)
    if len(checks) < 2:
        return Abstained(
            reason="a handover, but too little is known of how it was done",
            code="no_direct_evidence",
        )
    missed = [name for name, quote in checks if quote is not None]
    return Finding(
        credit=(1.0, 0.75, 0.5)[min(len(missed), 2)],
        reason="clean handover" if not missed else f"handover without: {', '.join(missed)}",
        evidence=tuple(q for _, q in checks if q is not None),
        causes=("handover_effort",) if missed else (),
    )


def _checks(reading: Reading, move: Handover, people: list[int]) -> list[tuple[str, Quote | None]]:
    """The checks that apply, each with a quote when it was missed."""
    near = next((i for i in reversed(reading.answered) if i <= move.turn + 2), None)
    place = move.quote or (reading.quote(near) if near is not None else None)
    checks: list[tuple[str, Quote | None]] = []
    if reading.agent_english and near is not None:
        told = any(
            wording.HANDS_OVER.search(reading.text(i))
            for i in reading.answered
            if move.turn - 4 <= i <= move.turn + 2
        )
        checks.append(("telling the customer", None if told else place))
    if move.summary is not None:
        checks.append(("a summary", None if move.summary else place))
    if people:
        again = next((q for i in people[:2] if (q := _asks_again(reading, i, move.turn))), None)
        checks.append(("not asking again", again))
    return checks


def _asks_again(reading: Reading, turn: int, handed: int) -> Quote | None:
    """The person's question for something the customer gave before the handover."""
    if not reading.agent_english:
        return None
    before = " ".join(reading.text(i) for i in reading.said if i < handed)
    for line in wording.sentences_of(reading.text(turn)):
        for slot, pattern in wording.SLOTS:
            if (
                wording.ASKS.search(line)
                and pattern.search(line)
                and wording.SLOT_VALUES[slot].search(before)
            ):
                return reading.quote(turn)
    return None
