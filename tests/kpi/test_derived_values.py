"""Answers, fees and keys of an export as they come, brought to what the KPIs count."""

import numpy as np
import pytest

from cxscore.kpi.derive import contact_of, stars
from cxscore.kpi.facts import Contact, facts_of
from cxscore.kpi.followup import followup
from cxscore.kpi.linking import linked
from cxscore.label import Survey
from cxscore.transcript import Conversation, Record, Role, Sealed, Turn
from cxscore.verdict import Judged

HOUR = 3_600.0


@pytest.mark.parametrize(
    ("value", "scale", "wanted"),
    [
        (4, None, 4.0), (5, "1-5", 5.0), (1, "1-5", 1.0),
        (1, "0-1", 5.0), (0, "0-1", 1.0), (True, "0-1", 5.0), (False, None, 1.0),
        (10, "1–10", 5.0), (7, "1 - 7", 5.0), (4, "1-7", 3.0), (0, "0-10", 1.0), (5, "5", 5.0),
        ("5", None, 5.0), ("4/5", None, 4.0), ("10/10", None, 5.0), ("3 stars", None, 3.0),
        (1, "thumbs", 5.0), (0, "thumbs", 1.0), ("good", None, 5.0), ("Bad", None, 1.0),
        ("👎", None, 1.0),
        (7, "1-5", None), (0, "1-5", None), ("soon", None, None), (None, "1-5", None),
        (float("nan"), "1-5", None), (3, "5-5", None),
    ],
)  # fmt: skip
def test_an_answer_on_its_scale(value, scale, wanted):
    assert stars(value, scale) == (wanted if wanted is None else pytest.approx(wanted))


def derived(**sealed):
    turns = (Turn(role=Role.CUSTOMER, text="Where is it?"),)
    record = Record(conversation=Conversation(id="c", turns=turns), sealed=Sealed(**sealed))
    return contact_of(
        Judged(
            record=record, version=1, exclusion=None, verdict=None, error=None, heuristic=False,
            scored_at=None,
        )
    )  # fmt: skip


def test_the_last_answer_that_is_one_counts():
    told = tuple(Survey(kind="csat", scale="1-5", value=v) for v in (2, 5, "no idea", None))
    assert derived(surveys=told).csat == 5.0
    assert derived(surveys=told[2:]).csat is None


@pytest.mark.parametrize(
    ("costs", "fee"),
    [
        ({"refund_fee_eur": 30, "ai_fee_eur": 0.9}, 0.9),
        ({"fee": 0.99}, 0.99),
        ({"a_platform_fee": 2.0, "ai_resolution_fee": 0.5}, 0.5),
        ({"shipping_fee": 4.9}, None),
        ({"coffee": 3.0}, None),
        ({"fee": True}, None),
    ],
)
def test_the_vendor_s_fee_is_no_other(costs, fee):
    assert derived(costs=costs).fee == fee


def test_an_id_that_equals_an_issue_key_joins_nothing():
    one = Contact(id="1001", customer="c", started=0.0, ended=60.0)
    other = Contact(id="b", customer="c", started=HOUR, ended=2 * HOUR, issue="1001")
    words = {"1001": frozenset({"lamp"}), "b": frozenset({"invoice"})}
    facts = facts_of(linked([one, other], words))
    assert facts.issue[0] != facts.issue[1]


def test_a_return_after_many_overlapping_contacts_is_seen():
    """A thread of two days, with contacts in between that begin before it ends."""
    rows = [Contact(id="a", customer="c", issue="i", started=0.0, ended=48 * HOUR)]
    rows += [
        Contact(id=f"b{n:03}", customer="c", issue="i", started=n * 600.0, ended=n * 600.0 + 60)
        for n in range(1, 200)
    ]
    rows.append(Contact(id="z", customer="c", issue="i", started=50 * HOUR, ended=51 * HOUR))
    facts = facts_of(rows)
    after = followup(facts, 100 * HOUR)
    place = int(np.flatnonzero(facts.id == "a")[0])
    assert after.same[place] == 2 * HOUR


@pytest.mark.parametrize("name", ["label", "model", "definition", "vendor"])
def test_a_free_attribute_never_passes_for_one_of_ours(name):
    turns = (Turn(role=Role.CUSTOMER, text="Where is it?"),)
    conversation = Conversation(id="c", turns=turns, attributes={name: "Erika Mustermann"})
    judged = Judged(
        record=Record(conversation=conversation, sealed=Sealed()), version=1, exclusion=None,
        verdict=None, error=None, heuristic=False, scored_at=None,
    )  # fmt: skip
    assert "Erika Mustermann" not in contact_of(judged).attributes.values()
