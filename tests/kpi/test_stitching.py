"""Two exports of one conversation are one, and what is out of sight is said."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from cxscore.cli.main import group
from cxscore.kpi import durability, operations
from cxscore.kpi.facts import Contact, facts_of
from cxscore.kpi.followup import followup
from cxscore.kpi.stitching import STITCHED, out_of_sight, stitched

AI = Contact(
    id="p1", customer="c", started=0.0, ended=600.0, stream="ai", involved=True, human=False,
    escalated=True, resolution=2.0, sentiment_start=2.0, sentiment_end=1.0, composite=2.0,
    answers=1, claimed=True, attributes={"vendor": "v", "stream": "ai"},
)  # fmt: skip
DESK = Contact(
    id="t9", customer="c", started=900.0, ended=2_000.0, stream="human", involved=False,
    human=True, resolution=5.0, sentiment_end=4.0, composite=4.5, csat=5.0, csat_sent=True,
    person_at=900.0, human_minutes=9.0, attributes={"stream": "human", "team": "care"},
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
        (named({"customer": "d"}, {"escalated": False}), "another customer, nobody handed over"),
        (named({"customer": "d", "started": 600.0 + 3_601}), "another customer after an hour"),
        (named({"started": 1_000.0}, {"escalated": False}), "solved by the AI, and back about it"),
        (named({"customer": None}, {"escalated": False}), "a number that fits, and nobody's name"),
        (named({"customer": None, "started": None}), "a number alone, whoever was handed over"),
        (named({"customer": "d", "started": 90 * DAY}), "another customer months later"),
        (named({"started": 90 * DAY}), "the same number months later"),
        (named({"started": 2 * DAY}, {"escalated": False}), "a return that names what it is about"),
        (named({"started": -DAY}), "the ticket was there before the chat"),
        (named(ai={"exclusion": "spam"}), "the AI's leg is excluded: the person's must stay"),
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


def own_numbers():
    """Five handovers; the desk numbers its customers in its own way."""
    rows = []
    for i in range(5):
        rows += [
            replace(AI, id=f"p{i}", customer=f"u{i}", started=i * DAY, ended=i * DAY + 600),
            replace(
                DESK, id=f"t{i}", customer=f"z{i}", started=i * DAY + 720, ended=i * DAY + 2_000,
                person_at=i * DAY + 720, links=(f"p{i}",),
            ),
        ]  # fmt: skip
    return rows


@pytest.mark.parametrize(
    "more",
    [
        replace(DESK, id="n", customer="u0", started=9 * DAY, exclusion="spam"),
        Contact(id="n", customer="u0", started=9 * DAY, stream=None),
        replace(
            AI, id="n", customer="u0", started=9 * DAY, ended=9 * DAY, stream="hybrid", human=True
        ),
        replace(DESK, id="n", customer="u0", started=9 * DAY),
    ],
)
def test_one_more_conversation_undoes_no_seam(more):
    rows = own_numbers()
    found = stitched([*rows, more])
    assert [s for s in found.seams if "n" not in {s.ai, s.desk}] == list(stitched(rows).seams)
    assert len(found.seams) == 5
    assert found.refused == 0


def test_a_customer_has_one_number_once_a_seam_shows_it():
    """The ticket a day later of the same person, under the desk's number, is a return."""
    back = replace(DESK, id="b", customer="z1", started=2 * DAY + 2_000, ended=2 * DAY + 3_000)
    whole = {c.id: c for c in stitched([*own_numbers(), back]).contacts}
    assert whole["b"].customer == whole["p1"].customer == "u1"
    known = facts_of(whole.values())
    after = followup(known, 30 * DAY)
    assert durability.repeat_contact(known, after, same_issue=False).numerator.ids() == ("p1",)


def test_a_desk_s_number_that_is_somebody_s_on_the_platform_stays():
    other = replace(AI, id="o", customer="z1", escalated=False, started=8 * DAY, ended=8 * DAY)
    back = replace(DESK, id="b", customer="z1", started=20 * DAY, ended=20 * DAY)
    found = stitched([*own_numbers(), other, back])
    assert {c.id: c for c in found.contacts}["b"].customer == "z1"
    assert (len(found.seams), found.refused) == (4, 1), "and a ticket of it names another's chat"


def test_two_records_of_one_chat_are_one_whichever_has_the_label():
    platform = replace(AI, claimed=None, escalated=False)
    ticket = replace(AI, id="t", links=("p1",), started=100.0, escalated=False, billed=True)
    for pair in ([platform, ticket], [ticket, platform]):
        whole = [c for c in stitched(pair).contacts if c.exclusion is None]
        assert [(c.claimed, c.billed) for c in whole] == [(True, True)]
    later = replace(ticket, started=9_000.0, ended=9_100.0)
    assert not stitched([platform, later]).seams


def test_a_claim_on_the_ticket_is_not_lost():
    whole = stitched(named({"claimed": True, "billed": True, "fee": 0.9}, {"claimed": None}))
    assert (whole.contacts[0].claimed, whole.contacts[0].billed, whole.contacts[0].fee) == (
        True, True, 0.9,
    )  # fmt: skip


def test_a_platform_that_shows_the_person_and_its_ticket_are_one():
    hybrid = replace(AI, stream="hybrid", human=True, links=("t9",), human_minutes=None)
    found = stitched([hybrid, replace(DESK, started=500.0)])
    assert [(s.ai, s.desk) for s in found.seams] == [("p1", "t9")]
    assert found.contacts[0].human_minutes == 9.0
    # The ticket holds the AI's turns too; the vendor's claim says which is the platform's.
    copy = replace(
        AI, id="a", claimed=None, stream="hybrid", human=True, links=("p1",), started=5.0
    )
    found = stitched([copy, replace(AI, escalated=None)])
    assert [(s.ai, s.desk) for s in found.seams] == [("p1", "a")]


def test_a_return_in_the_chat_stays_one_when_its_ticket_is_joined():
    came_back = replace(AI, reopened=72_000.0, last_word=72_600.0)
    ticket = {"started": 72_700.0, "ended": 75_000.0, "person_at": 72_900.0}
    for contacts in (
        [came_back, replace(DESK, **ticket, links=("p1",))],
        [came_back, replace(DESK, **ticket)],
    ):
        whole = stitched(contacts).contacts[0]
        assert (whole.reopened, whole.ended) == (72_000.0, 600.0)
        assert whole.to_human == 300.0, "from the last word of the chat, not from its first end"
        assert whole.human


def test_a_leg_without_times_begins_with_its_ticket():
    whole = stitched(named(ai={"started": None, "ended": None})).contacts[0]
    assert whole.started == 900.0
    assert whole.to_human is None


def test_a_ticket_with_the_whole_chat_tells_when_the_person_came():
    """Its first answer is the AI's; the person came ten minutes after the handover."""
    ticket = {"started": 0.0, "first_response": 5.0, "person_at": 1_200.0}
    assert stitched(named(ticket)).contacts[0].to_human == 600.0


def test_a_ticket_without_a_time_is_not_the_nearest():
    first = replace(DESK, id="t0", started=None, links=("p1",))
    assert [(s.ai, s.desk) for s in stitched([*named(), first]).seams] == [("p1", "t9")]


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
