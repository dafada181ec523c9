"""What is not known yet, and what it would take to know it."""

from __future__ import annotations

from dataclasses import dataclass

from cxscore.kpi.counting import Count, Tallies
from cxscore.kpi.findings import against_newer_article
from cxscore.kpi.returns import Returns
from cxscore.verdict import Abstained, ActionVerdict, ClaimVerdict, Failed, Judged, Verdict

_JUDGE_OR_PEOPLE = "an LLM judge, or about 60 human labels"

_TAKES = {
    "no_rule": _JUDGE_OR_PEOPLE,
    "no_direct_evidence": _JUDGE_OR_PEOPLE,
    "language": "an LLM judge, or people who read it",
    "nothing_to_quote": _JUDGE_OR_PEOPLE,
    "language_unknown": "the language in the export, or an LLM judge",
    "unknown_tools": "naming the tools that write under [tools] in cxscore.toml",
    "no_log": "the tool log in the export",
    "no_tool_log": "the tool log in the export",
    "no_knowledge": "a knowledge base: cxscore kb add DIR --as-of DATE, then score again",
    "no_knowledge_base": "a knowledge base: cxscore kb add DIR --as-of DATE, then score again",
    "provider": "running the same command again: failures of the service are retried",
    "refused": "another model, or people, for these conversations",
    "truncated": "a larger output limit for the judge, then --retry-failed",
    "reply": "another model, or --retry-failed",
    "evidence": "another model, or people: the judge quoted words that are not there",
}
_SAID = {
    "no_rule": "the embedded judge has no rule for it",
    "no_direct_evidence": "no direct evidence either way",
    "language": "the judge does not read the language",
    "language_unknown": "the language is not known",
    "unknown_tools": "calls of unknown effect in the log",
    "nothing_to_quote": "nothing to quote for it",
}
"""Where single conversations give many reasons under one code."""
_TAKES_ELSE = "labels by people, or another judge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """One thing not known."""

    code: str
    """Stable id: an outcome's code, or one of this module's own."""
    what: str
    """What is not known, as a clause."""
    takes: str
    """What it would take, as a clause."""
    conversations: Count
    """Those it is not known of; zero where it concerns the whole."""
    criteria: tuple[tuple[str, Count], ...] = ()
    """By criterion id, most first; empty when it is not about grades."""


class UnknownBook:
    """Collects what judges left open."""

    def __init__(self) -> None:
        self._of: Tallies[tuple[str, str]] = Tallies()
        self._by_code: Tallies[str] = Tallies()
        self._reasons: dict[str, str] = {}
        self._facts: Tallies[str] = Tallies()

    def add(self, judged: Judged) -> None:
        """Take one eligible conversation in."""
        ref = judged.record.conversation.id
        if judged.verdict is None:
            self._facts.add("failed_whole" if judged.error else "not_judged", ref)
            return
        codes = set()
        for criterion, outcome in judged.verdict.journey.items():
            if isinstance(outcome, Abstained | Failed):
                key = f"{outcome.state}:{outcome.code}"
                words = outcome.reason if isinstance(outcome, Abstained) else outcome.error
                # The smallest text, so that the order of arrival does not show.
                self._reasons[key] = min(words, self._reasons.get(key, words))
                self._of.add((key, criterion), ref)
                codes.add(key)
        for key in codes:
            self._by_code.add(key, ref)
        self._add_claims(judged, judged.verdict)

    def _add_claims(self, judged: Judged, verdict: Verdict) -> None:
        ref = judged.record.conversation.id
        if against_newer_article(judged):
            self._facts.add("newer_article", ref)
        if any(c.verdict is ClaimVerdict.UNVERIFIABLE for c in verdict.claims):
            self._facts.add("unverifiable", ref)
        if any(c.verdict is ClaimVerdict.NOT_IN_KNOWLEDGE_BASE for c in verdict.claims):
            self._facts.add("not_in_knowledge_base", ref)
        if any(a.verdict is ActionVerdict.NO_LOG for a in verdict.actions):
            self._facts.add("action_no_log", ref)
        if any(a.verdict is ActionVerdict.UNKNOWN for a in verdict.actions):
            self._facts.add("action_unknown_call", ref)
        if verdict.knowledge is None:
            self._facts.add("no_snapshot", ref)

    def unknowns(
        self, *, judged: Count, returns: Returns, claims: int, answers: int
    ) -> tuple[Unknown, ...]:
        """What was left open: the judge itself first, then its grades.

        Args:
            judged: conversations with a verdict.
            returns: to say what keeps returns from being counted.
            claims: conversations with a vendor's claim.
            answers: surveys answered.
        """
        found = [_how_often_right(judged)] if judged.n else []
        found += [self._about_grades(key, count) for key, count in self._by_code.largest_first()]
        found += self._about_facts()
        found += _about_returns(returns)
        if not claims:
            found.append(_missing("vendor_claim", *_VENDOR))
        if not answers:
            found.append(_missing("survey", *_SURVEY))
        return tuple(found)

    def _about_grades(self, key: str, conversations: Count) -> Unknown:
        state, code = key.split(":", 1)
        criteria = [(c, n) for (k, c), n in self._of.largest_first() if k == key]
        reason = _SAID.get(code) or self._reasons[key].rstrip(".")
        return Unknown(
            code=code,
            what=reason if state == "abstained" else f"failed: {reason}",
            takes=_TAKES.get(code, _TAKES_ELSE),
            conversations=conversations,
            criteria=tuple(criteria),
        )

    def _about_facts(self) -> list[Unknown]:
        counts = self._facts.counts()
        return [
            Unknown(code=code, what=what, takes=takes, conversations=counts[code])
            for code, (what, takes) in _FACTS.items()
            if code in counts
        ]


_FACTS = {
    "failed_whole": (
        "anything: the judgement failed as a whole",
        "the same command again; cxscore show ID names the error",
    ),
    "not_judged": ("anything: not judged yet", "running cxscore score to its end"),
    "no_snapshot": (
        "whether statements are right: no knowledge base",
        "cxscore kb add DIR --as-of DATE, then score again",
    ),
    "newer_article": (
        "whether wrong on that day: the article is newer, or the conversation has no date",
        "the articles as they stood: cxscore kb add DIR --as-of DATE",
    ),
    "not_in_knowledge_base": (
        "whether statements no article covers are right",
        "an article on it, or a person who knows",
    ),
    "unverifiable": (
        "whether statements on the customer's data hold",
        "a tool log with results that show it",
    ),
    "action_no_log": (
        "whether claimed actions were done: no tool log",
        "the tool log in the export",
    ),
    "action_unknown_call": (
        "whether actions were done: unknown calls in the log",
        "naming the tools that write under [tools] in cxscore.toml",
    ),
}
_VENDOR = (
    "whether the vendor's count holds: no vendor label",
    "the vendor's outcome with its definition",
)
_SURVEY = (
    "what customers say themselves: no survey answer",
    "survey answers with their conversation's id",
)


def _missing(code: str, what: str, takes: str) -> Unknown:
    return Unknown(code=code, what=what, takes=takes, conversations=Count(n=0))


def _how_often_right(judged: Count) -> Unknown:
    return Unknown(
        code="judge_unchecked",
        what="how often this judge is right, so every true rate",
        takes="about 60 random human labels per criterion",
        conversations=judged,
    )


def _about_returns(returns: Returns) -> list[Unknown]:
    if not returns.unlinked.n:
        return []
    what = "who came back: no customer id, or no times"
    return [
        Unknown(
            code="returns",
            what=what,
            takes="customer ids and times in the export",
            conversations=returns.unlinked,
        )
    ]
