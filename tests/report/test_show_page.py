"""One conversation in the terminal."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cxscore.report.conversation import blind_json, show, show_blind, to_json
from cxscore.report.marks import Mark, pieces
from cxscore.transcript import Role, SealedEvent, Turn, Visibility


def test_verdict_with_evidence_log_and_weights(make, rubric):
    text = show(make.false_action(), rubric)
    assert "⟦I have refunded order 7⟧" in text
    assert "missing from the log" in text
    assert "capped by a proved critical error" in text
    assert "Weights: Resolution 1.00" in text
    assert "fixed rules, no language model" in text


def test_sealed_facts_stand_last_and_are_called_unseen(make, rubric):
    text = show(make.false_action(), rubric)
    sealed = text.index("Sealed: not seen by the judge")
    assert text.index("Verdict") < sealed
    assert "confirmed_resolution" not in text[:sealed]
    assert "csat" not in text[:sealed]


def test_blind_shows_nothing_sealed_and_no_verdict(make):
    case = make.false_action()
    case = replace(
        case,
        record=replace(
            case.record,
            conversation=replace(
                case.record.conversation,
                turns=(
                    *case.record.conversation.turns,
                    Turn(role=Role.SYSTEM, text="SENTINEL-system"),
                    Turn(
                        role=Role.HUMAN_AGENT,
                        text="SENTINEL-note",
                        visibility=Visibility.INTERNAL,
                    ),
                ),
                tags=("SENTINEL-tag",),
                topic="SENTINEL-topic",
            ),
            sealed=replace(
                case.record.sealed,
                events=(SealedEvent(kind="survey", text="SENTINEL-event"),),
            ),
        ),
    )
    for text in (show_blind(case), json.dumps(blind_json(case))):
        for word in ("SENTINEL", "confirmed_resolution", "csat", "missing"):
            assert word not in text
        assert "I have refunded order 7" in text
    assert "cust-f" not in show_blind(case)


def test_excluded_failed_and_waiting_say_so(make, rubric):
    assert "excluded as spam" in show(make.spam(), rubric)
    case = replace(make.plain("a"), verdict=None)
    assert "not judged yet" in show(case, rubric)
    assert "failed: it broke" in show(replace(case, error="it broke"), rubric)


def test_without_a_rubric_criteria_go_by_their_ids(make):
    assert "sentiment end" in show(make.false_action(), None)


def test_terminals_are_not_given_control_characters(make, rubric):
    turns = (Turn(role=Role.CUSTOMER, text="a\x1b]0;owned\x07 \u202eb\x9b31m"),)
    case = make.plain("a")
    conversation = replace(case.record.conversation, turns=turns, channel="\x1b[2J")
    case = replace(case, verdict=None, record=replace(case.record, conversation=conversation))
    text = show(case, rubric)
    assert not set("\x1b\x07\x9b\u202e") & set(text)


def test_colour_marks_quotes_and_only_when_asked(make, rubric):
    assert "\x1b[" not in show(make.false_action(), rubric)
    assert "\x1b[7mI have refunded order 7\x1b[0m" in show(make.false_action(), rubric, colour=True)


def test_signs_typed_by_a_customer_mark_nothing(make, rubric):
    case = make.plain("a")
    turns = (Turn(role=Role.CUSTOMER, text="look ⟦here⟧"),)
    conversation = replace(case.record.conversation, turns=turns)
    case = replace(case, verdict=None, record=replace(case.record, conversation=conversation))
    assert "look [here]" in show(case, rubric)


def test_json_says_what_the_judge_did_not_see(make):
    told = json.loads(json.dumps(to_json(make.false_action())))
    assert told["sealed"]["seen_by_judge"] is False
    assert told["sealed"]["vendor_claim"]["value"] == "confirmed_resolution"
    assert told["states"]["tone"] == "abstained"
    assert told["verdict"]["outcomes"]["journey"]["resolution"]["level"] == 1


TEXTS = st.text(max_size=40)
SPANS = st.lists(st.tuples(st.integers(-2, 45), st.integers(-2, 45)), max_size=6)


@given(TEXTS, SPANS)
def test_cutting_into_pieces_loses_no_letter(text, spans):
    cut = pieces(text, [Mark(start=a, end=b, label="x") for a, b in spans])
    assert "".join(p.text for p in cut) == text
    for start, end in spans:
        if 0 <= start < end <= len(text):
            marked = "".join(p.text if p.labels else "\0" * len(p.text) for p in cut)
            assert marked[start:end] == text[start:end]
