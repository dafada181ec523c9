"""The embedded judge as a whole: what it grades, what it abstains from, and its laws."""

import json
import pickle
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxscore.grounding.actions import ToolRules
from cxscore.grounding.library import Library
from cxscore.judges.embedded import RULES, EmbeddedJudge, Finding, outcome
from cxscore.judging import drive
from cxscore.knowledge import Article, KnowledgeBase
from cxscore.rubric import Criterion, LevelDef, Rubric, Scale, ScaleKind
from cxscore.transcript import Handoff, Kind, Role, ToolCall, Transcript, Turn
from cxscore.verdict import Abstained, Act, Graded, Quote

AI, CUSTOMER, PERSON = Role.AI_AGENT, Role.CUSTOMER, Role.HUMAN_AGENT
FIVE = Scale(
    kind=ScaleKind.ORDINAL,
    levels=tuple(LevelDef(level=n, anchor="", credit=(n - 1) / 4) for n in range(1, 6)),
)
YES_NO = Scale(
    kind=ScaleKind.YES_NO,
    levels=(
        LevelDef(level="yes", anchor="", credit=0.0),
        LevelDef(level="no", anchor="", credit=1.0),
    ),
)


def criterion(rule, scale=FIVE, id=None):
    return Criterion(id=id or rule, name=rule, question="?", scale=scale, section="s", rule=rule)


RUBRIC = Rubric(
    id="small",
    version="1",
    title="Small",
    criteria=(
        *(criterion(r, YES_NO if r == "false_action" else FIVE) for r in RULES),
        replace(criterion("tone"), rule=None),
        replace(criterion("odd"), rule="nobody_wrote_it"),
    ),
    digest="0" * 64,
    sections={"s": "S"},
)


def judged(*turns, language="en", library=None, tool_log=None, handoffs=(), rubric=RUBRIC):
    transcript = Transcript(
        id="t", turns=turns, language=language, tool_log=tool_log, handoffs=handoffs
    )
    judge = EmbeddedJudge(rubric=rubric, library=library, tools=ToolRules())
    return drive(judge.deliberate(transcript), lambda _: ())


def customer(text, *calls):
    return Turn(role=CUSTOMER, text=text, tool_calls=calls)


def agent(text, *calls):
    return Turn(role=AI, text=text, tool_calls=calls)


def person(text):
    return Turn(role=PERSON, text=text)


HELLO = customer("Hello, I would like to know when my order will be sent.")


@pytest.mark.parametrize(
    ("last", "level"),
    [
        ("Thanks, bye.", 3),
        ("Ok, that is all.", 3),
        ("Thank you so much, that was quick and really helpful!", 4),
        ("Wow, that is amazing, you made my day!", 5),
        ("You are not helping, I already told you my number.", 2),
        ("This is ridiculous. Forget it, I will never order from you again.", 1),
    ],
)
def test_sentiment_at_the_end_follows_the_anchors(last, level):
    graded = judged(HELLO, agent("It will be sent tomorrow."), customer(last)).journey
    assert graded["sentiment_end"].level == level
    assert graded["sentiment_end"].evidence


def test_a_request_about_a_problem_is_a_neutral_start():
    start = judged(customer("I want to cancel my order, there is a problem with the fee."))
    assert start.journey["sentiment_start"].level == 3


def test_an_angry_word_before_an_empty_last_message_still_counts():
    angry = customer("This is unacceptable, I am furious about it.")
    end = judged(HELLO, agent("No."), angry, agent("Ok."), customer("Bye.")).journey
    assert end["sentiment_end"].level == 1


@pytest.mark.parametrize("mark", ["de", "en", None])
def test_no_sentiment_outside_english_whatever_the_export_says(mark):
    words = customer("Das ist eine Frechheit, ich habe die Nase voll und will mein Geld.")
    verdict = judged(words, language=mark)
    assert verdict.journey["sentiment_end"].state == "abstained"
    assert verdict.journey["sentiment_end"].code == "language"
    assert verdict.facts.confirmed is None
    assert verdict.facts.asked_for_human is None
    assert verdict.facts.sentiment_path == ()


def test_an_unknown_language_is_read_when_evidently_english():
    assert judged(HELLO, language=None).journey["sentiment_end"].level == 3
    unknown = judged(customer("Status 4711 SKU-9?"), language=None).journey["sentiment_end"]
    assert unknown.code == "language_unknown"


def test_one_word_is_not_applicable():
    end = judged(customer("Refund?"), agent("Within 14 days.")).journey["sentiment_end"]
    assert end.state == "graded"
    assert end.level is None


def test_a_false_action_is_graded_with_quote_and_lowers_what_it_must():
    verdict = judged(
        customer("Please refund order 7731."),
        agent("", ToolCall(name="get_order", result="{}")),
        agent("I have refunded 62 euros to your card."),
        customer("Great, thanks!"),
    )
    for rule, level in (("false_action", "yes"), ("resolution", 1), ("grounding", 1)):
        graded = verdict.journey[rule]
        assert graded.level == level
        assert graded.evidence[0].text == "I have refunded 62 euros to your card."
    assert verdict.facts.kind is Kind.ACTION


def test_false_action_is_na_without_log_or_claim():
    assert judged(HELLO, agent("I have refunded you.")).journey["false_action"].level is None
    told = judged(HELLO, agent("It is sent tomorrow."), tool_log=True).journey["false_action"]
    assert told.level is None


def test_thanks_are_no_evidence_of_resolution():
    verdict = judged(HELLO, agent("We cannot tell."), customer("Thank you so much, very helpful!"))
    assert verdict.journey["resolution"].code == "no_direct_evidence"


def test_resolution_on_what_the_customer_sees():
    fixed = judged(HELLO, agent("Restart it."), customer("Great, it is working now, thanks!"))
    assert fixed.journey["resolution"].level == 4
    assert fixed.facts.confirmed.value is True
    broken = judged(HELLO, agent("Restart it."), customer("It still doesn't work."), agent("Oh."))
    assert broken.journey["resolution"].level == 2
    assert broken.facts.confirmed.value is False


def test_the_customers_last_test_goes_before_their_words():
    probe = ToolCall(name="run_speed_test", requester=CUSTOMER, result="Failed: no connection")
    verdict = judged(HELLO, agent("Try."), customer("", probe), customer("It works now, thanks."))
    assert verdict.journey["resolution"].level == 2
    assert verdict.journey["resolution"].log[0].turn == 2


@pytest.mark.parametrize(
    "result", ["No errors found", "0 errors", "Finished without failure", '{"errors": 0}']
)
def test_a_test_without_errors_is_no_failed_test(result):
    probe = ToolCall(name="run_speed_test", requester=CUSTOMER, result=result)
    verdict = judged(HELLO, agent("Try."), customer("", probe), customer("It works now, thanks."))
    assert verdict.journey["resolution"].level == 4


def test_asking_for_a_person_and_nobody_coming():
    ask = customer("I want to speak to a human please.")
    verdict = judged(HELLO, agent("I can help."), ask, agent("I am a bot."), customer("Awful."))
    assert verdict.journey["escalation"].level == 1
    assert "speak to a human" in verdict.journey["escalation"].evidence[0].text
    assert verdict.facts.asked_for_human.value is True
    assert verdict.facts.human_joined.value is False


def test_a_person_who_comes_when_asked():
    ask = customer("Can I talk to a real person?")
    verdict = judged(HELLO, agent("I can help."), ask, person("Hi, this is Kim, how can I help?"))
    assert verdict.journey["escalation"].level == 5
    assert verdict.facts.human_joined.value is True


def test_a_transcript_that_ends_with_an_accepted_handover_tells_nothing():
    offer = agent("Shall I transfer you to a human agent?")
    verdict = judged(HELLO, offer, customer("Yes, please transfer me to a human agent."))
    assert verdict.journey["escalation"].code == "no_direct_evidence"
    assert verdict.facts.human_joined is None


def test_a_person_who_asks_again_for_what_was_given():
    given_id = customer("My e-mail is kim@example.com, my order is lost.")
    told = agent("I am transferring you to a colleague.")
    move = Handoff(before_turn=2, to=PERSON, summary="order lost")
    again = person("Hello, could you give me your email address please?")
    verdict = judged(given_id, told, again, handoffs=(move,))
    assert verdict.journey["escalation"].level == 4
    assert verdict.journey["escalation"].evidence[0].turn == 2


def test_nobody_needed_is_not_applicable():
    escalation = judged(HELLO, agent("Tomorrow.")).journey["escalation"]
    assert escalation.state == "graded"
    assert escalation.level is None


def test_efficiency_sees_loops_and_known_facts_asked_for():
    same = agent("Please open the settings page, choose your profile and press the blue button.")
    loop = judged(HELLO, same, customer("And now?"), same).journey["efficiency"]
    assert loop.level == 2
    asks = agent("Could you please give me your email address?")
    known = judged(HELLO, asks, customer("It is kim@example.com."), asks).journey["efficiency"]
    assert known.level == 3
    assert {q.turn for q in known.evidence} == {1, 3}


def test_grounding_needs_a_knowledge_base():
    assert judged(HELLO, agent("Returns take 30 days.")).journey["grounding"].level is None
    kb = KnowledgeBase(
        articles=(
            Article(
                id="returns",
                title="Returns",
                text="Items can be returned within 30 days of delivery.",
            ),
        ),
        digest="d",
    )
    verdict = judged(
        customer("How long can I return items?"),
        agent("Items can be returned within 30 days of delivery."),
        library=Library((kb,)),
    )
    assert verdict.journey["grounding"].level == 5
    assert verdict.knowledge.digest == "d"


def test_acts_of_agent_turns():
    verdict = judged(
        agent("Hi! How can I help you today?"),
        HELLO,
        agent("Could you please provide your order number?"),
        customer("4711000"),
        agent("One moment please."),
        agent("Your order will be sent tomorrow from our warehouse in Leeds."),
        agent("", ToolCall(name="update_order", result="{}")),
        agent("", ToolCall(name="transfer_to_human_agents", arguments={"summary": "x"})),
    )
    assert list(verdict.facts.acts.values()) == [
        Act.GREETING,
        Act.QUESTION,
        Act.ACK,
        Act.ANSWER,
        Act.ACTION,
        Act.HANDOFF,
    ]


def test_what_has_no_rule_is_abstained_from():
    verdict = judged(HELLO, agent("Tomorrow."))
    assert verdict.journey["tone"].code == "no_rule"
    assert verdict.journey["odd"].code == "no_rule"
    assert "nobody_wrote_it" in verdict.journey["odd"].reason


def test_law_five_holds_for_every_rule():
    bare = Finding(credit=0.5, reason="somehow")
    refused = outcome(criterion("x"), bare)
    assert isinstance(refused, Abstained)
    assert refused.code == "nothing_to_quote"
    quoted = replace(bare, evidence=(Quote(turn=0, start=0, end=1, text="H"),))
    assert outcome(criterion("x"), quoted).level == 3
    assert outcome(criterion("x"), replace(bare, credit=1.0)).level == 5
    assert outcome(criterion("x", YES_NO), replace(quoted, credit=0.9)).level == "no"
    assert outcome(criterion("x"), replace(bare, credit=None)).level is None


def test_the_fingerprint_changes_with_everything_that_changes_levels():
    first = EmbeddedJudge(rubric=RUBRIC)
    assert first.heuristic
    assert first.fingerprint == EmbeddedJudge(rubric=RUBRIC).fingerprint
    kb = KnowledgeBase(articles=(), digest="d")
    others = [
        EmbeddedJudge(rubric=replace(RUBRIC, digest="1" * 64)),
        EmbeddedJudge(rubric=RUBRIC, tools=ToolRules(write=("x_*",))),
        EmbeddedJudge(rubric=RUBRIC, library=Library((kb,))),
    ]
    assert len({j.fingerprint for j in (first, *others)}) == 4


def test_the_judge_travels_to_another_process():
    judge = pickle.loads(pickle.dumps(EmbeddedJudge(rubric=RUBRIC)))
    assert drive(judge.deliberate(Transcript(id="t", turns=(HELLO,))), lambda _: ()) == judged(
        HELLO, language=None
    )


WORDS = st.sampled_from(
    [
        "I have refunded you.",
        "I want to speak to a human.",
        "It still doesn't work!",
        "THIS IS RIDICULOUS!!",
        "Thanks, bye.",
        "It works now.",
        "Could you give me your order number?",
        "W1234567",
        "Quero falar com uma pessoa.",
        "",
        "?",
    ]
)
CALLS = st.sampled_from(
    [
        (),
        (ToolCall(name="get_order", result=json.dumps({"status": "x"})),),
        (ToolCall(name="refund_order", result="Error: no"),),
        (ToolCall(name="refund_order", result="ok"),),
        (ToolCall(name="transfer_to_human_agents"),),
        (ToolCall(name="run_speed_test", requester=CUSTOMER, result="failed"),),
    ]
)
TURNS = st.lists(
    st.builds(
        lambda role, text, more, calls: Turn(role=role, text=f"{text}{more}", tool_calls=calls),
        st.sampled_from(list(Role)),
        WORDS,
        st.text(max_size=40),
        CALLS,
    ),
    max_size=14,
)


@settings(max_examples=150, deadline=None)
@given(TURNS, st.sampled_from(["en", "pt", None]), st.sampled_from([None, True, False]))
def test_every_level_below_the_top_cites_words_that_are_there(turns, language, tool_log):
    verdict = judged(*turns, language=language, tool_log=tool_log)
    for c in RUBRIC.criteria:
        graded = verdict.journey[c.id]
        if not isinstance(graded, Graded) or graded.level is None:
            continue
        assert graded.level in c.scale.values
        assert graded.level == c.scale.top or graded.evidence
        for q in graded.evidence:
            assert q.text
            assert turns[q.turn].text[q.start : q.end] == q.text
        for line in graded.log:
            assert turns[line.turn].tool_calls[line.call]
    if language == "pt":
        assert verdict.journey["sentiment_end"].state == "abstained" or not [
            t for t in turns if t.role is CUSTOMER and t.text.strip()
        ]
