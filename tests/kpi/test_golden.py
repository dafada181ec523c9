"""Every figure of the golden set: k, n and ids exactly, numbers to 1e-9."""

import numpy as np
import pytest

from cxscore.audit import labels
from cxscore.kpi import durability, ladder, money, operations, quality
from cxscore.kpi.facts import SERVICE
from cxscore.kpi.intervals import newcombe, standardised, weighted_slope
from tests.kpi.goldens import AFTER, CONFIG, CONTACTS, COSTS, EXPECTED, FACTS, SESSIONS

ACTION, INFORMATIONAL = FACTS.kind == "action", FACTS.kind == "informational"


def of_kind(kind, of):
    from cxscore.kpi.figure import rate

    mask = {"claimed": ladder.claimed(FACTS), "true": ladder.true_so_far(FACTS, AFTER)}[of]
    return rate(FACTS, mask, ladder.involved(FACTS) & (FACTS.kind == kind))


RATES = {
    "resolution": {
        "V0_vendor_as_reported_raw": ladder.v0(FACTS),
        "V1_vendor_claimed_eligible": ladder.v1(FACTS),
        "D1_containment_no_human": ladder.d1(FACTS),
        "D2_answered_and_left_or_confirmed": ladder.d2(FACTS),
        "D3_customer_confirmed": ladder.d3(FACTS),
        "D4_inactivity72h_self_verified": ladder.d4(FACTS, AFTER),
        "D5_relevant_accurate_safe_no_human": ladder.d5(FACTS),
        "D6_engaged_sessions_30min": ladder.d6(FACTS),
        "D7_contained_no_callback_24h": ladder.d7(FACTS, AFTER),
        "D8_no_human_no_followup_72h": ladder.d8(FACTS, AFTER),
        "D9_claimed_durable_so_far": ladder.d9(FACTS, AFTER),
        "D10_judged_resolved": ladder.d10(FACTS),
        "D11_true_provisional": ladder.d11_provisional(FACTS, AFTER),
        "D11_true_complete_case_7d": ladder.d11(FACTS, AFTER),
    },
    "durability": {
        **{
            f"reopen_{w}_complete_case": durability.reopen(FACTS, AFTER, w)
            for w in ("24h", "48h", "7d")
        },
        **{
            f"reopen_{w}_naive": durability.reopen_naive(FACTS, AFTER, w)
            for w in ("24h", "48h", "7d")
        },
        "repeat_contact_7d_same_issue": durability.repeat_contact(FACTS, AFTER, same_issue=True),
        "repeat_contact_7d_any_issue": durability.repeat_contact(FACTS, AFTER, same_issue=False),
        "fcr_strict_no_transfer": durability.first_contact(FACTS, AFTER, transfer=False),
        "fcr_transfer_allowed": durability.first_contact(FACTS, AFTER, transfer=True),
    },
    "quality": {
        "cx_positive_rate": quality.positive(FACTS),
        "cx_positive_rate_ai_only": quality.positive(FACTS, FACTS.stream == "ai"),
        "cx_positive_rate_hybrid": quality.positive(FACTS, FACTS.stream == "hybrid"),
        "cx_positive_rate_human_only": quality.positive(FACTS, FACTS.stream == "human"),
        "sentiment_negative_end_rate": quality.negative_end(FACTS),
        "sentiment_worsened_rate": quality.worsened(FACTS),
        "hallucination_response_any": quality.hallucination_response(FACTS, material=False),
        "hallucination_response_material": quality.hallucination_response(FACTS, material=True),
        **{
            f"hallucination_conversation_{level}": quality.hallucination_conversation(FACTS, level)
            for level in ("any", "material", "critical")
        },
        "right_source_rate": quality.right_source(FACTS),
        "reasoning_correct_rate": quality.reasoning(FACTS),
        "false_action_rate": quality.false_actions(FACTS),
    },
    "operational": {
        "involvement_rate": operations.involvement(FACTS),
        "answer_rate": operations.answer_rate(FACTS),
        "automation_rate_claimed": operations.automation_claimed(FACTS),
        "automation_rate_true_provisional": operations.automation_true(FACTS, AFTER),
        "containment_rate": ladder.d1(FACTS),
        "escalation_rate": operations.escalation(FACTS),
        "handoff_reached_human_rate": operations.reached_human(FACTS),
        "clean_handoff_rate": operations.clean_handoff(FACTS),
        "deflection_rate": operations.deflection(FACTS, SESSIONS),
        "issue_level_ai_resolution": quality.issues_solved(FACTS),
        "claimed_rate_action": of_kind("action", "claimed"),
        "true_rate_provisional_action": of_kind("action", "true"),
        "claimed_rate_informational": of_kind("informational", "claimed"),
        "true_rate_provisional_informational": of_kind("informational", "true"),
    },
    "vendor_audit": {
        "precision_of_claim": labels.precision(FACTS, AFTER),
        "overclaim_rate": labels.overclaim(FACTS, AFTER),
        "recall_of_claim": labels.recall(FACTS, AFTER),
    },
}
ALL = [(room, name) for room, held in RATES.items() for name in held]


@pytest.mark.parametrize(("room", "name"), ALL)
def test_a_rate(room, name):
    found, wanted = RATES[room][name], EXPECTED[room][name]
    assert (found.k, found.n) == (wanted["k"], wanted["n"])
    if "ids" in wanted:
        assert list(found.numerator.fetch()) == wanted["ids"]
    if "excluded_from_denominator" in wanted:
        outside = set(FACTS.id.tolist()) - set(found.denominator.fetch())
        assert sorted(outside) == wanted["excluded_from_denominator"]
    number = found.number
    assert number.value == pytest.approx(wanted["value"], abs=1e-9)
    assert (number.low, number.high) == pytest.approx(tuple(wanted["wilson95"]), abs=1e-9)


def test_every_rate_of_the_set_is_checked():
    held = {
        (room, name)
        for room in ("resolution", "durability", "quality", "operational", "vendor_audit")
        for name, one in EXPECTED[room].items()
        if isinstance(one, dict) and "k" in one
    }
    assert held == set(ALL)


def test_hours_to_the_return():
    back = np.isfinite(AFTER.same) & ladder.claimed(FACTS)
    found = dict(zip(FACTS.id[back].tolist(), (AFTER.same[back] / 3600).tolist(), strict=True))
    assert found == pytest.approx(EXPECTED["durability"]["recontact_hours"], abs=1e-3)


@pytest.mark.parametrize("window", ["24h", "48h", "7d"])
def test_kaplan_meier(window):
    from cxscore.kpi.followup import WINDOWS
    from cxscore.kpi.intervals import kaplan_meier

    wanted = EXPECTED["durability"][f"reopen_{window}_kaplan_meier"]
    number = durability.reopen_survival(FACTS, AFTER, window).number
    base = ladder.claimed(FACTS)
    found = kaplan_meier(AFTER.same[base], AFTER.seen[base], WINDOWS[window])
    assert (number.value, found.se) == pytest.approx((wanted["value"], wanted["greenwood_se"]))
    assert number.low < number.value < number.high


MEANS = {
    "composite_mean": quality.experience(FACTS),
    "resolution_quality_mean": quality.resolution_quality(FACTS),
    "service_mean": quality.service(FACTS),
    "sentiment_end_mean": quality.sentiment_end(FACTS),
    "sentiment_change_mean": quality.sentiment_change(FACTS),
}


@pytest.mark.parametrize("name", MEANS)
def test_a_mean(name):
    assert MEANS[name].number.value == pytest.approx(EXPECTED["quality"][name], abs=1e-9)


def test_composites_and_parts():
    wanted = EXPECTED["quality"]
    have = ~np.isnan(FACTS.composite)
    found = dict(zip(FACTS.id[have].tolist(), FACTS.composite[have].tolist(), strict=True))
    assert found == pytest.approx(wanted["composite_per_conversation"], abs=1e-9)
    assert FACTS.id[FACTS.capped].tolist() == wanted["capped_ids"]
    for part in SERVICE:
        number = quality.service_part(FACTS, part).number
        assert number.value == pytest.approx(wanted["service_subdimension_means"][part], abs=1e-9)
    quality_of = EXPECTED["operational"]["escalation_quality_mean"]
    assert operations.handoff_quality(FACTS).number.value == pytest.approx(quality_of, abs=1e-9)


def test_the_ladder_of_exclusions():
    held = EXPECTED["operational"]
    out = FACTS.exclusion != ""
    found = dict(zip(FACTS.id[out].tolist(), FACTS.exclusion[out].tolist(), strict=True))
    assert (found, len(FACTS)) == (held["exclusions"], held["opened"])
    assert int(FACTS.eligible.sum()) == held["eligible"]


def test_the_vendors_labels():
    wanted = EXPECTED["vendor_audit"]
    assert {k: v.value for k, v in labels.reasons(FACTS, AFTER).items()} == wanted[
        "overclaim_reasons"
    ]
    assert FACTS.id[labels.missed(FACTS, AFTER)].tolist() == wanted["missed_by_vendor"]
    assert FACTS.id[labels.billed_but_ineligible(FACTS)].tolist() == wanted["billed_but_ineligible"]
    grade, held = labels.self_grade(FACTS), wanted["self_grade_vs_independent"]
    assert (grade.both_yes, len(grade.self_only), len(grade.judge_only), grade.both_no) == (
        held["both_yes"], held["self_only"], held["judge_only"], held["both_no"],
    )  # fmt: skip
    assert list(grade.self_only) == held["self_only_ids"]
    assert (grade.agreement, grade.kappa) == pytest.approx((held["agreement"], held["cohen_kappa"]))
    assert labels.one_sided(len(grade.self_only), len(grade.judge_only)) == 0.125


@pytest.mark.parametrize(
    ("name", "stream"),
    [("ai_only", "ai"), ("hybrid", "hybrid"), ("human_only", "human"), ("blended", None)],
)
def test_satisfaction(name, stream):
    wanted = EXPECTED["csat"][name]
    told = operations.satisfied(FACTS, stream)
    assert (told.k, told.n) == (wanted["top2"]["k"], wanted["top2"]["n"])
    assert list(told.numerator.fetch()) == wanted["top2"]["ids"]
    answers = operations.response_rate(FACTS, stream)
    assert (answers.k, answers.n) == (wanted["responses"], wanted["conversations"])
    assert operations.satisfaction_mean(FACTS, stream).number.value == pytest.approx(wanted["mean"])


def test_differences_of_satisfaction():
    held = EXPECTED["csat"]
    k, n = CONFIG["baseline_csat_top2"]
    assert newcombe(6, 7, k, n) == pytest.approx(held["delta_ai_only_vs_baseline"]["newcombe95"])
    assert newcombe(6, 7, 1, 2) == pytest.approx(held["delta_ai_only_vs_human_only"]["newcombe95"])
    assert FACTS.id[operations.satisfied_but_wrong(FACTS)].tolist() == held["satisfied_but_wrong"]
    told = ~np.isnan(FACTS.csat) & FACTS.eligible
    silent = np.isnan(FACTS.csat) & FACTS.eligible
    assert FACTS.composite[told].mean() == pytest.approx(held["composite_mean_responders"])
    assert np.nanmean(FACTS.composite[silent]) == pytest.approx(
        held["composite_mean_nonresponders"]
    )


def test_money():
    wanted = EXPECTED["money"]
    spent = money.spent(FACTS, AFTER, COSTS)
    follows = ladder.claimed(FACTS) & (AFTER.next_same >= 0)
    links = {
        a: FACTS.id[b] for a, b in zip(FACTS.id[follows], AFTER.next_same[follows], strict=True)
    }
    assert links == wanted["repeat_links"]
    per_claimed = money.cost_per_claimed(FACTS, COSTS)
    true, loaded = (money.cost_per_true(FACTS, AFTER, COSTS, loaded=x) for x in (False, True))
    back = money.roi(FACTS, AFTER, COSTS, true_rate=ladder.d11_provisional(FACTS, AFTER).number)
    vendor = money.vendor_style_roi(FACTS, COSTS)
    found = {
        "ai_fees": spent.fees,
        "billed_resolutions": spent.billed,
        "repeat_links": links,
        "repeat_human_cost": spent.repeats,
        "cost_per_billed_resolution": money.cost_per_billed(FACTS, COSTS).number.value,
        "cost_per_claimed_resolution_eligible": per_claimed.number.value,
        "cost_per_true_resolution_net_of_repeats": true.number.value,
        "tco_period": spent.total,
        "fully_loaded_cost_per_true_resolution": loaded.number.value,
        "avoided_cost_true": back.avoided,
        "roi_true": back.roi,
        "return_per_unit_true": back.per_unit,
        "roi_vendor_style": vendor.roi,
        "return_per_unit_vendor_style": vendor.per_unit,
        "break_even_true_resolutions": money.break_even(FACTS, AFTER, COSTS),
        "human_cost_total": spent.humans,
        "overbilled": spent.overbilled,
    }
    assert found.keys() == wanted.keys()
    del found["repeat_links"]
    assert found == pytest.approx(
        {k: v for k, v in wanted.items() if k != "repeat_links"}, abs=1e-9
    )


def test_side_tables():
    side = EXPECTED["side_tables"]
    slope = weighted_slope([(m["k"], m["n"]) for m in side["trajectory"]["input"]])
    assert slope.value == pytest.approx(side["trajectory"]["slope_per_month"], abs=1e-9)
    assert (slope.se, slope.low, slope.high) == pytest.approx(
        (side["trajectory"]["se"], *side["trajectory"]["ci95"]), abs=1e-9
    )
    mix = side["csat_mix_shift"]
    groups = [
        (b["share"], b["csat"], a["share"], a["csat"])
        for b, a in zip(mix["before"].values(), mix["after"].values(), strict=True)
    ]
    assert standardised(groups) == pytest.approx((mix["rate_effect"], mix["mix_effect"]))


def test_the_set_is_whole():
    assert len(CONTACTS) == 24
