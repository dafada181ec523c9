"""What the overview counts, and what it refuses to."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from cxscore.kpi.counting import ID_CAP, Tally
from cxscore.kpi.overview import overview
from cxscore.kpi.reading import TO_READ, Why
from cxscore.label import Survey
from cxscore.transcript import Sealed
from cxscore.verdict import Failed, Judged, Leg

NOW = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


def look(cases, rubric):
    return overview(cases, rubric, now=NOW)


def test_the_flow_adds_up(ledger, rubric, make):
    waiting = replace(make.plain("waiting"), verdict=None)
    broken = replace(make.plain("broken"), verdict=None, error="out of memory")
    u = look([*ledger, waiting, broken], rubric).understood
    assert (u.read.n, u.eligible.n, u.judged.n) == (12, 11, 9)
    assert u.failed.ids == ("broken",)
    assert u.not_judged.ids == ("waiting",)
    assert dict(u.excluded)["spam"].ids == ("spam-1",)
    assert u.eligible.n == u.judged.n + u.failed.n + u.not_judged.n


def test_every_state_of_a_criterion_is_counted_apart(ledger, rubric, make):
    failing = make.verdict("f", outcomes={"resolution": Failed(error="cut off", code="truncated")})
    case = replace(make.plain("f"), verdict=failing)
    counts = {c.id: c for c in look([*ledger, case], rubric).understood.criteria}
    assert counts["resolution"].failed.ids == ("f",)
    assert dict(counts["resolution"].levels)[1].ids == ("false-1",)
    assert counts["tone"].abstained.n == 10
    assert counts["tone"].graded == 0


def test_order_of_arrival_changes_nothing(ledger, rubric):
    straight = look(ledger, rubric)
    for seed in range(5):
        shuffled = random.Random(seed).sample(ledger, len(ledger))
        assert look(shuffled, rubric) == straight


def test_what_is_proved_carries_both_sides(ledger, rubric):
    proved = look(ledger, rubric).proved
    (action,) = proved.false_actions.shown
    assert (action.conversation_id, action.quote.turn) == ("false-1", 2)
    assert action.log[0].name == "get_order"
    (claim,) = proved.contradictions.shown
    assert claim.passage.text == "Shoes can be returned within 30 days."
    (nobody,) = proved.nobody_came.shown
    assert nobody.quote.text == "talk to a human"


def test_a_newer_article_proves_nothing(rubric, make):
    seen = look([make.contradiction(newer=True)], rubric)
    assert seen.proved.contradictions.total == 0
    assert "newer_article" in {x.code for x in seen.unknown}


def test_the_judge_itself_is_the_first_unknown_and_codes_are_grouped(ledger, rubric):
    unknown = look(ledger, rubric).unknown
    assert unknown[0].code == "judge_unchecked"
    (no_rule,) = [x for x in unknown if x.code == "no_rule"]
    assert [c for c, _ in no_rule.criteria] == ["tone"]
    assert no_rule.conversations.n == 9
    assert all(x.takes for x in unknown)


def test_missing_vendor_labels_and_surveys_are_said(rubric, make):
    codes = {x.code for x in look([make.plain("a")], rubric).unknown}
    assert {"vendor_claim", "survey", "returns"} <= codes


def test_vendor_labels_count_excluded_conversations_apart(ledger, rubric):
    labels = {v.value: v for v in look(ledger, rubric).known.vendor_labels}
    assert labels["assumed_resolution"].conversations.n == 2
    assert labels["assumed_resolution"].on_excluded.ids == ("spam-1",)
    assert labels["assumed_resolution"].billed.ids == ("spam-1",)


def test_unanswered_surveys_are_sent_but_not_answered(rubric, make):
    silent = Sealed(surveys=(Survey(kind="csat", value=None, scale="1-5"),))
    case = make.judged(make.plain("a").record.conversation, make.verdict("a"), sealed=silent)
    (survey,) = look([case], rubric).known.surveys
    assert (survey.sent.n, survey.answered.n, survey.answers) == (1, 0, ())


def test_reading_list_varies_its_reasons(rubric, make):
    many = [make.false_action(f"false-{n:02}") for n in range(30)]
    many += [make.nobody("nobody-1"), make.contradiction("contra-1")]
    to_read = look(many, rubric).to_read
    assert len(to_read) == TO_READ
    whys = [r.why for r in to_read]
    assert {Why.PROVED_CRITICAL, Why.SATISFIED_BUT_WRONG, Why.CONTRADICTED} <= set(whys)
    assert whys == sorted(whys, key=list(Why).index)
    assert len({r.conversation_id for r in to_read}) == TO_READ


def test_satisfied_but_wrong_is_recognised(rubric, make):
    (entry,) = look([make.false_action()], rubric).to_read
    assert {entry.why, *entry.also} >= {Why.PROVED_CRITICAL, Why.SATISFIED_BUT_WRONG}


def test_quiet_ledgers_are_filled_up_by_lot(rubric, make):
    to_read = look([make.plain(f"p{n}") for n in range(20)], rubric).to_read
    assert len(to_read) == TO_READ
    assert {r.why for r in to_read} == {Why.ORDINARY}


def test_empty_and_all_excluded(rubric, make):
    assert look([], rubric).understood.read.n == 0
    assert look([], rubric).to_read == ()
    excluded = look([make.spam(f"s{n}") for n in range(3)], rubric)
    assert excluded.understood.eligible.n == 0
    assert excluded.unknown[0].code != "judge_unchecked"


def test_more_than_one_leg_does_not_count_twice(rubric, make):
    case = make.plain("a")
    legs = {Leg.JOURNEY: case.verdict.journey, Leg.AI: case.verdict.journey}
    both: Judged = replace(case, verdict=replace(case.verdict, outcomes=legs))
    assert look([both], rubric).understood == look([case], rubric).understood


@given(st.lists(st.integers(0, 10**6), unique=True, max_size=ID_CAP + 40))
def test_a_tally_keeps_the_smallest_ids_and_the_whole_number(numbers):
    tally = Tally()
    ids = [f"{n:07}" for n in numbers]
    for one in ids:
        tally.add(one)
    count = tally.count()
    assert count.n == len(ids)
    assert count.ids == tuple(sorted(ids)[:ID_CAP])
    assert count.more == max(0, len(ids) - ID_CAP)
