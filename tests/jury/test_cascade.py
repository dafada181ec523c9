"""The cascade: who is asked, whose outcome stands, and what is told about it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from bench_of_judges import (
    RUBRIC,
    TRANSCRIPT,
    Breaks,
    Says,
    Service,
    abstained,
    failed,
    graded,
    one,
    quote,
)
from hypothesis import given
from hypothesis import strategies as st

from cxscore import wire
from cxscore.errors import ConfigError, JudgeError
from cxscore.judges.cascade import Cascade, Escalation, Step, shares
from cxscore.judges.cascade.cascade import DRAWN
from cxscore.judges.jury import Jury
from cxscore.judges.seat import Seat
from cxscore.judging import MAX_ROUNDS, drive
from cxscore.transcript import Leg, Transcript
from cxscore.verdict import ClaimCheck, ClaimVerdict, Outcome, Verdict


def cheap(level: Outcome, **known: object) -> Says:
    return one("cheap", level, rounds=0, heuristic=True, **known)


def cascade(*judges: object, escalation: Escalation | None = None) -> Cascade:
    names = ("rules", "model", "jury")
    steps = [
        Step(name=n, judge=j if n == "rules" or isinstance(j, Jury) else Seat(n, j))
        for n, j in zip(names, judges, strict=False)
    ]
    return Cascade(rubric=RUBRIC, steps=steps, escalation=escalation)


def judged(*judges: object, answer: Service | None = None, **known: object) -> Verdict:
    made = cascade(*judges, escalation=Escalation(**known))
    return drive(made.deliberate(TRANSCRIPT), answer or Service())


def given_by(verdict: Verdict) -> Mapping[str, str]:
    return verdict.given_by[Leg.JOURNEY]


SURE = graded(2, certainty=0.95)
UNSURE = graded(2, certainty=0.5)


@pytest.mark.parametrize(
    ("first", "asked"),
    [
        (SURE, False),
        (graded(2), False),
        (graded(None), False),
        (UNSURE, True),
        (graded(None, certainty=0.5), True),
        (graded(2, expected=2.5), False),
        (graded(2, expected=2.8), True),
        (abstained(), True),
        (failed("evidence"), True),
        (failed("provider"), False),
    ],
)
def test_the_next_step_is_asked_where_there_is_doubt(first: Outcome, asked: bool):
    model = one("m", graded(4))
    verdict = judged(cheap(first), model)
    assert model.asked == asked
    assert verdict.journey["level"] == (graded(4) if asked else first)
    assert given_by(verdict) == {
        "level": "model" if asked else "rules", "done": "rules", "way": "rules"
    }  # fmt: skip


def test_an_outcome_never_depends_on_doubt_about_another_criterion():
    model = Says(
        name="m", journey={"level": graded(4), "done": graded("no"), "way": graded("fair")}
    )
    verdict = judged(cheap(abstained()), model)
    assert [verdict.journey[c].level for c in ("level", "done", "way")] == [4, "yes", "good"]
    said = [(v.seat, v.level) for v in verdict.votes[Leg.JOURNEY]["done"]]
    assert said == [("rules", "yes"), ("model", "no")], "what was not taken is kept as a vote"


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        ({"certainty": 0.4}, False),
        ({"certainty": 0.4, "certainty_of": {"level": 0.6}}, True),
        ({"certainty_of": {"level": 0.1}}, False),
        ({"certainty": 0.0, "always": frozenset({"done"})}, True),
        ({"never": frozenset({"level"})}, False),
    ],
)
def test_doubt_is_configured_by_criterion(known, asked):
    model = one("m", graded(4))
    judged(cheap(UNSURE), model, **known)
    assert model.asked == asked


def test_a_criterion_that_is_never_escalated_keeps_even_an_abstention():
    model = one("m", graded(4))
    verdict = judged(cheap(abstained()), model, never=frozenset({"level"}))
    assert verdict.journey["level"] == abstained()
    assert model.asked == 0


def test_always_holds_for_the_first_step_only():
    third = one("j", graded(5))
    verdict = judged(cheap(SURE), one("m", graded(4)), third, always=frozenset({"level"}))
    assert (verdict.journey["level"].level, third.asked) == (4, 0)


def test_the_jury_sits_where_the_model_is_unsure():
    jury = Jury(
        rubric=RUBRIC, seats=[Seat(n, one(n, graded(v))) for n, v in (("a", 1), ("b", 3), ("c", 3))]
    )
    service = Service()
    verdict = judged(cheap(abstained()), one("m", UNSURE), jury, answer=service)
    assert verdict.journey["level"].level == 3
    assert given_by(verdict)["level"] == "jury"
    assert service.rounds == [["model"], ["a", "b", "c"]]
    seats = [v.seat for v in verdict.votes[Leg.JOURNEY]["level"]]
    assert seats == ["rules", "model", "jury", "jury/a", "jury/b", "jury/c"]
    assert verdict.answered_by == ("model of model", "model of a", "model of b", "model of c")
    assert wire.load(Verdict, wire.dump(verdict)) == verdict


@pytest.mark.parametrize("last", [abstained("tie"), failed("provider"), failed("reply")])
def test_the_last_step_asked_has_the_last_word(last: Outcome):
    verdict = judged(cheap(abstained()), one("m", UNSURE), one("j", last))
    assert verdict.journey["level"] == last
    assert given_by(verdict)["level"] == "jury"


def test_a_model_that_does_not_answer_calls_no_jury():
    jury = one("j", graded(5))
    verdict = judged(cheap(abstained()), one("m", graded(4)), jury, answer=Service("model"))
    assert jury.asked == 0
    assert verdict.journey["level"].code == "provider", "the next run asks again"
    assert verdict.journey["done"].level == "yes"


def test_a_step_that_breaks_is_a_failed_step():
    verdict = judged(cheap(abstained()), Breaks(JudgeError("no")))
    assert (verdict.journey["level"].code, verdict.journey["done"].level) == ("judge", "yes")


@pytest.mark.parametrize(("needs", "stands"), [(2, "jury"), (3, "model")])
def test_rounds_are_shared_and_what_is_cut_leaves_the_step_before(needs: int, stands: str):
    service = Service()
    verdict = judged(
        cheap(abstained()),
        one("m", UNSURE, rounds=4),
        one("j", graded(5), rounds=needs),
        answer=service,
    )
    assert len(service.rounds) <= MAX_ROUNDS
    assert given_by(verdict)["level"] == stands
    note = "jury needed more rounds of asks than were left"
    assert (note in verdict.seen) == (stands == "model")


def test_claims_and_facts_are_those_of_the_last_step_that_read():
    claim = ClaimCheck(quote=quote(0, 9), verdict=ClaimVerdict.CONTRADICTED, reason="r")
    one_more = one("m", graded(4), claims=(claim,))
    assert judged(cheap(abstained()), one_more).claims == (claim,)
    assert judged(cheap(SURE), one_more).claims == ()
    out = judged(cheap(abstained(), claims=(claim,)), one("m", graded(4)), answer=Service("model"))
    assert out.claims == (claim,), "a step without an answer read nothing"


def test_a_leg_the_first_step_did_not_grade_comes_from_the_next():
    model = one("m", graded(4), legs={Leg.AI: {"level": graded(1)}})
    verdict = judged(cheap(abstained()), model)
    assert verdict.given_by[Leg.AI] == {"level": "model"}


# Audit -------------------------------------------------------------------------------------------


def test_an_audit_keeps_votes_and_changes_no_outcome():
    model = one("m", graded(4), legs={Leg.AI: {"level": graded(1)}})
    audited = judged(cheap(SURE), model, audit_share=1.0, audit_seed=b"s")
    plain = judged(cheap(SURE), model)
    assert (audited.outcomes, audited.given_by) == (plain.outcomes, plain.given_by)
    assert [v.level for v in audited.votes[Leg.JOURNEY]["level"]] == [2, 4]
    assert audited.seen == (DRAWN,)
    assert audited.judge == plain.judge


def test_the_draw_follows_seed_and_words_and_meets_its_share():
    def drawn(seed: bytes, share: float) -> set[int]:
        rule = Escalation(audit_share=share, audit_seed=seed)
        return {n for n in range(4000) if rule.draws(Transcript(id=str(n), turns=TRANSCRIPT.turns))}

    tenth = drawn(b"a", 0.1)
    assert tenth == drawn(b"a", 0.1)
    assert tenth < drawn(b"a", 0.3)
    assert tenth != drawn(b"b", 0.1)
    assert 300 < len(tenth) < 500
    assert drawn(b"a", 0.0) == set()


# Fingerprint, shares, refusals -------------------------------------------------------------------


def test_the_fingerprint_is_composed_of_steps_and_of_what_is_doubt():
    a, b = cheap(SURE), one("m", SURE)
    same = cascade(a, b).fingerprint
    assert same == cascade(a, b, escalation=Escalation()).fingerprint
    audited = Escalation(audit_share=0.5, audit_seed=b"s")
    assert same == cascade(a, b, escalation=audited).fingerprint
    others = {
        cascade(b, a).fingerprint,
        cascade(a, b, b).fingerprint,
        cascade(a, b, escalation=Escalation(certainty=0.6)).fingerprint,
        cascade(a, b, escalation=Escalation(never=frozenset({"way"}))).fingerprint,
    }
    assert len(others | {same}) == 5


def test_a_fallback_within_a_step_changes_the_fingerprint_of_the_verdict():
    seat = Seat("model", one("m", graded(4)), [Seat("spare", one("s", graded(5)))])
    made = Cascade(
        rubric=RUBRIC,
        steps=[Step(name="rules", judge=cheap(abstained())), Step(name="model", judge=seat)],
    )
    assert drive(made.deliberate(TRANSCRIPT), Service()).judge == made.fingerprint
    fallen = drive(made.deliberate(TRANSCRIPT), Service("model"))
    assert fallen.judge != made.fingerprint
    assert fallen.journey["level"].level == 5
    assert fallen.votes[Leg.JOURNEY]["level"][1].judge == "says/1 s"


def test_the_share_escalated_and_the_cost_are_told():
    verdicts = [judged(cheap(SURE), one("m", graded(4))) for _ in range(3)]
    verdicts.append(judged(cheap(abstained()), one("m", graded(4))))
    verdicts.append(drive(one("x", SURE).deliberate(TRANSCRIPT), Service()))
    told = shares(verdicts)
    assert (told.conversations, told.judged_by) == (4, {"rules": 4, "model": 1})
    assert told.given_by == {"rules": 11, "model": 1}
    assert told.lines({"model": 0.02, "other": None}) == (
        "rules: judged 4 of 4 conversations (100.0%), decided 11 of 12 outcomes (91.7%)",
        "model: judged 1 of 4 conversations (25.0%), decided 1 of 12 outcomes (8.3%)",
        "model: 0.0200 USD, 5.00 USD per 1,000 conversations of the run",
        "other: cost unknown, no price is given",
    )


@given(st.lists(st.sampled_from([SURE, UNSURE, abstained(), failed()]), min_size=2, max_size=3))
def test_every_outcome_has_the_step_that_gave_it_and_that_steps_vote(said: list[Outcome]):
    judges = [one(f"j{n}", o) for n, o in enumerate(said)]
    verdict = judged(*judges)
    for leg, outcomes in verdict.outcomes.items():
        assert set(verdict.given_by[leg]) == set(outcomes)
        for name, outcome in outcomes.items():
            votes = {v.seat: v for v in verdict.votes[leg][name]}
            vote = votes[verdict.given_by[leg][name]]
            assert (vote.state, vote.level) == (outcome.state, getattr(outcome, "level", None))


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"always": frozenset({"tone"})}, "names 'tone'; the rubric has level, done, way"),
        ({"always": frozenset({"way"}), "never": frozenset({"way"})}, "always and never"),
        ({"certainty": 1.5}, "1.5 is no share"),
        ({"audit_share": 0.1}, "no seed"),
    ],
)
def test_an_escalation_that_cannot_be_meant_is_refused(known, said):
    with pytest.raises(ConfigError, match=said):
        cascade(cheap(SURE), one("m", SURE), escalation=Escalation(**known))


def test_a_cascade_has_steps_of_different_names():
    with pytest.raises(ConfigError, match="at least two steps; 1 given"):
        cascade(cheap(SURE))
    step = Step(name="a", judge=cheap(SURE))
    with pytest.raises(ConfigError, match="a is named twice"):
        Cascade(rubric=RUBRIC, steps=[step, step])
