from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxscore.grounding.claims import SHOWN, check_claims
from cxscore.grounding.library import Library, Shelf
from cxscore.knowledge import Article, KnowledgeBase
from cxscore.transcript import Role, ToolCall, Transcript, Turn
from cxscore.verdict import ClaimCheck, ClaimVerdict, LogLine, Severity


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


ARTICLES = (
    Article(
        id="returns-old",
        title="Returns",
        text="You can return unused items within 30 days of delivery.",
        valid_until=day("2026-09-01"),
    ),
    Article(
        id="returns",
        title="Returns",
        text="You can return unused items within 45 days of delivery.\n\nKeep opened tea.",
        valid_from=day("2026-09-01"),
    ),
    Article(
        id="warranty",
        title="Warranty",
        text="The Whistle Mini kettle has a warranty of 2 years from delivery.",
        url="https://help.shop.example/warranty",
    ),
    Article(id="gifts", title="Gift cards", text="Gift cards are valid for 3 years."),
    Article(
        id="shipping",
        title="Shipping",
        text="Standard shipping costs €4.50 and is free for orders from €45.",
    ),
    Article(id="blue", title="Blue account", text="The monthly account fee is $5 for paper."),
    Article(id="green", title="Green account", text="The monthly account fee is $8 for paper."),
)


def shelf(*articles: Article, at: str = "2026-10-01") -> Shelf:
    kb = KnowledgeBase(articles=articles or ARTICLES, digest="d", as_of=day("2026-01-01"))
    found = Library([kb]).at(day(at))
    assert found is not None
    return found


def chat(*turns: Turn | tuple[str, str], log: bool | None = None) -> Transcript:
    roles = {"c": Role.CUSTOMER, "a": Role.AI_AGENT, "h": Role.HUMAN_AGENT}
    made = [t if isinstance(t, Turn) else Turn(role=roles[t[0]], text=t[1]) for t in turns]
    return Transcript(id="t", turns=tuple(made), started_at=day("2026-10-01"), tool_log=log)


def only(transcript: Transcript, on: Shelf | None) -> ClaimCheck:
    (check,) = check_claims(transcript, on)
    return check


def test_an_article_supports_what_it_says() -> None:
    check = only(
        chat(("a", "Hi! You can return unused items within 45 days of delivery.")), shelf()
    )
    assert check.verdict is ClaimVerdict.SUPPORTED_BY_ARTICLE
    assert check.passage is not None
    assert check.passage.article_id == "returns"
    assert check.quote.text == "You can return unused items within 45 days of delivery."
    assert check.error is None
    assert check.support is not None
    assert check.support > 0.9


@pytest.mark.parametrize(
    ("said", "article", "reason"),
    [
        (
            "The Whistle Mini has a warranty of 3 years from delivery.",
            "warranty",
            "the agent says 3 years, the article 2 years",
        ),
        (
            "Shipping is free for orders from €35, so your basket ships for free!",
            "shipping",
            "the agent says €35, the article €45",
        ),
    ],
)
def test_another_amount_on_the_same_subject_is_contradicted(
    said: str, article: str, reason: str
) -> None:
    check = only(chat(("a", said)), shelf())
    assert check.verdict is ClaimVerdict.CONTRADICTED
    assert (check.error, check.severity, check.reason) == ("wrong_number", Severity.MAJOR, reason)
    assert check.passage is not None
    assert check.passage.article_id == article
    assert not check.corrected


@pytest.mark.parametrize(
    "said",
    [
        # Sibling products differ: which one is meant cannot be told.
        "The monthly account fee is $7 for paper.",
        # The product is not the article's.
        "The new Whistle Grande kettle has a warranty of 3 years from delivery.",
        # What happened, not what the rule is.
        "The delivery of unused items was 50 days ago.",
        # Another subject altogether.
        "The museum opens within 45 minutes of sunrise.",
        # Reckoned from the article's own amount.
        "Shipping is free for orders from €45, so two of them for €90 are free too.",
    ],
)
def test_doubtful_amounts_are_not_called_contradicted(said: str) -> None:
    checks = check_claims(chat(("a", said)), shelf())
    assert all(c.verdict is not ClaimVerdict.CONTRADICTED for c in checks)


def test_an_amount_the_case_itself_showed_is_no_contradiction() -> None:
    said = ("a", "The Whistle Mini has a warranty of 3 years from delivery.")
    asked = ("c", "My invoice: the Whistle Mini has a warranty of 3 years from delivery.")
    assert only(chat(asked, said), shelf()).verdict is ClaimVerdict.SUPPORTED_BY_CONVERSATION


def test_what_an_older_article_said_is_stale_not_wrong() -> None:
    check = only(chat(("a", "You can return unused items within 30 days of delivery.")), shelf())
    assert check.verdict is ClaimVerdict.CONTRADICTED
    assert check.error == "stale_source"
    august = Transcript(
        id="t",
        turns=(
            Turn(
                role=Role.AI_AGENT, text="You can return unused items within 30 days of delivery."
            ),
        ),
        started_at=day("2026-08-01"),
    )
    assert only(august, shelf(at="2026-08-01")).verdict is ClaimVerdict.SUPPORTED_BY_ARTICLE


def test_a_later_turn_with_the_articles_amount_corrects() -> None:
    wrong = ("a", "The Whistle Mini has a warranty of 3 years from delivery.")
    right = ("a", "Correction: the warranty of the Whistle Mini is 2 years from delivery.")
    first, second = check_claims(chat(wrong, ("c", "Really?"), right), shelf())
    assert first.corrected
    assert second.verdict is ClaimVerdict.SUPPORTED_BY_ARTICLE
    other = ("a", "The courier needs 2 weeks for parcels to Norway.")
    assert not check_claims(chat(wrong, other), shelf())[0].corrected


def test_tool_results_and_the_customers_words_support_personal_claims() -> None:
    call = ToolCall(
        name="get_order", result='{"order": "W12", "total": 51.5, "date": "2026-10-05"}'
    )
    look = Turn(role=Role.AI_AGENT, text="", tool_calls=(call,))
    said = ("a", "Your order W12 over $51.50 has the date October 5.")
    check = only(chat(look, said, log=True), shelf())
    assert check.verdict is ClaimVerdict.SUPPORTED_BY_CONVERSATION
    assert check.log == (LogLine(turn=0, call=0),)
    parroted = only(chat(("c", "My order W12 over $51.50 has the date October 5"), said), shelf())
    assert parroted.verdict is ClaimVerdict.SUPPORTED_BY_CONVERSATION
    assert parroted.log == ()
    assert only(chat(said, ("c", "order W12 $51.50 October 5")), shelf()).verdict is (
        ClaimVerdict.UNVERIFIABLE
    )
    wrong = ("a", "Your order W12 over $53.50 has the date October 5.")
    assert only(chat(look, wrong, log=True), shelf()).verdict is ClaimVerdict.UNVERIFIABLE


def test_a_rule_nobody_wrote_is_suspected_and_other_extras_are_not() -> None:
    rule = only(chat(("a", "All our cups come with a lifetime breakage guarantee.")), shelf())
    assert (rule.verdict, rule.error, rule.severity) == (
        ClaimVerdict.NOT_IN_KNOWLEDGE_BASE,
        "fabricated_policy",
        Severity.CRITICAL,
    )
    extra = only(chat(("a", "Limescale often slows heating down.")), shelf())
    assert (extra.error, extra.severity) == ("unsupported_harmless", Severity.INFO)


def test_an_invented_hotline_is_found_and_a_known_link_is_not() -> None:
    check = only(chat(("a", "She can call our hotline on 0800 000 0000 every day.")), shelf())
    assert check.error == "invented_link_or_contact"
    known = check_claims(
        chat(("a", "Read https://help.shop.example/warranty about the kettle warranty.")), shelf()
    )
    assert all(c.error != "invented_link_or_contact" for c in known)
    own = chat(
        ("c", "I am at ann@mail.example"), ("a", "The label went to ann@mail.example yesterday.")
    )
    assert all(c.error != "invented_link_or_contact" for c in check_claims(own, shelf()))


def test_without_a_knowledge_base_general_claims_are_unverifiable() -> None:
    check = only(chat(("h", "Refunds take 5 business days everywhere.")), None)
    assert check.verdict is ClaimVerdict.UNVERIFIABLE
    assert check.support is None


def test_customers_system_turns_and_talk_make_no_claims() -> None:
    silent = chat(("c", "Refunds take 5 days."), ("a", "Thanks! How can I help you today?"))
    assert check_claims(silent, shelf()) == ()


def test_a_newer_snapshot_flags_its_passages() -> None:
    kb = KnowledgeBase(articles=ARTICLES, digest="d", as_of=day("2027-01-01"))
    late = Library([kb]).at(day("2026-10-01"))
    check = only(chat(("a", "You can return unused items within 45 days of delivery.")), late)
    assert check.passage is not None
    assert check.passage.newer_than_conversation


def test_a_shown_passage_is_short_and_holds_the_sentence_in_question() -> None:
    filler = "\n".join(f"Line {n} speaks of cups and saucers only." for n in range(19))
    long = Article(id="w", title="W", text=f"{filler}\nThe Mini kettle has a warranty of 2 years.")
    check = only(chat(("a", "The Mini kettle has a warranty of 3 years.")), shelf(long))
    assert check.passage is not None
    assert len(check.passage.text) <= SHOWN
    assert "a warranty of 2 years." in check.passage.text


TEXTS = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(
            [
                "the",
                "fee",
                "is",
                "$5",
                "$7",
                "for",
                "paper",
                "account",
                "45",
                "days",
                "return",
                "items",
                "within",
                "order",
            ]
        ),
        max_size=12,
    ).map(" ".join),
)


@given(st.lists(st.tuples(st.sampled_from("ca"), TEXTS), max_size=4))
def test_every_check_quotes_its_turn_and_repeats_itself(turns: list[tuple[str, str]]) -> None:
    transcript = chat(*turns)
    on = shelf()
    checks = check_claims(transcript, on)
    assert checks == check_claims(transcript, on)
    for check in checks:
        quote = check.quote
        assert transcript.turns[quote.turn].role is Role.AI_AGENT
        assert transcript.turns[quote.turn].text[quote.start : quote.end] == quote.text
        assert check.support is None or 0 <= check.support <= 1
        assert (check.error is None) == (check.severity is None)
        assert (check.verdict is ClaimVerdict.CONTRADICTED) == (
            check.error in ("wrong_number", "stale_source")
        )
