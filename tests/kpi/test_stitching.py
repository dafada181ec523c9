"""Two exports of one conversation are one, and what is out of sight is said."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from cxscore.cli.main import group
from cxscore.kpi import operations
from cxscore.kpi.facts import Contact, facts_of
from cxscore.kpi.stitching import STITCHED, out_of_sight, stitched

AI = Contact(
    id="p1", customer="c", started=0.0, ended=600.0, stream="ai", involved=True, human=False,
    escalated=True, resolution=2.0, sentiment_start=2.0, sentiment_end=1.0, composite=2.0,
    answers=1, claimed=True, attributes={"vendor": "v", "stream": "ai"},
)  # fmt: skip
DESK = Contact(
    id="t9", customer="c", started=900.0, ended=2_000.0, stream="human", involved=False,
    human=True, resolution=5.0, sentiment_end=4.0, composite=4.5, csat=5.0, csat_sent=True,
    human_minutes=9.0, attributes={"stream": "human", "team": "care"},
)  # fmt: skip


def test_by_id_whichever_side_names_the_other():
    for ai, desk in (
        (AI, replace(DESK, links=("p1",))),
        (replace(AI, links=("t9",)), DESK),
    ):
        found = stitched([ai, desk])
        assert [(s.ai, s.desk, s.by) for s in found.seams] == [("p1", "t9", "id")]
        whole, gone = found.contacts
        assert (whole.stream, whole.human, whole.resolution, whole.csat) == ("hybrid", True, 5, 5)
        assert (whole.sentiment_start, whole.sentiment_end) == (2.0, 4.0)
        assert whole.ended == 2_000.0
        assert whole.to_human == 300.0
        assert whole.claimed, "the vendor's claim stays with its own leg"
        assert gone.exclusion == STITCHED
        assert found.found == 1, "customer and time would have found it too"
        assert found.wrong == 0


def test_by_customer_and_time_only_where_there_is_one_candidate():
    assert [s.by for s in stitched([AI, DESK]).seams] == ["time"]
    assert stitched([AI, DESK]).found is None, "no pair by id to try the rule on"
    late = replace(DESK, started=600.0 + 3_601)
    other = replace(DESK, customer="d")
    two = replace(DESK, id="t10", started=1_000.0)
    rival = replace(AI, id="p2", started=100.0, ended=700.0)
    for contacts in ([AI, late], [AI, other], [AI, DESK, two], [AI, rival, DESK]):
        assert stitched(contacts).seams == ()
    assert stitched([replace(AI, escalated=False), DESK]).seams == ()


def test_the_rule_s_error_is_counted_on_pairs_by_id():
    right = replace(DESK, id="t1", started=90_000.0, links=("p1",))
    found = stitched([AI, DESK, right])
    assert [(s.ai, s.desk) for s in found.seams] == [("p1", "t1")]
    assert (found.found, found.wrong) == (0, 1)


def test_a_cap_of_the_ai_stays():
    capped = replace(AI, capped=True)
    assert stitched([capped, replace(DESK, links=("p1",))]).contacts[0].composite == 2.0


def test_an_excluded_leg_and_a_foreign_id_join_nothing():
    assert not stitched([AI, replace(DESK, links=("p1",), exclusion="spam")]).seams
    assert not stitched([replace(AI, links=("nowhere", "p1")), replace(DESK, customer="d")]).seams


def named(desk=None, ai=None):
    """The two legs, the desk's naming the AI's."""
    return [replace(AI, **(ai or {})), replace(DESK, links=("p1",), **(desk or {}))]


DAY = 86_400.0


@pytest.mark.parametrize(
    ("contacts", "why"),
    [
        (
            [replace(AI, id="x", customer="other", escalated=False), *named({"customer": "other"})],
            "another customer, and the two systems share their customers",
        ),
        (named({"customer": "d", "started": 90 * DAY}), "another customer months later"),
        (named({"started": 90 * DAY}), "the same number months later"),
        (named({"started": 2 * DAY}, {"escalated": False}), "a return that names what it is about"),
        (named({"started": -DAY}), "the ticket was there before the chat"),
        (named(ai={"exclusion": "spam"}), "the AI's leg is excluded: the person's must stay"),
        (
            named({"customer": None, "started": None}, {"escalated": False}),
            "no time and no handover: a number alone",
        ),
    ],
)
def test_an_id_alone_does_not_make_two_conversations_one(contacts, why):
    found = stitched(contacts)
    assert not [s for s in found.seams if s.by == "id"], why
    assert found.contacts == tuple(contacts), why


def test_what_an_id_names_and_is_not_joined_is_counted():
    assert stitched(named({"started": 90 * DAY})).refused == 1
    assert stitched(named()).refused == 0


def test_a_ticket_that_waited_over_a_weekend_is_the_same_conversation():
    assert [s.by for s in stitched(named({"started": 2.5 * DAY})).seams] == ["id"]
    assert [s.by for s in stitched(named({"started": 660.0}, {"escalated": None})).seams] == ["id"]
    assert [s.by for s in stitched(named({"customer": "desk-7"})).seams] == ["id"], (
        "two systems with customer numbers of their own"
    )


def test_of_two_tickets_of_a_chat_the_nearer_is_its_own_and_the_later_a_return():
    first, later = replace(DESK, links=("p1",)), replace(DESK, id="t1", links=("p1",), started=DAY)
    for order in ([AI, first, later], [later, AI, first]):
        assert [(s.ai, s.desk) for s in stitched(order).seams] == [("p1", "t9")]
        assert not next(c for c in stitched(order).contacts if c.id == "t1").exclusion


def test_the_joined_conversation_knows_the_customer_of_either_leg():
    whole = stitched(named(ai={"customer": None})).contacts[0]
    assert whole.customer == "c"


def test_a_ticket_nobody_answered_is_no_person():
    whole = stitched(named({"human": False, "human_minutes": None})).contacts[0]
    assert (whole.human, whole.stream) == (False, "ai")


def test_blind_after_handover_is_counted_and_left_out():
    alone = [AI, replace(AI, id="p2", customer="d")]
    facts = facts_of(out_of_sight(alone))
    assert operations.blind_handoff(facts).k == 2
    assert operations.reached_human(facts).unknown == 2
    came = Contact(
        id="p3", customer="e", stream="hybrid", involved=True, human=True, escalated=True,
        attributes={"vendor": "v"},
    )  # fmt: skip
    facts = facts_of(out_of_sight([*alone, came]))
    assert operations.blind_handoff(facts).k == 0, "this vendor's export shows people: nobody came"
    reached = operations.reached_human(facts)
    assert (reached.k, reached.n, reached.unknown) == (1, 3, 0)


def test_from_two_files_to_one_conversation(tmp_path):
    """The AI platform's export and the help desk's, scored as they come."""
    said = [
        {"role": "customer", "text": "My kettle is broken", "time": "2026-09-01T10:00:00Z"},
        {"role": "ai_agent", "text": "A colleague takes over.", "time": "2026-09-01T10:01:00Z"},
    ]
    ai = {
        "id": "p1", "customer_id": "k", "turns": said, "agent": {"vendor": "v"},
        "started_at": "2026-09-01T10:00:00Z",
        "handoffs": [{"before_turn": 2, "to": "human_agent", "time": "2026-09-01T10:01:00Z"}],
    }  # fmt: skip
    person = [
        {"role": "human_agent", "text": "Odo here. A new one is sent.",
         "time": "2026-09-01T10:20:00Z"},
        {"role": "customer", "text": "thanks, that solves it", "time": "2026-09-01T10:25:00Z"},
    ]  # fmt: skip
    desk = {"id": "t9", "customer_id": "k", "turns": person, "external_id": "p1",
            "started_at": "2026-09-01T10:20:00Z"}  # fmt: skip
    for name, one in (("ai", ai), ("desk", desk)):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(one) + "\n", encoding="utf-8")
    store = tmp_path / "s.db"

    def run(*args):
        return CliRunner().invoke(group, [str(a) for a in args])

    run("score", tmp_path / "ai.jsonl", "--store", store)
    alone = json.loads(run("kpis", "--store", store, "--json").output)
    assert {k["id"]: k.get("k") for k in alone["kpis"]}["blind_handoff"] == 1
    run("score", tmp_path / "desk.jsonl", "--store", store)
    told = json.loads(run("kpis", "--store", store, "--json", "--members").output)
    by = {k["id"]: k for k in told["kpis"]}
    assert told["stitched"]["seams"] == [["p1", "t9", "id"]]
    assert told["exclusions"] == {"stitched": 1}
    assert by["reached_human"]["numerator"] == ["p1"]
    assert by["blind_handoff"]["k"] == 0
    assert "all from one customer (1,140.00)" in by["time_to_human"]["unavailable"]
    text = run("kpis", "--store", store).output
    assert (
        "stitched: 1 by id, 0 by customer and time; of the 1 by id the rule by time finds 1" in text
    )
