"""What KPIs need to know, from a reply: a fact without its words stays unknown."""

from __future__ import annotations

from collections.abc import Mapping

from cxscore.judges.one_pass.reading import Reading
from cxscore.judges.one_pass.reply import Parsed, plain
from cxscore.judges.one_pass.schema import MOODS
from cxscore.transcript import AGENT_ROLES, Kind, Role, Transcript
from cxscore.verdict import Act, Fact, Facts, Issue


def facts(reading: Reading, parsed: Parsed) -> Facts:
    """The facts of a conversation; None is unknown."""
    acts = _acts(reading, parsed)
    asked = _fact(reading, parsed, "asked_for_human")
    issues = _issues(reading, parsed)
    return Facts(
        acts=acts,
        asked_for_human=asked,
        human_joined=_joined(reading.transcript, asked, acts),
        confirmed=_fact(reading, parsed, "confirmed"),
        last_message_negative=_fact(reading, parsed, "last_message_negative"),
        kind=_hardest(issues),
        issues=issues,
        sentiment_path=_sentiment_path(reading, parsed),
    )


def _issues(reading: Reading, parsed: Parsed) -> tuple[Issue, ...]:
    solved = {
        int(plain(s["request"])): _yes_no(s["solved"]) for s in parsed.items("facts", "solved")
    }
    requests = parsed.value.get("requests")
    return tuple(
        Issue(
            request=reading.quote(given),
            kind=Kind(given["kind"]),
            topic=str(given["topic"]).strip() or None,
            resolved=solved.get(number),
        )
        for number, given in enumerate(requests if isinstance(requests, list) else (), 1)
        if parsed.fault("requests", number - 1) is None
    )


def _acts(reading: Reading, parsed: Parsed) -> dict[int, Act]:
    found = {}
    for given in parsed.items("facts", "acts"):
        index = reading.shown.turns.get(str(given["turn"]))
        if index is not None and reading.transcript.turns[index].role in AGENT_ROLES:
            found[index] = Act(given["act"])
    return found


def _sentiment_path(reading: Reading, parsed: Parsed) -> tuple[tuple[int, float], ...]:
    found: dict[int, float] = {}
    for given in parsed.items("facts", "sentiment_path"):
        index = reading.shown.turns.get(str(given["turn"]))
        if index is not None and reading.transcript.turns[index].role is Role.CUSTOMER:
            found[index] = MOODS[given["mood"]]
    return tuple(sorted(found.items()))


def _fact(reading: Reading, parsed: Parsed, name: str) -> Fact | None:
    given = parsed.at("facts", name)
    value = None if given is None else _yes_no(given["value"])
    if value is None:
        return None
    found = tuple(q for q in map(reading.quote, given["evidence"]) if q is not None)
    customers = tuple(q for q in found if reading.transcript.turns[q.turn].role is Role.CUSTOMER)
    if value and not customers:
        return None
    return Fact(value=value, evidence=customers if value else ())


def _joined(transcript: Transcript, asked: Fact | None, acts: Mapping[int, Act]) -> Fact | None:
    """Whether a person spoke after the customer asked for one or the AI handed over.

    A record that ends with the handover says nothing of what came after: unknown.
    """
    called = [q.turn for q in asked.evidence] if asked is not None and asked.value else []
    called += [h.before_turn for h in transcript.handoffs if h.to is Role.HUMAN_AGENT]
    called += [
        n
        for n, act in acts.items()
        if act is Act.HANDOFF and transcript.turns[n].role is Role.AI_AGENT
    ]
    if not called:
        return None
    after = transcript.turns[min(called) :]
    if any(t.role is Role.HUMAN_AGENT and t.text.strip() for t in after):
        return Fact(value=True)
    return None if acts.get(_last_words(transcript)) is Act.HANDOFF else Fact(value=False)


def _last_words(transcript: Transcript) -> int:
    """Index of the last turn in which an agent spoke; −1 when none did."""
    spoken = [n for n, t in enumerate(transcript.turns) if t.role in AGENT_ROLES and t.text]
    return spoken[-1] if spoken else -1


def _yes_no(word: str) -> bool | None:
    return {"yes": True, "no": False}.get(word)


def _hardest(issues: tuple[Issue, ...]) -> Kind | None:
    if any(i.kind is Kind.ACTION for i in issues):
        return Kind.ACTION
    return Kind.INFORMATIONAL if issues else None
