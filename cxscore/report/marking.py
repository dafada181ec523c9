"""Which words of a conversation carry a verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from cxscore.report import words
from cxscore.report.lines import criterion_name
from cxscore.report.marks import Mark, mark
from cxscore.rubric import Rubric
from cxscore.verdict import ActionVerdict, ClaimVerdict, Graded, Verdict

_PLAIN_CLAIMS = (ClaimVerdict.SUPPORTED_BY_ARTICLE, ClaimVerdict.SUPPORTED_BY_CONVERSATION)


def marks_by_turn(verdict: Verdict, rubric: Rubric | None) -> Mapping[int, Sequence[Mark]]:
    """The marks of every quote in a verdict, by turn. Claims that stand are left unmarked."""
    marks: dict[int, list[Mark]] = defaultdict(list)
    for criterion, outcome in verdict.journey.items():
        for quote in outcome.evidence if isinstance(outcome, Graded) else ():
            marks[quote.turn].append(mark(quote, criterion_name(criterion, rubric)))
    for claim in verdict.claims:
        if claim.verdict not in _PLAIN_CLAIMS:
            bad = claim.verdict is ClaimVerdict.CONTRADICTED
            label = f"Claim: {words.CLAIM[claim.verdict]}"
            marks[claim.quote.turn].append(mark(claim.quote, label, bad=bad))
    for action in verdict.actions:
        bad = action.verdict in (ActionVerdict.MISSING, ActionVerdict.FAILED)
        label = f"Claimed action: {words.ACTION[action.verdict]}"
        marks[action.quote.turn].append(mark(action.quote, label, bad=bad))
    facts = verdict.facts
    for name, fact in (
        ("Asks for a person", facts.asked_for_human),
        ("Says it is solved", facts.confirmed),
        ("Negative last message", facts.last_message_negative),
    ):
        for quote in fact.evidence if fact is not None and fact.value else ():
            marks[quote.turn].append(mark(quote, name))
    return marks


def used_lines(verdict: Verdict) -> frozenset[tuple[int, int]]:
    """(turn, call) of every log line a grade or a check rests on."""
    logs = [o.log for o in verdict.journey.values() if isinstance(o, Graded)]
    logs += [c.log for c in verdict.claims] + [a.log for a in verdict.actions]
    return frozenset((line.turn, line.call) for log in logs for line in log)
