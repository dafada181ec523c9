"""The judge itself: criteria in, rules applied, a verdict out, no ask ever made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

from cxscore.grounding.actions import ACTION_RULES_VERSION, ToolRules
from cxscore.grounding.claims import CLAIM_RULES_VERSION
from cxscore.grounding.library import Library
from cxscore.judges.composite import composite
from cxscore.judges.embedded.facts import facts
from cxscore.judges.embedded.finding import Rule, outcome
from cxscore.judges.embedded.mood import MOOD_RULES_VERSION
from cxscore.judges.embedded.reading import Reading
from cxscore.judges.embedded.rules.efficiency import efficiency
from cxscore.judges.embedded.rules.escalation import escalation
from cxscore.judges.embedded.rules.false_action import false_action
from cxscore.judges.embedded.rules.grounding import grounding
from cxscore.judges.embedded.rules.resolution import resolution
from cxscore.judges.embedded.rules.sentiment import sentiment_end, sentiment_start
from cxscore.judging import Deliberation
from cxscore.rubric import Applies, Criterion, Rubric
from cxscore.transcript import Kind, Leg, Transcript
from cxscore.verdict import Abstained, Graded, Outcome, Verdict

EMBEDDED_VERSION = "3"
"""Raised whenever a rule, a wording or the lexicon changes what a conversation is given."""

LEXICON = "vaderSentiment-3.3.2"

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "resolution": resolution,
        "sentiment_start": sentiment_start,
        "sentiment_end": sentiment_end,
        "efficiency": efficiency,
        "grounding": grounding,
        "escalation": escalation,
        "false_action": false_action,
    }
)
"""Rule id, as criteria name it in ``rule:``, to the rule."""


class EmbeddedJudge:
    """A heuristic judge: fixed rules, wide uncertainty, no model.

    It grades what it can ground in located words and abstains from the rest with a reason.
    """

    heuristic = True

    def __init__(
        self, *, rubric: Rubric, library: Library | None = None, tools: ToolRules | None = None
    ) -> None:
        """Take the rubric, the knowledge and which tools write.

        Args:
            rubric: criteria without a known ``rule`` are abstained from.
            library: dated snapshots of the knowledge base; None: grounding is N/A.
            tools: None takes the defaults.
        """
        self._rubric = rubric
        self._library = library
        self._tools = ToolRules() if tools is None else tools
        self._fingerprint = self._identity()

    @property
    def fingerprint(self) -> str:
        """Version and digest of rules, lexicon, rubric, tool rules and retrieval."""
        return self._fingerprint

    def deliberate(self, transcript: Transcript, /) -> Deliberation:
        """Ask nothing and return the verdict."""
        yield from ()
        return self._judge(transcript)

    def _identity(self) -> str:
        retrieval = "none" if self._library is None else self._library.fingerprint
        parts = (
            LEXICON,
            MOOD_RULES_VERSION,
            ACTION_RULES_VERSION,
            CLAIM_RULES_VERSION,
            self._rubric.ref,
            self._tools.digest,
            retrieval,
        )
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        return f"embedded/{EMBEDDED_VERSION}-{digest[:16]}"

    def _judge(self, transcript: Transcript) -> Verdict:
        shelf = None if self._library is None else self._library.at(transcript.started_at)
        reading = Reading(transcript, shelf=shelf, tools=self._tools)
        known = facts(reading)
        outcomes = {c.id: _grade(c, reading, kind=known.kind) for c in self._rubric.criteria}
        return Verdict(
            conversation_id=transcript.id,
            judge=self.fingerprint,
            rubric=self._rubric.ref,
            outcomes={Leg.JOURNEY: outcomes},
            claims=reading.claims,
            actions=reading.actions,
            facts=known,
            composite=composite(self._rubric, outcomes, reading.claims, reading.actions),
            knowledge=None if shelf is None else shelf.knowledge,
        )


def _grade(criterion: Criterion, reading: Reading, *, kind: Kind | None) -> Outcome:
    if not _applies(criterion.applies, reading.transcript, kind):
        return Graded(level=None, reason="not asked of this channel, stream or kind")
    if criterion.rule is None:
        reason = "the embedded judge has no rule for this criterion; it takes a model or a person"
        return Abstained(reason=reason, code="no_rule")
    rule = RULES.get(criterion.rule)
    if rule is None:
        reason = f"the embedded judge has no rule “{criterion.rule}”; it has {', '.join(RULES)}"
        return Abstained(reason=reason, code="no_rule")
    return outcome(criterion, rule(reading))


def _applies(applies: Applies, transcript: Transcript, kind: Kind | None) -> bool:
    """Whether the criterion is asked; what is unknown does not rule it out."""
    stream = transcript.stream
    return (
        (
            not applies.channels
            or transcript.channel is None
            or transcript.channel in applies.channels
        )
        and (not applies.streams or stream is None or stream in applies.streams)
        and (not applies.kinds or kind is None or kind in applies.kinds)
    )
