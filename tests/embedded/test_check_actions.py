"""Claims of completion against the tool log."""

import pytest

from cxscore.grounding.actions import Effect, ToolRules, check_actions
from cxscore.transcript import Handoff, Role, ToolCall, Transcript, Turn
from cxscore.verdict import ActionVerdict, Severity

AI, CUSTOMER = Role.AI_AGENT, Role.CUSTOMER


def chat(*turns, tool_log=True, handoffs=()):
    return Transcript(id="t", turns=tuple(turns), tool_log=tool_log, handoffs=handoffs)


def says(text, *calls, role=AI):
    return Turn(role=role, text=text, tool_calls=calls)


def verdicts(transcript, tools=None):
    return [c.verdict for c in check_actions(transcript, tools or ToolRules())]


CLAIM = says("I have cancelled order W1234567.")


def test_a_claim_with_its_write_is_logged_and_names_the_line():
    call = ToolCall(name="cancel_order", arguments={"order_id": "W1234567"}, result="{}")
    (check,) = check_actions(chat(says("", call), CLAIM), ToolRules())
    assert check.verdict is ActionVerdict.LOGGED
    assert (check.log[0].turn, check.log[0].call) == (0, 0)
    assert check.severity is None


def test_a_claim_with_look_ups_only_is_missing_and_critical():
    (check,) = check_actions(chat(says("", ToolCall(name="get_order")), CLAIM), ToolRules())
    assert check.verdict is ActionVerdict.MISSING
    assert check.severity is Severity.CRITICAL
    assert CLAIM.text[check.quote.start : check.quote.end] == check.quote.text


def test_a_write_of_another_kind_does_not_explain():
    assert verdicts(chat(says("", ToolCall(name="send_certificate")), CLAIM)) == [
        ActionVerdict.MISSING
    ]


BAG = "One checked bag has been added to your reservation."


@pytest.mark.parametrize(
    ("name", "arguments", "told", "verdict"),
    [
        ("update_reservation_flights", {"cabin": "business"}, BAG, "missing"),
        ("update_reservation_baggages", {}, BAG, "logged"),
        ("book_reservation", {"total_baggages": 1}, BAG, "logged"),
        ("update_reservation", {"bags": 1}, BAG, "logged"),
        # Nothing says what was updated: it may have been the bag.
        ("update_reservation", {"reservation_id": "ABC123"}, BAG, "unknown"),
        ("modify_pending_order_items", {}, "I've updated the shipping address.", "missing"),
        ("modify_order", {"address1": "5 Elm St"}, "I've updated the shipping address.", "logged"),
        ("update_reservation_flights", {}, "I've updated your reservation.", "logged"),
        ("modify_order_items", {}, "The Luggage Set has been changed to red.", "logged"),
        (
            "update_reservation_flights",
            {},
            "The downgrade for all passengers has been completed.",
            "logged",
        ),
    ],
)
def test_a_write_on_another_thing_does_not_explain(name, arguments, told, verdict):
    turns = (says("", ToolCall(name=name, arguments=arguments, result="{}")), says(told))
    assert [v.value for v in verdicts(chat(*turns))] == [verdict]


def test_the_failed_write_on_the_named_thing_counts_not_the_good_one_on_another():
    good = ToolCall(name="update_reservation_flights", result="{}")
    failed = ToolCall(name="update_reservation_baggages", result="Error: no")
    assert verdicts(chat(says("", failed, good), says(BAG))) == [ActionVerdict.FAILED]


def test_a_refund_may_follow_from_a_cancellation():
    turns = (says("", ToolCall(name="cancel_order")), says("I have refunded you."))
    assert verdicts(chat(*turns)) == [ActionVerdict.LOGGED]


@pytest.mark.parametrize(
    "broken",
    [
        {"result": "Error: order not found"},
        {"ok": False},
        {"result": '{"error": "not allowed"}'},
        {"result": '{"success": false}'},
    ],
)
def test_a_call_with_an_error_is_failed(broken):
    assert verdicts(chat(says("", ToolCall(name="cancel_order", **broken)), CLAIM)) == [
        ActionVerdict.FAILED
    ]


def test_a_failure_made_good_is_logged():
    failed = ToolCall(name="cancel_order", result="Error: try again")
    done = ToolCall(name="cancel_order", result="{}")
    assert verdicts(chat(says("", failed, done), CLAIM)) == [ActionVerdict.LOGGED]


def test_a_call_of_unknown_effect_protects_the_agent():
    assert verdicts(chat(says("", ToolCall(name="frobnicate")), CLAIM)) == [ActionVerdict.UNKNOWN]


def test_the_customers_own_calls_explain_nothing():
    own = ToolCall(name="cancel_order", requester=CUSTOMER)
    assert verdicts(chat(says("ok", own, role=CUSTOMER), CLAIM)) == [ActionVerdict.MISSING]


def test_what_the_customer_did_on_a_device_is_not_the_agents_claim():
    own = ToolCall(name="reset_apn_settings", requester=CUSTOMER)
    told = says("Great, your settings have been reset.")
    assert verdicts(chat(says("done", own, role=CUSTOMER), told)) == []


def test_no_log_and_an_empty_log_are_two_things():
    assert verdicts(chat(CLAIM, tool_log=None)) == [ActionVerdict.NO_LOG]
    assert verdicts(chat(CLAIM, tool_log=False)) == [ActionVerdict.NO_LOG]
    assert verdicts(chat(CLAIM, tool_log=True)) == [ActionVerdict.MISSING]


def test_a_call_shortly_after_counts_and_a_late_one_does_not():
    late = says("", ToolCall(name="cancel_order"))
    asks = says("Are you sure?", role=CUSTOMER)
    assert verdicts(chat(CLAIM, asks, late)) == [ActionVerdict.LOGGED]
    assert verdicts(chat(CLAIM, asks, says("Yes."), asks, says("Hm."), late)) == [
        ActionVerdict.MISSING
    ]


def test_a_write_on_another_record_does_not_explain_a_named_one():
    read = ToolCall(name="get_order", arguments={"order_id": "W1234567"}, result="{}")
    other = ToolCall(name="cancel_order", arguments={"order_id": "W7654321"}, result="{}")
    assert verdicts(chat(says("", read, other), CLAIM)) == [ActionVerdict.MISSING]


def test_a_handover_explains_a_transfer():
    claim = says("I've transferred you to a colleague.")
    move = Handoff(before_turn=1, to=Role.HUMAN_AGENT)
    assert verdicts(chat(claim, handoffs=(move,))) == [ActionVerdict.LOGGED]
    assert verdicts(chat(claim)) == [ActionVerdict.MISSING]


def test_a_state_read_from_a_record_is_a_report():
    read = ToolCall(name="get_order", result='{"status": "cancelled"}')
    told = says("Your order has been cancelled.")
    assert verdicts(chat(says("", read), told)) == []


def test_the_customers_words_are_never_a_claim():
    assert verdicts(chat(says("I have cancelled my order.", role=CUSTOMER))) == []


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("cancelOrder", Effect.WRITE),
        ("orders.refund", Effect.WRITE),
        ("get_cancelled_orders", Effect.READ),
        ("calculate", Effect.READ),
        ("frobnicate", Effect.UNKNOWN),
    ],
)
def test_effects_by_name(name, effect):
    assert ToolRules().effect(name) is effect


def test_a_full_name_goes_before_a_pattern():
    rules = ToolRules(write=("send_*",), read=("send_otp",))
    assert rules.effect("send_otp") is Effect.READ
    assert rules.effect("send_mail") is Effect.WRITE


def test_rules_that_differ_have_different_digests():
    assert ToolRules().digest != ToolRules(write=("x",)).digest
