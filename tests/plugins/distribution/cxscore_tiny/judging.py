"""A judge of one rule: a customer who says thanks is content."""

from cxscore.judging import Deliberation
from cxscore.rubric import Criterion, Rubric
from cxscore.transcript import Leg, Role, Transcript
from cxscore.verdict import Abstained, Graded, Outcome, Quote, Verdict


class TinyJudge:
    """Grades ``sentiment_end`` and abstains from the rest; asks nobody."""

    heuristic = True
    fingerprint = "tiny/1"

    def __init__(self, *, rubric: Rubric, library: object, tools: object) -> None:
        self.rubric = rubric

    def deliberate(self, transcript: Transcript, /) -> Deliberation:
        """Ask nothing and return the verdict."""
        yield from ()
        outcomes = {c.id: grade(c, transcript) for c in self.rubric.criteria}
        return Verdict(
            conversation_id=transcript.id,
            judge=self.fingerprint,
            rubric=self.rubric.ref,
            outcomes={Leg.JOURNEY: outcomes},
        )


def grade(criterion: Criterion, transcript: Transcript) -> Outcome:
    """The top level for thanks in the customer's last words, else the middle with these words."""
    said = [
        (n, t.text) for n, t in enumerate(transcript.turns) if t.role is Role.CUSTOMER and t.text
    ]
    if criterion.id != "sentiment_end" or not said:
        return Abstained(reason="the tiny judge knows thanks and nothing else", code="no_rule")
    turn, words = said[-1]
    quote = Quote(turn=turn, start=0, end=len(words), text=words)
    level = criterion.scale.top if "thank" in words.lower() else 3
    return Graded(level=level, reason="by the last words", evidence=(quote,))
