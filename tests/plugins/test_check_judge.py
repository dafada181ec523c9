"""``check_judge`` lets a sound judge pass and names what a broken one breaks."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from cxscore.errors import JudgeError, PluginError
from cxscore.judges.embedded import EmbeddedJudge
from cxscore.judging import Answered, Ask, Deliberation
from cxscore.rubric import Criterion, LevelDef, Rubric, Scale, ScaleKind
from cxscore.testing import SAMPLE, ScriptedModel, check_judge
from cxscore.transcript import Leg, Transcript
from cxscore.verdict import Abstained, ClaimCheck, ClaimVerdict, Failed, Graded, Quote, Verdict

WORDS = SAMPLE.turns[0].text
QUOTE = Quote(turn=0, start=0, end=5, text=WORDS[:5])
SCALE = Scale(
    kind=ScaleKind.YES_NO,
    levels=(LevelDef(level="no", anchor="", credit=0), LevelDef(level="yes", anchor="", credit=1)),
)
RUBRIC = Rubric(
    id="r",
    version="1",
    title="R",
    criteria=(Criterion(id="done", name="D", question="?", scale=SCALE, section="s"),),
    digest="e" * 64,
    sections={"s": "S"},
)
GRADED = Graded(level="no", reason="because", evidence=(QUOTE,))
ASK = Ask(purpose="grade", system="s", user="u", schema={}, max_output_tokens=9)


class Sound:
    """A judge that keeps the contract; what it does wrong is handed in."""

    heuristic = False
    fingerprint = "sound/1"

    def __init__(self, outcome=GRADED, rounds: int = 1, **known: object) -> None:
        self.outcome, self.rounds, self.known = outcome, rounds, known

    def deliberate(self, transcript: Transcript, /) -> Deliberation:
        said: list[object] = []
        for n in range(self.rounds):
            said = yield (replace(ASK, user=f"{n}"),)
        return self.verdict(transcript, said)

    def verdict(self, transcript: Transcript, said) -> Verdict:
        whole = Verdict(
            conversation_id=transcript.id,
            judge=self.fingerprint,
            rubric=RUBRIC.ref,
            outcomes={Leg.JOURNEY: {"done": self.outcome}},
        )
        return replace(whole, **self.known)


MODEL = ScriptedModel(lambda ask: "{}")


def test_a_sound_judge_passes():
    assert check_judge(Sound(), [SAMPLE], rubric=RUBRIC, model=MODEL) == ()
    assert check_judge(EmbeddedJudge(rubric=RUBRIC)) == ()


def test_failures_recorded_or_raised_are_the_judges_right():
    class Raises(Sound):
        def verdict(self, transcript, said):
            if not (isinstance(said[0], Answered) and said[0].text == "{}"):
                raise JudgeError("no usable reply")
            return super().verdict(transcript, said)

    check_judge(Raises(), rubric=RUBRIC, model=MODEL)
    check_judge(Sound(outcome=Failed(error="x", code="reply")), rubric=RUBRIC)


class Counting(Sound):
    def __init__(self) -> None:
        super().__init__()
        self.numbers = count()

    def deliberate(self, transcript: Transcript, /) -> Deliberation:
        yield (replace(ASK, user=str(next(self.numbers))),)
        return self.verdict(transcript, [])


class Moody(Sound):
    numbers = count()

    def verdict(self, transcript, said):
        return replace(super().verdict(transcript, said), seen=(str(next(self.numbers)),))


class Drifting(Sound):
    """Another judge after its first useless reply."""

    def verdict(self, transcript, said):
        if not isinstance(said[0], Answered):
            self.fingerprint = "sound/2"
        return super().verdict(transcript, said)


class Fragile(Sound):
    def verdict(self, transcript, said):
        return replace(super().verdict(transcript, said), seen=(said[0].model[:0],))


def named(name: object) -> Sound:
    judge = Sound()
    judge.fingerprint = name
    return judge


MISQUOTED = replace(QUOTE, text="Never")
CLAIM = ClaimCheck(quote=MISQUOTED, verdict=ClaimVerdict.CONTRADICTED, reason="r")


@pytest.mark.parametrize(
    ("judge", "said"),
    [
        (named(""), "the fingerprint is no line of text"),
        (named("a\nb"), "the fingerprint is no line of text"),
        (Counting(), "leads to other asks"),
        (Moody(), "lead to another verdict"),
        (Drifting(), "the fingerprint changes while the judge works"),
        (Fragile(), "makes the judge crash: AttributeError"),
        (Sound(rounds=99), "more than 6 rounds: it would never end"),
        (Sound(judge="else"), "the verdict names the judge 'else'"),
        (Sound(conversation_id="x"), "the verdict is about 'x'"),
        (Sound(rubric="x"), "names the rubric 'x'"),
        (Sound(outcomes={}), "no outcomes for the whole journey"),
        (Sound(outcomes={Leg.JOURNEY: {}}), "says nothing of done"),
        (
            Sound(outcomes={Leg.JOURNEY: {"done": GRADED}, Leg.AI: {"tone": GRADED}}),
            "the rubric has no criterion 'tone'",
        ),
        (Sound(replace(GRADED, level="maybe")), "'maybe' is no level; allowed are no, yes"),
        (Sound(replace(GRADED, evidence=())), "level no is below the top and cites nothing"),
        (Sound(replace(GRADED, evidence=(MISQUOTED,))), "'Never' does not stand at turn 0"),
        (Sound(replace(GRADED, evidence=(replace(QUOTE, turn=9),))), "does not stand at turn 9"),
        (Sound(replace(GRADED, reason=" ")), "needs a reason"),
        (Sound(replace(GRADED, certainty=2.0)), "2.0 is no probability"),
        (Sound(claims=(CLAIM,)), "claims: the quote 'Never' does not stand"),
    ],
)
def test_what_a_judge_breaks_is_named(judge: Sound, said: str):
    with pytest.raises(PluginError, match=said):
        check_judge(judge, rubric=RUBRIC, model=MODEL)


def test_what_is_no_fault_is_told():
    judge = Sound()
    judge.lock = lambda: None
    (note,) = check_judge(judge, rubric=RUBRIC)
    assert "cannot be sent to another process" in note


def test_the_top_level_and_abstentions_need_no_evidence():
    check_judge(Sound(Graded(level="yes", reason="fine")), rubric=RUBRIC, model=MODEL)
    check_judge(Sound(Abstained(reason="cannot tell", code="x")), rubric=RUBRIC, model=MODEL)
