"""What the records themselves say, before any judge is asked."""

from __future__ import annotations

from dataclasses import dataclass

from cxscore.kpi.counting import Count, Tallies, Tally
from cxscore.kpi.reading import handed_over_to_nobody
from cxscore.kpi.returns import Returns
from cxscore.transcript import Conversation, Role, Sealed, Stream
from cxscore.verdict import Judged

_ANSWERS = 12
"""Distinct answers counted apart per survey; the rest are counted as ``other``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorLabel:
    """One word of the vendor, under one definition."""

    value: str
    definition: str | None
    conversations: Count
    billed: Count
    billing_unknown: Count
    """The export does not say whether it was billed."""
    on_excluded: Count
    """Of these: conversations that are excluded (spam, merged, greeting only …)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyCount:
    """One kind of survey on one scale."""

    kind: str
    scale: str | None
    sent: Count
    """Conversations with such a survey, answered or not."""
    answered: Count
    answers: tuple[tuple[str, Count], ...]
    """By answer, in the answers' own order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownWithoutJudge:
    """What the records themselves say."""

    handed_to_person: Count
    nobody_spoke: Count
    """Of these: no person spoke to the customer afterwards."""
    handed_to_ai: Count
    people_joined: Count
    """An AI agent and a person both spoke to the customer."""
    ai_drafted: Count
    """A person sent text an AI had drafted."""
    tool_log: tuple[tuple[bool | None, Count], ...]
    """Tool log delivered, known to be missing, or not said."""
    returns: Returns
    vendor_labels: tuple[VendorLabel, ...]
    without_vendor_label: Count
    surveys: tuple[SurveyCount, ...]


class KnownBook:
    """Collects what the records say."""

    def __init__(self) -> None:
        self._facts: Tallies[str] = Tallies()
        self._tool_log: Tallies[bool | None] = Tallies()
        self._unlabelled = Tally()
        self._labels: Tallies[tuple[str, str | None]] = Tallies()
        self._billed: Tallies[tuple[str, str | None]] = Tallies()
        self._billing_unknown: Tallies[tuple[str, str | None]] = Tallies()
        self._on_excluded: Tallies[tuple[str, str | None]] = Tallies()
        self._sent: Tallies[tuple[str, str | None]] = Tallies()
        self._answered: Tallies[tuple[str, str | None]] = Tallies()
        self._answers: Tallies[tuple[tuple[str, str | None], str]] = Tallies()

    def add(self, judged: Judged) -> None:
        """Take one conversation in, excluded or not."""
        conversation, sealed = judged.record.conversation, judged.record.sealed
        excluded = judged.exclusion is not None
        self._add_label(conversation.id, sealed, excluded=excluded)
        self._add_surveys(conversation.id, sealed)
        if excluded:
            return
        self._tool_log.add(conversation.tool_log, conversation.id)
        for fact in _facts(judged, conversation):
            self._facts.add(fact, conversation.id)

    def _add_label(self, id: str, sealed: Sealed, *, excluded: bool) -> None:
        claim = sealed.vendor_claim
        if claim is None:
            if not excluded:
                self._unlabelled.add(id)
            return
        key = (claim.value, claim.definition)
        self._labels.add(key, id)
        if claim.billed:
            self._billed.add(key, id)
        elif claim.billed is None:
            self._billing_unknown.add(key, id)
        if excluded:
            self._on_excluded.add(key, id)

    def _add_surveys(self, id: str, sealed: Sealed) -> None:
        for key in {(s.kind, s.scale) for s in sealed.surveys}:
            self._sent.add(key, id)
            answers = [
                s.value for s in sealed.surveys if (s.kind, s.scale) == key and s.value is not None
            ]
            if answers:
                self._answered.add(key, id)
                # The last answer counts where a customer answered twice.
                last = answers[-1]
                text = f"{last:g}" if isinstance(last, int | float) else last.strip()[:40]
                self._answers.add((key, text), id)

    def known(self, returns: Returns) -> KnownWithoutJudge:
        """What was collected, with the returns linked elsewhere."""
        return KnownWithoutJudge(
            handed_to_person=self._facts.count("to_person"),
            nobody_spoke=self._facts.count("nobody_spoke"),
            handed_to_ai=self._facts.count("to_ai"),
            people_joined=self._facts.count("joined"),
            ai_drafted=self._facts.count("ai_drafted"),
            tool_log=self._tool_log.largest_first(),
            returns=returns,
            vendor_labels=tuple(
                VendorLabel(
                    value=key[0],
                    definition=key[1],
                    conversations=count,
                    billed=self._billed.count(key),
                    billing_unknown=self._billing_unknown.count(key),
                    on_excluded=self._on_excluded.count(key),
                )
                for key, count in self._labels.largest_first()
            ),
            without_vendor_label=self._unlabelled.count(),
            surveys=tuple(self._survey(key, n) for key, n in self._sent.largest_first()),
        )

    def _survey(self, key: tuple[str, str | None], sent: Count) -> SurveyCount:
        by_answer = [(a, n) for (k, a), n in self._answers.largest_first() if k == key]
        kept = sorted(by_answer[:_ANSWERS], key=lambda an: _in_order(an[0]))
        rest = sum(n.n for _, n in by_answer[_ANSWERS:])
        return SurveyCount(
            kind=key[0],
            scale=key[1],
            sent=sent,
            answered=self._answered.count(key),
            answers=(*kept, *((("other", Count(n=rest)),) if rest else ())),
        )


def _in_order(answer: str) -> tuple[float, str]:
    try:
        return (float(answer), "")
    except ValueError:
        return (float("inf"), answer)


def _facts(judged: Judged, conversation: Conversation) -> set[str]:
    to = {h.to for h in conversation.handoffs}
    facts = {
        "to_person": Role.HUMAN_AGENT in to,
        "nobody_spoke": handed_over_to_nobody(judged),
        "to_ai": Role.AI_AGENT in to,
        "joined": conversation.stream is Stream.HYBRID,
        "ai_drafted": conversation.assisted is True,
    }
    return {name for name, holds in facts.items() if holds}
