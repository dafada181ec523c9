"""No interval is narrower than what was seen, and no line crosses what it cannot."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from cxscore.cli.main import group
from cxscore.estimates import Estimate, Unavailable
from cxscore.kpi import durability, quality
from cxscore.kpi.breaks import drawn, line_break, line_break_of
from cxscore.kpi.cohorts import Month, months_of, standardised_trajectory, trajectory
from cxscore.kpi.compare import Change, change, mix_shift
from cxscore.kpi.designs import before_after, holdout, staggered
from cxscore.kpi.facts import Contact, facts_of
from cxscore.kpi.figure import Figure, mean, missing, rate
from cxscore.kpi.followup import followup
from cxscore.kpi.intervals import effective_size, weighted_slope
from cxscore.kpi.money import Costs
from cxscore.kpi.operations import SelfService
from cxscore.kpi.registry import BY_ID, KPIS, Known
from cxscore.kpi.rule_of_three import most_with_none

DAY = 86_400.0


def of(contacts, until=400 * DAY, **more):
    facts = facts_of(contacts)
    return Known(facts=facts, after=followup(facts, until), **more)


def one(i, **more):
    held = {
        "customer": f"k{i}", "started": 0.0, "ended": 60.0, "stream": "ai", "involved": True,
        "human": False, "escalated": False, "answers": 1,
    }  # fmt: skip
    return Contact(id=f"c{i:05d}", **(held | more))


# Customers drawn whole.


@pytest.mark.parametrize("held", [lambda i: i < 25, lambda i: True])
def test_one_customer_a_side_shows_no_difference(held):
    """Fifty conversations of one customer are one customer."""
    before = of([one(i, customer="a", escalated=False) for i in range(50)])
    now = of([one(i, customer="b", escalated=held(i)) for i in range(50)])
    found = change(BY_ID["escalation"].of(before), BY_ID["escalation"].of(now))
    assert found.low < 0 < found.high
    assert found.method == "Newcombe, customers drawn whole"
    assert found.high - found.low > 0.5


def test_one_customer_s_share_has_an_interval_with_customers_whole():
    figure = BY_ID["escalation"].of(of([one(i, customer="a", escalated=True) for i in range(50)]))
    assert figure.clustered == (0.0, 1.0)
    two = [one(i, customer="ab"[i % 2], escalated=True) for i in range(50)]
    low, high = BY_ID["escalation"].of(of(two)).clustered
    assert low < 0.5
    assert high == 1.0


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=40))
def test_an_effective_size_lies_between_all_alike_and_independent(rows):
    customers = np.array([c for c, _ in rows])
    counted = np.array([k for _, k in rows])
    each = np.bincount(customers)
    size = effective_size(counted, np.ones(len(rows)), customers)
    assert len(rows) ** 2 / (each**2).sum() - 1e-9 <= size <= len(rows) + 1e-9


def test_customers_who_are_all_different_change_no_interval():
    before = of([one(i, escalated=i % 3 == 0) for i in range(60)])
    now = of([one(i, escalated=i % 2 == 0) for i in range(60)])
    pair = BY_ID["escalation"].of(before), BY_ID["escalation"].of(now)
    assert change(*pair).method == "Newcombe"


@pytest.mark.parametrize("design", ["two", "staggered"])
def test_differences_cover_where_customers_write_often(design):
    """Each customer writes six times and is one kind of customer: 95 % intervals hold 0."""
    rng = np.random.default_rng(11)
    inside = 0
    for _ in range(300):
        rows = []
        for k in range(240):
            often = rng.random() < 0.4
            for _ in range(6):
                likely = rng.random() < (0.9 if often else 0.1)
                at = (k % 2) * 10 * DAY + rng.uniform(0, 9) * DAY
                rows.append(
                    one(
                        len(rows), customer=f"k{k}", started=at, ended=at, escalated=likely,
                        attributes={"arm": "ab"[k % 2], "topic": "xy"[(k // 2) % 2]},
                    )
                )  # fmt: skip
        known = of(rows)
        if design == "two":
            arm = known.facts.attributes["arm"] == "a"
            found = holdout(BY_ID["escalation"], known, arm, ~arm)
        else:
            reached = known.facts.attributes["topic"] == "x"
            found = staggered(BY_ID["escalation"], known, reached, 10 * DAY, 10 * DAY)
        inside += found.low <= 0 <= found.high
    assert 0.92 <= inside / 300 <= 0.99


def test_a_mean_of_one_customer_spans_its_scale_or_is_no_number():
    facts = facts_of([one(i, customer="a", resolution=5.0, human_minutes=4.0) for i in range(9)])
    levels = quality.resolution_quality(facts).number
    assert (levels.value, levels.low, levels.high) == (5.0, 1.0, 5.0)
    minutes = mean(facts, facts.human_minutes, facts.eligible, least=0)
    assert isinstance(minutes.number, Unavailable)
    assert "all from one customer (4.00)" in minutes.number.missing


def test_values_that_are_all_alike_are_no_proof_that_all_are():
    facts = facts_of([one(i, resolution=5.0) for i in range(30)])
    number = quality.resolution_quality(facts).number
    assert number.low == pytest.approx(5 - 4 * most_with_none(30))
    alike = mean(facts, np.full(30, 7.0), facts.eligible)
    other = mean(facts, np.full(30, 9.0), facts.eligible)
    assert isinstance(change(alike, other), Unavailable), "no spread on a scale without ends"


@settings(deadline=None)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=12))
def test_levels_stay_on_their_scale(levels):
    rows = [
        one(
            i, resolution=float(v), sentiment_start=3.0, sentiment_end=float(v), composite=float(v),
            csat=float(v), service={"tone": float(v)},
        )
        for i, v in enumerate(levels)
    ]  # fmt: skip
    known = of(rows)
    for kpi in KPIS:
        number = kpi.of(known).number
        if kpi.unit == "level" and isinstance(number, Estimate):
            ends = (-4, 4) if kpi.id == "sentiment_change" else (1, 5)
            if kpi.id == "self_grade_kappa":
                ends = (-1, 1)
            assert ends[0] <= number.low <= number.value <= number.high <= ends[1], kpi.id


def test_a_perfect_small_table_is_no_perfect_judge():
    rows = [
        one(i, self_grade=i % 2 == 0, claimed=True, resolution=5.0 if i % 2 == 0 else 1.0,
            critical=False)
        for i in range(4)
    ]  # fmt: skip
    figure = quality.self_grade_kappa(facts_of(rows))
    assert figure.number.value == 1.0
    assert figure.number.low < 0.5
    worse = [replace(r, self_grade=True) if r.id == "c00001" else r for r in rows]
    found = change(figure, quality.self_grade_kappa(facts_of(worse)))
    assert not found.moved, "one more disagreement of four moves nothing"


# Watched for the window.


def test_nobody_watched_for_the_window_gives_no_number():
    rows = [one(i, claimed=True, started=0.0, ended=0.0) for i in range(100)]
    facts = facts_of(rows)
    figure = durability.reopen_survival(facts, followup(facts, 120.0), "7d")
    assert figure.number.missing == (
        "no claimed resolution was watched for 7d; the longest for 0.0 hours"
    )
    few = facts_of([*rows, one(200, claimed=True, started=-8 * DAY, ended=-8 * DAY)])
    number = durability.reopen_survival(few, followup(few, 120.0), "7d").number
    assert number.value == 0
    assert number.high == pytest.approx(0.95), "one was watched: none of one shows little"


# Where a line breaks.


def judged(vendor="v", definition="v/1", judge="j", **more):
    return {"attributes": {"vendor": vendor, "definition": definition, "judge": judge}, **more}


def test_a_vendor_who_is_absent_has_changed_nothing():
    a = drawn(facts_of([one(1, **judged()), one(2, **judged("w", "w/1"))]))
    b = drawn(facts_of([one(1, **judged())]))
    assert line_break(a, b) is None
    assert line_break(b, a) is None
    other = drawn(facts_of([one(1, **judged(definition="v/2"))]))
    assert "definition (W8): v/1, v/2" in line_break(a, other)
    assert "judge changed" in line_break(b, drawn(facts_of([one(1, **judged(judge="k"))])))
    unjudged = drawn(facts_of([one(1, attributes={"vendor": "v", "definition": "v/1"})]))
    assert line_break(b, unjudged) is None, "no judge is none that changed"


def test_what_rests_on_neither_judge_nor_label_is_compared_all_the_same():
    before = of([one(i, csat=4.0, claimed=True, **judged()) for i in range(20)])
    now = of(
        [one(i, csat=2.0, claimed=False, **judged(definition="v/2", judge="k")) for i in range(20)]
    )
    assert isinstance(before_after(BY_ID["V1"], before, now), Unavailable)
    assert isinstance(before_after(BY_ID["D1"], before, now), Unavailable)
    assert before_after(BY_ID["csat_all"], before, now).value == -1
    reached = np.arange(20) % 2 == 0
    both = of([
        *(one(i, started=1.0, claimed=True, **judged()) for i in range(20)),
        *(one(i + 20, started=20.0, claimed=True, **judged(definition="v/2")) for i in range(20)),
    ])  # fmt: skip
    assert "W8" in staggered(BY_ID["V1"], both, np.r_[reached, reached], 10.0, 20.0).missing
    assert not isinstance(
        staggered(BY_ID["D1"], both, np.r_[reached, reached], 10.0, 20.0), Unavailable
    )


VERDICTS = {
    "kind": "action", "asked_human": True, "confirmed": True, "negative_last": True,
    "action_needed": True, "actions_claimed": 2, "actions_missing": 1, "issues": 3,
    "resolution": 1.0, "sentiment_start": 1.0, "sentiment_end": 5.0, "composite": 2.0,
    "bad_answers": 1, "critical": True, "answers_checked": 2, "answers": 0, "involved": False,
}  # fmt: skip
"""Whatever a verdict fills, otherwise."""


def test_kpis_that_never_break_do_not_rest_on_a_judge():
    rows = [
        one(i, customer=f"k{i % 7}", started=i * DAY, ended=i * DAY + 60, csat=float(1 + i % 5),
            human=i % 3 == 0, escalated=i % 3 == 0, stream="hybrid" if i % 3 == 0 else "ai",
            human_minutes=2.0 + i, first_response=3.0 + i, to_human=9.0 + i, issue=f"i{i % 4}",
            resolution=5.0, sentiment_end=3.0)
        for i in range(40)
    ]  # fmt: skip
    one_judge, another = of(rows), of([replace(r, **VERDICTS) for r in rows])
    a, b = drawn(facts_of([one(1, **judged())])), drawn(facts_of([one(1, **judged(judge="k"))]))
    free = [k for k in KPIS if line_break_of(k, a, b) is None]
    assert {"csat_all", "handle_time", "repeat_same"} <= {k.id for k in free}
    for kpi in free:
        one_, other = kpi.of(one_judge).number, kpi.of(another).number
        values = [n.value if isinstance(n, Estimate) else n.missing for n in (one_, other)]
        assert values[0] == values[1], kpi.id


# The path since the launch.


def month(n, share, broken=None, of_=400):
    number = rate(
        facts_of([one(i) for i in range(of_)]),
        np.arange(of_) < share * of_,
        np.ones(of_, np.bool_),
    )
    return Month(first=date(2026, n, 1), true=number, broken=broken)


def test_a_month_without_a_number_keeps_its_place():
    months = [month(1, 0.3), Month(first=date(2026, 2, 1), true=missing("none")), month(3, 0.4)]
    months += [Month(first=date(2026, 4, 1), true=missing("none")), month(5, 0.5)]
    assert trajectory(months).value == pytest.approx(0.05)


def test_a_trend_never_crosses_a_change_of_judge_or_definition():
    low = [month(n, 0.2) for n in (1, 2, 3)]
    high = [month(4, 0.8, "the judge changed (W8)"), month(5, 0.8), month(6, 0.8)]
    assert trajectory([*low, *high]).value == pytest.approx(0.0)
    assert "since April 2026: the judge changed" in trajectory([*low, *high[:2]]).missing


def test_a_trend_that_is_all_mix_is_none_with_the_mix_held():
    """Two topics of 80 and 30 %, neither of which moves; the easy one grows."""
    rng = np.random.default_rng(5)
    inside = plain = 0
    for _ in range(200):
        months = []
        for n, easy in enumerate((60, 150, 240, 320), start=1):
            topics = {
                "easy": (float(rng.binomial(easy, 0.8)), easy),
                "hard": (float(rng.binomial(400 - easy, 0.3)), 400 - easy),
            }
            whole = sum(k for k, _ in topics.values()) / 400
            months.append(replace(month(n, whole), topics=topics))
        held = standardised_trajectory(months)
        inside += held.low <= 0 <= held.high
        plain += trajectory(months).low > 0
    assert 0.91 <= inside / 200 <= 0.99
    assert plain == 200
    few = [replace(m, topics={f"only {i}": (1.0, 10)}) for i, m in enumerate(months)]
    assert "hold 0% of the conversations" in standardised_trajectory(few).missing


def test_a_change_after_something_shipped_tells_what_is_mix():
    def rows(easy, at):
        return [
            one(
                i + int(at), started=at, escalated=i % 10 < (2 if i < easy else 7),
                attributes={"topic": "easy" if i < easy else "hard"},
            )
            for i in range(400)
        ]  # fmt: skip

    found = before_after(BY_ID["escalation"], of(rows(100, 0.0)), of(rows(300, 1_000.0)))
    assert found.mix_by == "topic"
    assert found.mix.rate == pytest.approx(0.0)
    assert found.mix.mix == pytest.approx(found.value)


# Groups and arms.


def test_a_conversation_of_neither_arm_is_on_neither_side(tmp_path):
    lines = []
    for i in range(60):
        arm = ("control", "ai", None)[i % 3]
        told = {"role": "ai_agent", "text": "Done."}
        lines.append({
            "id": f"c{i}", "customer_id": f"k{i}", "started_at": "2026-09-01T10:00:00Z",
            "turns": [{"role": "customer", "text": "Where is my kettle?"}, told],
            **({"attributes": {"arm": arm}} if arm else {}),
        })  # fmt: skip
    source, store = tmp_path / "in.jsonl", tmp_path / "s.db"
    source.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    CliRunner().invoke(group, ["score", str(source), "--store", str(store)])
    args = ["kpis", "--store", str(store), "--holdout", "arm=control"]
    told = json.loads(CliRunner().invoke(group, [*args, "--json"]).output)
    assert told["holdout_in_neither"] == 20
    assert "20 conversations do not say on which side" in CliRunner().invoke(group, args).output


def test_what_belongs_to_all_is_no_group_s():
    costs = Costs(human_minute=1.0, fee=1.0, platform=100.0, management=50.0)
    sessions = SelfService(sessions=90, without_contact=80)
    rows = [
        one(i, claimed=True, billed=True, resolution=5.0, human_minutes=0.0, critical=False)
        for i in range(40)
    ]
    whole = of(rows, costs=costs, sessions=sessions)
    side = np.arange(40) % 2 == 0
    for name in ("cost_true_loaded", "deflection"):
        assert isinstance(BY_ID[name].of(whole).number, Estimate)
        assert "group" in BY_ID[name].of(whole.within(side)).number.missing
        assert isinstance(holdout(BY_ID[name], whole, side, ~side), Unavailable)
    assert isinstance(BY_ID["cost_true"].of(whole.within(side)).number, Estimate)


def test_a_change_of_figures_without_numbers_is_none():
    assert isinstance(change(missing("a"), missing("b")), Unavailable)
    assert isinstance(change(Figure(number=Unavailable(missing="x")), missing("b")), Unavailable)
    assert Change(value=1, low=0.5, high=2, method="m").moved


# Nothing from nothing: unchanged processes, and how often a difference is shown.


def beta(rng, p, icc):
    """A customer's own rate, the same for all where ``icc`` is 0."""
    if not icc:
        return p
    scale = 1 / icc - 1
    return rng.beta(p * scale, (1 - p) * scale)


def week(rng, sizes, p, icc, name):
    rows = []
    for k, size in enumerate(sizes):
        own = beta(rng, p, icc)
        rows += [(f"{name}{k}", rng.random() < own) for _ in range(size)]
    return of([one(i, customer=c, escalated=bool(hit)) for i, (c, hit) in enumerate(rows)])


@pytest.mark.parametrize(
    "sizes",
    [[200] + [1] * 100, [50] * 3 + [1] * 150, [max(1, 120 // i) for i in range(1, 150)], [10] * 10],
    ids=["one", "three", "falling", "ten"],
)
@pytest.mark.parametrize("p", [0.05, 0.3])
def test_a_heavy_customer_moves_nothing(sizes, p):
    rng = np.random.default_rng(7)
    kpi = BY_ID["escalation"]
    moved = covered = 0
    for _ in range(200):
        before, now = (kpi.of(week(rng, sizes, p, 0.4, name)) for name in "ab")
        moved += change(before, now).moved
        low, high = now.clustered
        covered += low <= p <= high
    assert moved / 200 <= 0.09
    assert covered / 200 >= 0.86


def test_kappa_and_survival_draw_customers_whole():
    rng = np.random.default_rng(8)
    moved = {"self_grade_kappa": 0, "reopen_7d_km": 0}
    for _ in range(120):
        sides = []
        for name in "ab":
            rows = []
            for k in range(30):
                agrees, comes = beta(rng, 0.7, 0.5), beta(rng, 0.3, 0.5)
                for n in range(8):
                    good = rng.random() < 0.5
                    same = rng.random() < agrees
                    rows.append(
                        one(
                            len(rows), customer=f"{name}{k}", issue=f"{name}{k}-{n}", claimed=True,
                            started=n * DAY, ended=n * DAY, critical=False,
                            self_grade=good if same else not good, resolution=5.0 if good else 1.0,
                            reopened=n * DAY + 3_600 if rng.random() < comes else None,
                        )
                    )  # fmt: skip
            sides.append(of(rows, until=60 * DAY))
        for name in moved:
            found = change(*(BY_ID[name].of(s) for s in sides))
            moved[name] += found.moved
    assert max(moved.values()) / 120 <= 0.1, moved


def test_an_unchanged_week_holds_no_better_than_the_one_before():
    """A fifth comes back within a week: those of the last week have hardly had the time."""
    rng = np.random.default_rng(9)
    kpis = [BY_ID[n] for n in ("D11p", "D9", "automation_true")]
    unfair = fair = 0
    for _ in range(60):
        rows = []
        for i in range(1_000):
            at = rng.uniform(0, 14) * DAY
            again = at + rng.uniform(0, 7) * DAY if rng.random() < 0.2 else None
            seen = None if again is None or again > 14 * DAY else again
            rows.append(
                one(
                    i, started=at, ended=at, resolution=5.0 if rng.random() < 0.6 else 2.0,
                    critical=False, claimed=True, issue=f"i{i}", reopened=seen,
                )
            )  # fmt: skip
        known = of(rows, until=14 * DAY)
        first = known.facts.started < 7 * DAY
        before, now = known.within(first), known.within(~first)
        equal = before.as_known_at(7 * DAY)
        fair += sum(change(k.of(equal), k.of(now)).moved for k in kpis)
        unfair += sum(change(k.of(before), k.of(now)).moved for k in kpis)
    assert unfair / 180 > 0.3
    assert fair / 180 <= 0.1


def test_who_has_no_number_may_have_come_back():
    rows = [one(i, resolution=5.0, critical=False, claimed=True, ended=0.0) for i in range(50)]
    rows += [
        one(50 + i, customer=None, resolution=5.0, critical=False, claimed=True, ended=0.0)
        for i in range(100)
    ]
    known = of(rows, until=60 * DAY)
    for name in ("D11", "D11p", "D7", "D8", "D9", "reopen_7d", "reopen_7d_km", "repeat_same"):
        assert isinstance(BY_ID[name].of(known).number, Unavailable), name
    few = of(rows[:55], until=60 * DAY)
    assert (BY_ID["D11"].of(few).n, BY_ID["D11"].of(few).unknown) == (50, 5)


def test_minutes_of_a_return_count_wherever_it_falls_and_once():
    rows = [
        one(0, customer="a", issue="i", claimed=True, started=0.0, ended=60.0),
        one(1, customer="a", issue="i", claimed=True, started=30.0, ended=90.0),
        one(2, customer="a", issue="i", stream="human", involved=False, human=True,
            human_minutes=12.0, started=DAY, ended=DAY + 60),
    ]  # fmt: skip
    known = of(rows)
    assert known.after.next_minutes.tolist() == [0.0, 12.0, 0.0]
    first = known.within(known.facts.started < DAY)
    assert first.after.next_minutes.sum() == 12.0, "the return is of another day"


def test_a_trend_of_nothing_has_a_width():
    none = weighted_slope([(0, 5), (0, 6), (0, 7)])
    assert none.low < 0 < none.high
    assert weighted_slope([(0, 1), (0, 1), (1, 1)]).se > 0


def test_a_fallback_s_share_breaks_no_line_and_a_swap_does():
    def rows(a, b):
        return facts_of(
            [one(i, **judged(judge="a")) for i in range(a)]
            + [one(a + i, **judged(judge="b")) for i in range(b)]
        )

    assert line_break(drawn(rows(2_000, 0)), drawn(rows(1_999, 1))) is None
    assert "judge changed" in line_break(drawn(rows(980, 20)), drawn(rows(20, 980)))
    known = of([one(i, **judged(judge="ab"[i % 2])) for i in range(40)])
    arm = np.arange(40) % 2 == 0
    assert "the sides differ" in holdout(BY_ID["D1"], known, arm, ~arm).missing


def test_an_unjudged_month_hides_no_break():
    rows, spans = [], []
    for m, judge in enumerate(["a", "a", "", "b", "b"]):
        rows += [
            one(len(rows) + i, started=m * 30 * DAY, ended=m * 30 * DAY, **judged(judge=judge))
            for i in range(20)
        ]
        spans.append((date(2026, 1 + m, 1), m * 30 * DAY, (m + 1) * 30 * DAY))
    found = months_of(of(rows), spans)
    assert [m.broken is not None for m in found] == [False, False, False, True, False]


def test_groups_that_do_not_add_up_split_nothing():
    whole = rate(facts_of([one(i) for i in range(10)]), np.ones(10, bool), np.ones(10, bool))
    part = rate(facts_of([one(i) for i in range(6)]), np.ones(6, bool), np.ones(6, bool))
    groups = {"a": part, "b": missing("no label")}
    assert isinstance(mix_shift(groups, groups, whole=(whole, whole)), Unavailable)


def test_what_is_open_is_counted_in_the_things_it_holds():
    rows = [one(i, actions_claimed=1, actions_missing=0) for i in range(10)]
    rows += [one(10 + i, actions_claimed=5, actions_missing=None) for i in range(2)]
    figure = quality.false_actions(facts_of(rows))
    assert figure.bounds == (0.0, 0.5)
    assert "between 0.0% and 50.0%" in figure.number.missing


def test_a_difference_stays_within_what_the_scale_allows():
    few = [
        facts_of([one(i, resolution=float(v)) for i, v in enumerate(p)]) for p in ((1, 5), (5, 1))
    ]
    found = change(*(quality.resolution_quality(f) for f in few))
    assert (found.low, found.high) == (-4.0, 4.0)


def test_numbers_missing_at_random_move_no_rate():
    """A sixth of the customers is not named, whatever happened to them."""
    rng = np.random.default_rng(12)
    rows = []
    for i in range(6_000):
        good, back = rng.random() < 0.55, rng.random() < 0.1
        rows.append(
            one(
                i, ended=0.0, claimed=True, critical=False, resolution=5.0 if good else 2.0,
                issue=f"i{i}", reopened=3_600.0 if back else None,
            )
        )  # fmt: skip
    whole = of(rows, until=60 * DAY)
    lost = rng.random(6_000) < 1 / 6
    part = of(
        [replace(r, customer=None) if gone else r for r, gone in zip(rows, lost, strict=True)],
        until=60 * DAY,
    )
    for name in (
        "D11",
        "D11p",
        "D9",
        "automation_true",
        "reopen_7d",
        "reopen_7d_km",
        "repeat_same",
    ):
        every, some = BY_ID[name].of(whole).number, BY_ID[name].of(part)
        assert some.unknown == lost.sum(), name
        assert some.number.low <= every.value <= some.number.high, name


@pytest.mark.parametrize("p", [0.005, 0.02, 0.99])
def test_a_rare_share_is_covered_where_a_few_come_twice(p):
    rng = np.random.default_rng(13)
    inside = 0
    for _ in range(300):
        rows = [
            one(i, customer=f"k{i % 380}", escalated=bool(rng.random() < p)) for i in range(400)
        ]
        low, high = BY_ID["escalation"].of(of(rows)).clustered
        inside += low <= p <= high
    assert inside / 300 >= 0.92


def test_what_a_page_shows_is_the_wider_interval():
    rows = [one(i, customer=f"k{i // 10}", escalated=(i // 10) % 2 == 0) for i in range(200)]
    figure = BY_ID["escalation"].of(of(rows))
    low, high = figure.interval
    assert (low, high) == figure.clustered
    assert high - low > figure.number.high - figure.number.low
