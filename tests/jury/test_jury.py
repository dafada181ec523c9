"""The jury: who wins, when nobody does, and what never matters."""

from __future__ import annotations

import statistics
from dataclasses import replace

import pytest
from bench_of_judges import (
    CHOICES,
    FIVE,
    RUBRIC,
    TRANSCRIPT,
    YES_NO,
    Breaks,
    Says,
    Service,
    abstained,
    criterion,
    failed,
    graded,
    levels,
    one,
    quote,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from cxscore import wire
from cxscore.errors import ConfigError, EvidenceError, ProviderError
from cxscore.judges.composite import composite
from cxscore.judges.jury import Jury
from cxscore.judges.jury.outcomes import pooled
from cxscore.judges.seat import Seat
from cxscore.judging import MAX_ROUNDS, drive
from cxscore.transcript import Kind, Leg
from cxscore.verdict import (
    Abstained,
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
    Proof,
    Severity,
    Verdict,
)

LEVEL, DONE, WAY = RUBRIC.criteria


def sit(*judges: object, answer: Service | None = None, names: str = "abcdefg") -> Verdict:
    seats = [Seat(name, judge) for name, judge in zip(names, judges, strict=False)]
    jury = Jury(rubric=RUBRIC, seats=seats)
    return drive(jury.deliberate(TRANSCRIPT), answer or Service())


# One criterion ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_", "won"),
    [((1, 5, 4), 4), ((2, 2, 5), 2), ((3, 3), 3), ((1, 2, 2, 5), 2), ((None, None, 5), None)],
)
def test_the_median_decides_on_an_ordinal_scale(given_: tuple[int, ...], won: int):
    outcome = pooled(LEVEL, levels(*given_))
    assert isinstance(outcome, Graded)
    assert outcome.level == won


@pytest.mark.parametrize(
    ("its", "given_", "won"),
    [
        (YES_NO, ("yes", "no", "yes"), "yes"),
        (YES_NO, ("no", "no"), "no"),
        (CHOICES, ("fair", "good", "fair", "poor", "fair"), "fair"),
        (CHOICES, ("fair", None, None), None),
    ],
)
def test_a_majority_decides_on_other_scales(its, given_, won):
    assert pooled(criterion("x", its), levels(*given_)).level == won


@pytest.mark.parametrize(
    ("its", "given_", "why"),
    [
        (FIVE, (3, 4), "between 3 and 4"),
        (FIVE, (1, 2, 4, 5), "between 2 and 4"),
        (YES_NO, ("yes", "no"), "no level has a majority: 1 for no, 1 for yes"),
        (CHOICES, ("poor", "fair", "good"), "no level has a majority"),
        (CHOICES, ("poor", "poor", "fair", "good"), "2 for poor, 1 for fair, 1 for good"),
        (FIVE, (4, None), "does not apply"),
    ],
)
def test_what_no_side_wins_is_a_tie(its, given_, why):
    outcome = pooled(criterion("x", its), levels(*given_))
    assert isinstance(outcome, Abstained)
    assert outcome.code == "tie"
    assert why in outcome.reason


@pytest.mark.parametrize(
    ("outcomes", "kind", "code"),
    [
        ((graded(4), abstained(), abstained()), Abstained, "no_direct_evidence"),
        ((graded(4), abstained("a"), abstained("b")), Abstained, "quorum"),
        ((graded(4), abstained()), Abstained, "no_direct_evidence"),
        ((graded(4), failed(), failed()), Failed, "reply"),
        ((graded(4), failed(), failed("refused")), Failed, "quorum"),
        ((graded(4), failed(), failed("provider")), Failed, "provider"),
        ((graded(4), abstained(), failed("refused")), Failed, "refused"),
        ((abstained(), abstained(), failed("provider")), Abstained, "no_direct_evidence"),
        ((graded(9), graded(9), graded(4)), Failed, "level"),
    ],
)
def test_without_a_quorum_there_is_no_level_and_the_counts_are_told(outcomes, kind, code):
    outcome = pooled(LEVEL, outcomes)
    assert type(outcome) is kind
    assert outcome.code == code
    assert f"of {len(outcomes)} seats graded it" in (
        getattr(outcome, "reason", "") or outcome.error
    )


def test_more_than_half_of_the_seats_are_a_quorum():
    assert pooled(LEVEL, [graded(4), graded(4), failed("provider")]).level == 4
    assert pooled(LEVEL, [graded(4), graded(2), abstained()]).code == "tie"


def test_reason_and_evidence_are_those_of_a_seat_that_voted_so():
    most = Graded(level=2, reason="two quotes", evidence=(quote(0, 2), quote(3, 6)), certainty=0.9)
    outcome = pooled(LEVEL, [graded(1), graded(2, reason="one quote"), most, graded(5)])
    assert outcome == replace(most, certainty=None)


def test_a_seat_that_saw_only_a_window_is_told():
    assert pooled(LEVEL, [graded(3), graded(3), graded(1, windowed=True)]).windowed


OUTCOMES = st.one_of(
    st.builds(
        graded,
        st.sampled_from([None, 1, 2, 3, 4, 5]),
        reason=st.sampled_from("xyz"),
        windowed=st.booleans(),
    ),
    st.builds(abstained, st.sampled_from(["a", "b"])),
    st.builds(failed, st.sampled_from(["provider", "reply"])),
)


@given(
    st.lists(OUTCOMES, min_size=2, max_size=7).flatmap(
        lambda o: st.tuples(st.just(o), st.permutations(o))
    )
)
def test_the_order_of_seats_never_decides(both):
    one_way, other_way = both
    assert pooled(LEVEL, one_way) == pooled(LEVEL, other_way)


@given(st.lists(OUTCOMES, min_size=2, max_size=7))
def test_a_level_stands_on_a_quorum_and_on_evidence(outcomes):
    outcome = pooled(LEVEL, outcomes)
    given_ = [o.level for o in outcomes if isinstance(o, Graded)]
    if isinstance(outcome, Graded):
        assert 2 * len(given_) > len(outcomes)
        assert outcome.level in given_
        if outcome.level is not None:
            assert outcome.level == statistics.median(v for v in given_ if v is not None)
            assert outcome.evidence
    else:
        assert outcome.code == "tie" or 2 * len(given_) <= len(outcomes)


# The whole verdict -----------------------------------------------------------------------------


def claim(verdict: ClaimVerdict, start: int = 0, end: int = 21, **known: object) -> ClaimCheck:
    return ClaimCheck(quote=quote(start, end), verdict=verdict, reason="r", **known)


CONTRADICTED, SUPPORTED = ClaimVerdict.CONTRADICTED, ClaimVerdict.SUPPORTED_BY_ARTICLE
ACCUSED = claim(
    CONTRADICTED, error="wrong_number", severity=Severity.CRITICAL, proof=Proof.VERIFIED
)

CLAIMS = st.lists(
    st.builds(
        claim,
        st.sampled_from(list(ClaimVerdict)),
        st.sampled_from([0, 4, 26]),
        st.sampled_from([30, 44]),
        error=st.sampled_from([None, "wrong_number"]),
        severity=st.sampled_from([None, Severity.MINOR, Severity.CRITICAL]),
        corrected=st.booleans(),
    ),
    max_size=3,
).map(tuple)
ACTIONS = st.lists(
    st.builds(
        ActionCheck,
        quote=st.builds(quote, st.sampled_from([0, 10]), st.sampled_from([20, 30])),
        action=st.sampled_from(["refund", "send"]),
        verdict=st.sampled_from(list(ActionVerdict)),
        reason=st.just("r"),
    ),
    max_size=2,
).map(tuple)
FACT = st.one_of(st.none(), st.builds(Fact, value=st.booleans()))
FACTS = st.builds(
    Facts,
    acts=st.dictionaries(st.just(1), st.sampled_from([Act.ANSWER, Act.QUESTION])),
    asked_for_human=FACT,
    confirmed=FACT,
    kind=st.sampled_from([None, *Kind]),
    issues=st.lists(
        st.builds(
            Issue,
            request=st.one_of(st.none(), st.just(quote(0, 18, 0)), st.just(quote(19, 48, 0))),
            kind=st.sampled_from([None, *Kind]),
            topic=st.sampled_from([None, "shipping"]),
            resolved=st.sampled_from([None, True, False]),
        ),
        max_size=3,
    ).map(tuple),
    sentiment_path=st.sampled_from([(), ((0, 0.5),), ((0, -0.25),)]),
)
WHOLE = st.builds(
    Says,
    name=st.just("x"),
    journey=st.fixed_dictionaries(
        {
            "level": OUTCOMES,
            "done": st.one_of(st.sampled_from([graded("yes"), graded("no"), abstained()])),
        }
    ),
    legs=st.sampled_from([{}, {Leg.AI: {"level": graded(2)}}]),
    claims=CLAIMS,
    actions=ACTIONS,
    facts=FACTS,
    rounds=st.integers(0, 3),
)


def named(judges: list[Says]) -> list[Seat]:
    return [Seat(f"seat{n}", replace(judge, name=f"j{n}")) for n, judge in enumerate(judges)]


@settings(max_examples=60)
@given(st.lists(WHOLE, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_any_permutation_of_the_seats_gives_the_same_verdict(judges, random):
    seats = named(judges)
    moved = named(judges)
    random.shuffle(moved)
    one_way, other_way = Jury(rubric=RUBRIC, seats=seats), Jury(rubric=RUBRIC, seats=moved)
    assert one_way.fingerprint == other_way.fingerprint
    verdict = drive(one_way.deliberate(TRANSCRIPT), Service())
    assert drive(other_way.deliberate(TRANSCRIPT), Service()) == verdict
    assert wire.load(Verdict, wire.dump(verdict)) == verdict


@settings(max_examples=60)
@given(st.lists(WHOLE, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_who_sits_on_which_seat_decides_nothing(judges, random):
    moved = list(judges)
    random.shuffle(moved)
    here, there = (
        drive(Jury(rubric=RUBRIC, seats=named(order)).deliberate(TRANSCRIPT), Service())
        for order in (judges, moved)
    )
    for member in ("outcomes", "claims", "actions", "facts", "composite"):
        assert getattr(here, member) == getattr(there, member), member


@settings(max_examples=60)
@given(st.lists(WHOLE, min_size=2, max_size=4))
def test_every_seat_keeps_its_vote(judges):
    verdict = drive(Jury(rubric=RUBRIC, seats=named(judges)).deliberate(TRANSCRIPT), Service())
    for leg, outcomes in verdict.outcomes.items():
        for name in outcomes:
            votes = verdict.votes[leg][name]
            assert [v.seat for v in votes] == [f"seat{n}" for n in range(len(judges))]
            for judge, v in zip(judges, votes, strict=True):
                said = {Leg.JOURNEY: judge.journey, **judge.legs}.get(leg, {}).get(name)
                assert v.level == (said.level if isinstance(said, Graded) else None)


def test_disagreement_stands_on_the_verdict():
    verdict = sit(one("x", graded(2)), one("y", graded(3)), one("z", abstained()))
    assert verdict.journey["level"].code == "tie"
    said = [(v.seat, v.state, v.level, v.code) for v in verdict.votes[Leg.JOURNEY]["level"]]
    assert said == [
        ("a", "graded", 2, None),
        ("b", "graded", 3, None),
        ("c", "abstained", None, "no_direct_evidence"),
    ]
    assert verdict.answered_by == ("model of a", "model of b", "model of c")


def test_all_seats_are_asked_in_one_round():
    service = Service()
    sit(one("x", graded(2), rounds=2), one("y", graded(2)), one("z", graded(2)), answer=service)
    assert service.rounds == [["a", "b", "c"], ["a"]]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ProviderError("out"), "provider"),
        (EvidenceError("no"), "evidence"),
        (KeyError("x"), "crash"),
    ],
)
def test_a_seat_that_breaks_keeps_a_failed_vote_and_the_others_decide(error, code):
    verdict = sit(one("x", graded(2)), one("y", graded(2)), Breaks(error))
    assert verdict.journey["level"].level == 2
    assert verdict.votes[Leg.JOURNEY]["level"][2].code == code


def test_a_seat_that_never_ends_is_cut_and_the_others_decide():
    service = Service()
    endless = one("z", graded(5), rounds=99)
    verdict = sit(one("x", graded(2)), one("y", graded(2)), endless, answer=service)
    assert len(service.rounds) == MAX_ROUNDS
    assert verdict.journey["level"].level == 2
    assert verdict.votes[Leg.JOURNEY]["level"][2].code == "rounds"


def test_a_jury_nobody_answered_has_failed_for_the_next_run_to_retry():
    verdict = sit(one("x", graded(2)), one("y", graded(2)), answer=Service("a", "b"))
    assert {o.code for o in verdict.journey.values()} == {"provider"}
    assert verdict.facts == Facts()
    assert verdict.composite == composite(RUBRIC, verdict.journey)


def test_a_leg_only_one_seat_saw_has_no_quorum():
    verdict = sit(
        one("x", graded(2), legs={Leg.AI: {"level": graded(2)}}),
        one("y", graded(2)),
        one("z", graded(2)),
    )
    assert verdict.outcomes[Leg.AI]["level"].code == "missing"


def test_claims_meet_by_their_words_and_the_majority_decides():
    verdict = sit(
        one("x", graded(2), claims=(ACCUSED, claim(SUPPORTED, 26, 60))),
        one("y", graded(2), claims=(replace(ACCUSED, quote=quote(3, 21)),)),
        one("z", graded(2), claims=(claim(SUPPORTED),)),
    )
    (kept,) = verdict.claims
    assert (kept.verdict, kept.severity, kept.proof) == (
        CONTRADICTED,
        Severity.CRITICAL,
        Proof.VERIFIED,
    )
    assert verdict.seen == ("1 statements left out: most seats did not list them",)


def test_where_verdicts_of_a_claim_are_level_the_milder_counts():
    verdict = sit(
        one("x", graded(2), claims=(ACCUSED,)), one("y", graded(2), claims=(claim(SUPPORTED),))
    )
    assert [c.verdict for c in verdict.claims] == [SUPPORTED]


def test_an_accusation_of_one_seat_does_not_count():
    verdict = sit(one("x", graded(2), claims=(ACCUSED,)), one("y", graded(2)), one("z", graded(2)))
    assert verdict.claims == ()


def test_a_seat_that_did_not_read_has_no_say_about_claims_and_facts():
    found = {"claims": (ACCUSED,), "facts": Facts(confirmed=Fact(value=True))}
    verdict = sit(
        one("x", graded(2), **found), one("y", graded(2), **found), Breaks(ProviderError("out"))
    )
    assert verdict.claims == (ACCUSED,)
    assert verdict.facts.confirmed == Fact(value=True)


def test_facts_without_a_majority_are_unknown():
    yes = Facts(confirmed=Fact(value=True), kind=Kind.ACTION, acts={1: Act.ANSWER})
    no = Facts(confirmed=Fact(value=False), kind=Kind.ACTION, acts={1: Act.QUESTION})
    verdict = sit(
        one("x", graded(2), facts=yes), one("y", graded(2), facts=no), one("z", graded(2))
    )
    assert verdict.facts == Facts(kind=Kind.ACTION)


def test_issues_meet_by_the_customers_words():
    def told(start: int, resolved: bool | None) -> Facts:
        request = quote(start, 18, 0)
        return Facts(issues=(Issue(request=request, topic="shipping", resolved=resolved),))

    verdict = sit(
        one("x", graded(2), facts=told(0, True)),
        one("y", graded(2), facts=told(6, True)),
        one("z", graded(2), facts=told(0, False)),
    )
    assert verdict.facts.issues == (
        Issue(request=quote(0, 18, 0), topic="shipping", resolved=True),
    )


# Fallbacks ---------------------------------------------------------------------------------------


def test_in_an_outage_a_fallback_answers_under_its_own_name_and_fingerprint():
    first, second, spare = (one(n, graded(v)) for n, v in (("x", 2), ("y", 2), ("spare", 4)))
    seats = [
        Seat("a", first, [Seat("d", spare)]),
        Seat("b", second),
        Seat("c", one("z", graded(4))),
    ]
    jury = Jury(rubric=RUBRIC, seats=seats)
    usual = drive(jury.deliberate(TRANSCRIPT), Service())
    assert usual.judge == jury.fingerprint
    service = Service("a")
    verdict = drive(jury.deliberate(TRANSCRIPT), service)
    assert verdict.judge != jury.fingerprint, "never pooled with scores of the usual seats"
    assert verdict.votes[Leg.JOURNEY]["level"][0].judge == spare.fingerprint
    assert verdict.answered_by == ("model of b", "model of c", "model of d")
    assert verdict.seen == ("a did not answer; d judged in its place",)
    assert service.rounds == [["a", "b", "c"], ["d"]]
    assert spare.asked == 1


def test_a_lone_seat_with_a_fallback_is_a_judge():
    seat = Seat("judge", one("x", graded(2)), [Seat("spare", one("y", graded(3)))])
    assert drive(seat.deliberate(TRANSCRIPT), Service()).judge == seat.fingerprint == "says/1 x"
    fallen = drive(seat.deliberate(TRANSCRIPT), Service("judge"))
    assert (fallen.judge, fallen.answered_by) == ("says/1 y", ("model of spare",))
    out = drive(seat.deliberate(TRANSCRIPT), Service("judge", "spare"))
    assert out.judge == seat.fingerprint, "with nobody left it is the seat's own failure"
    assert {o.code for o in out.journey.values()} == {"provider"}


def test_an_ask_the_service_will_never_take_is_no_outage():
    spare = one("y", graded(3))
    seat = Seat("judge", one("x", graded(2)), [Seat("spare", spare)])
    drive(seat.deliberate(TRANSCRIPT), Service("judge", lasting=True))
    assert spare.asked == 0


def test_a_judge_that_raises_for_its_provider_falls_back_too():
    seat = Seat("judge", Breaks(ProviderError("out")), [Seat("spare", one("y", graded(3)))])
    assert drive(seat.deliberate(TRANSCRIPT), Service()).judge == "says/1 y"
    alone = Seat("judge", Breaks(ProviderError("out")))
    with pytest.raises(ProviderError, match="out"):
        drive(alone.deliberate(TRANSCRIPT), Service())


def test_juries_that_cannot_be_meant_are_refused():
    a, b = Seat("a", one("x", graded(2))), Seat("b", one("y", graded(2)))
    with pytest.raises(ConfigError, match="at least two seats; 1 given"):
        Jury(rubric=RUBRIC, seats=[a])
    with pytest.raises(ConfigError, match="a is named twice"):
        Jury(rubric=RUBRIC, seats=[a, a])
    with pytest.raises(ConfigError, match="b is named twice"):
        Jury(rubric=RUBRIC, seats=[Seat("a", a.judge, [b]), b])
    with pytest.raises(ConfigError, match="a is named twice"):
        Seat("a", a.judge, [a])
    with pytest.raises(ConfigError, match="a fallback has no fallbacks"):
        Seat("c", a.judge, [Seat("a", a.judge, [b])])


def test_the_fingerprint_tells_who_sits_and_what_is_asked():
    def jury(*names: str, rubric=RUBRIC) -> str:
        seats = [Seat(n, one(n, graded(2))) for n in names]
        return Jury(rubric=rubric, seats=seats).fingerprint

    assert jury("a", "b", "c") == jury("c", "a", "b")
    other = replace(RUBRIC, digest="d" * 64)
    assert (
        len({jury("a", "b"), jury("a", "c"), jury("a", "b", "c"), jury("a", "b", rubric=other)})
        == 4
    )


def test_only_a_jury_of_rules_is_heuristic():
    rules, model = one("x", graded(2), heuristic=True), one("y", graded(2))
    assert Jury(rubric=RUBRIC, seats=[Seat("a", rules), Seat("b", rules)]).heuristic
    assert not Jury(rubric=RUBRIC, seats=[Seat("a", rules), Seat("b", model)]).heuristic
