"""Intercom and Zendesk exports: who spoke, what was handed over, and what the vendor claims."""

import json
import os
from pathlib import Path

import pytest

from cxscore.errors import TranscriptError
from cxscore.kpi.derive import contact_of
from cxscore.kpi.reading import claims_resolved
from cxscore.readers import read
from cxscore.transcript import Record, Role, Stream, Visibility, blind
from cxscore.verdict import Judged
from tests.readers.helpdesk_records import intercom, zendesk

SHARED = Path(os.environ.get("CXSCORE_SHARED", Path(__file__).parents[3] / "shared"))


def one(tmp_path, *values):
    path = tmp_path / "export.jsonl"
    path.write_text("\n".join(map(json.dumps, values)), encoding="utf-8")
    found = list(read([path]))
    assert all(isinstance(r, Record) for r in found), found
    return found[0] if len(found) == 1 else found


def test_intercom(tmp_path):
    record = one(tmp_path, intercom())
    held, sealed = record.conversation, record.sealed
    said = [(t.role, t.visibility, t.text) for t in held.turns]
    assert said == [
        (Role.CUSTOMER, Visibility.PUBLIC, "I was charged twice for order 4711"),
        (Role.AI_AGENT, Visibility.PUBLIC, "A refund takes 5 days."),
        (Role.CUSTOMER, Visibility.PUBLIC, "I want a person"),
        (Role.HUMAN_AGENT, Visibility.INTERNAL, "Angry customer"),
        (Role.HUMAN_AGENT, Visibility.PUBLIC, "Refunded, sorry."),
    ]
    assert (held.channel, held.customer_id, held.stream) == ("chat", "u7", Stream.HYBRID)
    assert [(h.before_turn, h.team) for h in held.handoffs] == [(3, "team-1")]
    assert held.turns[1].sources[0].url == "https://help.example/refunds"
    assert held.tags == ("billing",)
    claim = sealed.vendor_claim
    assert (claim.value, claim.billed, claim.graded_by) == (
        "assumed_resolution",
        None,
        "inactivity",
    )
    assert claim.definition == "fin-outcome/2026-03-12"
    assert [(s.target, s.value) for s in sealed.surveys] == [("conversation", 2), ("ai", 5)]
    assert sealed.answer_key["cx_score_rating"] == 4


def test_what_a_judge_sees_of_it_holds_no_claim(tmp_path):
    for value in (intercom(), zendesk()):
        seen = repr(blind(one(tmp_path, value).conversation))
        for word in ("assumed_resolution", "Answered quickly", "verified", "bot loop", "no refund"):
            assert word not in seen


@pytest.mark.parametrize(
    ("state", "resolved"),
    [
        ("assumed_resolution", True), ("confirmed_resolution", True), ("routed_to_team", False),
        ("abandoned", False), ("escalated", False), ("negative_feedback", False),
        ("procedure_handoff", False),
    ],
)  # fmt: skip
def test_both_label_sets(tmp_path, state, resolved):
    assert claims_resolved(one(tmp_path, intercom(state=state)).sealed.vendor_claim) is resolved


def test_labels_before_and_after_a_change_are_two_definitions(tmp_path):
    old, new = one(tmp_path, intercom("1", created_at=1_770_000_000), intercom("2"))
    assert old.sealed.vendor_claim.definition == "fin-resolution"
    assert new.sealed.vendor_claim.definition != old.sealed.vendor_claim.definition


def test_previews_are_tests_and_no_label_is_unknown(tmp_path):
    value = intercom(state=None)
    value["ai_agent"]["source_type"] = "fin_preview"
    record = one(tmp_path, value)
    assert record.conversation.flags.test is True
    assert record.sealed.vendor_claim is None


def test_zendesk(tmp_path):
    record = one(tmp_path, zendesk())
    held, sealed = record.conversation, record.sealed
    roles = [t.role for t in held.turns]
    assert roles == [
        Role.CUSTOMER, Role.AI_AGENT, Role.CUSTOMER, Role.HUMAN_AGENT, Role.HUMAN_AGENT,
    ]  # fmt: skip
    assert held.turns[3].visibility is Visibility.INTERNAL
    assert held.turns[4].text == "A new one comes"
    assert [(h.before_turn, h.team) for h in held.handoffs] == [(3, "9")]
    assert (held.channel, held.customer_id, held.stream) == ("chat", "71", Stream.HYBRID)
    claim = sealed.vendor_claim
    assert (claim.value, claim.billed, claim.graded_by) == ("verified", True, "vendor_llm")
    assert sealed.surveys[0].value == "bad"
    assert any("open to solved" in e.text for e in sealed.events)


def test_tiers_by_date(tmp_path):
    contained = one(tmp_path, zendesk(tier="contained")).sealed.vendor_claim
    assert (contained.billed, contained.definition) == (
        False, "zendesk-automated-resolution/2026-05-18",
    )  # fmt: skip
    early = one(tmp_path, zendesk(created="2026-05-17T10:00:00Z")).sealed.vendor_claim
    assert (early.billed, early.definition) == (None, "zendesk-automated-resolution")
    unknown = one(tmp_path, zendesk(automated_resolution=None)).sealed.vendor_claim
    assert unknown is None


def test_bots_may_be_named(tmp_path):
    value = zendesk()
    value["users"].append({"id": -1, "role": "agent"})
    assert one(tmp_path, value).conversation.turns[1].role is Role.HUMAN_AGENT
    value["bot_author_ids"] = [-1]
    assert one(tmp_path, value).conversation.turns[1].role is Role.AI_AGENT


def test_facts_of_it(tmp_path):
    fact = contact_of(Judged(record=one(tmp_path, intercom()), verdict=None))
    assert (fact.claimed, fact.escalated, fact.human, fact.customer) == (True, True, True, "u7")
    assert fact.csat == 5


def test_broken_records_are_told_and_do_not_stop_the_rest(tmp_path):
    path = tmp_path / "export.jsonl"
    broken = intercom("b")
    broken["conversation_parts"] = {"conversation_parts": "none"}
    late = intercom("t", created_at="soon")
    text = "\n".join(map(json.dumps, (intercom("a"), broken, late, intercom("c"))))
    path.write_text(text, encoding="utf-8")
    found = list(read([path]))
    assert [isinstance(r, TranscriptError) for r in found] == [False, True, True, False]
    assert "export.jsonl:2: conversation_parts holds no list" in str(found[1])


@pytest.mark.shared
@pytest.mark.parametrize("version", ["2.14", "2.16"])
def test_the_intercom_record_has_the_published_shape(version):
    """The made-up record fits the published contract, so that the reader meets the real shape."""
    if not (SHARED / "contracts").is_dir():
        pytest.skip("the published contracts are not at hand (CXSCORE_SHARED)")
    import jsonschema

    held = json.loads((SHARED / "contracts" / f"intercom-{version}.json").read_text("utf-8"))
    state = "assumed_resolution" if version == "2.16" else "routed_to_team"
    schema = {"$ref": "#/components/schemas/conversation", "components": held["components"]}
    errors = [
        e
        for e in jsonschema.Draft202012Validator(schema).iter_errors(intercom(state=state))
        # OpenAPI 3.0 writes an optional null as `nullable`, which this validator does not know.
        if e.instance is not None
    ]
    assert not errors, [f"{list(e.path)}: {e.message[:120]}" for e in errors]


def test_a_workflow_s_line_is_no_ai_where_none_took_part(tmp_path):
    """Intercom says that no agent took part, and a bot said when someone would answer."""
    value = intercom(state=None, ai_agent_participated=False)
    parts = value["conversation_parts"]["conversation_parts"]
    for held in parts:
        if held["author"]["type"] == "bot":
            held["author"] = {**held["author"], "from_ai_agent": False, "is_ai_answer": False}
    found = one(tmp_path, value).conversation
    assert Role.AI_AGENT not in {t.role for t in found.turns}
    assert found.stream is Stream.HUMAN


def test_the_newest_first_is_put_in_order(tmp_path):
    for value, name in ((intercom(), "conversation_parts"), (zendesk(), "comments")):
        wanted = [t.text for t in one(tmp_path, value).conversation.turns]
        held = value[name][name] if name == "conversation_parts" else value[name]
        held.reverse()
        found = one(tmp_path, value).conversation
        assert [t.text for t in found.turns] == wanted
