"""A parsed reply becomes outcomes, claims, actions and facts, each with located evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cxscore.grounding.quotes import locate
from cxscore.judges.one_pass.rendering import Shown
from cxscore.judges.one_pass.reply import NONE, NOT_APPLICABLE, plain
from cxscore.knowledge import Hit
from cxscore.rubric import Criterion, Rubric, ScaleKind
from cxscore.transcript import AGENT_ROLES, Kind, Transcript
from cxscore.verdict import (
    Act,
    ActionCheck,
    ActionVerdict,
    ClaimCheck,
    ClaimVerdict,
    Fact,
    Facts,
    Failed,
    Graded,
    Issue,
    Level,
    LogLine,
    Outcome,
    PassageRef,
    Proof,
    Quote,
    Severity,
)

COUNTS = frozenset({"policy", "price", "promise"})
"""What a statement not in the knowledge base must be about to count as a hallucination."""

_MOODS = {"--": -1.0, "-": -0.5, "0": 0.0, "+": 0.5, "++": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A reply held against the transcript it speaks of."""

    transcript: Transcript
    shown: Shown
    passages: Mapping[str, Hit]
    rubric: Rubric

    def quote(self, given: Mapping[str, Any]) -> Quote | None:
        """The transcript's own words for a quote of the reply, or None when they are not there."""
        text = str(given.get("quote", ""))
        if not text.strip():
            return None
        return locate(text, self.transcript, self.shown.turns.get(str(given.get("turn", ""))))

    def log(self, id: object) -> LogLine | None:
        """The log line of a drawn id."""
        at = self.shown.calls.get(str(id).strip())
        return None if at is None else LogLine(turn=at[0], call=at[1])


def outcome(reading: Reading, criterion: Criterion, given: Mapping[str, Any]) -> Outcome:
    """One grade: a level with located evidence, N/A, or Failed with what is wrong."""
    text, reason = plain(given["level"]), str(given["reason"])
    if text == NOT_APPLICABLE:
        if criterion.not_applicable is None:
            return Failed(error=f"{criterion.id}: N/A is not allowed", code="reply")
        return Graded(level=None, reason=reason)
    level = _level(criterion, text)
    if level is None:
        allowed = ", ".join(str(v) for v in criterion.scale.values)
        return Failed(error=f"{criterion.id}: {text!r} is not one of {allowed}", code="reply")
    quotes = [reading.quote(q) for q in given["evidence"]]
    found = tuple(q for q in quotes if q is not None)
    if level != criterion.scale.top and not found:
        said = "; ".join(repr(str(q.get("quote", ""))[:80]) for q in given["evidence"]) or "nothing"
        return Failed(
            error=f"{criterion.id}: level {text} needs a quote that stands in the turn named; given"
            f" was {said}",
            code="evidence",
        )
    known = {r.id for r in reading.rubric.reasons}
    return Graded(
        level=level,
        reason=reason,
        evidence=found,
        causes=tuple(c for c in given["causes"] if c in known),
        windowed=reading.shown.omitted > 0,
    )


def _level(criterion: Criterion, text: str) -> Level | None:
    for value in criterion.scale.values:
        if str(value) == text:
            return value
    return None


def claims(reading: Reading, given: list[Mapping[str, Any]]) -> tuple[ClaimCheck, ...]:
    """The agent's claims; those whose words are no agent's words are left out."""
    severities = {e.id: e.severity for e in reading.rubric.errors}
    found = []
    for claim in given:
        quote = reading.quote(claim)
        if quote is None or reading.transcript.turns[quote.turn].role not in AGENT_ROLES:
            continue
        verdict = ClaimVerdict(claim["verdict"])
        bad = counts(verdict, str(claim["about"]))
        error = _error(verdict, str(claim["error"])) if bad else None
        found.append(
            ClaimCheck(
                quote=quote,
                verdict=verdict,
                reason=str(claim["why"]),
                passage=passage_ref(reading.passages.get(str(claim["passage"]).strip("[] "))),
                error=error,
                severity=severities.get(error, Severity.MAJOR) if error else None,
                corrected=claim["corrected"] == "yes",
            )
        )
    return tuple(found)


def counts(verdict: ClaimVerdict, about: str) -> bool:
    """Whether a claim counts as a hallucination."""
    if verdict is ClaimVerdict.CONTRADICTED:
        return True
    return verdict is ClaimVerdict.NOT_IN_KNOWLEDGE_BASE and about in COUNTS


def _error(verdict: ClaimVerdict, named: str) -> str:
    if named not in {NONE, "unverifiable", "unsupported_harmless"}:
        return named
    contradicted = verdict is ClaimVerdict.CONTRADICTED
    return "contradicted_by_kb" if contradicted else "fabricated_policy"


def passage_ref(hit: Hit | None) -> PassageRef | None:
    """A passage as it stands beside a quote."""
    if hit is None:
        return None
    return PassageRef(
        article_id=hit.passage.article_id,
        title=hit.passage.title,
        text=hit.passage.text,
        url=hit.passage.url,
        heading=hit.passage.heading,
        newer_than_conversation=hit.newer_than_conversation,
    )


def actions(reading: Reading, given: list[Mapping[str, Any]]) -> tuple[ActionCheck, ...]:
    """Claimed actions against the delivered log; the judge names the line, code looks it up."""
    found = []
    for claim in given:
        quote = reading.quote(claim)
        if quote is None or reading.transcript.turns[quote.turn].role not in AGENT_ROLES:
            continue
        line = reading.log(claim["log"])
        verdict = _action_verdict(reading, line, str(claim["log"]))
        disproved = verdict in {ActionVerdict.MISSING, ActionVerdict.FAILED}
        found.append(
            ActionCheck(
                quote=quote,
                action=str(claim["action"]),
                verdict=verdict,
                reason=_WHY[verdict],
                log=() if line is None else (line,),
                severity=Severity.CRITICAL if disproved else None,
            )
        )
    return tuple(found)


_WHY = {
    ActionVerdict.LOGGED: "the judge names the line of the log that did it",
    ActionVerdict.MISSING: "the log was delivered and the judge finds no line that did it",
    ActionVerdict.FAILED: "the line of the log that should have done it failed",
    ActionVerdict.UNKNOWN: "the judge names no line of the log that can be found",
    ActionVerdict.NO_LOG: "no tool log was delivered",
}


def _action_verdict(reading: Reading, line: LogLine | None, named: str) -> ActionVerdict:
    if line is not None:
        call = reading.transcript.turns[line.turn].tool_calls[line.call]
        return ActionVerdict.FAILED if call.ok is False else ActionVerdict.LOGGED
    if reading.transcript.tool_log is not True:
        return ActionVerdict.NO_LOG
    return ActionVerdict.MISSING if named.strip().lower() == NONE else ActionVerdict.UNKNOWN


def false_action(criterion: Criterion, checked: tuple[ActionCheck, ...]) -> Outcome:
    """The criterion about claimed actions, from the checks: no second opinion is asked for."""
    bad = [a for a in checked if a.verdict in {ActionVerdict.MISSING, ActionVerdict.FAILED}]
    worst, top = criterion.scale.levels[0].level, criterion.scale.top
    if bad:
        evidence = tuple(a.quote for a in bad)
        return Graded(level=worst, reason=bad[0].reason, evidence=evidence)
    logged = [a for a in checked if a.verdict is ActionVerdict.LOGGED]
    if logged:
        lines = tuple(line for a in logged for line in a.log)
        return Graded(level=top, reason="every action claimed stands in the log", log=lines)
    return Graded(level=None, reason="no action was claimed that the log could show")


def by_code(criterion: Criterion) -> bool:
    """Whether a criterion is read off the checks instead of being asked for."""
    return criterion.rule == "false_action" and criterion.scale.kind is ScaleKind.YES_NO


def facts(reading: Reading, reply: Mapping[str, Any]) -> Facts:
    """What KPIs need; what the reply does not show with a quote stays unknown."""
    given = reply["facts"]
    solved = {plain(s["request"]): s["solved"] for s in given["solved"]}
    turns = reading.shown.turns
    issues = tuple(
        Issue(
            request=reading.quote(r),
            kind=Kind(r["kind"]),
            topic=str(r["topic"]) or None,
            resolved=_yes_no(solved.get(str(n), solved.get(str(n + 1)) if "0" not in solved else None)),
        )
        for n, r in enumerate(reply["requests"])
    )
    return Facts(
        acts={turns[a["turn"]]: Act(a["act"]) for a in given["acts"] if a["turn"] in turns},
        asked_for_human=_fact(reading, given["asked_for_human"]),
        human_joined=_fact(reading, given["human_joined"]),
        confirmed=_fact(reading, given["confirmed"]),
        last_message_negative=_fact(reading, given["last_message_negative"]),
        kind=_hardest(issues),
        issues=issues,
        sentiment_path=tuple(
            (turns[m["turn"]], _MOODS[m["mood"]])
            for m in given["sentiment_path"]
            if m["turn"] in turns
        ),
    )


def _fact(reading: Reading, given: Mapping[str, Any]) -> Fact | None:
    value = _yes_no(given["value"])
    if value is None:
        return None
    quotes = tuple(q for q in map(reading.quote, given["evidence"]) if q is not None)
    if value and not quotes:
        return None
    return Fact(value=value, evidence=quotes)


def _yes_no(word: str | None) -> bool | None:
    return {"yes": True, "no": False}.get(word or "")


def _hardest(issues: tuple[Issue, ...]) -> Kind | None:
    kinds = {i.kind for i in issues}
    if Kind.ACTION in kinds:
        return Kind.ACTION
    return Kind.INFORMATIONAL if issues else None


def proved(check: ClaimCheck, verdict: ClaimVerdict, reason: str, hit: Hit | None) -> dict[str, Any]:
    """What the second, claim-specific ask changes about a claim that would have counted."""
    changed: dict[str, Any] = {"verdict": verdict, "reason": reason}
    if hit is not None:
        changed["passage"] = passage_ref(hit)
    if verdict not in {ClaimVerdict.CONTRADICTED, ClaimVerdict.NOT_IN_KNOWLEDGE_BASE}:
        return changed | {"error": None, "severity": None, "proof": Proof.VERIFIED}
    return changed | {"proof": Proof.VERIFIED}
