"""One ask, one repair, one second look: what each reply makes of a verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from one_pass_replies import (
    HYBRID,
    PROMISES,
    REFUND,
    RETURNS,
    STARTED,
    answered,
    ask_of,
    claim,
    grade,
    grades,
    judge,
    log_id,
    quote,
    reply,
    run,
    shop,
)

from cxscore.estimates import Unavailable
from cxscore.judges.one_pass import Window
from cxscore.judging import Answered, Filtered, NoReply, Refused, TooLong, Truncated
from cxscore.transcript import Kind, Leg, Role, Turn
from cxscore.verdict import (
    Abstained,
    Act,
    ActionVerdict,
    ClaimVerdict,
    Failed,
    Graded,
    Proof,
    Severity,
)

RETURNS_CLAIM = "returns are free for 90 days"


def contradicted(ask, **more):
    return claim(
        ask, RETURNS_CLAIM, "contradicted", source="P1", error="contradicted_by_kb", **more
    )


def looked_again(verdict, source, *, number=1, level="1", at_stake="money", error="none"):
    return {
        "statements": [
            {
                "number": number,
                "reason": "30 days, not 90",
                "source": source,
                "at_stake": at_stake,
                "error": error,
                "verdict": verdict,
            }
        ],
        "grounding": {"reason": "looked at again", "level": level},
    }


def test_a_sound_reply_takes_one_ask_and_grades_every_criterion():
    one_pass = judge(library=shop())
    verdict, model = run(one_pass, REFUND, reply)
    assert model.purposes == ["grade"]
    assert {o.state for o in verdict.journey.values()} == {"graded"}
    assert verdict.judge == one_pass.fingerprint
    assert verdict.answered_by == ("test:model-2026",)
    assert verdict.knowledge is not None


def test_levels_below_the_top_stand_on_located_words_and_log_lines():
    def first(ask):
        words = quote(ask, "I have refunded 62 euros")
        return reply(
            ask,
            grades=grades(ask, resolution=grade("1", "never refunded", words)),
            changes=[{"log": log_id(ask, "get_order"), "request": 1, "finding": "a look-up only"}],
            outcome={"finding": "no refund", "probability": 3},
        )

    verdict, _ = run(judge(library=shop()), REFUND, first)
    graded = verdict.journey["resolution"]
    assert isinstance(graded, Graded)
    assert graded.level == 1
    (words,) = graded.evidence
    assert REFUND.turns[words.turn].text[words.start : words.end] == "I have refunded 62 euros"
    assert [(line.turn, line.call) for line in graded.log] == [(1, 0)]
    assert graded.certainty == pytest.approx(0.97)


def test_a_quote_that_is_nowhere_is_asked_for_once_more():
    def invented(ask):
        words = {"turn": "t000", "quote": "I shall never pay you back"}
        return reply(ask, grades=grades(ask, tone=grade("2", "cold", words)))

    def repaired(ask):
        assert "grades.tone" in ask.user
        assert "I shall never pay you back" in ask.user
        return reply(
            ask, grades=grades(ask, tone=grade("4", "flat", quote(ask, "I have refunded")))
        )

    verdict, model = run(judge(), REFUND, invented, repaired)
    assert model.purposes == ["grade", "repair"]
    assert model.asks[0].system == model.asks[1].system
    assert verdict.journey["tone"].level == 4


def test_after_one_repair_what_still_breaks_has_failed_and_the_rest_stands():
    def invented(ask):
        words = {"turn": "t000", "quote": "I shall never pay you back"}
        return reply(ask, grades=grades(ask, tone=grade("2", "cold", words)))

    verdict, model = run(judge(), REFUND, invented, invented)
    assert model.purposes == ["grade", "repair"]
    failed = verdict.journey.pop("tone")
    assert isinstance(failed, Failed)
    assert failed.code == "evidence"
    assert "I shall never pay you back" in failed.error
    assert all(isinstance(o, Graded) for o in verdict.journey.values())


def test_what_a_repair_breaks_stays_as_it_was_right_before():
    def first(ask):
        nowhere = {"turn": "t000", "quote": "words of nobody"}
        found = quote(ask, "Refunds take 3 working days")
        return reply(
            ask,
            grades=grades(ask, tone=grade("2", "cold", nowhere), clarity=grade("4", "ok", found)),
        )

    def second(ask):
        return reply(ask, grades=grades(ask, clarity=grade("99")))

    verdict, _ = run(judge(), REFUND, first, second)
    assert verdict.journey["clarity"].level == 4
    assert verdict.journey["tone"].level == 5


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Refused(text="I cannot help with that", model="m"), "refused"),
        (Truncated(text="{", model="m"), "truncated"),
        (Filtered(text="filtered", model="m"), "filtered"),
        (NoReply(text="503 for a minute"), "provider"),
    ],
)
def test_no_answer_is_an_outcome_and_not_a_repair(said, code):
    verdict, model = run(judge(library=shop()), REFUND, said)
    assert model.purposes == ["grade"]
    assert {o.code for o in verdict.journey.values()} == {code}
    assert isinstance(verdict.composite, Unavailable)


def test_two_replies_that_are_no_json_fail_as_a_whole_with_the_reason():
    verdict, model = run(judge(), REFUND, "I would say: so-so {", "still so-so")
    assert model.purposes == ["grade", "repair"]
    assert {o.code for o in verdict.journey.values()} == {"reply"}
    assert "not JSON" in verdict.journey["tone"].error


def test_a_first_reply_without_json_is_saved_by_its_repair():
    verdict, _ = run(judge(), REFUND, "not yet", reply)
    assert {o.state for o in verdict.journey.values()} == {"graded"}


def test_only_claims_that_would_count_are_looked_at_again_with_passages_of_their_own():
    def first(ask):
        return reply(
            ask,
            claims=[
                claim(ask, "Refunds take 3 working days", "supported_by_article", source="P1"),
                contradicted(ask),
            ],
            grades=grades(ask, grounding=grade("1", "90 is wrong", quote(ask, RETURNS_CLAIM))),
        )

    def second(ask):
        assert "Returns are free of charge within 30 days." in ask.user
        assert "Refunds take 3 working days" not in ask.user.split("It stood in")[0]
        return looked_again("contradicted", "P1.1", error="contradicted_by_kb")

    verdict, model = run(judge(library=shop()), REFUND, first, second)
    assert model.purposes == ["grade", "verify_claims"]
    fine, wrong = verdict.claims
    assert (fine.verdict, fine.error) == (ClaimVerdict.SUPPORTED_BY_ARTICLE, None)
    assert wrong.verdict is ClaimVerdict.CONTRADICTED
    assert (wrong.error, wrong.severity) == ("contradicted_by_kb", Severity.CRITICAL)
    assert wrong.proof is Proof.VERIFIED
    assert wrong.passage is not None
    assert wrong.passage.article_id == "returns"
    assert verdict.composite.capped_by == "contradicted_by_kb"


def test_a_contradiction_where_little_is_at_stake_is_not_critical():
    def second(ask):
        return looked_again(
            "contradicted", "P1.1", at_stake="other", level="2", error="contradicted_by_kb"
        )

    verdict, _ = run(
        judge(library=shop()), REFUND, lambda a: reply(a, claims=[contradicted(a)]), second
    )
    assert verdict.claims[0].severity is Severity.MAJOR


def test_a_cleared_claim_no_longer_counts_and_grounding_is_graded_again():
    def first(ask):
        return reply(
            ask,
            claims=[contradicted(ask)],
            grades=grades(ask, grounding=grade("1", "90", quote(ask, RETURNS_CLAIM))),
        )

    verdict, _ = run(
        judge(library=shop()),
        REFUND,
        first,
        lambda _: looked_again("supported_by_article", "P1.1", level="5"),
    )
    (cleared,) = verdict.claims
    assert (cleared.error, cleared.severity) == (None, None)
    assert verdict.journey["grounding"].level == 5


def test_a_low_grade_whose_claims_were_cleared_is_not_kept_without_evidence():
    def first(ask):
        return reply(
            ask,
            claims=[contradicted(ask)],
            grades=grades(ask, grounding=grade("1", "90", quote(ask, RETURNS_CLAIM))),
        )

    verdict, _ = run(
        judge(library=shop()),
        REFUND,
        first,
        lambda _: looked_again("supported_by_article", "P1.1", level="3"),
    )
    assert isinstance(verdict.journey["grounding"], Abstained)


@pytest.mark.parametrize(
    "second",
    [
        NoReply(text="down"),
        "no JSON",
        lambda _: looked_again("contradicted", "P1.1", number=7),
        lambda _: looked_again("contradicted", "none"),
        lambda _: looked_again("contradicted", "P9.9"),
    ],
)
def test_without_a_second_look_that_names_its_source_a_claim_stays_suspected(second):
    verdict, _ = run(
        judge(library=shop()), REFUND, lambda a: reply(a, claims=[contradicted(a)]), second
    )
    (suspected,) = verdict.claims
    assert suspected.proof is Proof.SUSPECTED
    assert suspected.error == "contradicted_by_kb"
    assert verdict.composite.capped_by is None


@pytest.mark.parametrize(
    ("about", "asks"),
    [("policy", 2), ("price", 2), ("promise", 2), ("other", 1)],
)
def test_what_no_article_covers_counts_only_about_policy_price_or_promise(about, asks):
    def first(ask):
        return reply(ask, claims=[claim(ask, RETURNS_CLAIM, "not_in_knowledge_base", about=about)])

    def second(ask):
        return looked_again("not_in_knowledge_base", "none", error="fabricated_policy")

    verdict, model = run(judge(library=shop(PROMISES)), REFUND, first, second)
    assert len(model.asks) == asks
    (check,) = verdict.claims
    assert check.verdict is ClaimVerdict.NOT_IN_KNOWLEDGE_BASE
    assert (check.error == "fabricated_policy") is (asks == 2)


def test_without_a_knowledge_base_nothing_is_missing_from_it():
    def first(ask):
        return reply(ask, claims=[claim(ask, RETURNS_CLAIM, "not_in_knowledge_base")])

    verdict, model = run(judge(), REFUND, first)
    assert model.purposes == ["grade"]
    assert verdict.claims[0].verdict is ClaimVerdict.UNVERIFIABLE


def test_against_a_newer_article_a_contradiction_is_marked_and_does_not_count():
    later = shop(as_of=STARTED + timedelta(days=90))
    verdict, model = run(judge(library=later), REFUND, lambda a: reply(a, claims=[contradicted(a)]))
    assert model.purposes == ["grade"]
    (marked,) = verdict.claims
    assert marked.verdict is ClaimVerdict.CONTRADICTED
    assert marked.passage.newer_than_conversation
    assert marked.error is None


def test_a_document_that_always_stands_whole_is_a_source_too():
    def first(ask):
        assert "[D1] Promises" in ask.system
        return reply(ask, claims=[claim(ask, RETURNS_CLAIM, "supported_by_article", source="[D1]")])

    verdict, _ = run(judge(library=shop()), REFUND, first)
    assert verdict.claims[0].passage.article_id == "promises"


def test_search_words_in_the_articles_language_find_what_the_claim_cannot():
    german = replace(
        REFUND,
        language="de",
        turns=(
            Turn(role=Role.CUSTOMER, text="Kann ich den Kessel zurückgeben?"),
            Turn(role=Role.AI_AGENT, text="Rückgaben sind 90 Tage lang kostenlos."),
        ),
    )
    words = "Rückgaben sind 90 Tage lang kostenlos."

    def first(ask):
        return reply(
            ask,
            claims=[
                claim(ask, words, "not_in_knowledge_base", search="returns free of charge days")
            ],
        )

    def second(ask):
        assert "Returns are free of charge within 30 days." in ask.user
        return looked_again("contradicted", "P1.1", error="contradicted_by_kb")

    verdict, model = run(judge(library=shop(RETURNS)), german, first, second)
    assert "Returns are free of charge" not in model.asks[0].user
    assert verdict.claims[0].proof is Proof.VERIFIED


def test_claims_of_nobody_are_left_out_and_told():
    def first(ask):
        customers = claim(ask, "the kettle leaks", "supported_by_conversation")
        return reply(ask, claims=[customers, contradicted(ask) | {"verdict": "unverifiable"}])

    verdict, _ = run(judge(library=shop()), REFUND, first)
    assert len(verdict.claims) == 1
    assert any("1 claims left out" in note for note in verdict.seen)


def claimed(ask, in_log, log):
    action = {"action": "refund", "log": log, "in_log": in_log}
    return [quote(ask, "I have refunded 62 euros") | action]


@pytest.mark.parametrize(
    ("in_log", "named", "delivered", "expected", "level"),
    [
        ("no", False, True, ActionVerdict.MISSING, "yes"),
        ("no", False, False, ActionVerdict.NO_LOG, None),
        ("no", False, None, ActionVerdict.NO_LOG, None),
        ("yes", True, True, ActionVerdict.LOGGED, "no"),
        ("failed", True, True, ActionVerdict.FAILED, "yes"),
        ("yes", False, True, ActionVerdict.UNKNOWN, "abstained"),
    ],
)
def test_claimed_actions_are_held_against_the_delivered_log(
    in_log, named, delivered, expected, level
):
    def first(ask):
        log = log_id(ask, "get_order") if named else "none"
        return reply(ask, actions_claimed=claimed(ask, in_log, log))

    verdict, _ = run(judge(), replace(REFUND, tool_log=delivered), first)
    assert [a.verdict for a in verdict.actions] == [expected]
    outcome = verdict.journey["false_action"]
    assert (outcome.state if level == "abstained" else outcome.level) == level


def test_an_accusation_of_a_false_action_needs_the_agents_words():
    def first(ask):
        customers = {"action": "refund", "log": "none", "in_log": "no"}
        return reply(ask, actions_claimed=[quote(ask, "the kettle leaks") | customers])

    verdict, model = run(judge(), REFUND, first, first)
    assert model.purposes == ["grade", "repair"]
    assert verdict.actions == ()


def test_facts_carry_their_words_and_unknown_stays_unknown():
    def first(ask):
        asked = quote(ask, "I want a person, my parcel 88 is lost.")
        facts = {
            "solved": [{"request": 1, "solved": "unclear"}],
            "asked_for_human": {"evidence": [quote(ask, "I want a person")], "value": "yes"},
            "confirmed": {"evidence": [], "value": "yes"},
            "last_message_negative": {"evidence": [], "value": "no"},
            "acts": [
                {"turn": quote(ask, "I can help with everything!")["turn"], "act": "question"},
                {"turn": "t000", "act": "answer"},
            ],
            "sentiment_path": [{"turn": asked["turn"], "mood": "negative"}],
        }
        return reply(
            ask, requests=[asked | {"kind": "action", "topic": "lost parcel"}], facts=facts
        )

    verdict, _ = run(judge(), HYBRID, first)
    facts = verdict.facts
    assert facts.asked_for_human.value
    assert facts.asked_for_human.evidence[0].turn == 0
    assert facts.human_joined.value
    assert facts.confirmed is None, "a yes without words is no fact"
    assert facts.last_message_negative.value is False
    assert facts.acts == {1: Act.QUESTION}
    assert facts.kind is Kind.ACTION
    (issue,) = facts.issues
    assert (issue.topic, issue.resolved, issue.request.turn) == ("lost parcel", None, 0)
    assert facts.sentiment_path == ((0, -0.5),)


def leg(name, criterion, given):
    return {"leg": name, "criterion": criterion, "grade": given}


def test_each_leg_of_a_hybrid_has_its_own_grades():
    def first(ask):
        ai_words = quote(ask, "I can help with everything!")
        return reply(
            ask,
            grades=grades(ask, tone=grade("3", "stock", ai_words)),
            legs=[
                leg("ai", "resolution", grade("na", "handed over")),
                leg("human", "tone", grade("5", "warm")),
            ],
        )

    verdict, _ = run(judge(), HYBRID, first)
    ai, human = verdict.outcomes[Leg.AI], verdict.outcomes[Leg.HUMAN]
    assert list(ai) == list(human) == list(verdict.journey)
    assert (ai["resolution"].level, human["resolution"].level) == (None, 5)
    assert (ai["tone"].level, human["tone"].level) == (3, 5)


def test_a_leg_does_not_inherit_what_rests_on_the_other_legs_words():
    def first(ask):
        ai_words = quote(ask, "I can help with everything!")
        return reply(ask, grades=grades(ask, tone=grade("3", "stock", ai_words)))

    verdict, _ = run(judge(), HYBRID, first)
    assert verdict.outcomes[Leg.AI]["tone"].level == 3
    assert verdict.outcomes[Leg.HUMAN]["tone"].code == "leg_not_graded"


def test_a_leg_graded_twice_or_off_the_scale_has_failed_after_the_repair():
    def first(ask):
        twice = leg("ai", "tone", grade("5"))
        return reply(ask, legs=[twice, twice, leg("human", "clarity", grade("99"))])

    verdict, model = run(judge(), HYBRID, first, first)
    assert model.purposes == ["grade", "repair"]
    assert verdict.outcomes[Leg.AI]["tone"].state == "failed"
    assert verdict.outcomes[Leg.HUMAN]["clarity"].state == "failed"
    assert verdict.journey["tone"].level == 5


def test_legs_of_a_conversation_with_one_leg_are_not_read():
    verdict, _ = run(judge(), REFUND, lambda a: reply(a, legs=[leg("human", "tone", grade("5"))]))
    assert set(verdict.outcomes) == {Leg.JOURNEY}


def test_a_criterion_is_not_asked_of_a_stream_it_does_not_apply_to():
    human = replace(
        REFUND,
        turns=tuple(
            replace(t, role=Role.HUMAN_AGENT) if t.role is Role.AI_AGENT else t
            for t in REFUND.turns
        ),
    )
    verdict, _ = run(
        judge(), human, lambda a: reply(a, grades=grades(a, escalation=grade("1"))), reply
    )
    assert verdict.journey["escalation"].level is None


LONG = replace(
    REFUND,
    turns=(
        REFUND.turns[0],
        *(Turn(role=Role.CUSTOMER, text=f"Hm, {n}. " + "la " * 300) for n in range(40)),
        *REFUND.turns[1:],
    ),
)


def test_what_exceeds_the_window_is_left_out_visibly_and_marked():
    one_pass = judge(window=Window(characters=6000))
    verdict, model = run(one_pass, LONG, reply)
    assert "turns omitted]" in model.asks[0].user
    assert "please refund order 7731" in model.asks[0].user
    assert "get_order" in model.asks[0].user
    assert verdict.journey["tone"].windowed
    assert any(note.startswith("windowed: ") for note in verdict.seen)


def test_words_that_were_not_shown_are_no_evidence():
    def first(ask):
        hidden = {"turn": "t000", "quote": "Hm, 3. la la"}
        return reply(ask, grades=grades(ask, tone=grade("2", "bored", hidden)))

    verdict, _ = run(judge(window=Window(characters=6000)), LONG, first, first)
    assert verdict.journey["tone"].state == "failed"


def test_too_long_is_asked_once_more_with_turns_left_out():
    too_long = TooLong(text="maximum context length", model="m")
    verdict, model = run(judge(), LONG, too_long, reply)
    assert model.purposes == ["grade", "grade"]
    assert len(model.asks[1].user) < len(model.asks[0].user)
    assert verdict.journey["tone"].windowed
    twice, _ = run(judge(), LONG, too_long, too_long)
    assert {o.code for o in twice.journey.values()} == {"too_long"}


def test_the_same_replies_give_the_same_verdict_and_the_same_asks():
    one_pass = judge(library=shop())
    first = ask_of(one_pass, REFUND)
    said = answered(reply(first))
    assert isinstance(said, Answered)
    assert run(one_pass, REFUND, said)[0] == run(judge(library=shop()), REFUND, said)[0]
    assert ask_of(judge(library=shop()), REFUND) == first


def test_the_fingerprint_names_what_shapes_a_verdict():
    base = judge(library=shop()).fingerprint
    assert base == judge(library=shop()).fingerprint
    assert base != judge().fingerprint
    assert base != judge(library=shop(), window=Window(characters=9)).fingerprint
    assert "test:model" in base
