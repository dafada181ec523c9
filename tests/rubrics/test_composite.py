"""The composite: golden values, what is missing, what caps, and its laws."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cxscore.estimates import Unavailable
from cxscore.judges.composite import composite, proved, suspected
from cxscore.readers.rubrics import load
from cxscore.resources import rubric_path
from cxscore.rubric import Applies
from cxscore.transcript import Stream
from cxscore.verdict import (
    Abstained,
    ActionCheck,
    ActionVerdict,
    ClaimCheck,
    ClaimVerdict,
    Composite,
    Failed,
    Graded,
    Proof,
    Quote,
    Severity,
)

CX = load(rubric_path("cx"))
ZENDESK = load(rubric_path("zendesk_like"))
SERVICE = ("relevance", "tone", "professionalism", "efficiency", "clarity")
WORDS = Quote(turn=1, start=0, end=4, text="Done")

# conversation, resolution, five service levels, sentiment at the end, composite (to 1e-9)
GOLDEN = [
    ("c01", 5, (5, 5, 5, 5, 5), 5, 5.0),
    ("c02", 5, (5, 4, 5, 5, 5), 3, 4.54),
    ("c03", 1, (4, 5, 5, 5, 4), 5, 2.0),
    ("c04", 4, (3, 3, 4, 2, 3), 3, 3.5),
    ("c05", 1, (1, 3, 4, 2, 3), 1, 1.48),
    ("c06", 5, (5, 4, 5, 5, 5), 3, 4.54),
    ("c07", 5, (5, 5, 5, 4, 5), 4, 4.74),
    ("c11", 3, (4, 4, 5, 4, 4), 3, 3.36),
    ("c12", 5, (5, 4, 5, 4, 5), 4, 4.68),
    ("c13", 1, (3, 4, 5, 3, 4), 3, 2.24),
    ("c14", 2, (4, 5, 5, 5, 5), 5, 2.0),
    ("c15", 4, (4, 4, 5, 3, 4), 2, 3.6),
    ("c16", 1, (2, 3, 4, 1, 3), 1, 1.48),
    ("c17", 4, (5, 4, 5, 3, 4), 4, 4.06),
    ("c18", 5, (4, 5, 5, 4, 5), 5, 4.88),
    ("c19", 5, (4, 4, 5, 3, 4), 4, 4.5),
    ("c21", 4, (4, 4, 5, 4, 4), 3, 3.86),
    ("c22", 4, (4, 4, 5, 2, 4), 2, 3.54),
    ("c23", 5, (5, 4, 5, 5, 5), None, 4.925),
    ("c24", 5, (5, 4, 5, None, 5), 5, 4.925),
]


def graded(level):
    return Graded(level=level, reason="as judged", evidence=(WORDS,))


def outcomes(resolution, service, sentiment):
    levels = {
        "resolution": resolution,
        "sentiment_end": sentiment,
        **dict(zip(SERVICE, service, strict=True)),
    }
    return {name: graded(level) for name, level in levels.items()}


def action(verdict=ActionVerdict.MISSING):
    severity = (
        Severity.CRITICAL if verdict in {ActionVerdict.MISSING, ActionVerdict.FAILED} else None
    )
    return ActionCheck(
        quote=WORDS, action="refund", verdict=verdict, reason="no call", severity=severity
    )


def claim(proof=Proof.VERIFIED, severity=Severity.CRITICAL, **changes):
    check = ClaimCheck(
        quote=WORDS,
        verdict=ClaimVerdict.CONTRADICTED,
        reason="the article says 30 days",
        error="fabricated_policy",
        severity=severity,
        proof=proof,
    )
    return replace(check, **changes)


@pytest.mark.parametrize(("id", "resolution", "service", "sentiment", "expected"), GOLDEN)
def test_golden_composites(id, resolution, service, sentiment, expected):
    found = composite(
        CX,
        outcomes(resolution, service, sentiment),
        [claim()] if id == "c14" else [],
        [action()] if id == "c03" else [],
    )
    assert isinstance(found, Composite)
    assert found.value == pytest.approx(expected, abs=1e-9)


def test_golden_mean():
    assert sum(row[-1] for row in GOLDEN) / len(GOLDEN) == pytest.approx(3.6925, abs=1e-9)


def test_a_capped_composite_tells_what_it_was_and_why():
    found = composite(CX, outcomes(1, (4, 5, 5, 5, 4), 5), (), [action()])
    assert found.value == 2.0
    assert found.uncapped == pytest.approx(2.88)
    assert found.capped_by == "wrong_action_claimed"


def test_na_drops_out_and_the_weights_say_so():
    found = composite(CX, outcomes(5, (5, 4, 5, 5, 5), None))
    assert found.weights == pytest.approx({"resolution": 0.625, "service": 0.375})


@pytest.mark.parametrize(
    "missing",
    [
        Abstained(reason="no direct evidence", code="no_direct_evidence"),
        Failed(error="the provider did not answer", code="provider"),
    ],
)
@pytest.mark.parametrize("part", ["resolution", "sentiment_end"])
def test_a_part_without_judgement_makes_it_unavailable(part, missing):
    given = outcomes(5, (5, 5, 5, 5, 5), 5) | {part: missing}
    found = composite(CX, given)
    assert isinstance(found, Unavailable)
    assert part in found.missing
    said = missing.reason if isinstance(missing, Abstained) else missing.error
    assert said in found.missing


def test_a_criterion_nobody_judged_is_not_na():
    given = outcomes(5, (5, 5, 5, 5, 5), 5)
    del given["resolution"]
    assert composite(CX, given) == Unavailable(missing="resolution was not judged")


def test_a_section_stands_on_a_majority_and_not_on_less():
    abstained = Abstained(reason="no rule", code="no_rule")
    three = outcomes(5, (5, 5, 5, 5, 5), 5) | dict.fromkeys(SERVICE[:2], abstained)
    assert composite(CX, three).value == 5.0
    one = outcomes(5, (5, 5, 5, 5, 5), 5) | dict.fromkeys(
        ("relevance", "tone", "professionalism", "clarity"), abstained
    )
    found = composite(CX, one)
    assert isinstance(found, Unavailable)
    assert "service was graded on 1 of 5" in found.missing
    assert "tone" in found.missing


def test_na_criteria_do_not_count_towards_the_majority():
    abstained = Abstained(reason="no rule", code="no_rule")
    given = outcomes(5, (5, 5, None, None, None), 5) | {"tone": abstained}
    assert isinstance(composite(CX, given), Unavailable)  # one of the two that were due


def test_everything_na_is_unavailable():
    found = composite(CX, outcomes(None, (None,) * 5, None))
    assert isinstance(found, Unavailable)
    assert "N/A" in found.missing


def test_a_criterion_that_does_not_apply_may_be_absent():
    tone = replace(CX.criterion("tone"), applies=Applies(streams=(Stream.HUMAN,)))
    rubric = replace(CX, criteria=tuple(tone if c.id == "tone" else c for c in CX.criteria))
    given = outcomes(5, (5, 1, 5, 5, 5), 5)
    del given["tone"]
    assert composite(rubric, given).value == 5.0
    assert composite(CX, given).value == 5.0  # 4 of 5 graded: the section still stands


@pytest.mark.parametrize("proof", [Proof.TOOL_LOG, Proof.VERIFIED, Proof.PERSON])
def test_a_proved_critical_claim_caps(proof):
    assert composite(CX, outcomes(5, (5,) * 5, 5), [claim(proof)]).value == 2.0


@pytest.mark.parametrize(
    "harmless",
    [
        claim(Proof.SUSPECTED),
        claim(severity=Severity.MAJOR),
        claim(corrected=True),
        claim(verdict=ClaimVerdict.SUPPORTED_BY_ARTICLE),
    ],
)
def test_other_claims_do_not_cap(harmless):
    assert composite(CX, outcomes(5, (5,) * 5, 5), [harmless]).value == 5.0


def test_suspected_ones_are_listed():
    hunch = claim(Proof.SUSPECTED)
    assert suspected([hunch, claim(), claim(severity=Severity.MINOR)]) == (hunch,)
    assert proved(CX, [hunch], []) == ()


@pytest.mark.parametrize("verdict", list(ActionVerdict))
def test_only_an_action_the_log_disproves_caps(verdict):
    found = composite(CX, outcomes(5, (5,) * 5, 5), (), [action(verdict)])
    caps = verdict in {ActionVerdict.MISSING, ActionVerdict.FAILED}
    assert found.value == (2.0 if caps else 5.0)


def test_a_low_level_alone_is_not_a_proof():
    given = outcomes(5, (5,) * 5, 5) | {"grounding": graded(1), "false_action": graded("yes")}
    assert composite(CX, given).value == 5.0


def test_a_rubric_may_hold_false_actions_to_be_less_than_critical():
    errors = tuple(
        replace(e, severity=Severity.MAJOR) if e.id == "wrong_action_claimed" else e
        for e in CX.errors
    )
    assert proved(replace(CX, errors=errors), (), [action()]) == ()


def test_a_rubric_without_composite_says_so():
    found = composite(replace(CX, composite=None), outcomes(5, (5,) * 5, 5))
    assert found == Unavailable(missing="rubric cx defines no composite")


level = st.integers(1, 5)
maybe = st.none() | level
service = st.tuples(maybe, maybe, maybe, maybe, maybe)


def parts(resolution, five, sentiment):
    rated = [s for s in five if s is not None]
    means = [resolution, sum(rated) / len(rated) if rated else None, sentiment]
    return [m for m in means if m is not None]


@settings(deadline=None)
@given(maybe, service, maybe)
def test_lies_within_its_parts_and_its_weights_sum_to_one(resolution, five, sentiment):
    known = parts(resolution, five, sentiment)
    assume(known)
    found = composite(CX, outcomes(resolution, five, sentiment))
    assert min(known) - 1e-12 <= found.value <= max(known) + 1e-12
    assert sum(found.weights.values()) == pytest.approx(1)
    assert len(found.weights) == len(known)


@settings(deadline=None)
@given(maybe, service, maybe, st.integers(0, 6))
def test_a_better_level_never_lowers_it(resolution, five, sentiment, which):
    levels = [resolution, *five, sentiment]
    assume(levels[which] is not None and levels[which] < 5)
    before = composite(CX, outcomes(resolution, five, sentiment))
    levels[which] += 1
    after = composite(CX, outcomes(levels[0], levels[1:6], levels[6]))
    assert after.value >= before.value - 1e-12


@settings(deadline=None)
@given(level, service, maybe)
def test_a_cap_only_lowers(resolution, five, sentiment):
    free = composite(CX, outcomes(resolution, five, sentiment))
    bound = composite(CX, outcomes(resolution, five, sentiment), (), [action()])
    assert bound.value == min(free.value, 2.0)
    assert (bound.capped_by is not None) == (free.value > 2.0)
    assert bound.uncapped in {None, free.value}


@settings(deadline=None)
@given(level, service, maybe)
def test_na_equals_a_criterion_left_out_of_the_rubric(resolution, five, sentiment):
    kept = {name for name, s in zip(SERVICE, five, strict=True) if s is not None}
    assume(kept)
    smaller = replace(
        CX,
        criteria=tuple(c for c in CX.criteria if c.section != "service" or c.id in kept),
    )
    given_ = outcomes(resolution, five, sentiment)
    assert composite(CX, given_).value == pytest.approx(composite(smaller, given_).value)


def review(**changes):
    best = {c.id: graded(c.scale.top) for c in ZENDESK.criteria}
    return best | {name: graded(value) for name, value in changes.items()}


def test_zendesk_iqs_is_a_weighted_mean_on_a_hundred():
    assert composite(ZENDESK, review()).value == 100
    assert composite(ZENDESK, review(tone=2)).value == pytest.approx(95)
    assert composite(ZENDESK, review(tone=None, greeting="no")).value == pytest.approx(
        100 * 0.85 / 0.9
    )


def test_zendesk_iqs_is_zero_when_a_critical_category_fails():
    found = composite(ZENDESK, review(solution=1))
    assert (found.value, found.capped_by) == (0, "solution")
    assert found.uncapped == pytest.approx(70)
    assert composite(ZENDESK, review(solution=2)).value == pytest.approx(85)  # half is no failure


def test_zendesk_weights_of_a_hundred_ten_and_one():
    # Two of the golden review scores: 11/111 and 101/111 of the weight passed.
    rule = replace(
        ZENDESK.composite,
        weights={"comprehension": 100 / 111, "tone": 10 / 111, "empathy": 1 / 111},
    )
    rubric = replace(ZENDESK, composite=rule)
    assert composite(rubric, review(comprehension="no")).value == pytest.approx(9.91, abs=0.005)
    assert composite(rubric, review(tone=1)).value == pytest.approx(90.99, abs=0.005)
