"""When the embedded judge grades grounding, and when it says that it cannot."""

from datetime import UTC, datetime

import pytest

from cxscore.grounding.actions import ToolRules
from cxscore.grounding.claims import check_claims
from cxscore.grounding.library import Library
from cxscore.judges.embedded import RULES
from cxscore.judges.embedded.finding import Finding
from cxscore.judges.embedded.reading import Reading
from cxscore.knowledge import Article, KnowledgeBase
from cxscore.kpi.findings import against_newer_article, contradictions
from cxscore.transcript import Conversation, Record, Role, Transcript, Turn
from cxscore.verdict import Abstained, ClaimVerdict, Judged, Verdict

RIGHT = "You can return items within 30 days of delivery."
WRONG = "You can return items within 45 days of delivery."
ASKS = "Hello, how long can I return items that I bought from you?"


def day(text):
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def base(text=RIGHT, as_of="2026-02-01", language=None):
    article = Article(id="r", title="Returns", text=text, language=language)
    return KnowledgeBase(articles=(article,), digest=text, as_of=day(as_of))


def grounded(said, *, at="2026-02-10", asks=ASKS, language="en", kb=None):
    library = Library([kb or base()])
    turns = (Turn(role=Role.CUSTOMER, text=asks), Turn(role=Role.AI_AGENT, text=said))
    transcript = Transcript(id="t", turns=turns, language=language, started_at=day(at))
    reading = Reading(transcript, shelf=library.at(transcript.started_at), tools=ToolRules())
    return RULES["grounding"](reading), reading


def test_an_article_of_the_day_decides():
    assert grounded(RIGHT)[0].credit == 1.0
    assert grounded(WRONG)[0].credit == 0.25


def test_a_newer_snapshot_alone_grades_nothing():
    found, reading = grounded(WRONG, at="2026-01-05")
    assert isinstance(found, Abstained)
    assert found.code == "newer_knowledge"
    assert reading.claims[0].passage.newer_than_conversation


def test_without_a_date_a_contradiction_neither_lowers_nor_proves():
    found, reading = grounded(WRONG, at=None)
    assert isinstance(found, Abstained)
    assert found.code == "newer_knowledge"
    (claim,) = reading.claims
    assert claim.verdict is ClaimVerdict.CONTRADICTED
    assert claim.passage.of_unknown_date
    verdict = Verdict(conversation_id="t", judge="j", rubric="r", outcomes={}, claims=(claim,))
    judged = Judged(record=Record(conversation=Conversation(id="t", turns=())), verdict=verdict)
    assert contradictions(judged) == ()
    assert against_newer_article(judged)


@pytest.mark.parametrize(
    ("asks", "said", "language"),
    [
        (
            "Hallo, wie lange kann ich das bitte zurückgeben?",
            "Sie können es 90 Tage und nicht",
            None,
        ),
        (
            "Hallo, wie lange kann ich das zurückgeben?",
            "Sie können es innerhalb von 90 Tagen",
            "en",
        ),
        ("注文した商品が届きません。", "返金しました。", "ja"),
    ],
)
def test_another_language_is_abstained_from(asks, said, language):
    found, reading = grounded(said, asks=asks, language=language)
    assert isinstance(found, Abstained)
    assert found.code == "language"
    assert reading.claims == ()


def test_articles_in_another_language_are_abstained_from():
    kb = base(
        "Sie können Artikel innerhalb von 30 Tagen nach der Lieferung zurückgeben, und das ist"
    )
    found, _ = grounded("The artikel of delivery is 30 lieferung for you.", kb=kb)
    assert isinstance(found, Abstained)
    assert found.code == "language"


@pytest.mark.parametrize(
    "said",
    [
        "You can get a full refund of $5000 within 400 days.",
        "Returns are never possible.",
        "You cannot return items at all.",
        "You can't return items within 30 days of delivery.",
        "You can return items within 4 weeks of delivery.",
        "You can return items within 30 days of delivery, and also within 90 days for members.",
    ],
)
def test_a_material_statement_no_article_supports_is_not_called_harmless(said):
    found, reading = grounded(said)
    assert isinstance(found, Finding)
    assert found.credit == 0.5
    (claim,) = reading.claims
    assert claim.verdict is ClaimVerdict.NOT_IN_KNOWLEDGE_BASE
    assert claim.error is None
    assert claim.severity is None
    assert "not judged" in claim.reason


def test_only_small_talk_of_facts_is_harmless():
    found, reading = grounded("Limescale often slows heating down.")
    assert found.credit == 0.75
    assert reading.claims[0].error == "unsupported_harmless"


def test_a_denial_supports_a_denial():
    kb = base("You cannot return opened tea at all.")
    assert grounded("You can't return opened tea at all.", kb=kb)[0].credit == 1.0
    assert grounded("You can return opened tea at all.", kb=kb)[0].credit == 0.5


def test_the_same_unit_is_needed_for_a_wrong_amount():
    def verdict(said):
        _, reading = grounded(said)
        return check_claims(reading.transcript, reading.shelf)[0].verdict

    assert verdict(WRONG) is ClaimVerdict.CONTRADICTED
    assert verdict(WRONG.replace("45 days", "6 weeks")) is ClaimVerdict.NOT_IN_KNOWLEDGE_BASE
    assert verdict(RIGHT.replace("30", "thirty")) is ClaimVerdict.SUPPORTED_BY_ARTICLE
